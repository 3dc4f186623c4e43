"""GoBGP, configured as Cilium configures its own, in place of our agent on one node."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from lab_test import LabTest, topology, until  # noqa: E402
from vendors import GoBgpNode  # noqa: E402


class GoBgp(LabTest):
    """Our router and two of our agents with one foreign node among them."""

    prefix = "ig-"

    @classmethod
    def set_up_lab(cls):
        cls.node = topology.node("k8s-w1")
        cls.lab.up()
        cls.lab.agent(cls.node.name).stop()
        cls.gobgp = GoBgpNode(cls.lab, cls.node)
        cls.gobgp.start()
        cls.addClassCleanup(cls.gobgp.stop)
        cls.lab.apply_manifests()
        cls.lab.namespaces.set_static_routes()

    def test_1_router_learns_the_foreign_route(self):
        self.wait_for_sessions()
        self.assertRegex(self.lab.torii("show ip bgp"),
                         rf"(?m)^\*> +{self.node.pod_network} +{self.node.address} .* 65001 i$")

    def test_2_foreign_node_learns_the_routers_network(self):
        until(lambda: "10.10.1.0/24" in self.gobgp.gobgp("global", "rib"), 10,
              "GoBGP has 10.10.1.0/24")

    def test_3_pods_behind_it_answer(self):
        self.wait_for_all_pods()
        self.wait_for_all_pods(topology.CLIENT)


if __name__ == "__main__":
    unittest.main(verbosity=2)
