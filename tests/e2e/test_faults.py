"""Failures with figures: packets sent and lost, and milliseconds until all is well again.

A router with 64 nodes whose control plane dies is tests/bench/failover.
"""

import re
import resource
import sys
import time
import unittest
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from lab_test import LabTest, topology, until  # noqa: E402
from lab import invariants, observe, serving  # noqa: E402
from lab.long_client import LongClient  # noqa: E402
from lab.probe import FrameWatch, Probe, Spray  # noqa: E402
from lab.shell import CommandFailed  # noqa: E402
from lab.system import Lab  # noqa: E402
from flooding_peer import FloodingPeer  # noqa: E402
from small_disk import SmallDisk  # noqa: E402
from wall_clock import HOUR, WallClock  # noqa: E402

FAR = topology.node("k8s-w0")
FAR_POD = FAR.pods[0]
DEAD = topology.node("k8s-w1")
HOLD_SECONDS = 9
CONNECTIONS = 24
FLAPS = 100
CONFIRM_SECONDS = 3
FLOOD_AS, FLOOD_ROUTES = 65010, 2_000_000
MEMORY_MORE = 128 << 20
SECOND_VIP = "172.16.1.2/32"
BFD = ("set bfd profile fast transmit-interval 50", "set bfd profile fast receive-interval 50",
       "set bfd profile fast detect-multiplier 3", "set bgp peer-group CILIUM bfd profile fast")
NO_BFD = ("delete bgp peer-group CILIUM bfd", "delete bfd profile fast")


class Faults(LabTest):
    """One lab in full service for all of them."""

    prefix = "tq-"

    @classmethod
    def setUpClass(cls):
        lab = Lab(cls.prefix)
        lab.down()
        cls.addClassCleanup(lab.down)  # folders that hold a disk
        cls.router_disk = SmallDisk(lab.run_dir(topology.ROUTER))
        cls.status_disk = SmallDisk(lab.manifests / "status")
        for disk in (cls.router_disk, cls.status_disk):
            disk.mount()
            cls.addClassCleanup(disk.unmount)
        super().setUpClass()

    @classmethod
    def set_up_lab(cls):
        cls.clock = WallClock(cls.lab.build)
        cls.addClassCleanup(cls.clock.close)
        cls.lab.in_front = cls.clock.words
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
        until(lambda: not observe.unacknowledged(self.lab), 30, "the ends of sessions hear each other")
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


    def configure(self, *lines):
        """Lines of configuration, committed."""
        return self.lab.torii("configure", *lines, "commit")

    def seconds_until_undone(self, jump):
        """Of a commit that nobody confirms; meanwhile the wall clock jumps."""
        began = time.monotonic()
        self.lab.torii("configure", "set system hostname moved", f"commit confirmed {CONFIRM_SECONDS}")
        self.clock.move(jump)
        until(lambda: time.monotonic() - began > CONFIRM_SECONDS / 2, 5, "half of the time")
        self.assertIn("moved", self.lab.torii("show configuration system"), "undone too early")
        until(lambda: "moved" not in self.lab.torii("show configuration system"), 20, "it is undone")
        return time.monotonic() - began

    def messages(self):
        """Peer -> BGP messages (received, sent)"""
        rows = [line.split() for line in self.lab.torii("show ip bgp summary").splitlines()]
        return {row[0]: (int(row[3]), int(row[4])) for row in rows if len(row) >= 10 and row[1] == "4"}

    def wait_for_keepalives(self):
        """Until each session has told and heard something since."""
        before = self.messages()
        until(lambda: all(now[way] > before[peer][way] for peer, now in self.messages().items()
                          for way in (0, 1)), HOLD_SECONDS / 3 + 2, "keepalives, both ways")

    def test_clock_jumps(self):
        before = self.drops_at_rest()
        agent = self.lab.agent(FAR.name)
        undone = []
        with self.probe() as probe:
            until(lambda: probe.received, 5, "packets come")
            agent.kill()
            until(lambda: FAR.pod_network in invariants.stale_paths(self.lab), 10, "it is stale")
            undone.append(self.seconds_until_undone(HOUR))
            self.assertIn(FAR.pod_network, invariants.stale_paths(self.lab), "its time is not over")
            agent.start()
            self.wait_until_sessions()
            until(lambda: not invariants.stale_paths(self.lab), 20, "nothing is stale")
            self.configure(*BFD)
            self.addCleanup(lambda: self.configure(*NO_BFD))
            until(lambda: self.lab.torii("show bfd peers brief").count(" up") == 3, 20, "BFD is up")
            undone.append(self.seconds_until_undone(-HOUR))
            self.wait_for_keepalives()
            self.clock.move(0)
            self.wait_for_keepalives()
        self.say(f"wall clock +1 h, -2 h, +1 h: {probe.figures()}; a commit that waits "
                 f"{CONFIRM_SECONDS} s was undone after {undone[0]:.1f} and {undone[1]:.1f} s")
        self.assertEqual(probe.lost(), 0)
        for seconds in undone:
            self.assertGreater(seconds, CONFIRM_SECONDS)
            self.assertLess(seconds, CONFIRM_SECONDS + 2)
        after = self.drops_at_rest()
        after[FAR.address] = str(int(after[FAR.address]) - 1)  # its agent was killed
        self.assertEqual(after, before, "no session was lost by it")
        self.assertRegex(self.lab.torii("show ip bgp summary"), rf"(?m)^{FAR.address} .* 00:0\d:\d\d ")

    def refused(self, *lines):
        """What the shell says to a commit that has to fail."""
        with self.assertRaises(CommandFailed) as caught:
            self.configure(*lines)
        return str(caught.exception)

    def test_disk_is_full(self):
        disks = (self.router_disk, self.status_disk)
        log = self.router_disk.folder / "all.log"
        self.configure(f"set system logging file {log}", "set system logging level debug")
        self.addCleanup(lambda: self.configure("delete system logging"))
        before = self.lab.torii("show configuration")
        for disk in disks:
            self.addCleanup(disk.free)
        with self.probe() as probe:
            until(lambda: probe.received, 5, "packets come")
            for disk in disks:
                disk.fill()
            said = self.refused("set system hostname full")
            self.assertIn("No space left on device", said)
            self.assertIn("nothing was changed", said)
            self.assertEqual(self.lab.torii("show configuration"), before)
            # Its files would be on the full disk.
            mgmtd = self.lab.process("torii-mgmtd")
            elsewhere = replace(mgmtd, run_dir=self.lab.run_dir(topology.CLIENT))
            mgmtd.kill()
            self.addCleanup(self.run_only, mgmtd, elsewhere)
            elsewhere.start()
            until(lambda: self.lab.torii("show configuration") == before, 20, "mgmtd is back")
            self.write_second_service()
            until(lambda: "No space left on device" in "".join(
                agent.log_tail(50) for agent in self.lab.agents()), 20, "a status finds no room")
            self.assertLess(self.router_disk.room(), 1 << 14)
            self.assertEqual(len(serving.serving(self.lab)), len(topology.NODES), "what was there is")
            self.assertLess(len(observe.members(self.lab, SECOND_VIP)), len(topology.NODES))
            for disk in disks:
                disk.free()
            began = time.monotonic()
            until(lambda: len(observe.members(self.lab, SECOND_VIP)) == len(topology.NODES), 30,
                  "all nodes have read its address and announce it")
            seconds = time.monotonic() - began
            for name in ("full", topology.ROUTER):
                self.configure(f"set system hostname {name}")
            self.run_only(mgmtd, elsewhere)
            self.assertEqual(self.lab.torii("show configuration"), before)
        self.say(f"disks full: {probe.figures()}; a service that waited for its status is in use "
                 f"{seconds:.1f} s after there is room")
        self.assertEqual(probe.lost(), 0)

    def run_only(self, mgmtd, other):
        """The one in place of the other."""
        other.kill()
        self.router_disk.free()
        mgmtd.start()
        until(lambda: self.lab.torii("show configuration"), 20, "it answers")

    def write_second_service(self):
        """As webpod, with another name and address."""
        text = (serving.STEPS / "webpod.yaml").read_text().replace("type: ClusterIP", "type: LoadBalancer")
        text = re.sub(r"(?m)(name|service-name): webpod", r"\1: second", text)
        self.lab.write_manifest("second.yaml", text.replace("10.96.252.129", "10.96.252.130"))
        self.addCleanup((self.lab.manifests / "second.yaml").unlink)

    def test_memory_runs_out(self):
        process, peer = self.lab.process("torii-controlplane"), topology.CLIENT_HOST.address
        pid, before = process.pid(), self.drops_at_rest()
        self.configure(f"set bgp neighbor {peer} remote-as {FLOOD_AS}")
        self.addCleanup(lambda: self.configure(f"delete bgp neighbor {peer}"))
        client = self.lab.namespaces.name(topology.CLIENT)
        gateway = topology.gateway(topology.CLIENT_HOST)
        with self.probe() as probe, FloodingPeer(client, peer, gateway, FLOOD_AS) as flood:
            until(lambda: probe.received, 5, "packets come")
            until(lambda: observe.sessions(self.lab)[peer].isdigit(), 20, "it has a session")
            status = Path(f"/proc/{pid}/status").read_text()
            limit = 1024 * int(re.search(r"VmData:\s+(\d+)", status)[1]) + MEMORY_MORE
            before_that = resource.prlimit(pid, resource.RLIMIT_DATA, (limit, -1))
            self.addCleanup(resource.prlimit, pid, resource.RLIMIT_DATA, before_that)
            flood.announce(FLOOD_ROUTES)
            until(flood.ended.is_set, 20, "its session ends")
            told = re.search(r"session peer=\S+ prefixes=(\d+) ended .*: memory is short",
                             process.log_tail())
            self.assertTrue(told, process.log_tail())
            until(lambda: not invariants.differences(self.lab), 30, "its routes are gone everywhere")
        self.say(f"memory limit {MEMORY_MORE >> 20} MiB above: a peer with {FLOOD_ROUTES} routes lost its "
                 f"session after {told[1]}; {probe.figures()}")
        self.assertEqual(probe.lost(), 0)
        self.assertEqual(process.pid(), pid, "nobody was restarted")
        after = self.drops_at_rest()
        self.assertEqual({node: after[node] for node in before}, before, "no other session was lost")


if __name__ == "__main__":
    unittest.main(verbosity=2)
