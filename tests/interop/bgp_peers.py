"""FRR, BIRD, GoBGP, OpenBGPD and ExaBGP behind one interface, that of Peer."""

import json
import re
from pathlib import Path

from bgp_peer import FAMILIES, HUB_AS, Peer, Route
from exabgp_peer import ExaBgpPeer
from lab.processes import Process
from lab.shell import inside, run
from lab.wait import until
from vendors import Frr, GoBgp


class FrrPeer(Peer):
    """FRR 8.4: a four-octet AS, it listens and dials."""

    number, autonomous_system = 2, 4200000002
    is_complete = False  # seconds later it thinks of what `network` says

    def __init__(self, namespace, folder):
        super().__init__(namespace, folder)
        self.frr = Frr(namespace, self.folder)
        self.process = self.frr.processes[1]

    def _config(self):
        networks = {family: "".join(f"  network {prefix} route-map MARK\n"
                                    for prefix in self.prefixes[family]) for family in FAMILIES}
        return f"""frr defaults traditional
log stdout
service integrated-vtysh-config
router bgp {self.autonomous_system}
 bgp router-id {self.address}
 no bgp ebgp-requires-policy
 no bgp network import-check
 bgp graceful-restart
 bgp graceful-restart preserve-fw-state
 bgp graceful-restart restart-time 30
 neighbor {self.hub} remote-as {HUB_AS}
 neighbor {self.hub} timers 3 9
 neighbor {self.hub} timers connect 1
 neighbor {self.hub} advertisement-interval 0
 bgp default ipv4-unicast
 address-family ipv4 unicast
{networks["ipv4"]} exit-address-family
 address-family ipv6 unicast
  neighbor {self.hub} activate
{networks["ipv6"]} exit-address-family
exit
route-map MARK permit 10
 set community {self.community}
 set large-community {self.large}
 set metric {self.med}
exit
"""

    def start(self):
        """Starts what does not run."""
        self.frr.start(self._config())

    def stop(self):
        """Ends it."""
        self.frr.stop()

    def established(self):
        """Whether it says so itself."""
        shown = json.loads(self.frr.show(f"show bgp neighbors {self.hub} json"))
        return shown[self.hub]["bgpState"] == "Established"

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

    def withdraw(self, family, prefix):
        """Takes one of its own routes back."""
        self.frr.show("configure terminal", f"router bgp {self.autonomous_system}",
                      f"address-family {family} unicast", f"no network {prefix}")

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
                 words("largeCommunity"), path.get("metric") or None)


class BirdPeer(Peer):
    """BIRD 2: a two-octet AS, it listens and dials."""

    number, autonomous_system = 3, 65003

    def __init__(self, namespace, folder):
        super().__init__(namespace, folder)
        self.socket = self.folder / "bird.ctl"
        # -R: it recovers from a restart, and says so in its OPEN.
        command = ("/usr/sbin/bird", "-f", "-R", "-c", self.folder / "bird.conf", "-s", self.socket,
                   "-P", self.folder / "bird.own-pid")
        self.process = Process("bird", namespace, command, self.folder)

    def _static(self, family, prefix):
        community, large = (text.replace(":", ",") for text in (self.community, self.large))
        return f"""protocol static {_bird_name(prefix)} {{
  {family};
  route {prefix} blackhole {{
    bgp_community.add(({community})); bgp_large_community.add(({large}));
  }};
}}
"""

    def start(self):
        """Starts it and waits until it answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        statics = "".join(self._static(family, prefix)
                          for family in FAMILIES for prefix in self.prefixes[family])
        # To an external peer a MED goes only if the export filter sets it.
        channels = "".join(f"""  {family} {{
    import all;
    export filter {{ if source != RTS_STATIC then reject; bgp_med = {self.med}; accept; }};
  }};
""" for family in FAMILIES)
        (self.folder / "bird.conf").write_text(f"""log stderr all;
router id {self.address};
protocol device {{ }}
{statics}protocol bgp hub {{
  local {self.address} as {self.autonomous_system};
  neighbor {self.hub} as {HUB_AS};
  hold time 9; keepalive time 3; connect delay time 1; connect retry time 1;
  error wait time 1, 2;
  graceful restart on; graceful restart time 30;
{channels}}}
""")
        self.socket.unlink(missing_ok=True)
        self.process.start()
        until(lambda: "up and running" in self.birdc("show status").lower() or
              "graceful restart" in self.birdc("show status").lower(), 15, "bird answers")

    def stop(self):
        """Ends it."""
        self.process.stop()

    def birdc(self, *words):
        """What its client prints."""
        return run(*inside(self.namespace, "birdc", "-s", str(self.socket), *words)).stdout

    def established(self):
        """Whether it says so itself."""
        return "Established" in self.birdc("show protocols hub")

    def routes(self, family):
        """Prefix -> Route of what the hub tells it."""
        table = {"ipv4": "master4", "ipv6": "master6"}[family]
        shown = self.birdc("show", "route", "table", table, "protocol", "hub", "all")
        found = {}
        for block in re.split(r"(?m)^(?=[0-9a-f])", shown)[1:]:
            value = lambda name, text=block: (re.findall(rf"{name}: (.*)", text) or [""])[0]
            pairs = re.findall(r"\((\d+), ?(\d+)\)", value("BGP.community"))
            triples = re.findall(r"\((\d+), ?(\d+), ?(\d+)\)", value("BGP.large_community"))
            med = value("BGP.med")
            found[block.split()[0]] = Route(
                tuple(map(int, value("BGP.as_path").split())),
                frozenset(map(":".join, pairs)), frozenset(map(":".join, triples)),
                int(med) if med else None)
        return {prefix: route for prefix, route in found.items() if "/" in prefix}

    def withdraw(self, family, prefix):
        """Takes one of its own routes back."""
        self.birdc("disable", _bird_name(prefix))

    def refresh_in(self):
        """Asks the hub for everything again (RFC 2918)."""
        self.birdc("reload in hub")

    def refresh_out(self):
        """Sends everything again."""
        self.birdc("reload out hub")


def _bird_name(prefix):
    return "own_" + re.sub(r"\W", "_", prefix)


class GoBgpPeer(Peer):
    """GoBGP as Cilium has it: it only dials, and after a start waits for the hub's End-of-RIB."""

    number, autonomous_system = 4, 65004

    def __init__(self, namespace, folder):
        super().__init__(namespace, folder)
        self.bgp = GoBgp(namespace, self.folder)
        self.process = self.bgp.process

    def _config(self):
        families = "".join(f"""
  [[neighbors.afi-safis]]
    [neighbors.afi-safis.config]
      afi-safi-name = "{family}-unicast"
    [neighbors.afi-safis.mp-graceful-restart.config]
      enabled = true
""" for family in FAMILIES)
        return f"""[global.config]
  as = {self.autonomous_system}
  router-id = "{self.address}"
  port = -1
[[neighbors]]
  [neighbors.config]
    neighbor-address = "{self.hub}"
    peer-as = {HUB_AS}
  [neighbors.timers.config]
    hold-time = 9
    keepalive-interval = 3
    connect-retry = 1
    idle-hold-time-after-reset = 1
  [neighbors.graceful-restart.config]
    enabled = true
    restart-time = 30
    notification-enabled = true
{families}"""

    def start(self):
        """Starts it and gives it its routes."""
        self.bgp.start(self._config())
        for family in FAMILIES:
            for prefix in self.prefixes[family]:
                self._rib("add", family, prefix, "origin", "igp", "nexthop", self.next_hop(family),
                          "med", str(self.med), "community", self.community,
                          "large-community", self.large)

    def _rib(self, verb, family, prefix, *words):
        self.bgp.gobgp("global", "rib", verb, "-a", family, prefix, *words)

    def stop(self):
        """Ends it."""
        self.bgp.stop()

    def established(self):
        """Whether it says so itself."""
        return "ESTABLISHED" in self.bgp.gobgp("neighbor", self.hub)

    def routes(self, family):
        """Prefix -> Route of what the hub tells it."""
        shown = json.loads(self.bgp.gobgp("neighbor", self.hub, "adj-in", "-a", family, "-j"))
        paths = shown if isinstance(shown, list) else [p for entry in shown.values() for p in entry]
        return {path["nlri"]["prefix"]: _gobgp_route(path["attrs"]) for path in paths}

    def withdraw(self, family, prefix):
        """Takes one of its own routes back."""
        self._rib("del", family, prefix)

    refresh_in = None  # it keeps what it was told, so it never asks

    def refresh_out(self):
        """Sends everything again."""
        self.bgp.gobgp("neighbor", self.hub, "softresetout")


def _gobgp_route(attributes):
    by_type = {attribute["type"]: attribute for attribute in attributes}
    communities = by_type.get(8, {}).get("communities", [])
    large = by_type.get(32, {}).get("value", [])
    return Route(
        tuple(number for segment in by_type[2]["as_paths"] for number in segment["asns"]),
        frozenset(f"{number >> 16}:{number & 0xffff}" for number in communities),
        frozenset(f"{c['ASN']}:{c['LocalData1']}:{c['LocalData2']}" for c in large),
        by_type.get(4, {}).get("metric"))


class OpenBgpPeer(Peer):
    """OpenBGPD 7.7: a four-octet AS, it listens and dials.

    A session for each family: on one over IPv4 it has no IPv6 next hop but ::1.
    """

    number, autonomous_system = 5, 4200000005
    keeps_state = False

    def __init__(self, namespace, folder):
        super().__init__(namespace, folder)
        self.socket = self.folder / "bgpd.sock"
        command = ("/usr/sbin/bgpd", "-d", "-f", self.folder / "bgpd.conf")
        self.process = Process("openbgpd", namespace, command, self.folder)

    def neighbors(self):
        """Its address of a session -> the families on it."""
        return {self.address: ("ipv4",), self.address6: ("ipv6",)}

    def _neighbor(self, hub, address, family):
        announced = [f"  announce {word} {'unicast' if word.lower() == family else 'none'}\n"
                     for word in ("IPv4", "IPv6")]
        return (f"neighbor {hub} {{\n  remote-as {HUB_AS}\n  local-address {address}\n"
                f"  holdtime 9\n  announce restart yes\n{''.join(announced)}}}\n")

    def start(self):
        """Starts it and waits until it answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        Path("/run/openbgpd").mkdir(exist_ok=True)
        networks = "".join(
            f"network {prefix} set {{ community {self.community} large-community {self.large} "
            f"metric {self.med} }}\n" for family in FAMILIES for prefix in self.prefixes[family])
        config = self.folder / "bgpd.conf"
        config.write_text(f"""AS {self.autonomous_system}
router-id {self.address}
fib-update no
socket "{self.socket}"
listen on {self.address}
listen on {self.address6}
connect-retry 1
{networks}{self._neighbor(self.hub, self.address, "ipv4")}\
{self._neighbor(self.hub6, self.address6, "ipv6")}allow from any
allow to any
""")
        config.chmod(0o600)
        self.process.start()
        until(lambda: self.bgpctl("show", "summary"), 15, "openbgpd answers")

    def stop(self):
        """Ends it."""
        self.process.stop()

    def bgpctl(self, *words):
        """What its client prints."""
        return run(*inside(self.namespace, "bgpctl", "-s", str(self.socket), *words)).stdout

    def established(self):
        """Whether it says so itself."""
        return all("Established" in self.bgpctl("show", "neighbor", hub)
                   for hub in (self.hub, self.hub6))

    def routes(self, family):
        """Prefix -> Route of what the hub tells it."""
        hub = self.hub if family == "ipv4" else self.hub6
        shown = json.loads(self.bgpctl("-j", "show", "rib", "detail", "in", "neighbor", hub))
        return {path["prefix"]: _openbgpd_route(path) for path in shown.get("rib", [])}

    def withdraw(self, family, prefix):
        """Takes one of its own routes back: by its configuration, as `network` put it there."""
        config = self.folder / "bgpd.conf"
        lines = config.read_text().splitlines(keepends=True)
        config.write_text("".join(line for line in lines if f"network {prefix} " not in line))
        self.bgpctl("reload")

    def refresh_in(self):
        """Asks the hub for everything again (RFC 2918)."""
        for hub in (self.hub, self.hub6):
            self.bgpctl("neighbor", hub, "refresh")

    refresh_out = None  # it has no command for that


def _openbgpd_route(path):
    communities = path.get("communities", [])
    large = path.get("large_communities", [])
    return Route(tuple(map(int, path["aspath"].split())), frozenset(communities), frozenset(large),
                 path.get("metric") or None)


PEERS = (FrrPeer, BirdPeer, GoBgpPeer, OpenBgpPeer, ExaBgpPeer)
