"""BFD (RFC 5880) with FRR over IPv4 and BIRD over IPv6. Our sessions are torii-dataplane's, and end
BGP's when a peer is silent for three intervals of 100 ms: long before the hold time of 9 s."""

import os
import re
import signal
import sys
import time
import unittest
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from bgp_bed import ToriiHub, controlplane, until  # noqa: E402
from bgp_peers import BirdPeer, FrrPeer  # noqa: E402
from hub_case import HubCase  # noqa: E402
from lab.processes import Process  # noqa: E402

FAST = "transmit_interval: 100 receive_interval: 100 detect_multiplier: 3"
# Three intervals, and what a busy machine adds; the hold time would be nine seconds.
GONE_SECONDS = 2
UP_SECONDS = 15


class WatchedFrr(FrrPeer):
    """FRR with its BFD daemon."""

    daemons = ("zebra", "bgpd", "bfdd")

    def bfd(self):
        """What it says of its session."""
        return self.frr.show(f"show bfd peer {self.hub}")

    def bfd_is_up(self):
        """Whether it has a session."""
        return "Status: up" in self.bfd()

    def downs(self):
        """How often its session has fallen."""
        shown = self.frr.show(f"show bfd peer {self.hub} counters")
        return int(re.search(r"Session down events: (\d+)", shown)[1])

    def pids(self):
        """Of all that would go with its power."""
        return [process.pid() for process in self.frr.processes]


class WatchedBird(BirdPeer):
    """BIRD."""

    def bfd(self):
        """What it says of its session."""
        return self.birdc("show bfd sessions")

    def bfd_is_up(self):
        """Whether it has a session."""
        return bool(re.search(rf"{re.escape(self.hub)} +\S+ +Up ", self.bfd()))

    def pids(self):
        """It is one process."""
        return [self.process.pid()]


class WatchingHub(ToriiHub):
    """Our router, with a packet engine that forwards nothing: BFD runs over the kernel's UDP."""

    def __init__(self, namespace, folder, peers):
        super().__init__(namespace, folder, peers)
        program = self.process.command[0].parent / "torii-dataplane"
        self.engine = Process("torii-dataplane", namespace, (program, "--run-dir", folder), folder)
        self.processes.append(self.engine)

    def start(self, **_):
        """Both, with a profile."""
        self.engine.start()
        super().start()

    def configure(self, *arguments, profile=FAST, session='bfd_profile: "fast"', **options):
        """As the base."""
        return super().configure(*arguments, **options, session=session,
                                 more=f'bfd_profiles {{ name: "fast" {profile} }}')

    def stop(self):
        """Ends both."""
        super().stop()
        self.engine.stop()

    def bfd(self):
        """Peer -> its session, as the packet engine says it."""
        reply = controlplane.ask(self.folder, "get_bfd_sessions { }", "dataplane")
        sessions = reply.get("bfd_sessions", [{}])[0].get("sessions", [])
        return {session["path"][0]["peer"][0]: session for session in sessions}

    def bfd_state(self, peer):
        """"up", or another; None without a session."""
        session = self.bfd().get(next(iter(peer.neighbors())))
        return session["state"][0] if session else None


class Bfd(HubCase):
    """In the order of their names."""

    prefix, hub_class, peer_classes = "bfd-", WatchingHub, (WatchedFrr, WatchedBird)

    @classmethod
    def prepare(cls):
        """Their ends of the sessions."""
        cls.frr, cls.bird = cls.peers
        cls.frr.session = replace(
            cls.frr.session, lines=("bfd profile fast",),
            beside="bfd\n profile fast\n  transmit-interval 100\n  receive-interval 100\n")
        cls.bird.session = replace(
            cls.bird.session, over_ipv6=True, lines=("bfd on;",),
            beside="protocol bfd { interface \"*\" { min rx interval 100 ms; "
                   "min tx interval 100 ms; idle tx interval 1 s; multiplier 3; }; }\n")

    def wait_for_bfd(self):
        """Until both ends of each say that they are up."""
        for peer in self.peers:
            until(lambda one=peer: self.hub.bfd_state(one) == "up" and one.bfd_is_up(), UP_SECONDS,
                  f"BFD with {type(peer).__name__}")

    def neighbor(self, peer):
        """What the hub says of BGP with a peer."""
        return self.hub.neighbors()[next(iter(peer.neighbors()))]

    def freeze(self, peer):
        """Until the hub has lost it: the seconds that it took."""
        pids = peer.pids()
        begin = time.monotonic()
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            until(lambda: self.neighbor(peer)["state"] != ["Established"], GONE_SECONDS,
                  "BGP has lost it")
            return time.monotonic() - begin
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)

    def test_1_sessions_come_up_with_the_agreed_times(self):
        self.wait_for_sessions()
        self.wait_for_bfd()
        for session in self.hub.bfd().values():
            self.assertEqual(session["transmit_interval"], ["100000"])
            self.assertEqual(session["detection_time"], ["300000"])
            self.assertEqual(session["parameters"][0]["profile"], ["fast"])
            self.assertNotIn("multihop", session["path"][0])
        self.assertIn("Receive interval: 100ms", self.frr.bfd())

    def test_2_a_peer_that_is_frozen_is_gone_at_once(self):
        for peer in self.peers:
            with self.subTest(peer=type(peer).__name__):
                took = self.freeze(peer)
                print(f"{type(peer).__name__}: gone after {took:.3f} s")
                self.assertEqual(self.neighbor(peer)["last_reset_reason"], ["BFD down received"])
                self.wait_for_sessions()
                self.wait_for_bfd()

    def test_3_other_times_without_a_flap(self):
        before = self.frr.downs()
        self.hub.configure(profile="transmit_interval: 50 receive_interval: 300 "
                                   "detect_multiplier: 5")
        # FRR takes packets no faster than every 100 ms, and is to send every 300.
        until(lambda: "Transmission interval: 50ms" in self.frr.bfd(), 5, "FRR knows")
        frr = self.hub.bfd()[self.frr.address]
        self.assertEqual(frr["transmit_interval"], ["100000"])
        self.assertEqual(frr["detection_time"], ["900000"])
        self.hub.configure()
        until(lambda: "Transmission interval: 100ms" in self.frr.bfd(), 5, "FRR knows")
        self.assertEqual(self.frr.downs(), before)
        self.assertEqual(self.hub.bfd_state(self.frr), "up")

    def test_4_without_the_control_plane_they_stand(self):
        before = self.frr.downs()
        self.hub.kill()
        received = lambda: int(self.hub.bfd()[self.frr.address]["received_packets"][0])
        until(lambda many=received() + 20: received() > many, 10, "two seconds of packets")
        self.assertTrue(self.frr.bfd_is_up())
        self.assertTrue(self.bird.bfd_is_up())
        self.hub.start()
        self.wait_for_sessions()
        self.wait_for_bfd()
        self.assertEqual(self.frr.downs(), before)

    def test_5_no_longer_wanted_is_no_failure(self):
        counts = self.established_counts()
        self.hub.configure(session="")
        # After its restart it takes nobody away at first: they may just not be back yet.
        until(lambda: not self.hub.bfd(), 20, "no sessions")
        until(lambda: not self.frr.bfd_is_up() and not self.bird.bfd_is_up(), 5,
              "the peers know")
        self.hub.configure()
        self.wait_for_bfd()
        # FRR 8.4 and BIRD 2.0.12 do not tell the two apart (RFC 5882 section 4.2) and may end their
        # BGP sessions, once. We end none, and no session says a last farewell for long.
        self.wait_for_sessions()
        self.wait_for_bfd()
        for address, count in self.established_counts().items():
            self.assertLessEqual(int(count[0]), int(counts[address][0]) + 1)
        for peer in self.peers:
            self.assertNotEqual(self.neighbor(peer).get("last_reset_reason"), ["BFD down received"])
            self.assertLessEqual(int(self.hub.bfd()[next(iter(peer.neighbors()))].get("downs", [0])[0]), 1)


if __name__ == "__main__":
    unittest.main(verbosity=2)
