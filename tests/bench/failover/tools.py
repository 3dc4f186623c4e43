"""The programs that watch: packets through the device, and its forwarding table."""

import json
import subprocess
import time

from device_bed import until
from load import WrongResult
from rack import FIRST_VIP, NODES, SENDER_ADDRESS

STEADY_SECONDS = 20
IN_FLIGHT = 0.3  # seconds after which a packet that has not come is lost
QUIET = 1.5      # seconds without a packet to a node: it gets no more


def spawn(*command, **options):
    """A program that prints JSON lines."""
    return subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True, **options)


class FibWatch:
    """Waits until so many routes lead to all nodes."""

    def __init__(self, rack, router, routes, options):
        self.process = spawn("ip", "netns", "exec", rack.device,
                             options.build / "bin/torii_bench_fib_watch", *router.fib_watch(),
                             "--routes", routes, "--width", NODES)
        self._read("ready")

    def _read(self, what):
        line = self.process.stdout.readline()
        if not line:
            raise WrongResult("the watch of the forwarding table ended")
        return json.loads(line)[what]

    def complete(self, patience):
        """When it was; WrongResult: it is not within that time."""
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            raise WrongResult("the forwarding table does not become complete") from None
        return self._read("complete")

    def end(self):
        """Ends it."""
        self.process.kill()
        self.process.wait()


class Flows:
    """Packets to all VIPs, at a steady rate."""

    def __init__(self, rack, gateway, vips, options):
        self.rate = options.rate
        self.process = spawn(
            options.build / "bin/torii_bench_flows", "--from-namespace", rack.sender,
            "--from", "wire", "--to-namespace", rack.nodes, "--to", "wire",
            "--gateway", gateway, "--source", SENDER_ADDRESS, "--first", FIRST_VIP,
            "--destinations", vips, "--rate", options.rate, "--nodes", NODES,
            stdin=subprocess.PIPE)

    def account(self, begin, end):
        """What became of the packets of a span of time."""
        self.process.stdin.write(f"{begin:.6f} {end:.6f}\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise WrongResult("the packet generator ended")
        account = json.loads(line)
        if account["missed"] or account["failures"]:
            raise WrongResult(f"the packet generator could not follow: {account}")
        return account

    def wait_steady(self):
        """Until all arrive, at all nodes."""
        def steady():
            now = time.monotonic()
            account = self.account(now - 1 - IN_FLIGHT, now - IN_FLIGHT)
            return account["sent"] and not account["lost"] and account["width"] == NODES

        until(steady, STEADY_SECONDS, "packets arrive at all nodes, none lost", interval=0.5)

    def stream(self, seconds):
        """Until so many seconds' worth of packets has been sent."""
        begin = time.monotonic()
        until(lambda: self.account(begin, time.monotonic())["sent"] >= self.rate * seconds,
              10 * seconds, "packets are sent", interval=0.1)

    def last_packet(self, node, since, patience):
        """Seconds from a moment until the last packet to a node."""
        last = 0.0

        def quiet():
            nonlocal last
            now = time.monotonic()
            last = self.account(since, now)["last"][node - 1]
            return now - max(last, since) > QUIET

        until(quiet, patience, f"node {node} gets no more packets", interval=0.5)
        return max(0.0, last - since)

    def end(self):
        """Ends it."""
        self.process.kill()
        self.process.wait()
