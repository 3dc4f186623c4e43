"""The 24 steps of the walkthrough, in order, on one lab: those that `./run walkthrough` tells."""

import re
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from lab_test import LabTest, topology  # noqa: E402
from lab import walkthrough  # noqa: E402


class Walkthrough(LabTest):
    """Each test is a step and builds on those before it."""

    prefix = "tw-"

    @classmethod
    def set_up_lab(cls):
        walkthrough.prepare(cls.lab)
        cls.story = walkthrough.Story(cls.lab)

    def test_06_beyond_prometheus_reads_the_same(self):
        self.assertIn("is in force", self.lab.torii("configure", "set services metrics enabled",
                                                    "commit"))
        got = self.lab.command(topology.ROUTER, "curl", "-s", "http://127.0.0.1:9342/metrics")
        for node in topology.NODES:
            self.assertRegex(got.stdout, rf'(?m)^torii_bgp_peer_up{{peer="{node.address}",.*}} 1$')
        self.assertRegex(got.stdout, r'(?m)^torii_port_received_packets_total{port="eth1"} [1-9]')
        self.assertIn('torii_process_config_lag{process="dataplane"} 0\n', got.stdout)

    def test_09_beyond_bulk_transfer_survives_the_way(self):
        # More than any window, so segmentation offload would have had its chance to do harm.
        for source in (topology.CURL_POD, topology.CLIENT):
            got = self.lab.command(source, "curl", "-s", "--max-time", "20", "-o", "/dev/null", "-w",
                                   "%{size_download}", "http://172.20.2.68/data?size=20&unit=MB")
            self.assertEqual(got.stdout, str(20 * 1024 * 1024))


def add_step(step):
    """A step as a test, between those before and after it."""
    def test(self):
        print(f"== Step {step.number}: {step.title}")
        step.run(self.story)

    words = re.sub(r"\W+", "_", step.title.lower()).strip("_")
    setattr(Walkthrough, f"test_{step.number:02}_a_{words}", test)


for each in walkthrough.STEPS:
    add_step(each)

if __name__ == "__main__":
    unittest.main(verbosity=2)
