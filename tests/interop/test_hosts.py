"""Real hosts around our router: TCP with the offloads a kernel has by default, path MTU discovery,
traceroute, and a BGP session in the middle of floods."""

import errno
import re
import socket
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from scapy.all import TCP  # noqa: E402

from packets import plan  # noqa: E402 (first: it says where the others are)
from logs_after_failure import LogsAfterFailure  # noqa: E402
from packets.hosts import BGP_HOLD_SECONDS, ESTABLISHED, HostsRouter  # noqa: E402
from packets.table import Table  # noqa: E402
from packets.groups import floods  # noqa: E402

SEGMENT = 1448  # octets of TCP in a packet of 1500


class Hosts(LogsAfterFailure):
    """One router for all; the order does not matter."""

    @classmethod
    def processes(cls):
        return cls.router.processes()

    @classmethod
    def setUpClass(cls):
        cls.router = cls.enterClassContext(HostsRouter())
        cls.addClassCleanup(cls.print_logs_after_failure)

    def check_tcp(self, sender, receiver, family):
        """It flows, and what is sent again is no more than what a sender needs to find out how fast the
        router is: with this one's CPU shared by both hosts."""
        sums = self.router.iperf(sender, receiver, family)
        print(f"{sender} -> {receiver} over IPv{family}: {sums['received'] / 1e6:.0f} Mbit/s, "
              f"{sums['retransmits']} of {sums['bytes'] // SEGMENT} sent again")
        self.assertGreater(sums["received"], 50e6)
        self.assertLess(sums["retransmits"], sums["bytes"] / SEGMENT / 20)

    def test_tcp(self):
        """Both families, both ways."""
        for family in (4, 6):
            for sender, receiver in ((1, 2), (2, 1)):
                with self.subTest(family=family, sender=sender):
                    self.check_tcp(sender, receiver, family)

    def test_tcp_finds_the_mtu(self):
        """The hosts announce segments for 1500 octets, the router's way out has 1280."""
        for family, option in ((4, "-4"), (6, "-6")):
            with self.subTest(family=family):
                self.check_tcp(1, 3, family)
                shown = self.router.on_host(1, "ip", option, "route", "get",
                                            self.router.behind(plan.port(3), family), "from",
                                            self.router.behind(plan.port(1), family))
                self.assertIn("mtu 1280", shown)

    def test_pings_longer_than_the_mtu(self):
        """IPv4 is cut on the way there, and told the MTU where it may not be."""
        far = self.router.behind(plan.port(3), 4)
        self.router.on_host(1, "ip", "route", "flush", "cache")
        shown = self.router.on_host(1, "ping", "-c", "3", "-i", "0.1", "-s", "1400", "-M", "dont", far)
        self.assertIn("3 received", shown)
        shown = self.router.on_host(1, "ping", "-c", "1", "-s", "1400", "-M", "do", "-I",
                                    plan.port(1).host(4), far, check=False)
        self.assertIn("Frag needed and DF set (mtu = 1280)", shown)

    def test_traceroute(self):
        """The router is the first hop, by its address on the host's link."""
        for family, option in ((4, "-4"), (6, "-6")):
            with self.subTest(family=family):
                far = self.router.behind(plan.port(2), family)
                shown = self.router.on_host(1, "traceroute", option, "-n", "-w", "2", "-q", "2", far)
                hops = re.findall(r"^ *(\d+)  ([0-9a-f.:]+)  ", shown, re.MULTILINE)
                self.assertEqual(hops, [("1", plan.port(1).own(family)), ("2", far)], shown)

    def test_bgp_survives_floods(self):
        """Some alone, then all kinds at once: more than a hold time each, from the session's port."""
        table = Table(strict=False, reference=False)
        floods.cases(table)
        # Somebody else's attempts at the session's own port, which only the rate tells apart.
        table.v4("SYN", "RFC 4953 2", "drop", TCP(dport=179), dst=plan.port(1).own(4))
        frames = [case.frame for case in table.cases]
        for some in ([frames[0]], [frames[-1]], frames):
            self.flood(some, BGP_HOLD_SECONDS + 1)
            self.assertEqual(self.router.session(), ESTABLISHED)
        punts = {punt["punt_class"]: punt for punt in self.router.show("forwarding punts")["punts"]}
        for name in ("arp", "nd", "icmp", "bgp_open", "other"):
            self.assertGreater(int(punts[name].get("limited", 0)), 0, name)

    def flood(self, frames, seconds):
        """As many as one process can send, in turn."""
        end = time.monotonic() + seconds
        with self.router.open_in(self.router.far_end(plan.port(1)), _open_wire) as wire:
            while time.monotonic() < end:
                for frame in frames * 32:
                    _send(wire, frame)


def _send(wire, frame):
    try:
        wire.send(frame)
    except OSError as error:
        if error.errno != errno.ENOBUFS:  # the wire is full
            raise


def _open_wire():
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    wire.bind((plan.port(1).wire, 0))
    return wire


if __name__ == "__main__":
    unittest.main(verbosity=2)
