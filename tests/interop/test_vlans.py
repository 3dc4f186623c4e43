"""VLANs of ports: hosts with tags and without reach each other through our router, and none whose tag
is nobody's."""

import socket
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from scapy.all import Ether, IP, UDP, Raw  # noqa: E402

import packets  # noqa: E402,F401 (first: it says where the others are)
from lab.wait import until  # noqa: E402
from vlan_bed import BLUE, GREEN, HOSTS, PLAIN1, PLAIN2, RED, VlanRouter, VlanTest, tagged  # noqa: E402


class Vlans(VlanTest):
    """One router for all; the order does not matter."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for host in HOSTS:
            cls.router.until_pings(host, host.address(4, 1))

    def frame(self, host, to):
        """A datagram of one host to another, as it is without a tag."""
        port = self.router.port(f"eth{host.port}")
        mac = self.router.command("cat", f"/sys/class/net/{port['name']}/address").strip()
        return bytes(Ether(src="02:00:00:00:09:09", dst=mac)
                     / IP(src=host.address(4), dst=to.address(4)) / UDP(sport=7, dport=4242)
                     / Raw(b"leak" * 10))

    def sent_and_seen(self, frame, from_host, at):
        """Whether a frame put on a wire as it is comes out at a host."""
        with self.router.open_in(self.router.of(at), _listen) as listener:
            wire = self.router.ports()[from_host.port - 1].wire
            far = self.router.far_end(self.router.ports()[from_host.port - 1])
            with self.router.open_in(far, lambda: _raw(wire)) as sender:
                sender.send(frame)
            listener.settimeout(0.5)
            try:
                return listener.recv(100).startswith(b"leak")
            except TimeoutError:
                return False

    def test_everybody_reaches_everybody(self):
        self.everybody_reaches_everybody()
        for host in HOSTS:
            to = PLAIN2 if host != PLAIN2 else PLAIN1
            with self.subTest(host=host.name, to=to.name):
                self.assertEqual(self.router.ping(host, to.address(4), 5), 5)

    def test_tcp_between_vlans(self):
        """A relay in Python is no fast wire: that it all arrives is what counts."""
        octets = self.router.transfer(RED, GREEN, 400_000)
        self.assertEqual(octets, 400_000)
        self.assertEqual(self.router.transfer(PLAIN1, BLUE, 100_000), 100_000)

    def test_the_mtu_is_the_vlans_own(self):
        shown = self.router.on(RED, "ping", "-c", "1", "-s", "1400", "-M", "do", BLUE.address(4),
                               check=False)
        self.assertIn("Frag needed and DF set (mtu = 1280)", shown)
        shown = self.router.on(RED, "ping", "-c", "2", "-s", "1472", "-M", "do", GREEN.address(4))
        self.assertIn("2 received", shown)

    def test_foreign_tags_lead_nowhere(self):
        frame = self.frame(PLAIN1, GREEN)
        self.assertTrue(self.sent_and_seen(frame, PLAIN1, GREEN))
        red = self.frame(RED, GREEN)
        self.assertTrue(self.sent_and_seen(tagged(red, 100), RED, GREEN))
        for vlans, reason in (((300,), "vlan_unknown"), ((101,), "vlan_unknown"),
                              ((100, 200), "vlan_stacked"), ((4095,), "vlan_unknown")):
            with self.subTest(vlans=vlans):
                before = self.router.drops()
                self.assertFalse(self.sent_and_seen(tagged(red, *vlans), RED, GREEN))
                self.assertEqual(self.router.drops()[reason], before[reason] + 1)
        # 200 is a VLAN of the other port only.
        before = self.router.drops()
        self.assertFalse(self.sent_and_seen(tagged(self.frame(GREEN, RED), 200), GREEN, RED))
        self.assertEqual(self.router.drops()["vlan_unknown"], before["vlan_unknown"] + 1)

    def test_counters_and_show(self):
        before = self.router.port("eth1.100")
        self.assertEqual(self.router.ping(RED, GREEN.address(4), 5), 5)
        after = self.router.port("eth1.100")
        self.assertGreaterEqual(int(after["rx_packets"]), int(before["rx_packets"]) + 5)
        self.assertGreaterEqual(int(after["tx_packets"]), int(before["tx_packets"]) + 5)
        self.assertGreaterEqual(int(after["forwarded_packets"]),
                                int(before["forwarded_packets"]) + 5)
        self.assertEqual((after["parent"], after["vlan"], after["mtu"]), ("eth1", 100, 1500))
        self.assertEqual(self.router.port("eth1.200")["mtu"], 1280)
        self.assertIn("VLAN 100 of eth1", self.router.shell("show interfaces eth1.100"))

    def test_changes_under_traffic(self):
        """A VLAN goes, comes, and changes its number; the others do not notice."""
        flow = self.router.start_ping(PLAIN1, GREEN.address(4), "0.05")
        self.router.commit("delete interface eth1.200")
        self.assertEqual(self.router.ping(BLUE, GREEN.address(4), 2), 0)
        self.assertNotIn("eth1.200", self.router.command("ip", "link"))
        self.router.commit("set interface eth1.200 vlan parent eth1",
                           "set interface eth1.200 vlan id 201",
                           f"set interface eth1.200 ipv4 address {BLUE.address(4, 1)}/24",
                           f"set interface eth1.200 ipv6 address {BLUE.address(6, 1)}/64",
                           "set interface eth1.200 mtu 1280")
        self.assertEqual(self.router.ping(BLUE, GREEN.address(4), 2), 0)
        self.router.commit("set interface eth1.200 vlan id 200")
        self.router.until_pings(BLUE, GREEN.address(4))
        answered, lost = flow.end()
        self.assertGreater(answered, 5)
        self.assertEqual(lost, 0)

    def test_the_link_is_the_ports(self):
        wire = self.router.ports()[0].wire
        far = self.router.far_end(self.router.ports()[0])
        self.router.on(PLAIN1, "ip", "link", "set", wire, "down")
        try:
            until(lambda: not self.router.port("eth1.100").get("link_up"), 5, "the VLAN is down")
            self.assertTrue(self.router.port("eth2.100")["link_up"])
        finally:
            self.router.on(PLAIN1, "ip", "link", "set", wire, "up")
            self.router.on(PLAIN1, "ip", "route", "replace", "default", "via",
                           PLAIN1.address(4, 1))
            self.router.on(PLAIN1, "ip", "-6", "address", "replace",
                           f"{PLAIN1.address(6)}/64", "dev", wire)
            self.router.on(PLAIN1, "ip", "-6", "route", "replace", "::/0", "via",
                           PLAIN1.address(6, 1))
        until(lambda: self.router.port("eth1.100").get("link_up"), 5, f"up again, of {far}")
        for host in (PLAIN1, RED, BLUE):
            self.router.until_pings(host, GREEN.address(4))


def _listen():
    listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listener.bind(("0.0.0.0", 4242))
    return listener


def _raw(wire):
    sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    sender.bind((wire, 0))
    return sender


if __name__ == "__main__":
    unittest.main(verbosity=2)
