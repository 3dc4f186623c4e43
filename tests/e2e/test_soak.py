"""A short soak: random faults from a seed. `./run soak` goes on for as long as wanted."""

import os
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from lab_test import LabTest  # noqa: E402
from lab import serving, soak  # noqa: E402

SECONDS = 180


class SoakTest(LabTest):
    """The seed is another each time, and told when something is not well."""

    prefix = "ts-"

    @classmethod
    def set_up_lab(cls):
        serving.bring_up(cls.lab)

    def test_random_faults(self):
        seed = int.from_bytes(os.urandom(4), "big")
        print(f"\nseed {seed}")
        found = soak.Soak(self.lab, seed)
        found.run(SECONDS)
        self.assertGreater(found.steps, 1)

    def test_something_wrong_is_found(self):
        # A route that nobody has announced.
        self.lab.command("router", "ip", "route", "add", "203.0.113.0/24", "via", "192.168.10.100",
                         "proto", "bgp")
        self.addCleanup(lambda: self.lab.command("router", "ip", "route", "del", "203.0.113.0/24"))
        found = soak.invariants.differences(self.lab)
        self.assertTrue(any("203.0.113.0/24" in one for one in found), found)


if __name__ == "__main__":
    unittest.main(verbosity=2)
