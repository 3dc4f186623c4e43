"""Nodes leave service, and agents end, under an HTTP client whose connections stay open."""

import sys
import unittest
from pathlib import Path

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from lab_test import ROUTE_SECONDS, LabTest, topology, until  # noqa: E402
from lab.long_client import LongClient  # noqa: E402

ADDRESS = "172.16.1.1"
# Neighbors on one network; the third node has no BGP here.
STAYS, LEAVES, APART = "k8s-w1", "k8s-ctr", "k8s-w0"
CONNECTIONS = 40


def manifests(*without):
    """A service with a load balancer's address, its endpoints on both nodes, and its announcement."""
    endpoints = [{"addresses": [pod.address], "nodeName": node.name,
                  "conditions": {"ready": True, "serving": True, "terminating": False}}
                 for node, pod in topology.web_pods() if node.name not in (APART, *without)]
    yield {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "test"},
           "spec": {"type": "LoadBalancer", "clusterIP": "10.96.0.1",
                    "ports": [{"name": "http", "port": 80}]}}
    yield {"apiVersion": "cilium.io/v2", "kind": "CiliumLoadBalancerIPPool",
           "metadata": {"name": "pool"}, "spec": {"blocks": [{"start": ADDRESS}]}}
    yield {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
           "metadata": {"name": "web-1", "namespace": "test",
                        "labels": {"kubernetes.io/service-name": "web"}},
           "addressType": "IPv4", "endpoints": endpoints,
           "ports": [{"name": "http", "port": 80, "protocol": "TCP"}]}
    yield {"apiVersion": "cilium.io/v2", "kind": "CiliumBGPAdvertisement",
           "metadata": {"name": "services", "labels": {"advertise": "bgp"}},
           "spec": {"advertisements": [{
               "advertisementType": "Service", "service": {"addresses": ["LoadBalancerIP"]},
               "selector": {}}]}}


class Drain(LabTest):
    """Two nodes serve; the tests leave them so."""

    prefix = "td-"

    @classmethod
    def set_up_lab(cls):
        # One of them gives services addresses, another when that one is gone.
        cls.lab.agent_options = ("--controller", "--datapath", "nft", "--import", f"{topology.POD_NETWORK} le 24",
                                 "--drain-time", "1500", "--withdraw-delay", "300")
        cls.lab.up()
        cls.lab.apply_manifests()
        cls.nodes = list(yaml.safe_load_all((cls.lab.manifests / "nodes.yaml").read_text()))
        cls.node(APART)["metadata"]["labels"]["enable-bgp"] = "false"
        cls.write_nodes()
        cls.write("services.yaml", manifests())

    @classmethod
    def write(cls, name, resources):
        """As `kubectl apply`."""
        partial = cls.lab.manifests / f".{name}"
        partial.write_text(yaml.safe_dump_all(resources))
        partial.rename(cls.lab.manifests / name)

    @classmethod
    def write_nodes(cls):
        """What self.nodes says now."""
        cls.write("nodes.yaml", cls.nodes)

    @classmethod
    def node(cls, name):
        """Its Node."""
        return next(node for node in cls.nodes if node["metadata"]["name"] == name)

    def ctl(self, *words):
        """What toriictl says, of the node that leaves and of all resources."""
        return self.lab.toriictl(LEAVES, "--manifests", str(self.lab.manifests), *words)

    def ways(self):
        """Of the service's address in the router: nodes that are used."""
        shown = self.lab.torii(f"show ip route {ADDRESS}/32")
        return {node.name for node in topology.NODES if node.address in shown}

    def setUp(self):
        until(lambda: self.ways() == {STAYS, LEAVES}, 60, "both nodes are used")
        until(lambda: len({self.lab.fetch(topology.CLIENT, ADDRESS).split("\n")[0]
                           for _ in range(8)} - {""}) == 2, ROUTE_SECONDS, "both pods answer")

    def client(self):
        """With connections through both nodes to both pods."""
        return LongClient(self.lab.namespaces.name(topology.CLIENT), ADDRESS,
                          connections=CONNECTIONS)

    def assert_nothing_lost(self, client):
        """Every connection still is with the pod it began with."""
        self.assertEqual(client.failures, [], f"after {client.answers} answers")
        self.assertEqual({len(servers) for servers in client.by_server.values()}, {1})
        self.assertEqual(len(client.by_server), CONNECTIONS)

    def test_a_node_that_is_cordoned_loses_no_connection(self):
        with self.client() as client:
            self.assertIn(f"node/{LEAVES} cordoned", self.ctl("drain", LEAVES))
            until(lambda: "65535:0" in self.lab.torii(f"show ip bgp {ADDRESS}/32") or
                  "graceful-shutdown" in self.lab.torii(f"show ip bgp {ADDRESS}/32"), 5,
                  "it says so first")
            until(lambda: self.ways() == {STAYS}, 5, "only the other is used")
            client.wait_for(10 * CONNECTIONS, 10)
            self.assertIn(f"node/{LEAVES} drained", self.ctl("drain", LEAVES, "--wait"))
            until(lambda: self.lab.torii(f"show ip bgp {ADDRESS}/32").count("65001") == 1, 5,
                  "its route is withdrawn")
            client.wait_for(10 * CONNECTIONS, 10)
            for _ in range(10):
                self.assertIn("Hostname:", self.lab.fetch(topology.CLIENT, ADDRESS))
            self.assertIn(topology.node(LEAVES).pod_network, self.lab.torii("show ip bgp"),
                          "its pods are nowhere else")
            with self.client() as during:
                self.assertIn(f"node/{LEAVES} uncordoned", self.ctl("undrain", LEAVES))
                until(lambda: self.ways() == {STAYS, LEAVES}, 5, "both are used again")
                client.wait_for(10 * CONNECTIONS, 10)
                # Long after the node that stays has ended its part.
                during.wait_for(200 * CONNECTIONS, 30)
        self.assert_nothing_lost(client)
        self.assert_nothing_lost(during)

    def test_agents_and_the_controller_that_are_killed_lose_no_connection(self):
        with self.client() as client:
            for name in (APART, LEAVES, STAYS):
                self.lab.agent(name).kill()
                client.wait_for(5 * CONNECTIONS, 10)
                self.lab.agent(name).start()
            for name in (LEAVES, STAYS):
                until(lambda n=name: self.sessions()[topology.node(n).address].isdigit(), 30,
                      f"{name} is back")
            client.wait_for(10 * CONNECTIONS, 10)
            self.assertEqual(self.ways(), {STAYS, LEAVES})
        self.assert_nothing_lost(client)

    def test_an_endpoint_that_moves_keeps_the_connections_it_has(self):
        with self.client() as client:
            self.write("services.yaml", manifests(LEAVES))
            until(lambda: len({self.lab.fetch(topology.CLIENT, ADDRESS).split("\n")[0]
                               for _ in range(8)}) == 1, ROUTE_SECONDS, "new ones go to the other")
            client.wait_for(10 * CONNECTIONS, 10)
            self.write("services.yaml", manifests())
            client.wait_for(10 * CONNECTIONS, 10)
        self.assert_nothing_lost(client)

    def test_an_agent_that_ends_in_order_leaves_its_routes_to_the_next(self):
        with self.client() as client:
            self.lab.agent(LEAVES).stop()
            self.assertEqual(self.ways(), {STAYS, LEAVES})
            client.wait_for(10 * CONNECTIONS, 10)
            self.lab.agent(LEAVES).start()
            until(lambda: self.sessions()[topology.node(LEAVES).address].isdigit(), 30, "it is back")
            client.wait_for(10 * CONNECTIONS, 10)
        self.assert_nothing_lost(client)

    def direct_routes(self):
        """The two nodes know each other's pods without BGP (Cilium: autoDirectNodeRoutes)."""
        for name, other in ((STAYS, LEAVES), (LEAVES, STAYS)):
            route = (topology.node(other).pod_network, "via", topology.node(other).address)
            self.lab.command(name, "ip", "route", "add", *route)
            self.addCleanup(self.lab.command, name, "ip", "route", "del", *route)

    def restart_agent(self, name, *options):
        """With these options beside the usual ones; until the test ends."""
        usual = self.lab.agent_options
        self.lab.agent(name).kill()
        self.lab.agent_options = (*usual, *options)
        agent = self.lab.agent(name)
        self.lab.agent_options = usual
        agent.start()

        def restore():
            agent.kill()
            self.lab.agent(name).start()
        self.addCleanup(restore)
        return agent

    def test_an_agent_that_drains_as_it_ends_loses_no_connection(self):
        self.direct_routes()
        agent = self.restart_agent(LEAVES, "--on-stop", "drain")
        self.setUp()
        with self.client() as client:
            agent.stop()
            self.assertEqual(self.ways(), {STAYS})
            self.assertNotIn(topology.node(LEAVES).pod_network, self.lab.torii("show ip bgp"))
            for _ in range(10):
                self.assertIn("Hostname:", self.lab.fetch(topology.CLIENT, ADDRESS))
            client.wait_for(20 * CONNECTIONS, 20)
            with self.client() as during:
                agent.start()
                until(lambda: self.ways() == {STAYS, LEAVES}, 30, "both are used again")
                client.wait_for(20 * CONNECTIONS, 20)
                during.wait_for(200 * CONNECTIONS, 30)
        self.assert_nothing_lost(client)
        self.assert_nothing_lost(during)


if __name__ == "__main__":
    unittest.main(verbosity=2)
