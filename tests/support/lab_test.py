"""What the tests on real processes share: a lab of their own, and ways to ask it."""

import os
import sys
from pathlib import Path

SOURCE_ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCE_ROOT / "platform"))

from lab import observe, topology  # noqa: E402
from lab.observe import RunningPing  # noqa: E402
from lab.system import Lab  # noqa: E402
from lab.wait import until  # noqa: E402
from logs_after_failure import LogsAfterFailure  # noqa: E402

SESSION_SECONDS = 60
ROUTE_SECONDS = 20


class LabTest(LogsAfterFailure):
    """One lab for the tests of a class, which run in the order of their names."""

    prefix = None  # of the class: two labs on one machine must not meet
    device = "xdp"

    @classmethod
    def setUpClass(cls):
        cls.lab = Lab(cls.prefix, os.environ.get("TORII_BUILD"), cls.device)
        cls.addClassCleanup(cls.lab.down)
        cls.addClassCleanup(cls.print_logs_after_failure)
        cls.failed = False
        try:
            cls.set_up_lab()
        except Exception:
            cls.failed = True
            raise

    @classmethod
    def set_up_lab(cls):
        """Brings up what the class needs."""
        cls.lab.up()

    @classmethod
    def processes(cls):
        """All of them."""
        return cls.lab.processes()

    # --- asking and waiting ------------------------------------------------------------------

    def sessions(self):
        """Neighbor address -> the last column but two of the summary: a count, or a state."""
        return observe.sessions(self.lab)

    def wait_for_sessions(self, seconds=SESSION_SECONDS):
        """Until the router has a session with each node and its route."""
        expected = {node.address: "1" for node in topology.NODES}
        until(lambda: self.sessions() == expected, seconds, "a session with one route per node")

    def wait_for_answer(self, source, address, seconds=ROUTE_SECONDS):
        """Until a request from `source` is answered; the answer."""
        return until(lambda: self.lab.fetch(source, address), seconds,
                     f"{source} is answered by {address}")

    def wait_for_all_pods(self, source=topology.CURL_POD, seconds=ROUTE_SECONDS):
        """Until every webpod answers `source` with its own name."""
        for _, pod in topology.web_pods():
            self.assertIn(f"Hostname: {pod.name}\n",
                          self.wait_for_answer(source, pod.address, seconds))

    def flags(self, prefix):
        """The status codes in front of a prefix in `show ip bgp`."""
        for line in self.lab.torii("show ip bgp").splitlines():
            codes, found, _ = line.partition(prefix + " ")
            if found:
                return codes.strip()
        return ""

    def forwarded_packets(self):
        """Port -> packets that came in on it and left by the fast path."""
        return observe.forwarded_packets(self.lab)

    def kernel_forwarded(self):
        """Datagrams the router's kernel forwarded, which has to be none ever."""
        return observe.kernel_forwarded(self.lab)

    def ping(self, source, address, count):
        """`count` pings, all of which have to be answered."""
        shown = self.lab.command(source, "ping", "-i", "0.01", "-W", "2", "-c", str(count), address,
                                 check=False).stdout
        self.assertIn(f"{count} packets transmitted, {count} received", shown)

    def running_ping(self, source, address):
        """A ping that runs as long as the `with` block."""
        return RunningPing(self.lab, source, address)
