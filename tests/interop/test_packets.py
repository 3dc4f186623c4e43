"""Frames that a router must survive, through ours and through the Linux kernel (packets/README.md)."""

import os
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from packets.groups import GROUPS  # noqa: E402 (first: it says where the others are)
from logs_after_failure import LogsAfterFailure  # noqa: E402
from packets.routers import LinuxRouter, ToriiRouter  # noqa: E402
from packets.run import Run, Wires, describe  # noqa: E402

# Hash mode and source validation of the passes.
MODES = (("l4", "off"), ("l3", "strict"))
LOOKS = 5
ONLY = os.environ.get("TORII_PACKET_GROUPS", "")


def groups():
    """All, or those whose files are named in TORII_PACKET_GROUPS."""
    return [group for group in GROUPS
            if not ONLY or group.__name__.rpartition(".")[2] in ONLY.split(",")]


class Packets(LogsAfterFailure):
    """Both routers do with every frame what an RFC permits."""

    torii = ToriiRouter()

    @classmethod
    def processes(cls):
        return cls.torii.processes()

    @classmethod
    def setUpClass(cls):
        cls.addClassCleanup(cls.print_logs_after_failure)

    def run_groups(self, router, wires, reference):
        """Every group in every mode; how many cases that were."""
        count = 0
        for hash_mode, source_validation in MODES:
            router.set_mode(hash_mode, source_validation)
            run = Run(wires, source_validation == "strict", reference)
            for group in groups():
                with self.subTest(group=group.NAME, hash=hash_mode, source=source_validation):
                    count += self.check_group(router, run, group)
        return count

    def check_group(self, router, run, group):
        """No frame is answered by what is not permitted, and each is counted once."""
        sent = run.wires.sent
        before = router.counters()
        results = run.group(group)
        bad = describe(results)
        self.assertFalse(bad, f"\n{bad}")
        if before:
            counted = {name: value - before[name] for name, value in router.counters().items()}
            # A flood may find the ring of a port full.
            self.assertEqual(counted["received"] + counted["missed"], run.wires.sent - sent, counted)
            fates = counted["forwarded"] + counted["punted"] + counted["dropped"]
            self.assertEqual(fates, counted["received"], counted)
        return len(results)

    def test_linux(self):
        """The reference: what the kernel does is among what the tables permit."""
        with LinuxRouter() as router, Wires(router) as wires:
            print(self.run_groups(router, wires, reference=True), "cases")

    def buffers_at_rest(self, router, wires):
        """The least of several looks: what the router itself sends (ARP, neighbor and multicast
        discovery) holds a buffer until its port sends the next frame."""
        probe = Run(wires, strict=False, reference=False)
        looks = []
        for _ in range(LOOKS):
            self.assertFalse(describe(probe.settle()))
            looks.append(router.buffers_in_use())
        return min(looks)

    def test_torii(self):
        """Ours, which also has as many buffers in the end as before."""
        with self.torii as router, Wires(router) as wires:
            before = self.buffers_at_rest(router, wires)
            print(self.run_groups(router, wires, reference=False), "cases")
            self.assertEqual(self.buffers_at_rest(router, wires), before, "buffers were lost")
            self.assertNotIn("2001:db8:bad", router.command("ip", "-6", "address"))
            self.assertNotIn("default", router.command("ip", "-6", "route"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
