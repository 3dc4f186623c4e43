"""Our router in the middle of FRR, BIRD, GoBGP, OpenBGPD and ExaBGP, all at once.

What one announces, all others have to get, so each is tested in both directions. The first tests
run once more with FRR in our router's place: a test that fails there is wrong itself.
"""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from bgp_bed import FrrHub, RouteMonitor, ToriiHub, until  # noqa: E402
from bgp_peer import FAMILIES  # noqa: E402
from exabgp_peer import ExaBgpPeer  # noqa: E402
from hub_case import ROUTE_SECONDS, SESSION_SECONDS, HubCase  # noqa: E402


class FrrInOurPlace(HubCase):
    """Shows that the tests are right."""

    prefix, hub_class = "ibf-", FrrHub

    def test_1_sessions(self):
        self.wait_for_sessions()

    def test_2_routes_both_ways(self):
        self.assert_all_told()

    def test_3_withdrawal(self):
        self.check_withdrawal()


class Torii(HubCase):
    """What our router does with each of them."""

    prefix, hub_class = "ibt-", ToriiHub

    def expected_here(self, family):
        """(Peer address, prefix) -> Route that the hub has to hold."""
        return {(peer.neighbor(family), prefix): peer.seen_by_hub() for peer in self.peers
                for prefix in peer.prefixes[family]}

    def assert_hub_knows(self, family):
        """Waits until the hub holds just what the peers announce."""
        expected = self.expected_here(family)
        try:
            until(lambda: self.hub.routes(family) == expected, ROUTE_SECONDS, "told")
        except TimeoutError:
            self.assertEqual(self.hub.routes(family), expected)

    def assert_settled(self):
        """Everybody knows what everybody announces."""
        for family in FAMILIES:
            self.assert_hub_knows(family)
        self.assert_all_told()

    def counters(self, name):
        """Peer address -> that number of the hub's neighbors."""
        return {address: int(neighbor.get(name, ["0"])[0])
                for address, neighbor in self.hub.neighbors().items()}

    def test_1_sessions(self):
        self.wait_for_sessions()

    def test_2_what_was_negotiated(self):
        neighbors = self.hub.neighbors()
        for peer in self.peers:
            neighbor = neighbors[peer.address]
            with self.subTest(peer=type(peer).__name__):
                self.assertEqual(neighbor["remote_as"], [str(peer.autonomous_system)])
                self.assertEqual(neighbor["hold_time"], ["9"])
                self.assertEqual(neighbor["keepalive"], ["3"])
                capabilities = neighbor["capabilities_received"][0]
                self.assertEqual("four_octet_as" in capabilities,
                                 not isinstance(peer, ExaBgpPeer), capabilities)

    def test_3_routes_both_ways(self):
        self.assert_settled()

    def test_4_refresh(self):
        sessions = self.counters("established_count")
        self.check_counted("sent", "refresh_in")
        self.check_counted("received", "refresh_out")
        self.assert_settled()
        self.assertEqual(self.counters("established_count"), sessions)

    def updates(self, direction, peer):
        """How many UPDATE messages the hub has counted."""
        counts = self.hub.neighbors()[peer.address].get(direction, [{}])[0]
        return int(counts.get("updates", ["0"])[0])

    def check_counted(self, direction, action):
        """Has each peer do what it can, and waits until the hub has counted UPDATE messages."""
        for peer in self.peers:
            if getattr(peer, action):
                before = self.updates(direction, peer)
                getattr(peer, action)()
                until(lambda p=peer, b=before: self.updates(direction, p) > b, ROUTE_SECONDS,
                      f"{direction} of {type(peer).__name__} grows after {action}")

    def test_5_withdrawal(self):
        self.check_withdrawal()
        for family in FAMILIES:
            self.assert_hub_knows(family)
        self.hub.configure(networks=False)
        self.assert_all_told(with_networks=False)
        self.hub.configure()
        self.assert_settled()

    def test_6_peers_crash_and_come_back_with_less(self):
        """What they keep stays in use without a change, and what they do not say again goes."""
        keepers = [peer for peer in self.peers if peer.keeps_state]
        kept = {family: {(peer.neighbor(family), prefix) for peer in keepers
                         for prefix in peer.prefixes[family]} for family in FAMILIES}
        with RouteMonitor(self.hub.namespace, self.bed.folder / "routes") as monitor:
            for peer in self.peers:
                peer.crash()
            for family in FAMILIES:
                until(lambda f=family: self.hub.stale(f) == kept[f] == set(self.hub.routes(f)),
                      ROUTE_SECONDS, f"the {family} routes of who restarts are stale, others gone")
            swept = {peer.prefixes[family][-1] for peer in keepers for family in FAMILIES}
            for peer in self.peers:
                for family in FAMILIES:
                    peer.prefixes[family].pop()
                peer.start()
            until(self.all_are_back, SESSION_SECONDS, "what is not announced again is swept")
        stays = {prefix for peer in keepers if peer.is_complete for family in FAMILIES
                 for prefix in peer.prefixes[family]}
        touched = {prefix for line in monitor.changed() for prefix in stays if f" {prefix} " in line}
        self.assertEqual(touched, set())
        removed = {prefix for line in monitor.removed() for prefix in swept if f" {prefix} " in line}
        self.assertEqual(removed, swept)
        self.wait_for_sessions()
        self.assert_settled()

    def all_are_back(self):
        """The hub has just what the peers announce now, and nothing is stale."""
        return all(self.hub.routes(family) == self.expected_here(family) and
                   not self.hub.stale(family) for family in FAMILIES)

    def test_7_the_hub_crashes_and_comes_back(self):
        helpers = [peer for peer in self.peers if peer.is_helper]
        told = {(peer, family): peer.routes(family) for peer in helpers for family in FAMILIES}
        forwarding = self.hub.kernel_prefixes()
        self.assertEqual(forwarding, {prefix for peer in self.peers for family in FAMILIES
                                      for prefix in peer.prefixes[family]})
        self.hub.kill()
        for (peer, family), routes in told.items():
            with self.subTest(peer=type(peer).__name__, family=family):
                self.assertEqual(peer.routes(family), routes)
        with RouteMonitor(self.hub.namespace, self.bed.folder / "routes") as monitor:
            self.hub.start()
            self.wait_for_sessions()
            self.assert_settled()
            until(self.hub.is_converged, ROUTE_SECONDS, "the hub has swept")
        self.assertEqual(monitor.removed(), [])
        self.assertEqual(self.hub.kernel_prefixes(), forwarding)


if __name__ == "__main__":
    unittest.main(verbosity=2)
