"""Two workers: what they forward together, and ports whose devices go and come while they do."""

import functools
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import packets  # noqa: E402,F401 (first: it says where the others are)
from lab.shell import ip_batch  # noqa: E402
from lab.wait import until  # noqa: E402
from vlan_bed import BLUE, GREEN, HOSTS, PLAIN1, PLAIN2, RED, VlanRouter, VlanTest  # noqa: E402

FLOWS = 40


class TwoWorkers(VlanRouter):
    """The same network; a second CPU for the packet engine."""

    def document(self):
        document = super().document()
        document["torii-platform:platform"]["lcores"] = {"worker": [0, 1]}
        return document

    def workers(self):
        """What each has done."""
        return [{name: int(value) for name, value in worker.items()
                 if name not in ("ports", "latency")}
                for worker in self.show("forwarding workers")["workers"]]

    def adjacencies(self, interface):
        """Addresses of neighbors that are known."""
        return {one["address"] for one in self.show("forwarding adjacencies")["adjacencies"]
                if one["interface"] == interface and one["state"] == "resolved"}


class Workers(VlanTest):
    """One router for all; a test that takes a device away gives it back."""

    make_router = functools.partial(TwoWorkers, "pw-")

    def test_everybody_reaches_everybody(self):
        self.everybody_reaches_everybody()

    def test_both_work(self):
        """The flows of one AF_PACKET port go to both, each to one: in order, so TCP likes it."""
        self.router.until_pings(PLAIN1, PLAIN2.address(4))
        before = self.router.workers()
        self.assertEqual(len(before), 2)
        code = ("import socket\n"
                f"for n in range({FLOWS}):\n"
                "    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
                f"    for _ in range(20): s.sendto(b'x', ('{PLAIN2.address(4)}', 9000 + n))")
        self.router.on(PLAIN1, "python3", "-c", code)
        def received():
            return [after["received_packets"] - then["received_packets"]
                    for after, then in zip(self.router.workers(), before)]
        until(lambda: sum(received()) >= 20 * FLOWS, 5, "all have come")
        for share in received():
            self.assertGreater(share, 20 * FLOWS // 8)
        for worker in self.router.show("forwarding workers")["workers"]:
            latency = {name: int(value) for name, value in worker["latency"].items()
                       if name != "intervals"}
            self.assertGreater(latency["samples"], 0)
            # Nanoseconds: a packet is neither sent before it came nor kept for a second.
            self.assertLess(500, latency["median"])
            self.assertLessEqual(latency["median"], latency["percentile_99"])
            self.assertLessEqual(latency["percentile_99"], latency["max"])
            self.assertLess(latency["median"], 1_000_000_000)
        self.assertEqual(self.router.transfer(PLAIN1, PLAIN2, 3_000_000), 3_000_000)
        self.assertEqual(self.router.transfer(PLAIN2, PLAIN1, 3_000_000), 3_000_000)

    def test_configuration_under_traffic(self):
        """Lists, VLANs and ports change while both forward; nothing is lost on the way of others."""
        self.router.until_pings(PLAIN1, PLAIN2.address(4))
        flow = self.router.start_ping(PLAIN1, PLAIN2.address(4), "0.01")
        for round_ in range(20):
            self.router.commit(f"set acl A rule {round_ + 1} action accept",
                               "set interface eth1 acl in A")
            self.router.commit("delete interface eth2.100")
            self.router.commit("set interface eth2.100 vlan parent eth2",
                               "set interface eth2.100 vlan id 100",
                               f"set interface eth2.100 ipv4 address {GREEN.address(4, 1)}/24",
                               f"set interface eth2.100 ipv6 address {GREEN.address(6, 1)}/64")
        answered, lost = flow.end()
        self.router.commit("delete interface eth1 acl", "delete acl")
        self.assertGreater(answered, 20)
        self.assertEqual(lost, 0)
        self.router.until_pings(GREEN, RED.address(4))

    def test_a_port_comes_and_goes(self):
        """By configuration, while the other port forwards."""
        flow = self.router.start_ping(PLAIN1, RED.address(4), "0.005")
        for host in (PLAIN1, RED):
            self.router.until_pings(host, GREEN.address(4))
        self.router.commit("delete interface eth2.100", "delete interface eth2",
                           "delete platform port eth2")
        self.assertEqual(self.router.ping(PLAIN1, PLAIN2.address(4), 1), 0)
        lines = ["set platform port eth2 xdp hw-eth2",
                 "set interface eth2.100 vlan parent eth2", "set interface eth2.100 vlan id 100"]
        for host in (PLAIN2, GREEN):
            lines += [f"set interface {host.interface} ipv4 address {host.address(4, 1)}/24",
                      f"set interface {host.interface} ipv6 address {host.address(6, 1)}/64"]
        self.router.commit(*lines)
        for host in (PLAIN2, GREEN):
            self.router.until_pings(host, PLAIN1.address(4))
        answered, lost = flow.end()
        self.assertGreater(answered, 5)
        self.assertEqual(lost, 0)

    def test_a_device_vanishes_and_returns(self):
        """Another interface of the same name is the port's from then on, VLANs and all."""
        for port, hosts in ((1, (PLAIN1, RED, BLUE)), (2, (PLAIN2, GREEN))):
            with self.subTest(port=port):
                self.vanish_and_return(self.router.ports()[port - 1], hosts)

    def vanish_and_return(self, port, hosts):
        """Of one port."""
        other = next(host for host in HOSTS if host.port != port.number)
        for host in hosts:
            self.router.until_pings(host, other.address(4))
        name = port.name
        self.assertIn(hosts[0].address(4), self.router.adjacencies(name))
        ip_batch([f"link delete hw-{name}"], self.router.namespace)
        until(lambda: not self.router.port(name).get("link_up"), 1, "the port is down")
        self.assertEqual(self.router.adjacencies(name), set())
        for host in hosts:
            self.assertFalse(self.router.port(host.interface).get("link_up"))
        self.router.commit("set interface lo9 loopback")  # a port without its device is no obstacle
        self.router.commit("delete interface lo9")
        self.router.replace_wire(port)
        until(lambda: self.router.port(name).get("link_up"), 5, "the port is up")
        for host in hosts:
            self.router.until_pings(host, other.address(4))


if __name__ == "__main__":
    unittest.main(verbosity=2)
