"""Several paths of a prefix (RFC 7911) sent by our router; FRR, BIRD and GoBGP say what they have.

Each of the three announces the same prefix, so each gets the paths of the others and never its own:
of the best two only what is not its own, of all of them both.
"""

import json
import re
import sys
import unittest
from pathlib import Path

SOURCE_ROOT = Path(__file__).resolve().parents[2]
for folder in ("platform", "tests/support", "tests/interop"):
    sys.path.insert(0, str(SOURCE_ROOT / folder))

import controlplane  # noqa: E402
from bgp_bed import ToriiHub, lay_wire, make_namespaces, remove_namespaces  # noqa: E402
from lab.processes import Process  # noqa: E402
from lab.shell import inside, run  # noqa: E402
from lab.wait import until  # noqa: E402
from vendors import Frr, GoBgp  # noqa: E402

PREFIX = {"IPV4": "203.0.113.0/24", "IPV6": "2001:db8:aaaa::/48"}
HUB_AS = 65000
FOLDER = Path("/run/torii/aps-bgp")
SECONDS = 25


class Receiver:
    """A peer at 10.98.N.2, AS 6500N, which announces the prefix, too."""

    number = 0

    def __init__(self):
        self.name = type(self).__name__.lower()
        self.namespace, self.folder = f"aps-{self.name}", FOLDER / self.name
        self.hub, self.address = f"10.98.{self.number}.1", f"10.98.{self.number}.2"
        self.hub6, self.address6 = f"2001:db8:98:{self.number}::1", f"2001:db8:98:{self.number}::2"
        self.autonomous_system = 65000 + self.number

    def paths(self, family):
        """Path identifier -> the AS that it comes from, of what the hub told of the prefix."""
        raise NotImplementedError


class FrrReceiver(Receiver):
    """FRR takes several paths unless it is told not to."""

    number = 1

    def __init__(self):
        super().__init__()
        self.frr = Frr(self.namespace, self.folder)

    def start(self):
        """Starts it."""
        self.frr.start(f"""frr defaults traditional
log stdout
router bgp {self.autonomous_system}
 bgp router-id {self.address}
 no bgp ebgp-requires-policy
 no bgp network import-check
 neighbor {self.hub} remote-as {HUB_AS}
 neighbor {self.hub} timers 3 9
 neighbor {self.hub} timers connect 1
 neighbor {self.hub} advertisement-interval 0
 address-family ipv4 unicast
  network {PREFIX["IPV4"]}
 exit-address-family
 address-family ipv6 unicast
  neighbor {self.hub} activate
  network {PREFIX["IPV6"]}
 exit-address-family
exit
""")

    def stop(self):
        """Ends it."""
        self.frr.stop()

    def paths(self, family):
        """From its table."""
        shown = json.loads(self.frr.show(f"show bgp {family.lower()} unicast {PREFIX[family]} json"))
        return {path.get("addpathRxId", 0): path["aspath"]["segments"][0]["list"][-1]
                for path in shown.get("paths", []) if path["peer"].get("peerId") == self.hub}

    def network(self, word):
        """Announces the IPv4 prefix, or takes it back ("no")."""
        self.frr.show("configure terminal", f"router bgp {self.autonomous_system}",
                      "address-family ipv4 unicast", f"{word} network {PREFIX['IPV4']}")


class BirdReceiver(Receiver):
    """BIRD."""

    number = 2

    def __init__(self):
        super().__init__()
        self.socket = self.folder / "bird.ctl"
        self.process = Process("bird", self.namespace, (
            "/usr/sbin/bird", "-f", "-c", self.folder / "bird.conf", "-s", self.socket),
            self.folder)

    def start(self):
        """Starts it."""
        self.folder.mkdir(parents=True)
        channels = "".join(
            f"  {family.lower()} {{ add paths rx; import all; "
            "export where source = RTS_STATIC; };\n" for family in PREFIX)
        statics = "".join(
            f"protocol static {{ {family.lower()}; route {prefix} unreachable; }}\n"
            for family, prefix in PREFIX.items())
        (self.folder / "bird.conf").write_text(f"""log stderr all;
router id {self.address};
protocol device {{ }}
{statics}protocol bgp hub {{
  local {self.address} as {self.autonomous_system};
  neighbor {self.hub} as {HUB_AS};
  hold time 9; connect delay time 1; connect retry time 1; error wait time 1, 2;
{channels}}}
""")
        self.process.start()
        until(self.socket.exists, 15, "bird listens")

    def stop(self):
        """Ends it."""
        self.process.stop()

    def birdc(self, *words):
        """What its client prints."""
        return run(*inside(self.namespace, "birdc", "-s", str(self.socket), *words)).stdout

    def paths(self, family):
        """From its table: it does not print identifiers, but keeps as many paths as there are."""
        shown = self.birdc("show", "route", "protocol", "hub", "for", PREFIX[family], "all")
        return dict(enumerate(int(path.split()[-1])
                              for path in re.findall(r"BGP\.as_path: (.*)", shown)))


class GoBgpReceiver(Receiver):
    """GoBGP."""

    number = 3

    def __init__(self):
        super().__init__()
        self.bgp = GoBgp(self.namespace, self.folder)

    def start(self):
        """Starts it and gives it its routes."""
        families = "".join(f"""  [[neighbors.afi-safis]]
    [neighbors.afi-safis.config]
      afi-safi-name = "{family.lower()}-unicast"
    [neighbors.afi-safis.add-paths.config]
      receive = true
""" for family in PREFIX)
        self.bgp.start(f"""[global.config]
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
{families}""")
        for family, next_hop in (("IPV4", self.address), ("IPV6", self.address6)):
            self.bgp.gobgp("global", "rib", "add", "-a", family.lower(), PREFIX[family],
                           "origin", "igp", "nexthop", next_hop)

    def stop(self):
        """Ends it."""
        self.bgp.stop()

    def paths(self, family):
        """From its Adj-RIB-In: "ID Network Next Hop AS_PATH Age Attrs"."""
        shown = self.bgp.gobgp("neighbor", self.hub, "adj-in", "-a", family.lower())
        return {int(found[1]): int(found[2]) for found in re.finditer(
            rf"(?m)^\D*(\d+) +{re.escape(PREFIX[family])} +\S+ +{HUB_AS} (\d+) ", shown)}


class AddPathSend(unittest.TestCase):
    """One bed for all, in the order of their names."""

    @classmethod
    def setUpClass(cls):
        cls.peers = [FrrReceiver(), BirdReceiver(), GoBgpReceiver()]
        cls.frr, cls.bird, cls.gobgp = cls.peers
        cls.hub = ToriiHub("aps-hub", FOLDER / "hub", [])
        cls.addClassCleanup(cls.clean)
        make_namespaces(cls.namespaces(), FOLDER)
        for peer in cls.peers:
            lay_wire(cls.hub, peer, f"{peer.address}/24", f"{peer.address6}/64")
            peer.start()
        cls.hub.process.start()
        until(lambda: cls.configure("send_best: 2") or True, 15, "the hub takes its configuration")

    @classmethod
    def namespaces(cls):
        """Of all."""
        return [cls.hub.namespace, *(peer.namespace for peer in cls.peers)]

    @classmethod
    def clean(cls):
        """Ends everything."""
        for node in (cls.hub, *cls.peers):
            node.stop()
        remove_namespaces(cls.namespaces())

    @classmethod
    def configure(cls, send):
        """The hub, which sends so many paths."""
        interfaces = "".join(
            f'interfaces {{ name: "to{peer.number}" enabled: true addresses: "{peer.hub}/24" '
            f'addresses: "{peer.hub6}/64" }}\n' for peer in cls.peers)
        add_paths = "".join(f"add_paths {{ family: {family}_UNICAST {send} }} " for family in PREFIX)
        neighbors = "".join(
            f'neighbors {{ address: "{peer.address}" session {{ remote_as: {peer.autonomous_system} '
            f"{add_paths} }} }}\n" for peer in cls.peers)
        controlplane.configure(cls.hub.folder, f"""
            router_id: "10.98.0.1" {interfaces}
            bgp {{ as: {HUB_AS} hold_time: 9 keepalive: 3 connect_retry: 1 compare_router_id: true
                   families {{ family: IPV4_UNICAST }} families {{ family: IPV6_UNICAST }}
                   {neighbors} }}""")

    def peer_has(self, peer, family, *others):
        """Waits until it has just the paths of these, each under an identifier of its own."""
        expected = sorted(other.autonomous_system for other in others)
        try:
            until(lambda: sorted(peer.paths(family).values()) == expected, SECONDS, "told")
        except TimeoutError:
            self.assertEqual(sorted(peer.paths(family).values()), expected, peer.name)

    def ids(self, peer):
        """AS -> identifier."""
        return {source: path_id for path_id, source in peer.paths("IPV4").items()}

    def sent(self):
        """Name -> identifier -> AS, as the hub says it."""
        found = {}
        for peer in self.peers:
            reply = controlplane.ask(self.hub.folder, f'get_bgp_neighbor_routes {{ '
                                     f'address: "{peer.address}" routes: ADVERTISED_ROUTES }}')
            found[peer.name] = {
                int(path["sent_path_id"][0]): int(path["as_path"][0].split()[-1])
                for entry in reply["bgp_table"][0].get("entries", []) for path in entry["paths"]}
        return found

    def test_1_the_best_two(self):
        """By router ID: those of FRR and BIRD."""
        for family in PREFIX:
            self.peer_has(self.frr, family, self.bird)
            self.peer_has(self.bird, family, self.frr)
            self.peer_has(self.gobgp, family, self.frr, self.bird)

    def test_2_the_operator_sees_what_they_got(self):
        """With the identifiers that FRR and GoBGP read."""
        sent = self.sent()
        self.assertEqual(sent[self.frr.name], self.frr.paths("IPV4"))
        self.assertEqual(sent[self.gobgp.name], self.gobgp.paths("IPV4"))
        self.assertNotIn(0, sent[self.gobgp.name])
        counts = {address: neighbor["prefixes"][0]["sent"]
                  for address, neighbor in self.hub.neighbors().items()}
        self.assertEqual(counts, {self.frr.address: ["1"], self.bird.address: ["1"],
                                  self.gobgp.address: ["2"]})

    def test_3_all_of_them_in_the_same_sessions(self):
        """With the identifiers that they had."""
        before = {name: self.ids(peer) for name, peer in (("frr", self.frr), ("go", self.gobgp))}
        self.configure("send_all: true")
        for family in PREFIX:
            for peer in self.peers:
                self.peer_has(peer, family, *(other for other in self.peers if other is not peer))
        self.assertLess(before["frr"].items(), self.ids(self.frr).items())
        self.assertEqual(before["go"], self.ids(self.gobgp))
        for neighbor in self.hub.neighbors().values():
            self.assertEqual(neighbor["established_count"], ["1"])

    def test_4_one_path_less_and_back(self):
        """Withdrawn by its identifier, and with the same one when it is back."""
        before = self.ids(self.gobgp)
        self.frr.network("no")
        self.peer_has(self.bird, "IPV4", self.gobgp)
        self.peer_has(self.gobgp, "IPV4", self.bird)
        self.peer_has(self.frr, "IPV4", self.bird, self.gobgp)
        self.frr.network("")
        self.peer_has(self.bird, "IPV4", self.frr, self.gobgp)
        self.peer_has(self.gobgp, "IPV4", self.frr, self.bird)
        self.assertEqual(self.ids(self.gobgp), before)

    def test_5_refreshes_lose_nothing(self):
        """Asked for by FRR, with markers, and by BIRD; and a clear of ours."""
        def asked():
            return [int(self.hub.neighbors()[peer.address]["received"][0]["route_refreshes"][0])
                    for peer in (self.frr, self.bird)]
        controlplane.ask(self.hub.folder, "clear_bgp { kind: SOFT }")
        until(lambda: min(asked()) > 0, 10, "both send theirs between markers")
        before = asked()
        self.frr.frr.show(f"clear bgp ipv4 unicast {self.frr.hub} soft in")
        self.bird.birdc("reload", "in", "hub")
        until(lambda: all(now > then for now, then in zip(asked(), before)), 10, "both ask")
        for peer in self.peers:
            self.peer_has(peer, "IPV4", *(other for other in self.peers if other is not peer))
        for neighbor in self.hub.neighbors().values():
            self.assertEqual(neighbor["established_count"], ["1"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
