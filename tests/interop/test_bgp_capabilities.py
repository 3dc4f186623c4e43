"""Sessions with peers that can do as little, and as much, as each kind of peer can be told to: without
multiprotocol extensions and four-octet AS numbers, and with everything, IPv4 over IPv6 next hops
(RFC 8950) among it."""

import sys
import unittest
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from bgp_bed import NETWORKS, ToriiHub, until  # noqa: E402
from bgp_peer import AS_TRANS, FAMILIES, HUB_AS, Session  # noqa: E402
from bgp_peers import BirdPeer, ExaBgpPeer, FrrPeer, GoBgpPeer, OpenBgpPeer  # noqa: E402
from hub_case import ROUTE_SECONDS, HubCase  # noqa: E402

IPV4 = ("ipv4",)
BOTH = {"IPV4_UNICAST", "IPV6_UNICAST"}


class CapabilityCase(HubCase):
    """What the two have in common."""

    hub_class = ToriiHub

    @classmethod
    def peer(cls, kind):
        """The peer of that kind."""
        return next(peer for peer in cls.peers if isinstance(peer, kind))

    def received(self, peer):
        """The capabilities of a peer's sessions, as the hub has them, in their order."""
        shown = self.hub.neighbors()
        return [shown[address]["capabilities_received"][0] for address in peer.neighbors()]

    def carried(self, peer):
        """The families of a peer's sessions: End-of-RIB is sent for each."""
        shown = self.hub.neighbors()
        return tuple(sorted("ipv6" if "family" in family else "ipv4"
                            for address in peer.neighbors() for family in shown[address]["prefixes"]
                            if "end_of_rib_sent" in family))

    def assert_heard(self, peer):
        """Waits until the hub has what a peer announces, as it announces it."""
        for family in peer.session.families:
            expected = dict.fromkeys(peer.prefixes[family], peer.seen_by_hub())

            def found(of=family):
                return {prefix: route for (address, prefix), route in self.hub.routes(of).items()
                        if address == peer.neighbor(of) and prefix in peer.prefixes[of]}
            try:
                until(lambda f=found, e=expected: f() == e, ROUTE_SECONDS, "heard")
            except TimeoutError:
                self.assertEqual(found(), expected)

    def assert_exchanged(self, peer):
        """A peer's routes arrive, and it gets the others', where it has the family."""
        self.assert_heard(peer)
        for family in peer.session.families:
            self.assert_told(peer, family)


class Little(CapabilityCase):
    """Peers with no capabilities at all, or with few; GoBGP has a four-octet AS.

    OpenBGPD without capabilities would have to know us as AS 23456, and does not take that number.
    """

    prefix = "icl-"

    @classmethod
    def prepare(cls):
        """Nothing that can be left out."""
        frr, bird, exabgp = (cls.peer(kind) for kind in (FrrPeer, BirdPeer, ExaBgpPeer))
        frr.autonomous_system = 65002
        frr.session = Session(four_octet_as=False, families=IPV4, lines=("dont-capability-negotiate",))
        bird.hub_as = AS_TRANS
        bird.session = Session(four_octet_as=False, families=IPV4, lines=("capabilities off;",))
        cls.peer(GoBgpPeer).autonomous_system = 4200000004
        cls.peer(OpenBgpPeer).session = Session(lines=("announce refresh no",))
        exabgp.session = replace(exabgp.session, families=IPV4)
        for peer in (frr, bird, exabgp):
            peer.prefixes["ipv6"] = []

    def test_1_sessions_have_what_both_sides_have(self):
        self.wait_for_sessions()
        for peer in self.peers:
            with self.subTest(peer=type(peer).__name__):
                self.assertEqual(self.carried(peer), peer.session.families)
        for kind in (FrrPeer, BirdPeer):
            self.assertEqual(self.received(self.peer(kind)), [{}])
        self.assertNotIn("route_refresh", self.received(self.peer(OpenBgpPeer))[0])
        self.assertNotIn("four_octet_as", self.received(self.peer(ExaBgpPeer))[0])

    def test_2_routes_both_ways(self):
        """With the AS numbers that do not fit, which BIRD and ExaBGP are told beside (AS4_PATH)."""
        for peer in self.peers:
            with self.subTest(peer=type(peer).__name__):
                if isinstance(peer, FrrPeer):
                    self.check_frr(peer)
                else:
                    self.assert_exchanged(peer)

    def check_frr(self, frr):
        """It believes no AS4_PATH of somebody who knows four-octet AS numbers."""
        self.assert_heard(frr)
        others = {prefix for peer in self.peers if peer is not frr for prefix in peer.prefixes["ipv4"]}
        until(lambda: set(frr.routes("ipv4")) == {NETWORKS["ipv4"], *others}, ROUTE_SECONDS, "told")
        self.assertEqual(frr.routes("ipv4")[NETWORKS["ipv4"]].as_path, (AS_TRANS,))

    def test_3_a_long_number_behind_an_old_peer(self):
        """RFC 6793 section 4.2.3: what the AS4_PATH has is put into the AS_PATH."""
        exabgp = self.peer(ExaBgpPeer)
        expected = (65006, 4200000077, 65010)
        exabgp.exabgp.command(f"announce route 198.56.6.0/24 next-hop {exabgp.address} "
                              f"as-path [ {' '.join(map(str, expected))} ]")
        key = (exabgp.address, "198.56.6.0/24")
        until(lambda: key in self.hub.routes("ipv4"), ROUTE_SECONDS, "it arrives")
        self.assertEqual(self.hub.routes("ipv4")[key].as_path, expected)
        bird = self.peer(BirdPeer)
        until(lambda: key[1] in bird.routes("ipv4"), ROUTE_SECONDS, "it is passed on")
        self.assertEqual(bird.routes("ipv4")[key[1]].as_path, (HUB_AS, *expected))


class Much(CapabilityCase):
    """Everything that a peer can announce; both families on one session over IPv6, but for OpenBGPD
    7.7, which has no IPv6 next hops of IPv4 routes."""

    prefix = "icm-"
    unnumbered = (FrrPeer, BirdPeer, GoBgpPeer, ExaBgpPeer)  # no IPv4 next hop is needed

    @classmethod
    def prepare(cls):
        """All that there is."""
        frr, bird, gobgp, openbgpd, exabgp = cls.peers
        bird.autonomous_system, exabgp.autonomous_system = 4200000003, 4200000006
        frr.session = Session(over_ipv6=True, add_paths=True)
        bird.session = Session(over_ipv6=True, add_paths=True, lines=(
            "enable extended messages on;",
            "long lived graceful restart on; long lived stale time 60;"))
        gobgp.session = Session(over_ipv6=True)
        openbgpd.session = Session(lines=("announce enhanced refresh yes",
                                          "announce add-path recv yes"))
        exabgp.session = Session(over_ipv6=True, lines=("operational enable", "aigp enable",
                                                        "extended-message enable"))

    def test_1_all_is_understood(self):
        """And what we do not know is no reason to refuse: ExaBGP's operational messages and AIGP."""
        self.wait_for_sessions()
        expected = {
            FrrPeer: {"extended_message", "extended_next_hop", "enhanced_route_refresh",
                      "old_route_refresh", "graceful_restart", "long_lived", "host_name",
                      "add_path_send", "add_path_receive"},
            BirdPeer: {"extended_message", "extended_next_hop", "enhanced_route_refresh",
                       "graceful_restart", "long_lived", "add_path_send"},
            GoBgpPeer: {"extended_next_hop", "graceful_restart", "host_name"},
            OpenBgpPeer: {"enhanced_route_refresh", "graceful_restart", "add_path_receive"},
            ExaBgpPeer: {"extended_message", "extended_next_hop", "enhanced_route_refresh",
                         "graceful_restart"}}
        for peer in self.peers:
            with self.subTest(peer=type(peer).__name__):
                self.assertEqual(self.carried(peer), FAMILIES)
                families = set()
                for capabilities in self.received(peer):
                    self.assertLessEqual({"four_octet_as", "route_refresh"} | expected[type(peer)],
                                         set(capabilities))
                    families |= set(capabilities["families"])
                self.assertEqual(families, BOTH)
        bird = self.received(self.peer(BirdPeer))[0]
        self.assertEqual([family["stale_time"] for family in bird["long_lived_families"]],
                         [["60"], ["60"]])

    def test_2_routes_both_ways(self):
        for peer in self.peers:
            with self.subTest(peer=type(peer).__name__):
                self.assert_exchanged(peer)

    def test_3_ipv4_over_ipv6(self):
        """RFC 8950: what they announce is forwarded there, and they are told the same way."""
        for peer in map(self.peer, self.unnumbered):
            with self.subTest(peer=type(peer).__name__):
                paths = self.hub.all_paths("ipv4", peer)
                for prefix in peer.prefixes["ipv4"]:
                    self.assertEqual(paths[prefix][0]["next_hop"], [peer.address6])
                    until(lambda n=prefix, a=peer.address6: self.hub.kernel_weights(n) == {a: 1},
                          ROUTE_SECONDS, "the kernel's route")
        frr = self.peer(FrrPeer)
        hops = frr.paths("ipv4")[NETWORKS["ipv4"]]["nexthops"]
        self.assertEqual([hop["ip"] for hop in hops], [frr.hub6])


if __name__ == "__main__":
    unittest.main(verbosity=2)
