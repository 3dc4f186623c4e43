"""What of the configuration only the next start of the packet engine brings into force: it is said
when it is committed, stays said until then, and is in force afterwards."""

import functools
import os
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import packets  # noqa: E402,F401 (first: it says where the others are)
from lab.wait import until  # noqa: E402
from vlan_bed import GREEN, PLAIN1, PLAIN2, RED, VlanRouter, VlanTest  # noqa: E402

EDGES = 8  # buffers
ATTACHED_WITH = (256, 512, 1024) * 3  # descriptors
UNDER_WAY = 200  # buffers
NEXT_START = "in force after the packet engine's next start"


class RestartRequired(VlanTest):
    """One router; each test leaves it with nothing pending."""

    make_router = functools.partial(VlanRouter, "rr-")

    def setUp(self):
        self.router.until_pings(RED, GREEN.address(4))
        self.assertEqual(self.pending(), [])

    def alarm(self):
        """The text of the alarm, None when there is none."""
        alarms = {one["source"]: one["text"] for one in self.router.show("system alarms")}
        return alarms.get("restart dataplane")

    def pending(self):
        """Paths of the model that wait, as its state has them."""
        platform = self.router.show("state platform").get("torii-platform:platform", {})
        return platform.get("state", {}).get("restart-pending", [])

    def restart(self):
        """The packet engine's next process, and the hosts behind it."""
        engine = self.router.processes()[0]
        before = engine.pid()
        engine.stop()
        engine.start()
        self.assertNotEqual(engine.pid(), before)
        until(lambda: self.alarm() is None, 30, "the alarm is gone")
        for one, other in ((RED, GREEN), (PLAIN1, PLAIN2)):
            self.router.until_pings(one, other.address(4))

    def changed(self, path, *lines):
        """Commits what is told to wait, and checks that it is told everywhere."""
        self.assertIn(f"{path}: {NEXT_START}", self.router.commit(*lines))
        until(lambda: self.alarm() == f"{path}: in force after its next start", 5, "an alarm")
        self.assertEqual(self.pending(), [path])

    def buffers(self):
        """Of the packet engine that runs."""
        return int(self.router.show("forwarding")["buffers"])

    def worker_cpus(self):
        """Of the packet engine that runs."""
        return [int(worker.get("cpu", 0)) for worker in
                self.router.show("forwarding workers")["workers"]]

    def test_buffers(self):
        before = self.buffers()
        wanted = before + 8192
        self.changed("platform buffers count", f"set platform buffers count {wanted}")
        self.assertEqual(self.buffers(), before)
        self.assertEqual(self.router.ping(RED, GREEN.address(4)), 3)
        self.restart()
        self.assertEqual(self.pending(), [])
        # AF_XDP cannot use those at the edges of the memory.
        self.assertIn(wanted - self.buffers(), range(EDGES))
        self.changed("platform buffers count", "delete platform buffers count")
        self.restart()
        self.assertIn(abs(before - self.buffers()), range(EDGES))

    def test_taken_back_before_the_start_nothing_waits(self):
        self.changed("platform buffers count",
                     f"set platform buffers count {self.buffers() + 8192}")
        self.assertNotIn(NEXT_START, self.router.commit("delete platform buffers count"))
        until(lambda: self.alarm() is None, 5, "the alarm is gone")
        self.assertEqual(self.pending(), [])

    @unittest.skipIf(len(os.sched_getaffinity(0)) < 2, "there is no other processor")
    def test_processors_of_workers(self):
        before = self.worker_cpus()
        other = next(cpu for cpu in sorted(os.sched_getaffinity(0)) if cpu not in before)
        self.changed("platform lcores worker", f"set platform lcores worker {other}")
        self.assertEqual(self.worker_cpus(), before)
        self.restart()
        self.assertEqual(self.worker_cpus(), [other])
        self.changed("platform lcores worker", "delete platform lcores worker")
        self.restart()
        self.assertEqual(self.worker_cpus(), before)

    def test_rings_wait_for_nothing(self):
        """Their port is attached anew; the others do not notice."""
        flow = self.router.start_ping(RED, RED.address(4, 1), "0.02")
        said = self.router.commit("set platform port eth2 rx-ring 512",
                                  "set platform port eth2 tx-ring 256")
        self.addCleanup(self.router.commit, "delete platform port eth2 rx-ring",
                        "delete platform port eth2 tx-ring")
        self.assertNotIn(NEXT_START, said)
        self.assertIsNone(self.alarm())
        for one, other in ((RED, GREEN), (PLAIN2, PLAIN1)):
            self.router.until_pings(one, other.address(4))
        answered, lost = flow.end()
        self.assertGreater(answered, 0)
        self.assertEqual(lost, 0)

    def test_ports_give_their_buffers_back(self):
        """However often they are attached anew, with packets in all of their rings."""
        self.addCleanup(self.router.commit, "delete platform port eth2 rx-ring")
        flow = self.router.start_ping(PLAIN2, PLAIN1.address(4), "0.002")
        in_use = []
        for rings in ATTACHED_WITH:
            self.router.commit(f"set platform port eth2 rx-ring {rings}")
            self.router.until_pings(PLAIN2, PLAIN1.address(4))
            in_use.append(self.router.buffers_in_use())
        answered, _ = flow.end()
        self.assertGreater(answered, 0)
        # A port fills its rings with thousands.
        self.assertLess(max(in_use) - min(in_use), UNDER_WAY, in_use)


if __name__ == "__main__":
    unittest.main(verbosity=2)
