"""Our packet engine beside DPDK's l3fwd (LPM), in one run.

All contenders get the same packets from the same source, send them to the same sink and share one
CPU: stopped, and let run one after the other, in random order, round after round. What is printed
is the CPU time each took per packet it sent, and per round the ratio to l3fwd. Fails when a
contender does not forward what it is given, never for its speed.

    duel.py [--rounds N] [--seconds S] [--egress PORTS]
"""

import argparse
import mmap
import os
import pathlib
import random
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import time

BUILD = pathlib.Path(os.environ.get("TORII_BUILD", "build/release"))
BASELINE = "l3fwd LPM"
FIELDS = ("tsc_hz", "received", "sent", "sampled", "correct")
READY_PACKETS = 200_000
START_SECONDS = 60
HUGEPAGES = pathlib.Path("/proc/sys/vm/nr_hugepages")
HUGEPAGES_WANTED = 448  # of 2 MiB, for all contenders at once


class Contender:
    """A process that forwards when it is let run."""

    def __init__(self, name, command, folder, routes):
        self.name = name
        self.page_file = folder / f"{name.replace(' ', '-')}.page"
        self.page_file.write_bytes(bytes(4096))
        self.log = open(folder / f"{name.replace(' ', '-')}.log", "w+", encoding="utf-8",
                        errors="replace")
        environment = dict(os.environ, TORII_BENCH_PAGE=str(self.page_file),
                           TORII_BENCH_ROUTES=str(routes))
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log,
                                        env=environment)
        with open(self.page_file, "r+b") as file:
            self.page = mmap.mmap(file.fileno(), 4096)
        self.cycles = []
        self.rates = []

    def counters(self):
        return dict(zip(FIELDS, struct.unpack_from("<5Q", self.page)))

    def wait_until_ready(self):
        deadline = time.monotonic() + START_SECONDS
        while self.counters()["sent"] < READY_PACKETS:
            if time.monotonic() > deadline:
                self.give_up("does not forward")
            self.let_run(0.05)
        self.stop()

    def let_run(self, seconds):
        try:
            self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            return
        self.give_up("ended")

    def give_up(self, what):
        self.log.flush()
        self.log.seek(0)
        sys.exit(f"{self.name} {what}:\n{self.log.read()[-2000:]}")

    def stop(self):
        self.process.send_signal(signal.SIGSTOP)
        os.waitpid(self.process.pid, os.WUNTRACED)

    def cpu_nanoseconds(self):
        tasks = pathlib.Path(f"/proc/{self.process.pid}/task").iterdir()
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks)

    def run(self, seconds):
        before, cpu_before = self.counters(), self.cpu_nanoseconds()
        self.process.send_signal(signal.SIGCONT)
        self.let_run(seconds)
        self.stop()
        after, cpu_after = self.counters(), self.cpu_nanoseconds()
        sent = after["sent"] - before["sent"]
        if sent == 0:
            self.give_up(f"sent nothing in {seconds} s")
        cpu = cpu_after - cpu_before
        self.cycles.append(cpu * after["tsc_hz"] / 1e9 / sent)
        self.rates.append(sent * 1e3 / cpu)

    def check(self, rewrites):
        """What it was given it sent, and (but for the floor) as a router does."""
        counters = self.counters()
        lost = counters["received"] - counters["sent"]
        assert lost <= 0.001 * counters["received"] + 1024, f"{self.name} lost packets: {counters}"
        if rewrites:
            # l3fwd adds to the checksum without the carry (RFC 1624): one packet in 65536.
            assert counters["correct"] >= 0.999 * counters["sampled"] > 0, (
                f"{self.name} sent packets with a wrong TTL or checksum: {counters}")

    def end(self):
        self.process.kill()
        self.process.wait()
        self.log.close()


def cluster_routes(count):
    """As a router in front of clusters has them: service addresses and pod prefixes."""
    services = count * 4 // 5
    routes = [f"172.20.{index >> 8}.{index & 255}/32" for index in range(services)]
    routes += [f"10.{128 + (index >> 8)}.{index & 255}.0/24" for index in range(count - services)]
    return routes


def internet_routes(count):
    """Prefixes all over the address space, with the lengths' shares of an Internet table."""
    source = random.Random(7)
    lengths = [24] * 60 + [23] * 11 + [22] * 13 + [21] * 5 + [20] * 6 + [19] * 3 + [16] * 2
    routes = set()
    while len(routes) < count:
        length = source.choice(lengths)
        address = source.randrange(11 << 24, 126 << 24) >> (32 - length) << (32 - length)
        octets = ".".join(str(address >> shift & 255) for shift in (24, 16, 8, 0))
        routes.add(f"{octets}/{length}")
    return sorted(routes)


def hugepages(wanted):
    """Makes that many hugepages free; what they were before, and whether it worked."""
    try:
        before = int(HUGEPAGES.read_text())
        HUGEPAGES.write_text(str(before + wanted))
        return before, int(HUGEPAGES.read_text()) >= before + wanted
    except OSError:
        return None, False


def start_all(routes, folder, egress, huge):
    """The contenders, each started, found to forward, and stopped; the floor first."""
    cpu = str(max(os.sched_getaffinity(0)))
    route_file = folder / "routes_v4"
    route_file.write_text("".join(
        f"R{route} {1 + index % egress}\n" for index, route in enumerate(routes)))
    (folder / "routes_v6").write_text("R2001:db8::/32 1\n")
    devices = [f"--vdev=net_null{port},size=60" for port in range(egress + 1)]
    memory = ["--in-memory", "-m512"] if huge else ["--no-huge", "-m512"]
    l3fwd = [BUILD / "bin/torii_bench_l3fwd", f"--lcores=1@{cpu}", "--main-lcore=1", "--no-pci",
             "--no-telemetry", f"--file-prefix=torii-l3fwd-{os.getpid()}", *memory, *devices,
             "--", "-p", hex((1 << (egress + 1)) - 1), "--lookup=lpm", "--config=(0,0,1)",
             f"--rule_ipv4={route_file}", f"--rule_ipv6={folder / 'routes_v6'}"]
    ours = [BUILD / "bin/torii_bench_forwarder", cpu, "64" if huge else "0", str(egress)]
    commands = {
        "source and sink only": [*ours, "0"],
        BASELINE: l3fwd,
        "torii, 1 next hop": [*ours, "1"],
        "torii, ECMP of 4": [*ours, "4"],
    }
    contenders = []
    for name, command in commands.items():
        contenders.append(Contender(name, command, folder, route_file))
        contenders[-1].wait_until_ready()
    return contenders


def duel(contenders, rounds, seconds):
    order = random.Random(1)
    for _ in range(rounds):
        for contender in order.sample(contenders, len(contenders)):
            contender.run(seconds)


def quartiles(values):
    return statistics.quantiles(values, n=4, method="inclusive")


def report(title, contenders):
    baseline = next(one for one in contenders if one.name == BASELINE)
    floor = contenders[0]
    net = statistics.median(baseline.cycles) - statistics.median(floor.cycles)
    print(f"\n{title}")
    print(f"  {'':22}{'cycles/packet':>14}{'(least)':>9}{'Mpps':>7}"
          f"{'ratio to l3fwd':>16}{'(quartiles)':>13}{'own cycles':>12}{'ratio':>7}")
    for one in contenders:
        ratios = [mine / theirs for mine, theirs in zip(one.cycles, baseline.cycles)]
        low, middle, high = quartiles(ratios)
        own = statistics.median(one.cycles) - statistics.median(floor.cycles)
        print(f"  {one.name:22}{statistics.median(one.cycles):14.1f}{min(one.cycles):9.1f}"
              f"{statistics.median(one.rates):7.1f}{middle:16.2f}{f'{low:.2f}-{high:.2f}':>13}"
              f"{own:12.1f}{own / net:7.2f}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=0.3)
    parser.add_argument("--egress", type=int, default=1)
    options = parser.parse_args()
    scenarios = {
        "1000 routes of clusters (/32 and /24)": cluster_routes(1000),
        "100000 routes of an Internet table, uniform": internet_routes(100_000),
    }
    before, huge = hugepages(HUGEPAGES_WANTED)
    print(f"60-octet UDP frames, 65536 flows, bursts of 32, one CPU, {options.egress} egress "
          f"port(s), {'hugepages' if huge else 'no hugepages'}, "
          f"{options.rounds} rounds of {options.seconds} s each")
    try:
        for title, routes in scenarios.items():
            with tempfile.TemporaryDirectory(prefix="torii-bench-") as name:
                contenders = start_all(routes, pathlib.Path(name), options.egress, huge)
                try:
                    duel(contenders, options.rounds, options.seconds)
                    report(title, contenders)
                    for contender in contenders:
                        contender.check(rewrites=contender is not contenders[0])
                finally:
                    for contender in contenders:
                        contender.end()
    finally:
        if before is not None:
            HUGEPAGES.write_text(str(before))
    print("\nOwn cycles: those beyond source and sink. "
          "Every contender forwarded all it was given;\n"
          "TTL and checksum of the samples are right.")


if __name__ == "__main__":
    main()
