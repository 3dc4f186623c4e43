"""FRR as a peer of a hub."""

import json

from bgp_peer import Peer, Route
from lab.shell import ip_batch
from vendors import Frr


class FrrPeer(Peer):
    """FRR 8.4: a four-octet AS, it listens and dials."""

    number, autonomous_system = 2, 4200000002
    daemons = ("zebra", "bgpd")
    is_complete = False  # seconds later it thinks of what `network` says

    def __init__(self, namespace, folder):
        super().__init__(namespace, folder)
        self.frr = Frr(namespace, self.folder, self.daemons)
        self.process = self.frr.processes[1]

    def _config(self):
        return f"""frr defaults traditional
log stdout
service integrated-vtysh-config
{self.session.beside}router bgp {self.autonomous_system}
 bgp router-id {self.address}
 no bgp ebgp-requires-policy
 no bgp network import-check
 no bgp default ipv4-unicast
 bgp graceful-restart
 bgp graceful-restart preserve-fw-state
 bgp graceful-restart restart-time 30
{self._neighbor()}\
{"".join(map(self._family, self.session.families))}\
exit
route-map MARK permit 10
 set community {self.community}
 set large-community {self.large}
 set extcommunity rt {self.route_target}
 set metric {self.med}
exit
{self._more()}"""

    def _neighbor(self):
        lines = [f"remote-as {self.hub_as}", "timers 3 9", "timers connect 1",
                 "advertisement-interval 0"]
        if self.session.password:
            lines.append(f"password {self.session.password}")
        if self.session.ttl_security:
            lines.append("ttl-security hops 1")
        if self.session.over_ipv6:
            lines.append("capability extended-nexthop")
        return "".join(f" neighbor {self.hub} {line}\n" for line in (*lines, *self.session.lines))

    def _family(self, family):
        lines = [f"neighbor {self.hub} activate"]
        if self.session.add_paths:
            lines.append(f"neighbor {self.hub} addpath-tx-all-paths")
        lines += [f"network {prefix} route-map MARK" for prefix in self.prefixes[family]]
        if family == "ipv4" and self.more:
            lines += [f"network {more.prefix} route-map NETWORK" for more in self._networks()]
            lines.append("redistribute kernel route-map KERNEL")
        return (f" address-family {family} unicast\n" + "".join(f"  {line}\n" for line in lines) +
                " exit-address-family\n")

    def _networks(self):
        """The first path of each prefix. Each has but one `network`: the second is the kernel's."""
        return [more for index, more in enumerate(self.more)
                if more.prefix not in [other.prefix for other in self.more[:index]]]

    def _more(self):
        """The route maps of what is announced beside the common routes."""
        networks = self._networks()
        lines = []
        for index, more in enumerate(self.more, 1):
            name = "NETWORK" if more in networks else "KERNEL"
            lines += [f"ip prefix-list {name}{index} permit {more.prefix}",
                      f"route-map {name} permit {index}",
                      f" match ip address prefix-list {name}{index}",
                      f" set ip next-hop {more.next_hop}", " set origin igp"]
            if more.bandwidth:
                lines.append(f" set extcommunity bandwidth {more.bandwidth}")
            lines.append("exit")
        return "".join(f"{line}\n" for line in lines)

    def start(self):
        """Starts what does not run."""
        kernel = [more for more in self.more if more not in self._networks()]
        ip_batch([f"route replace {more.prefix} dev lo" for more in kernel], self.namespace)
        self.frr.start(self._config())

    def stop(self):
        """Ends it."""
        self.frr.stop()

    def established(self):
        """Whether it says so itself."""
        return self.neighbor_shown()["bgpState"] == "Established"

    def neighbor_shown(self):
        """Its description of the session."""
        return json.loads(self.frr.show(f"show bgp neighbors {self.hub} json"))[self.hub]

    def routes(self, family):
        """Prefix -> Route of what the hub tells it."""
        return {prefix: _frr_route(path) for prefix, path in self.paths(family).items()}

    def paths(self, family):
        """Prefix -> FRR's description of the path that it learned from the hub."""
        prefixes = json.loads(self.frr.show(f"show bgp {family} unicast json"))["routes"]
        shown = self.frr.show(*(f"show bgp {family} unicast {prefix} json" for prefix in prefixes))
        found = {}
        while prefixes and shown.strip():
            entry, end = json.JSONDecoder().raw_decode(shown.lstrip())
            shown = shown.lstrip()[end:]
            for path in entry["paths"]:
                if path["peer"].get("peerId") == self.hub:
                    found[entry["prefix"]] = path
        return found

    def configure(self, *lines):
        """Changes its configuration of BGP."""
        self.frr.show("configure terminal", f"router bgp {self.autonomous_system}", *lines)

    def withdraw(self, family, prefix):
        """Takes one of its own routes back."""
        self.configure(f"address-family {family} unicast", f"no network {prefix}")

    def withdraw_more(self, more):
        """Takes back one of those."""
        if more in self._networks():
            self.configure("address-family ipv4 unicast", f"no network {more.prefix}")
        else:
            ip_batch([f"route delete {more.prefix} dev lo"], self.namespace)

    def updates_counted(self, address):
        """As Peer. Of a connection that loses a collision after it was established it forgets them."""
        counts = self.neighbor_shown()["messageStats"]
        return counts["updatesSent"], counts["updatesRecv"]

    def prefixes_counted(self, family):
        """As Peer."""
        counts = self.neighbor_shown()["addressFamilyInfo"][f"{family}Unicast"]
        return counts["sentPrefixCounter"], counts["acceptedPrefixCounter"]

    def shut_down(self, message):
        """As Peer."""
        self.configure(f"neighbor {self.hub} shutdown message {message}")

    def come_back(self):
        """As Peer."""
        self.configure(f"no neighbor {self.hub} shutdown")

    def restart_sessions(self):
        """As Peer."""
        self.frr.show(f"clear bgp {self.hub}")

    def has_heard(self, name, message=""):
        """As Peer."""
        shown = self.neighbor_shown()
        return (name in shown.get("lastNotificationReason", "") and
                message in shown.get("lastShutdownDescription", ""))

    def refresh_in(self):
        """Asks the hub for everything again (RFC 2918)."""
        self.frr.show(f"clear bgp ipv4 unicast {self.hub} soft in")

    def refresh_out(self):
        """Sends everything again."""
        self.frr.show(f"clear bgp ipv4 unicast {self.hub} soft out")


def _frr_route(path):
    words = lambda name: frozenset(path.get(name, {}).get("string", "").split())
    as_path = path["aspath"]["string"].split()
    return Route(tuple(int(number) for number in as_path if number.isdigit()), words("community"),
                 words("largeCommunity"), path.get("metric") or None,
                 words("extendedCommunity"))
