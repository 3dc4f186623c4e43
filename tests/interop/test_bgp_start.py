"""How our router begins, with FRR and BIRD as its peers: what they are told, and what they tell,
waits for the others (FRR's update-delay), and for no longer than it has to. And how often they are
told (RFC 4271 section 9.2.1.1)."""

import sys
import time
import unittest
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from bgp_bed import NETWORKS, ToriiHub, controlplane, until  # noqa: E402
from bgp_peers import BirdPeer, FrrPeer  # noqa: E402
from hub_case import ROUTE_SECONDS, SESSION_SECONDS, HubCase  # noqa: E402

LONGEST = 120  # seconds that no test waits for
WAIT = 6
INTERVAL = 8
TOLD_SECONDS = 2 * INTERVAL


class DelayedHub(ToriiHub):
    """Our router, which waits for its peers."""

    delay = f"update_delay: {LONGEST} update_delay_establish_wait: {WAIT} "

    def start(self):
        """As the base."""
        super().start(instance=self.delay)

    def in_progress(self):
        """Whether it says that the delay is."""
        summary = controlplane.ask(self.folder, "get_bgp_summary { family: IPV4_UNICAST }")
        return summary["bgp_summary"][0].get("update_delay_in_progress") == ["true"]


class Start(HubCase):
    """One bed for all, in the order of their names."""

    prefix, hub_class, peer_classes = "ist-", DelayedHub, (FrrPeer, BirdPeer)

    @classmethod
    def prepare(cls):
        """BIRD keeps nothing of us over our restart: what it has it has been told since."""
        cls.frr, cls.bird = cls.peers
        cls.bird.session = replace(cls.bird.session, lines=("graceful restart off;",))

    def test_1_all_have_told_theirs(self):
        """Then it goes on, which is long before the time that it has."""
        self.wait_for_sessions()
        until(lambda: not self.hub.in_progress(), SESSION_SECONDS, "all have told theirs")
        self.assert_all_told()

    def test_2_one_that_does_not_come_is_waited_for_only_so_long(self):
        self.hub.stop()
        self.frr.stop()
        self.hub.start()
        until(lambda: self.bird.address in self.hub.established(), SESSION_SECONDS, "BIRD's session")
        begin = time.monotonic()
        self.assertTrue(self.hub.in_progress())
        self.assertNotIn(NETWORKS["ipv4"], self.bird.routes("ipv4"))
        until(lambda: not self.hub.in_progress(), SESSION_SECONDS, "FRR is not waited for")
        waited = time.monotonic() - begin
        # The session may have been there for a moment before we saw it.
        self.assertGreater(waited, WAIT - 3)
        until(lambda: NETWORKS["ipv4"] in self.bird.routes("ipv4"), ROUTE_SECONDS, "BIRD is told")
        self.frr.start()
        self.wait_for_sessions()
        self.assert_all_told()

    def flap(self, prefix):
        """FRR withdraws a route and announces it again. When BIRD has it, and how long it kept it."""
        begin = time.monotonic()
        self.frr.configure("address-family ipv4 unicast", f"no network {prefix}")
        until(lambda: prefix not in self.bird.routes("ipv4"), TOLD_SECONDS, "withdrawn")
        kept = time.monotonic() - begin
        self.frr.configure("address-family ipv4 unicast", f"network {prefix}")
        until(lambda: prefix in self.bird.routes("ipv4"), TOLD_SECONDS, "there again")
        return time.monotonic(), kept

    def test_3_changes_are_told_at_intervals_and_withdrawals_at_once(self):
        """FRR's routes go and come, and BIRD is told at intervals."""
        self.hub.configure(instance=self.hub.delay, session=lambda peer:
                           f"advertisement_interval: {INTERVAL} " if peer is self.bird else "")
        prefix = self.frr.prefixes["ipv4"][0]
        self.assertIn(prefix, self.bird.routes("ipv4"))
        first, _ = self.flap(prefix)
        second, kept = self.flap(prefix)
        self.assertGreater(second - first, INTERVAL - 1)
        self.assertLess(kept, INTERVAL / 2)
        self.assertEqual(self.hub.neighbors()[self.bird.address]["advertisement_interval"],
                         [str(INTERVAL)])


if __name__ == "__main__":
    unittest.main(verbosity=2)
