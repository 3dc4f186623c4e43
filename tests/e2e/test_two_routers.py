"""Two routers above the same nodes: one is lost, and comes back."""

import os
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from lab_test import SOURCE_ROOT, until  # noqa: E402
from logs_after_failure import LogsAfterFailure  # noqa: E402
from lab.long_client import LongClient  # noqa: E402
from lab.probe import FrameWatch, Probe  # noqa: E402
from two_routers import BFD_MS, CLIENT, NODES, ROUTERS, TwoRouters  # noqa: E402

LOST, OTHER = ROUTERS
FLOWS = 16
CONNECTIONS = 12


class TwoRoutersTest(LogsAfterFailure):
    """One rack for all of them."""

    @classmethod
    def setUpClass(cls):
        cls.rack = TwoRouters("t2-", os.environ.get("TORII_BUILD", SOURCE_ROOT / "build/release"))
        cls.addClassCleanup(cls.rack.down)
        cls.addClassCleanup(cls.print_logs_after_failure)
        cls.failed = False
        try:
            cls.rack.up()
        except Exception:
            cls.failed = True
            raise

    @classmethod
    def processes(cls):
        """Those whose logs say why."""
        return [process for process in cls.rack.processes() if process.name != "whoami"]

    def lose(self, act, limit, what, late_bfd=()):
        """A router is lost and comes back under packets and connections; none of these may break.
        With nodes of `late_bfd` BFD comes up only when their BGP session is in use."""
        rack, node = self.rack, NODES[0]
        name = rack.name
        probe = Probe(name(CLIENT), name(node.name), node.pod, flows=FLOWS)
        connections = [LongClient(name(CLIENT), each.pod, connections=CONNECTIONS, timeout=10)
                       for each in NODES]
        watches = {router: FrameWatch(name(CLIENT), router.port, node.pod) for router in ROUTERS}
        with probe, connections[0], connections[1], watches[LOST] as lost, watches[OTHER] as other:
            until(lambda: all(sum(watch.count.values()) > 50 for watch in (lost, other)), 10,
                  "packets take both routers")
            began = time.monotonic()
            act(LOST)
            until(lambda: rack.all_ways({OTHER.port}), 15, "all use the other one", interval=0.01)
            ways_seconds = time.monotonic() - began
            for client in connections:
                client.wait_for(2 * CONNECTIONS, 15)
            went_down = len(probe.sent)
            until(lambda: len(probe.sent) > went_down + 300, 10, "packets are sent")
            back = time.monotonic()
            with rack.without_bfd(LOST, late_bfd):
                rack.restore_power(LOST)
                rack.wait_until_both_are_used()
            rack.wait_until_bfd_watches()
            back_seconds = time.monotonic() - back
            until(lambda: time.monotonic() - max(lost.last.values()) < 0.1, 10,
                  "packets take both again")
            for client in connections:
                client.wait_for(2 * CONNECTIONS, 15)
        failures = [failure for client in connections for failure in client.failures]
        lost_then, lost_again = probe.lost_times(began, back), probe.lost_times(back)
        seconds = max(lost_then, default=began) - began
        print(f"\n  {what}: {len(probe.sent)} packets sent, {len(lost_then)} lost by that, the last "
              f"after {1000 * seconds:.0f} ms; all tables without it after {1000 * ways_seconds:.0f} ms; "
              f"{len(failures)} of {2 * CONNECTIONS} connections broken; both in use again "
              f"{back_seconds:.1f} s after its start, {len(lost_again)} packets lost by that", flush=True)
        self.assertLess(seconds, limit)
        self.assertEqual(failures, [])
        self.assertEqual(lost_again, [], "it takes packets before it can forward them")

    def test_one_without_power(self):
        self.lose(self.rack.cut_power, 1, "one of two routers without power")

    def test_one_whose_bfd_comes_late(self):
        self.lose(self.rack.cut_power, 1, "one of two routers without power, BFD slower than BGP",
                  NODES)

    def test_one_that_hangs(self):
        self.lose(self.rack.hang, 1, f"one of two routers dead, its cables alive, BFD {BFD_MS} ms x 3")


if __name__ == "__main__":
    unittest.main(verbosity=2)
