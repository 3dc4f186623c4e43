"""ExaBGP as a peer of a hub."""

import struct

from bgp_peer import AS_TRANS, Peer, Route, Session
from vendors import ExaBgp



def bandwidth_words(autonomous_system, more):
    """What ExaBGP has to say of an announcement's bandwidth: the transitive link bandwidth."""
    octets = struct.pack("!HHf", 0x0004, autonomous_system, more.bandwidth * 125000)
    return f" extended-community [ 0x{octets.hex()} ]" if more.bandwidth else ""


class ExaBgpPeer(Peer):
    """ExaBGP: no RIB of its own, and no four-octet AS numbers here, as the oldest of peers."""

    number, autonomous_system = 6, 65006
    is_helper = False
    session = Session(four_octet_as=False)

    def __init__(self, namespace, folder):
        super().__init__(namespace, folder)
        self.exabgp = ExaBgp(namespace, self.folder)
        self.process = self.exabgp.process

    def start(self):
        """Starts it and gives it its routes."""
        routes = "".join(f"    route {words};\n" for words in self._announcements())
        self.exabgp.start(f"""neighbor {self.hub} {{
  inherit told;
{self._session()}\
  family {{ {" ".join(f"{family} unicast;" for family in self.session.families)} }}
  {"nexthop { ipv4 unicast ipv6; }" if self.session.over_ipv6 else ""}
  capability {{ {self._capabilities()} }}
  static {{
{routes}  }}
}}
""")

    def _session(self):
        local = self.address6 if self.session.over_ipv6 else self.address
        lines = [f"router-id {self.address}", f"local-address {local}",
                 f"local-as {self.autonomous_system}",
                 f"peer-as {self.hub_as if self.session.four_octet_as else AS_TRANS}", "hold-time 9"]
        if self.session.password:
            lines.append(f"md5-password {self.session.password}")
        if self.session.ttl_security:
            lines += ["outgoing-ttl 255", "incoming-ttl 255"]
        return "".join(f"  {line};\n" for line in lines)

    def _capabilities(self):
        lines = [f"asn4 {'enable' if self.session.four_octet_as else 'disable'}",
                 "graceful-restart 30", "route-refresh enable"]
        if self.session.over_ipv6:
            lines.append("nexthop enable")
        if self.session.add_paths:
            lines.append("add-path send")
        return " ".join(f"{line};" for line in (*lines, *self.session.lines))

    def _announcements(self):
        for family in self.session.families:
            for prefix in self.prefixes[family]:
                yield (f"{prefix} next-hop {self.next_hop(family)} med {self.med} "
                       f"community [ {self.community} ] large-community [ {self.large} ] "
                       f"extended-community [ target:{self.route_target} ]")
        for more in self.more:
            yield self._words(more)

    def _words(self, more):
        words = f"{more.prefix} next-hop {more.next_hop}"
        if self.session.add_paths:
            words += f" path-information 0.0.0.{1 + self.more.index(more)}"
        return words + bandwidth_words(self.autonomous_system, more)

    def stop(self):
        """Ends it."""
        self.exabgp.stop()

    def established(self):
        """Whether it says so itself."""
        states = [event["neighbor"]["state"] for event in self.exabgp.events() if event["type"] == "state"]
        return bool(states) and states[-1] == "up"

    def routes(self, family):
        """Prefix -> Route of what the hub tells it."""
        found = {}
        for event in self.exabgp.events():
            if event["type"] == "state" and event["neighbor"]["state"] == "down":
                found = {}
            update = event.get("neighbor", {}).get("message", {}).get("update", {})
            for entry in update.get("withdraw", {}).get(f"{family} unicast", []):
                found.pop(entry["nlri"], None)
            for entries in update.get("announce", {}).get(f"{family} unicast", {}).values():
                for entry in entries:
                    found[entry["nlri"]] = _exabgp_route(update["attribute"])
        return found

    def withdraw(self, family, prefix):
        """Takes one of its own routes back."""
        self.exabgp.command(f"withdraw route {prefix} next-hop {self.next_hop(family)}")

    def withdraw_more(self, more):
        """Takes back one of those."""
        self.exabgp.command(f"withdraw route {self._words(more)}")

    def prefixes_counted(self, family):
        """As Peer: what it is told to send, and what it has heard."""
        return len(self.prefixes[family]), len(self.routes(family))

    def has_heard(self, name, message=""):
        """As Peer. It cannot read messages: with one it ends the session by itself."""
        reasons = [event["neighbor"]["reason"] for event in self.exabgp.events()
                   if event["type"] == "state" and event["neighbor"]["state"] == "down"]
        return any((name in reason or message) and "otification" in reason for reason in reasons)

    def refresh_in(self):
        """Asks the hub for everything again (RFC 2918)."""
        self.exabgp.command("announce route-refresh ipv4 unicast")

    refresh_out = None  # it has no command for that


def _exabgp_route(attribute):
    colons = lambda name: frozenset(":".join(map(str, c)) for c in attribute.get(name, []))
    return Route(tuple(attribute.get("as-path", [])), colons("community"),
                 colons("large-community"), attribute.get("med"), _targets(attribute))


def _targets(attribute):
    """It describes them in its own way, and has the number beside."""
    octets = [c["value"].to_bytes(8, "big") for c in attribute.get("extended-community", [])]
    return frozenset(f"RT:{high}:{low}" for high, low in (
        struct.unpack("!2xHI", community) for community in octets if community[:2] == b"\0\2"))
