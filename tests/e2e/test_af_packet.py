"""The router's ports on AF_PACKET: for kernels and devices without XDP sockets."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from lab_test import LabTest, topology  # noqa: E402


class AfPacket(LabTest):
    """The end of the walkthrough's step 9a with the other driver."""

    prefix = "tp-"
    device = "kernel"

    def test_all_pods_answer(self):
        self.lab.apply_manifests()
        self.wait_for_sessions()
        self.lab.namespaces.set_static_routes()
        self.wait_for_all_pods()
        self.wait_for_all_pods(topology.CLIENT)
        self.ping(topology.CURL_POD, "172.20.2.68", 20)
        self.assertEqual(self.kernel_forwarded(), 0, "the router's kernel forwarded packets")


if __name__ == "__main__":
    unittest.main(verbosity=2)
