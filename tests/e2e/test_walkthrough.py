"""Steps 1 to 6, 8 and 9 of the walkthrough, in order, on one lab."""

import re
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from lab_test import ROUTE_SECONDS, LabTest, topology, until  # noqa: E402

PINGS = 50

# The document's FRR configuration in our model.
CONFIGURATION = (
    "configure",
    "set bgp as 65000",
    "set bgp router-id 192.168.10.200",
    "set bgp ebgp-requires-policy false",
    "set bgp graceful-restart mode restart",
    "set bgp bestpath multipath-relax true",
    "set bgp peer-group CILIUM remote-as external",
    "set bgp neighbor 192.168.10.100 peer-group CILIUM",
    "set bgp neighbor 192.168.10.101 peer-group CILIUM",
    "set bgp neighbor 192.168.20.100 peer-group CILIUM",
    "set bgp family ipv4-unicast network 10.10.1.0/24",
    "set bgp family ipv4-unicast maximum-paths ebgp 4",
    "commit",
)


class Walkthrough(LabTest):
    """Each test is a step and builds on those before it."""

    prefix = "tw-"

    @classmethod
    def set_up_lab(cls):
        cls.lab.up(with_bgp=False)

    def test_1_without_bgp_only_the_local_pod_answers(self):
        for node, pod in topology.web_pods():
            answer = self.lab.fetch(topology.CURL_POD, pod.address)
            with self.subTest(pod=pod.address):
                self.assertEqual(bool(answer), node.name == "k8s-ctr", answer)

    def test_2_the_router_is_configured_through_its_shell(self):
        self.assertNotIn("65000", self.lab.torii("show configuration"))
        self.assertIn("is in force and saved", self.lab.torii(*CONFIGURATION))
        configured = self.lab.torii("show configuration")
        for line in ("as 65000;", "router-id 192.168.10.200;", "ebgp-requires-policy false;",
                     "mode restart;", "multipath-relax true;", "peer-group CILIUM {",
                     "remote-as external;", "neighbor 192.168.10.100 {", "192.168.10.101",
                     "192.168.20.100", "network 10.10.1.0/24;", "ebgp 4;"):
            self.assertIn(line, configured)
        for process in reversed(self.lab.router_processes()):
            process.kill()
        for process in self.lab.router_processes():
            process.start()
        until(lambda: self.lab.torii("show configuration") == configured, ROUTE_SECONDS,
              "the configuration survives a restart")
        until(self.lab.router_ready, ROUTE_SECONDS, "the ports are up again")

    def test_3_manifests_bring_three_sessions_up(self):
        until(lambda: set(self.sessions()) == {node.address for node in topology.NODES},
              ROUTE_SECONDS, "the router knows its three neighbors")
        idle = self.sessions()
        self.assertFalse([s for s in idle.values() if s.isdigit()], idle)
        self.lab.apply_manifests()
        self.wait_for_sessions()

    def test_4_the_kernel_has_the_routes(self):
        ports = {"switch10": "eth1", "switch20": "eth2"}
        for node in topology.NODES:
            pattern = (rf"(?m)^{node.pod_network} nhid \d+ via {node.address} "
                       rf"dev {ports[node.switch]} proto bgp metric 20 *$")
            # A received route is a moment ahead of a selected and an installed one.
            until(lambda p=pattern: re.search(
                p, self.lab.command(topology.ROUTER, "ip", "route").stdout), ROUTE_SECONDS, pattern)
            pattern = (rf"(?m)^B>\* {node.pod_network} \[20/0\] via {node.address}, "
                       rf"{ports[node.switch]}, ")
            until(lambda p=pattern: re.search(p, self.lab.torii("show ip route")), ROUTE_SECONDS,
                  pattern)

    def test_5_summary(self):
        shown = self.lab.torii("show ip bgp summary")
        self.assertIn("192.168.10.200, local AS number 65000", shown)
        for node in topology.NODES:
            self.assertRegex(shown, rf"(?m)^{node.address} +4 +65001 +[1-9]\d* +[1-9]\d* +\d+ +0 +0 "
                                    r"+\d\d:\d\d:\d\d +1 ")

    def test_6_bgp_table(self):
        shown = self.lab.torii("show ip bgp")
        self.assertRegex(shown, r"(?m)^\*> +10\.10\.1\.0/24 +0\.0\.0\.0 +0 +32768 i$")
        for node in topology.NODES:
            self.assertRegex(shown, rf"(?m)^\*> +{node.pod_network} +{node.address} .* 65001 i$")

    def test_6b_prometheus_reads_the_same(self):
        self.assertIn("is in force", self.lab.torii("configure", "set services metrics enabled",
                                                    "commit"))
        got = self.lab.command(topology.ROUTER, "curl", "-s", "http://127.0.0.1:9342/metrics")
        for node in topology.NODES:
            self.assertRegex(got.stdout, rf'(?m)^torii_bgp_peer_up{{peer="{node.address}",.*}} 1$')
        self.assertRegex(got.stdout, r'(?m)^torii_port_received_packets_total{port="eth1"} [1-9]')
        self.assertIn('torii_process_config_lag{process="dataplane"} 0\n', got.stdout)

    def test_7_the_agents_tell_the_same(self):
        for node in topology.NODES:
            peers = self.lab.toriictl(node.name, "bgp", "peers")
            self.assertRegex(peers, rf"{node.name} +65001 +65000 +192\.168\.10\.200 +established")
            routes = self.lab.toriictl(node.name, "bgp", "routes", "advertised", "ipv4", "unicast")
            self.assertRegex(routes, rf"{node.pod_network} +{node.address}")

    def test_8_without_imported_routes_pods_stay_apart(self):
        for node, pod in topology.web_pods():
            if node.name != "k8s-ctr":
                self.assertEqual(self.lab.fetch(topology.CURL_POD, pod.address), "")

    def test_9a_static_routes_let_all_pods_answer(self):
        self.lab.namespaces.set_static_routes()
        self.wait_for_all_pods()
        for _, pod in topology.web_pods():
            answer = self.wait_for_answer(topology.CLIENT, pod.address)
            self.assertIn(f"Hostname: {pod.name}\n", answer)
            self.assertIn("RemoteAddr: 192.168.30.100:", answer, "the client's address is kept")

    def test_9b_packets_take_the_fast_path_both_ways(self):
        self.assertEqual(self.lab.namespaces.sysctl(topology.ROUTER, "net.ipv4.ip_forward"), "0")
        before = self.forwarded_packets()
        self.ping(topology.CURL_POD, "172.20.2.68", PINGS)
        # The shell's counters may be a moment behind the packets.
        for port in ("eth1", "eth2"):
            until(lambda p=port: self.forwarded_packets()[p] >= before[p] + PINGS, ROUTE_SECONDS,
                  f"{port} counts {PINGS} packets more than {before[port]} as forwarded")
        self.assertEqual(self.kernel_forwarded(), 0, "the router's kernel forwarded packets")

    def test_9c_bulk_transfer_survives_the_way(self):
        # More than any window, so segmentation offload would have had its chance to do harm.
        for source in (topology.CURL_POD, topology.CLIENT):
            got = self.lab.command(source, "curl", "-s", "--max-time", "20", "-o", "/dev/null", "-w",
                                   "%{size_download}", "http://172.20.2.68/data?size=20&unit=MB")
            self.assertEqual(got.stdout, str(20 * 1024 * 1024))

    def test_9d_imported_routes_do_the_same_without_any_static_one(self):
        self.lab.namespaces.remove_static_routes()
        self.assertEqual(self.lab.fetch(topology.CURL_POD, "172.20.2.68"), "")
        self.lab.agent_options = ("--import", f"{topology.POD_NETWORK} le 24")
        for agent in self.lab.agents():
            agent.kill()
            agent.start()
        self.wait_for_sessions()
        self.wait_for_all_pods()
        for node in topology.NODES:
            others = {other.pod_network for other in topology.NODES} - {node.pod_network}
            until(lambda n=node, o=others: self.imported(n) == o, ROUTE_SECONDS,
                  f"{node.name} has routes to {others}")

    def test_9e_imported_routes_stay_over_restarts_of_the_router_and_the_agent(self):
        control = self.lab.process("torii-controlplane")
        with self.running_ping(topology.CURL_POD, "172.20.2.68") as ping:
            control.kill()
            control.start()
            self.wait_for_sessions()
            for agent in self.lab.agents():
                agent.stop()
                agent.start()
            self.wait_for_sessions()
            self.wait_for_all_pods()
        self.assertEqual(ping.lost(), 0)

    def imported(self, node):
        """The prefixes that the node's kernel has from BGP."""
        shown = self.lab.command(node.name, "ip", "route", "show", "proto", "84").stdout
        return {line.split()[0] for line in shown.splitlines() if line[0].isdigit()}


if __name__ == "__main__":
    unittest.main(verbosity=2)
