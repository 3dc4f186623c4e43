"""What keeps others out of a session, with each peer: TCP MD5 (RFC 2385), also of a range that our
router listens for, and GTSM (RFC 5082). A session stands with the right key and over the right
distance, and neither without the one nor without the other."""

import sys
import time
import unittest
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from bgp_bed import ToriiHub, until  # noqa: E402
from bgp_peers import BirdPeer, FrrPeer, OpenBgpPeer  # noqa: E402
from hub_case import HubCase  # noqa: E402

PASSWORD = "canary-4711"
# A session that is not wanted has not come up in this time; others need a second or two.
REFUSED_SECONDS = 4


class GuardedHub(ToriiHub):
    """Our router, which knows none of the keys at first."""

    def start(self):
        """As the base."""
        super().start(session=without_keys)


def key(password):
    """A session's key."""
    return f'password: "{password}" ' if password else ""


def distance(peer):
    """What the peer looks at, our router does, too."""
    return "ttl_security: 1 " if peer.session.ttl_security else ""


def without_keys(peer):
    """A wrong key for some, none for others."""
    return distance(peer) + key("another" if peer.number % 2 else "")


def with_wrong_keys(peer):
    """The other way round."""
    return distance(peer) + key("" if peer.number % 2 else "another")


def at_a_wrong_distance(peer):
    """Whoever is near enough is not trusted to be, and the other way round."""
    return key(PASSWORD) + ("" if peer.session.ttl_security else "ttl_security: 1 ")


def as_agreed(peer):
    """What the peer has."""
    return distance(peer) + key(PASSWORD)


class Guards(HubCase):
    """All peers have a key; FRR, BIRD and OpenBGPD look at the distance."""

    prefix, hub_class = "ibg-", GuardedHub

    @classmethod
    def prepare(cls):
        """The sessions of the peers, before they start."""
        for peer in cls.peers:
            near = isinstance(peer, (FrrPeer, BirdPeer, OpenBgpPeer))
            peer.session = replace(peer.session, password=PASSWORD, ttl_security=near)

    def assert_refused(self):
        """Nobody comes up, which is to say at both ends: what came in just before a peer's kernel
        was told to look at the hops may have taken our end there."""
        end = time.monotonic() + REFUSED_SECONDS

        def came_up():
            half = self.hub.established()
            return [peer.address for peer in self.peers
                    if half & peer.neighbors().keys() and peer.established()]
        until(lambda: came_up() or time.monotonic() > end, REFUSED_SECONDS + 5, "time passes")
        self.assertEqual(came_up(), [])

    def assert_accepted(self):
        """All come up, and tell each other everything."""
        self.wait_for_sessions()
        self.assert_all_told()

    def test_1_nobody_comes_up_without_the_key(self):
        self.assert_refused()

    def test_2_nor_with_another_key(self):
        self.hub.configure(session=with_wrong_keys)
        self.assert_refused()

    def test_3_all_come_up_as_agreed(self):
        self.hub.configure(session=as_agreed)
        self.assert_accepted()
        self.assertEqual({neighbor["password"][0] for neighbor in self.hub.neighbors().values()},
                         {"true"})

    def test_4_nobody_comes_up_from_too_far(self):
        self.hub.configure(session=at_a_wrong_distance)
        self.assert_refused()

    def test_5_a_range_with_another_key_has_no_peers(self):
        """Neither those without one, who are not there."""
        self.hub.configure(session=without_keys, listens=True)
        # They may still wait for an OPEN that they have dropped, for minutes.
        for peer in self.peers:
            if peer.session.ttl_security:
                peer.restart_sessions()
        self.assert_refused()
        self.assertEqual(self.hub.neighbors(), {})

    def test_6_a_range_as_agreed_has_all_peers(self):
        self.hub.configure(session=as_agreed, listens=True)
        self.assert_accepted()
        self.assertEqual({neighbor["dynamic"][0] for neighbor in self.hub.neighbors().values()},
                         {"true"})
        self.assertNotIn(PASSWORD, self.hub.process.log_tail(10000))


if __name__ == "__main__":
    unittest.main(verbosity=2)
