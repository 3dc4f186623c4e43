"""FRR 8.4.4 with the document's configuration in place of our router: what Cilium's users have."""

import re
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from lab_test import ROUTE_SECONDS, SESSION_SECONDS, LabTest, topology, until  # noqa: E402
from vendors import Frr  # noqa: E402


class FrrRouter(LabTest):
    """Our three agents facing FRR on plain kernel interfaces."""

    prefix = "if-"

    @classmethod
    def set_up_lab(cls):
        cls.lab.up(with_router=False, plain_router=True)
        cls.frr = Frr(cls.lab.namespaces.name("router"), cls.lab.run_dir("router") / "frr")
        cls.frr.start((Path(__file__).with_name("data") / "frr.conf").read_text())
        cls.addClassCleanup(cls.frr.stop)
        cls.lab.apply_manifests()
        cls.lab.namespaces.set_static_routes()

    def summary(self):
        """Neighbor -> State/PfxRcd of FRR's summary."""
        rows = [line.split() for line in self.frr.show("show ip bgp summary").splitlines()]
        return {row[0]: row[9] for row in rows if len(row) >= 10 and row[1] == "4"}

    def test_1_frr_learns_one_route_from_each_agent(self):
        expected = {node.address: "1" for node in topology.NODES}
        until(lambda: self.summary() == expected, SESSION_SECONDS, "FRR has three sessions")
        for node in topology.NODES:
            pattern = rf"{node.pod_network} nhid \d+ via {node.address} .*proto bgp"
            until(lambda p=pattern: re.search(
                p, self.lab.command(topology.ROUTER, "ip", "route").stdout), ROUTE_SECONDS, pattern)

    def test_2_agents_see_frr(self):
        for node in topology.NODES:
            until(lambda n=node: self.received(n) > 0, 10, f"{node.name} received routes from FRR")

    def received(self, node):
        """The Received column of toriictl's table."""
        for line in self.lab.toriictl(node.name, "bgp", "peers").splitlines():
            if "192.168.10.200" in line and "ipv4/unicast" in line:
                return int(line.split("ipv4/unicast")[1].split()[0])
        return 0

    def test_3_pods_answer(self):
        self.wait_for_all_pods()


if __name__ == "__main__":
    unittest.main(verbosity=2)
