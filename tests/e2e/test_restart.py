"""Any process may die at any time: the system comes back, and the others keep running."""

import fcntl
import re
import signal
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from lab_test import ROUTE_SECONDS, SESSION_SECONDS, LabTest, topology, until  # noqa: E402

FAR_POD = "172.20.2.68"
RESTART_SECONDS = 15  # of the example manifests
HOLD_SECONDS = 9  # likewise


class Restart(LabTest):
    """kill -9, start again; one lab for all of them, which is itself a test of the recovery."""

    prefix = "tr-"

    @classmethod
    def set_up_lab(cls):
        cls.lab.up()
        cls.lab.apply_manifests()
        cls.lab.namespaces.set_static_routes()

    def setUp(self):
        self.wait_for_sessions()
        self.wait_for_all_pods()
        self.pids = {p.name: p.pid() for p in self.lab.processes()}

    def assert_only_restarted(self, name):
        """Nobody else (None: nobody at all) was restarted or died."""
        for process in self.lab.processes():
            if process.name == name:
                self.assertNotEqual(process.pid(), self.pids[name])
                process.check()
            else:
                self.assertEqual(process.pid(), self.pids[process.name], process.name)

    def start_and_recover(self, process):
        """Starts it again and waits until sessions and pods are back."""
        process.start()
        self.wait_for_sessions()
        self.wait_for_all_pods()

    def test_dataplane(self):
        process = self.lab.process("torii-dataplane")
        process.kill()
        self.assertEqual(self.lab.fetch(topology.CURL_POD, FAR_POD), "",
                         "without its packet engine the router must not forward")
        self.start_and_recover(process)
        self.ping(topology.CURL_POD, FAR_POD, 20)
        self.assert_only_restarted("torii-dataplane")

    def test_dataplane_that_finds_its_place_taken(self):
        process = self.lab.process("torii-dataplane")
        prefix = re.search(r"--file-prefix=(\S+)", process.log_file.read_text()).group(1)
        process.kill()
        # As long as another holds this lock, DPDK refuses to start, and once per process.
        with open(f"/var/run/dpdk/{prefix}/config", "r+b") as lock:
            fcntl.lockf(lock, fcntl.LOCK_EX)
            process.start()
            until(lambda: process.log_file.read_text().count("EAL does not start") > 1,
                  ROUTE_SECONDS, "the packet engine has tried twice")
            process.check()
        self.start_and_recover(process)
        self.assert_only_restarted("torii-dataplane")

    def test_controlplane(self):
        process = self.lab.process("torii-controlplane")
        with self.running_ping(topology.CURL_POD, FAR_POD) as ping:
            process.kill()
            self.ping(topology.CURL_POD, FAR_POD, 100)
            self.start_and_recover(process)
            self.ping(topology.CURL_POD, FAR_POD, 100)
        self.assertEqual(ping.lost(), 0, ping.text)
        self.assert_only_restarted("torii-controlplane")

    def test_mgmtd(self):
        process = self.lab.process("torii-mgmtd")
        with self.running_ping(topology.CURL_POD, FAR_POD) as ping:
            process.kill()
            self.ping(topology.CURL_POD, FAR_POD, 100)
            process.start()
            until(lambda: len(self.sessions()) == 3, ROUTE_SECONDS, "the shell works again")
            self.wait_for_sessions()
        self.assertEqual(ping.lost(), 0, ping.text)
        self.assert_only_restarted("torii-mgmtd")

    def test_agent_inside_its_restart_time(self):
        self.restart_agent(signal.SIGKILL)

    def test_agent_ended_in_order(self):
        self.restart_agent(signal.SIGTERM)

    def restart_agent(self, number):
        """Ends an agent by a signal and starts it again: the router keeps its route meanwhile."""
        node = topology.node("k8s-w0")
        process = self.lab.agent(node.name)
        with self.running_ping(topology.CURL_POD, FAR_POD) as ping:
            process.stop(number)
            until(lambda: "S" in self.flags(node.pod_network), ROUTE_SECONDS, "the route is stale")
            self.ping(topology.CURL_POD, FAR_POD, 100)
            process.start()
            self.wait_for_sessions(SESSION_SECONDS)
            until(lambda: "S" not in self.flags(node.pod_network), ROUTE_SECONDS,
                  "the route is no longer stale")
        self.assertEqual(ping.lost(), 0, ping.text)
        self.assert_only_restarted(process.name)

    def test_agent_that_stays_away(self):
        node = topology.node("k8s-w1")
        process = self.lab.agent(node.name)
        killed = time.monotonic()
        process.kill()
        until(lambda: "S" in self.flags(node.pod_network), ROUTE_SECONDS, "the route is stale")
        until(lambda: not self.flags(node.pod_network), 2 * RESTART_SECONDS, "the route is gone")
        seconds = time.monotonic() - killed
        print(f"agent that stays away: its routes are gone after {seconds:.2f} s")
        self.assertGreater(seconds, RESTART_SECONDS, "gone too early")
        self.assertLess(seconds, RESTART_SECONDS + 1, "gone too late")
        until(lambda: node.pod_network not in self.lab.torii("show ip route", "show forwarding route")
              and node.pod_network not in self.lab.command(topology.ROUTER, "ip", "route").stdout,
              ROUTE_SECONDS, "packet engine and kernel have lost it, too")
        self.assertEqual(self.lab.fetch(topology.CURL_POD, "172.20.1.76"), "")
        self.start_and_recover(process)
        self.assert_only_restarted(process.name)

    def seconds_until_unused(self, network):
        """How long the packet engine goes on sending there."""
        begin = time.monotonic()
        until(lambda: network not in self.lab.torii("show forwarding route"), 2 * RESTART_SECONDS,
              f"the packet engine has no route to {network}")
        return time.monotonic() - begin

    def test_node_without_power(self):
        # BGP alone would believe in it for its hold time and, with graceful restart, for the
        # restart time after that.
        node = topology.node("k8s-w1")
        self.lab.namespaces.set_cable(node, plugged=False)
        seconds = self.seconds_until_unused(node.pod_network)
        self.lab.namespaces.set_cable(node, plugged=True)
        print(f"node without power: out of use after {seconds:.1f} s")
        self.assertLess(seconds, HOLD_SECONDS, "the hold timer was faster")
        self.wait_for_sessions()
        self.wait_for_all_pods()
        self.assert_only_restarted(None)

    def test_port_without_link(self):
        switch = topology.switch("switch20")
        node = topology.node("k8s-w0")
        self.lab.namespaces.set_router_cable(switch, plugged=False)
        seconds = self.seconds_until_unused(node.pod_network)
        self.lab.namespaces.set_router_cable(switch, plugged=True)
        print(f"port without link: out of use after {seconds:.1f} s")
        self.assertLess(seconds, HOLD_SECONDS / 3, "a dead link is told, not waited for")
        self.wait_for_sessions()
        self.wait_for_all_pods()
        self.assert_only_restarted(None)

    def test_all_of_the_router(self):
        processes = self.lab.router_processes()
        for process in processes:
            process.kill()
        for process in reversed(processes):
            process.start()
        self.wait_for_sessions()
        self.wait_for_all_pods()
        self.ping(topology.CURL_POD, FAR_POD, 20)


if __name__ == "__main__":
    unittest.main(verbosity=2)
