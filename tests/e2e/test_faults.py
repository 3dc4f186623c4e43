"""Failures with figures: packets sent and lost, and milliseconds until all is well again.

A router with 64 nodes whose control plane dies is tests/bench/failover.
"""

import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from lab_test import LabTest, topology, until  # noqa: E402
from lab import invariants, observe, serving  # noqa: E402
from lab.long_client import LongClient  # noqa: E402
from lab.probe import FrameWatch, Probe, Spray  # noqa: E402

FAR = topology.node("k8s-w0")
FAR_POD = FAR.pods[0]
DEAD = topology.node("k8s-w1")
HOLD_SECONDS = 9
CONNECTIONS = 24
FLAPS = 100
BFD = ("set bfd profile fast transmit-interval 50", "set bfd profile fast receive-interval 50",
       "set bfd profile fast detect-multiplier 3", "set bgp peer-group CILIUM bfd profile fast")
NO_BFD = ("delete bgp peer-group CILIUM bfd", "delete bfd profile fast")


class Faults(LabTest):
    """One lab in full service for all of them."""

    prefix = "tq-"

    @classmethod
    def set_up_lab(cls):
        serving.bring_up(cls.lab)

    def setUp(self):
        serving.wait_until_served(self.lab)

    def tearDown(self):
        serving.wait_until_served(self.lab)
        until(lambda: not invariants.differences(self.lab), 30, "all tables agree")

    def probe(self):
        """From the client to the pod behind the router's other port."""
        name = self.lab.namespaces.name
        return Probe(name(topology.CLIENT), name(FAR_POD.name), FAR_POD.address)

    def say(self, text):
        """A figure."""
        print(f"\n  {text}", flush=True)

    def test_control_plane_killed(self):
        process = self.lab.process("torii-controlplane")
        with self.probe() as probe:
            until(lambda: probe.received, 5, "packets come")
            process.kill()
            began = time.monotonic()
            process.start()
            self.wait_until_sessions()
            seconds = time.monotonic() - began
            until(lambda: not invariants.stale_paths(self.lab), 20, "what was stale is swept")
        self.say(f"control plane kill -9: {probe.figures()}; sessions back after {seconds:.2f} s")
        self.assertEqual(probe.lost(), 0)

    def wait_until_sessions(self):
        until(lambda: observe.established(self.lab) == len(topology.NODES), 60, "three sessions",
              interval=0.02)

    def drops_at_rest(self):
        """A node that had no power ends its old session once more when it is back."""
        counts = [observe.drops(self.lab)]
        until(lambda: counts.append(observe.drops(self.lab)) or counts[-6:] == [counts[-1]] * 6,
              30, "sessions to stay", interval=0.5)
        self.wait_until_sessions()
        return counts[-1]

    def test_packet_engine_killed(self):
        process = self.lab.process("torii-dataplane")
        before = self.drops_at_rest()
        with self.probe() as probe:
            until(lambda: probe.received, 5, "packets come")
            process.kill()
            began = time.monotonic()
            process.start()
            seconds = until(lambda: probe.first_since(began + 0.05), 20, "packets come again")
            until(lambda: not invariants.differences(self.lab), 20, "the table is complete again")
        self.say(f"packet engine kill -9: {probe.figures()}; forwards again "
                 f"{1000 * (seconds + 0.05):.0f} ms after its start")
        self.assertLess(probe.gap(), 5)
        self.assertEqual(observe.drops(self.lab), before, "no session was lost")

    def test_agent_killed(self):
        process = self.lab.agent(FAR.name)
        with self.probe() as probe:
            until(lambda: probe.received, 5, "packets come")
            process.kill()
            until(lambda: FAR.pod_network in invariants.stale_paths(self.lab), 10, "it is stale")
            process.start()
            self.wait_until_sessions()
            until(lambda: not invariants.stale_paths(self.lab), 20, "nothing is stale")
        self.say(f"agent kill -9: {probe.figures()}")
        self.assertEqual(probe.lost(), 0)

    def cut_power(self, limit, what):
        """Pulls the cable of a node while packets go to all; how long some went there."""
        client, switch = topology.CLIENT, DEAD.switch
        name = self.lab.namespaces.name
        mac = self.lab.command(DEAD.name, "cat", "/sys/class/net/eth1/address").stdout.strip()
        connections = LongClient(name(client), serving.VIP, connections=CONNECTIONS, timeout=1)
        with FrameWatch(name(switch), topology.switch(switch).router_port, serving.VIP) as watch, \
                Spray(name(client), serving.VIP), connections:
            until(lambda: watch.count.get(mac, 0) > 100, 10, "packets go to the node")
            there = {number for number, servers in connections.by_server.items()
                     if any(DEAD.pods[0].name in server for server in servers)}
            count = watch.count[mac]
            began = time.monotonic()
            self.lab.namespaces.set_cable(DEAD, plugged=False)
            until(lambda: DEAD.name not in serving.serving(self.lab), limit + 5, "it is left out")
            until(lambda: time.monotonic() - watch.last[mac] > 0.5, limit + 5, "nothing goes there")
            seconds, lost = watch.last[mac] - began, watch.count[mac] - count
            connections.wait_for(5 * (CONNECTIONS - len(there)), 60)
            until(lambda: {number for number, _ in connections.failures} >= there, 60,
                  "its connections have ended")
        self.lab.namespaces.set_cable(DEAD, plugged=True)
        broken = {number for number, _ in connections.failures} - there
        self.say(f"node without power, {what}: last packet to it after {1000 * seconds:.0f} ms, "
                 f"{lost} packets went there in vain; {len(broken)} of "
                 f"{CONNECTIONS - len(there)} connections of other nodes broken")
        self.assertLess(seconds, limit)
        self.assertEqual(broken, set())

    def test_node_without_power_and_bfd(self):
        self.lab.torii("configure", *BFD, "commit")
        self.addCleanup(lambda: self.lab.torii("configure", *NO_BFD, "commit"))
        until(lambda: self.lab.torii("show bfd peers brief").count(" up") == 3, 20, "BFD is up")
        self.cut_power(1, "BFD 50 ms x 3")

    def test_node_without_power_and_hold_time(self):
        self.cut_power(HOLD_SECONDS + 1, f"hold time {HOLD_SECONDS} s")

    def test_router_reboots(self):
        processes = self.lab.router_processes()
        with self.probe() as probe:
            until(lambda: probe.received, 5, "packets come")
            for process in reversed(processes):
                process.kill()
            for switch in topology.SWITCHES:  # what would not outlive a real one
                self.lab.command(topology.ROUTER, "ip", "link", "del", switch.router_port)
            began = time.monotonic()
            for process in processes:
                process.start()
            seconds = until(lambda: probe.first_since(began + 0.05), 60, "packets come again")
            self.wait_until_sessions()
        self.say(f"router reboots: {probe.figures()}; forwards again "
                 f"{seconds + 0.05:.1f} s after its start")
        self.assertLess(seconds, 30)

    def test_link_flaps(self):
        watched = [*self.lab.router_processes(), *self.lab.agents()]
        before = {process.name: observe.footprint(process) for process in watched}
        began = time.monotonic()
        for _ in range(FLAPS):
            for plugged in (False, True):
                self.lab.namespaces.set_cable(FAR, plugged)
        seconds = time.monotonic() - began
        serving.wait_until_served(self.lab)
        grown = {}
        for process in watched:
            memory, files = observe.footprint(process)
            grown[process.name] = memory - before[process.name][0]
            self.assertLessEqual(files, before[process.name][1] + 2, process.name)
            self.assertLess(grown[process.name], 4096, f"KiB more memory of {process.name}")
        self.say(f"{FLAPS} flaps in {seconds:.1f} s: all in service after "
                 f"{time.monotonic() - began - seconds:.1f} s more; KiB more memory: {grown}")


if __name__ == "__main__":
    unittest.main(verbosity=2)
