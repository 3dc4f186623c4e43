"""Several paths of one prefix: from one peer (RFC 7911), or from many that say how much each of them
carries (link bandwidth). Told by each kind of peer, down to the routes in our router's kernel."""

import sys
import unittest
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from bgp_bed import ToriiHub, until  # noqa: E402
from bgp_peer import Announcement  # noqa: E402
from bgp_peers import OpenBgpPeer  # noqa: E402
from hub_case import ROUTE_SECONDS, HubCase  # noqa: E402

# Each peer carries that many Mbit/s of the prefix that all have, per unit of its weight.
SHARED, UNIT = "198.55.0.0/24", 1000


class PathsHub(ToriiHub):
    """Our router, which takes all paths and uses them at the same time."""

    def start(self):
        """As the base."""
        super().start(originates="maximum_paths_ebgp: 16 ", instance="multipath_relax: true ",
                      session="add_paths { family: IPV4_UNICAST receive: true } ")


def own(peer):
    """The prefix that a peer has two paths for."""
    return f"198.54.{peer.number}.0/24"


def weight(peer):
    """Of a peer, for the shared prefix."""
    return peer.number - 1


class Paths(HubCase):
    """Each peer has two paths of its own prefix, and one of the prefix that all have but OpenBGPD,
    which has nothing but what its own neighbors tell it: its path would be longer."""

    prefix, hub_class = "iba-", PathsHub

    @classmethod
    def prepare(cls):
        """What the peers announce."""
        for peer in cls.peers:
            peer.session = replace(peer.session, add_paths=True)
            peer.more = [Announcement(own(peer), peer.address),
                         Announcement(own(peer), peer.second_address)]
        cls.sharing = [peer for peer in cls.peers if not isinstance(peer, OpenBgpPeer)]
        for peer in cls.sharing:
            peer.more.append(Announcement(SHARED, peer.address, UNIT * weight(peer)))

    def expect(self, what, prefix, expected):
        """Waits until the kernel has these next hops with these weights."""
        try:
            until(lambda: self.hub.kernel_weights(prefix) == expected, ROUTE_SECONDS, what)
        except TimeoutError:
            self.assertEqual(self.hub.kernel_weights(prefix), expected, what)

    def next_hops(self, peer):
        """Of the paths that the hub has of a peer for its own prefix."""
        return sorted(path["next_hop"][0]
                      for path in self.hub.all_paths("ipv4", peer).get(own(peer), []))

    def test_1_two_paths_of_one_peer_arrive_and_are_used(self):
        self.wait_for_sessions()
        for peer in self.peers:
            with self.subTest(peer=type(peer).__name__):
                capabilities = self.hub.neighbors()[peer.address]["capabilities_received"][0]
                self.assertIn("IPV4_UNICAST", capabilities["add_path_send"])
                both = [peer.address, peer.second_address]
                until(lambda p=peer, b=both: self.next_hops(p) == b, ROUTE_SECONDS, "both paths")
                paths = self.hub.all_paths("ipv4", peer)[own(peer)]
                self.assertEqual([path["multipath"] for path in paths], [["true"], ["true"]])
                self.assertEqual(len([path for path in paths if "best" in path]), 1)
                self.assertEqual(len({path["path_id"][0] for path in paths}), 2)
                self.expect("both are used", own(peer), dict.fromkeys(both, 1))

    def test_2_bandwidths_become_weights(self):
        self.expect("in their ratio", SHARED, {peer.address: weight(peer) for peer in self.sharing})

    def test_3_weights_follow(self):
        """Without the largest the ratio of the others stays; where they are ignored there is none."""
        largest = max(self.sharing, key=weight)
        largest.withdraw_more(largest.more[2])
        rest = [peer for peer in self.sharing if peer is not largest]
        self.expect("of those that are left", SHARED, {peer.address: weight(peer) for peer in rest})
        self.hub.configure(originates="maximum_paths_ebgp: 16 ",
                           instance="multipath_relax: true bandwidth: BANDWIDTH_IGNORE ",
                           session="add_paths { family: IPV4_UNICAST receive: true } ")
        self.expect("not wanted", SHARED, {peer.address: 1 for peer in rest})

    def test_4_a_path_is_withdrawn_and_the_other_stays(self):
        """The first of some, the second of others."""
        sessions = self.established_counts()
        for peer in self.peers:
            peer.withdraw_more(peer.more[peer.number % 2])
        for peer in self.peers:
            with self.subTest(peer=type(peer).__name__):
                left = peer.more[1 - peer.number % 2].next_hop
                until(lambda p=peer, n=left: self.next_hops(p) == [n], ROUTE_SECONDS, "one path")
                self.expect("the other one", own(peer), {left: 1})
        self.assertEqual(self.established_counts(), sessions)


if __name__ == "__main__":
    unittest.main(verbosity=2)
