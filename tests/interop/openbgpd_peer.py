"""OpenBGPD as a peer of a hub."""

import json
from pathlib import Path

from bgp_peer import FAMILIES, Peer, Route
from exabgp_peer import bandwidth_words
from lab.processes import Process
from lab.shell import inside, ip_batch, run
from lab.wait import until
from vendors import ExaBgp

# What it calls the reasons to end a session.
OPENBGPD_NAMES = {"Administrative Shutdown": "administratively down",
                  "Maximum Number of Prefixes Reached": "max-prefix exceeded"}
FEEDER_AS, FEEDER_HUB = 65055, "10.98.5.1"


class OpenBgpPeer(Peer):
    """OpenBGPD 7.7: a four-octet AS, it listens and dials.

    A session for each family: on one over IPv4 it has no IPv6 next hop but ::1.

    It has but one path of its own for a prefix, so what is in `more` comes from two neighbors behind
    it, who are one ExaBGP in its namespace.
    """

    number, autonomous_system = 5, 4200000005
    keeps_state = False

    def __init__(self, namespace, folder):
        super().__init__(namespace, folder)
        self.socket = self.folder / "bgpd.sock"
        command = ("/usr/sbin/bgpd", "-d", "-f", self.folder / "bgpd.conf")
        self.process = Process("openbgpd", namespace, command, self.folder)
        self.feeder = ExaBgp(namespace, self.folder / "feeder")

    def neighbors(self):
        """Its address of a session -> the families on it."""
        return {self.next_hop(family): (family,) for family in self.session.families}

    def _hubs(self):
        return [self._hub_of(address) for address in self.neighbors()]

    def _hub_of(self, address):
        return self.hub4 if address == self.address else self.hub6

    def _neighbor(self, address, family):
        lines = [f"remote-as {self.hub_as}", f"local-address {address}", "holdtime 9",
                 "announce restart yes"]
        lines += [f"announce {word} {'unicast' if word.lower() == family else 'none'}"
                  for word in ("IPv4", "IPv6")]
        if self.session.password:
            lines.append(f"tcp md5sig password {self.session.password}")
        if self.session.ttl_security:
            lines.append("ttl-security yes")
        if self.session.add_paths:
            lines.append("announce add-path send all")
        return (f"neighbor {self._hub_of(address)} {{\n" +
                "".join(f"  {line}\n" for line in (*lines, *self.session.lines)) + "}\n")

    def start(self):
        """Starts it and waits until it answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        Path("/run/openbgpd").mkdir(exist_ok=True)
        networks = "".join(
            f"network {prefix} set {{ community {self.community} large-community {self.large} "
            f"ext-community rt {self.route_target} metric {self.med} }}\n"
            for family in FAMILIES for prefix in self.prefixes[family])
        neighbors = "".join(self._neighbor(address, families[0])
                            for address, families in self.neighbors().items())
        # On Linux it signs what it dials, but takes unsigned connections in.
        listening = ["127.0.0.1"] if self.session.password else [self.address, self.address6]
        fed = ""
        if self.more:
            ip_batch([f"address replace {address}/24 dev lo"
                      for address in (FEEDER_HUB, *map(_fed_from, range(len(self.more))))],
                     self.namespace)
            listening.append(FEEDER_HUB)
            fed = "".join(f"""neighbor {_fed_from(index)} {{
  remote-as {FEEDER_AS}
  local-address {FEEDER_HUB}
  passive
}}
match to {self.hub4} community {FEEDER_AS}:{index} set {{ nexthop {more.next_hop} }}
""" for index, more in enumerate(self.more))
        config = self.folder / "bgpd.conf"
        config.write_text(f"""AS {self.autonomous_system}
router-id {self.address}
fib-update no
socket "{self.socket}"
{"".join(f"listen on {address}{chr(10)}" for address in listening)}\
connect-retry 1
{networks}{neighbors}allow from any
allow to any
{fed}
""")
        config.chmod(0o600)
        self.process.start()
        until(lambda: self.bgpctl("show", "summary"), 15, "openbgpd answers")
        if self.more:
            self._feed()

    def _feed(self):
        self.feeder.start("".join(f"""neighbor {FEEDER_HUB} {{
  inherit told;
  router-id {_fed_from(index)};
  local-address {_fed_from(index)};
  local-as {FEEDER_AS};
  peer-as {self.autonomous_system};
  family {{ ipv4 unicast; }}
  static {{ route {self._fed(more)}; }}
}}
""" for index, more in enumerate(self.more)))

    def _fed(self, more):
        """As the feeder says it: the community tells the filter what next hop it is to have."""
        index = self.more.index(more)
        return (f"{more.prefix} next-hop {_fed_from(index)} community [ {FEEDER_AS}:{index} ]" +
                bandwidth_words(FEEDER_AS, more))

    def stop(self):
        """Ends it."""
        self.feeder.stop()
        self.process.stop()

    def bgpctl(self, *words):
        """What its client prints."""
        return run(*inside(self.namespace, "bgpctl", "-s", str(self.socket), *words)).stdout

    def restart_sessions(self):
        """As Peer."""
        for hub in self._hubs():
            self.bgpctl("neighbor", hub, "clear")

    def established(self):
        """Whether it says so itself."""
        return all("Established" in self.bgpctl("show", "neighbor", hub)
                   for hub in self._hubs())

    def routes(self, family):
        """Prefix -> Route of what the hub tells it."""
        hub = self.hub4 if family == "ipv4" else self.hub6
        shown = json.loads(self.bgpctl("-j", "show", "rib", "detail", "in", "neighbor", hub))
        return {path["prefix"]: _openbgpd_route(path) for path in shown.get("rib", [])}

    def withdraw(self, family, prefix):
        """Takes one of its own routes back: by its configuration, as `network` put it there."""
        config = self.folder / "bgpd.conf"
        lines = config.read_text().splitlines(keepends=True)
        config.write_text("".join(line for line in lines if f"network {prefix} " not in line))
        self.bgpctl("reload")

    def withdraw_more(self, more):
        """Takes back one of those."""
        sender = _fed_from(self.more.index(more))
        self.feeder.command(
            f"neighbor {FEEDER_HUB} local-ip {sender} withdraw route {self._fed(more)}")

    def _shown(self, hub):
        return json.loads(self.bgpctl("-j", "show", "neighbor", hub))["neighbors"][0]

    def updates_counted(self, address):
        """As Peer."""
        counts = self._shown(self._hub_of(address))["stats"]["message"]
        return counts["sent"]["updates"], counts["received"]["updates"]

    def prefixes_counted(self, family):
        """As Peer."""
        counts = self._shown(self._hub_of(self.neighbor(family)))["stats"]["prefixes"]
        return counts["sent"], counts["received"]

    def shut_down(self, message):
        """As Peer."""
        for hub in self._hubs():
            self.bgpctl("neighbor", hub, "down", message)

    def come_back(self):
        """As Peer."""
        for hub in self._hubs():
            self.bgpctl("neighbor", hub, "up")
        self.restart_sessions()

    def has_heard(self, name, message=""):
        """As Peer."""
        shown = [self._shown(hub) for hub in self._hubs()]
        return all(OPENBGPD_NAMES[name] in each.get("last_error_received", "") and
                   message in each.get("last_shutdown_reason", "") for each in shown)

    def refresh_in(self):
        """Asks the hub for everything again (RFC 2918)."""
        for hub in self._hubs():
            self.bgpctl("neighbor", hub, "refresh")

    refresh_out = None  # it has no command for that


def _fed_from(index):
    return f"10.98.5.{11 + index}"


def _openbgpd_route(path):
    words = lambda name: frozenset(path.get(name, []))
    targets = frozenset(word.replace(" ", ":", 1).upper() for word in words("extended_communities"))
    return Route(tuple(map(int, path["aspath"].split())), words("communities"),
                 words("large_communities"), path.get("metric") or None, targets)
