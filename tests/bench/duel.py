"""Our packet engine beside DPDK's l3fwd (LPM and FIB), in one run.

All contenders of a scenario get the same packets from the same source, send them to the same sink
and share one CPU: stopped, and let run one after the other, in random order, round after round.
What is printed is the CPU time each took per packet it sent, and per round the ratio to l3fwd; at
the end, which goals hold. Fails when a contender does not forward what it is given, never for its
speed.

    duel.py [--full] [--rounds N] [--seconds S] [--egress PORTS] [--only WORD]
"""

import argparse
import dataclasses
import os
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile

import tables
from contender import Contender, Fault

BUILD = pathlib.Path(os.environ.get("TORII_BUILD", "build/release"))
FLOOR, LPM, FIB = "source and sink only", "l3fwd LPM", "l3fwd FIB"
ONE, FOUR, MANY = "torii, 1 next hop", "torii, ECMP of 4", "torii, ECMP of 64"
FOUR_V4 = "torii, ECMP of 4, IPv4"
ADDRESSES, UNKNOWN = "torii, ECMP of 4, layer 3", "torii, ECMP of 4, own checks"
SYMMETRIC, INNER = "torii, ECMP of 4, symmetric", "torii, ECMP of 4, inner"
LOOSE, STRICT = "torii, ECMP of 4, loose uRPF", "torii, ECMP of 4, strict uRPF"
CHURN = "torii, ECMP of 4, under churn"
BESIDE = "torii, ECMP of 4, beside churn"
FILTERED = "torii, ECMP of 4, ACL of 100"
COUNTED = "torii, ECMP of 4, routes counted"
HUGEPAGES = pathlib.Path("/proc/sys/vm/nr_hugepages")
OUR_MEMORY = 64  # MiB of buffers
BURST = 32


@dataclasses.dataclass
class Scenario:
    """`routes` of each family that there are packets of, of a cluster or an Internet table."""
    title: str
    routes: int
    internet: bool = False
    family: str = "4"
    sizes: str = "64"
    spread: str = "uniform"
    ours: tuple = (ONE, FOUR, MANY)
    full: bool = False

    def tables(self):
        v4, v6 = (tables.internet_v4, tables.internet_v6) if self.internet else (
            tables.cluster_v4, tables.cluster_v6)
        # The other family has a route, so that there is a table.
        return (v4(self.routes if self.family != "6" else 10),
                v6(self.routes if self.family != "4" else 10))


SCENARIOS = (
    Scenario("IPv4, 1000 routes of clusters", 1000, ours=(ONE, FOUR, MANY, ADDRESSES, SYMMETRIC, INNER,
                                                         UNKNOWN, LOOSE, STRICT, CHURN, BESIDE,
                                                         FILTERED, COUNTED)),
    Scenario("IPv4, 1000 routes of clusters, Zipf", 1000, spread="zipf", full=True),
    Scenario("IPv4, 1000 routes of clusters, IMIX", 1000, sizes="imix", ours=(ONE, FOUR)),
    Scenario("IPv4, 100000 routes of an Internet table", 100_000, internet=True,
             ours=(ONE, FOUR, MANY, STRICT, CHURN)),
    Scenario("IPv4, 100000 routes, Zipf", 100_000, internet=True, spread="zipf",
             ours=(ONE, FOUR)),
    Scenario("IPv4, 1000000 routes of an Internet table", 1_000_000, internet=True, full=True),
    Scenario("IPv6, 1000 routes of clusters", 1000, family="6",
             ours=(ONE, FOUR, MANY, FOUR_V4, SYMMETRIC, STRICT, CHURN, BESIDE, COUNTED)),
    Scenario("IPv6, 100000 routes of an Internet table", 100_000, internet=True, family="6",
             ours=(ONE, FOUR, FOUR_V4), full=True),
    Scenario("IPv6, 1000000 routes of an Internet table", 1_000_000, internet=True, family="6",
             ours=(ONE, FOUR, FOUR_V4), full=True),
    Scenario("IPv4 and IPv6 mixed, 1000 routes each", 1000, family="mixed", ours=(ONE, FOUR)),
    Scenario("IPv4 and IPv6 mixed, 100000 routes each, IMIX, Zipf", 100_000, internet=True,
             family="mixed", sizes="imix", spread="zipf", ours=(ONE, FOUR), full=True),
)

# Scenario, whose cycles, in relation to whose, at most.
GOALS = (
    (SCENARIOS[0], FOUR, LPM, 1.30),
    (SCENARIOS[0], FOUR, FIB, 1.60),
    (SCENARIOS[3], FOUR, LPM, 1.25),
    (SCENARIOS[4], FOUR, LPM, 1.25),
    (SCENARIOS[6], FOUR, FOUR_V4, 1.60),
)


def hugepages(wanted):
    """Makes that many hugepages free; what they were before, and whether it worked."""
    try:
        before = int(HUGEPAGES.read_text())
        HUGEPAGES.write_text(str(before + wanted))
        return before, int(HUGEPAGES.read_text()) >= before + wanted
    except OSError:
        return None, False


class Bench:
    """Where the contenders of a scenario are started."""

    def __init__(self, scenario, folder, options):
        self.scenario = scenario
        self.folder = folder
        self.options = options
        self.cpu = str(max(os.sched_getaffinity(0)))
        self.files = {"V4": folder / "routes_v4", "V6": folder / "routes_v6"}
        counts = {}
        for (family, file), routes in zip(self.files.items(), scenario.tables()):
            tables.write(file, routes, options.egress)
            counts[family] = max(len(routes) + 1024, 1 << 16)
        # rte_fib6 reserves tables for each route as if it shared none.
        self.tables6 = min(4 * counts["V6"], 1 << 20)
        self.settings = {
            "FAMILY": scenario.family, "SIZES": scenario.sizes, "SPREAD": scenario.spread,
            "ROUTES_V4": self.files["V4"], "ROUTES_V6": self.files["V6"], "HASH": "l4",
            "HOPS": "taken", "SOURCES": "unchecked", "CHURN": "off", "RULES": "0", "COUNTED": "off",
            "DEVICES": "net_null",
            "CHECKSUMS": "known", "ROOM_V4": counts["V4"], "ROOM_V6": counts["V6"],
            "TABLES_V6": self.tables6,
        }
        # Two tables of 24 bits, 8 octets each at most, and the others.
        self.l3fwd_memory = 512 + self.tables6 * 2 // 1024 + sum(counts.values()) // 2048
        pages = (2 * self.l3fwd_memory + (1 + len(scenario.ours)) * OUR_MEMORY) // 2 + 8
        self.before, self.huge = hugepages(pages)

    def end(self):
        if self.before is not None:
            HUGEPAGES.write_text(str(self.before))

    def l3fwd(self, lookup):
        ports = self.options.egress + 1
        devices = [f"--vdev=net_null{port},size=60" for port in range(ports)]
        memory = ["--in-memory" if self.huge else "--no-huge", f"-m{self.l3fwd_memory}"]
        return [BUILD / "bin/torii_bench_l3fwd", f"--lcores=1@{self.cpu}", "--main-lcore=1",
                "--no-pci", "--no-telemetry", "--force-max-simd-bitwidth=512",
                f"--file-prefix=torii-{lookup}-{os.getpid()}", *memory, *devices, "--", "-p",
                hex((1 << ports) - 1), f"--lookup={lookup}", "--config=(0,0,1)",
                f"--rule_ipv4={self.files['V4']}", f"--rule_ipv6={self.files['V6']}"]

    def ours(self, members):
        return [BUILD / "bin/torii_bench_forwarder", self.cpu,
                str(OUR_MEMORY) if self.huge else "0", str(self.options.egress), str(members)]

    def start(self, name):
        """A contender, found to forward, and stopped."""
        command, changed = {
            FLOOR: (self.ours(0), {}),
            # It leaves the hop limit of IPv6 as it is.
            LPM: (self.l3fwd("lpm"), {"HOPS": "kept"}),
            FIB: (self.l3fwd("fib"), {"HOPS": "kept"}),
            ONE: (self.ours(1), {}),
            FOUR: (self.ours(4), {}),
            MANY: (self.ours(64), {}),
            FOUR_V4: (self.ours(4), {"FAMILY": "4", "ROUTES_V4": self.folder / "all_v4"}),
            ADDRESSES: (self.ours(4), {"HASH": "l3"}),
            SYMMETRIC: (self.ours(4), {"HASH": "symmetric"}),
            INNER: (self.ours(4), {"HASH": "inner"}),
            UNKNOWN: (self.ours(4), {"CHECKSUMS": "unknown"}),
            LOOSE: (self.ours(4), {"SOURCES": "loose"}),
            STRICT: (self.ours(4), {"SOURCES": "strict"}),
            CHURN: (self.ours(4), {"CHURN": "on"}),
            BESIDE: (self.ours(4), {"CHURN": "elsewhere"}),
            FILTERED: (self.ours(4), {"RULES": "100"}),
            COUNTED: (self.ours(4), {"COUNTED": "on"}),
        }[name]
        if name == FOUR_V4:
            make = tables.internet_v4 if self.scenario.internet else tables.cluster_v4
            tables.write(self.folder / "all_v4", make(self.scenario.routes), self.options.egress)
        contender = Contender(name, command, self.folder, self.settings | changed, name != FLOOR)
        try:
            contender.wait_until_ready(60 + self.scenario.routes // 5000)
        except Fault:
            contender.end()
            raise
        return contender

    def start_all(self):
        contenders = {}
        for name in (FLOOR, LPM, FIB, *self.scenario.ours):
            try:
                contenders[name] = self.start(name)
            except Fault as fault:
                if name != FIB:
                    raise
                print(f"  left out: {str(fault)[-300:]}")
        return contenders


def duel(contenders, options):
    order = random.Random(1)
    for _ in range(options.rounds):
        for contender in order.sample(contenders, len(contenders)):
            contender.run(options.seconds)


def ratios(one, other):
    return [mine / theirs for mine, theirs in zip(one.cycles, other.cycles)]


def report(scenario, contenders):
    floor = statistics.median(contenders[FLOOR].cycles)
    print(f"\n{scenario.title}")
    print(f"  {'':30}{'cycles/packet':>14}{'(least)':>9}{'Mpps':>7}{'own':>7}"
          f"{'to LPM':>9}{'(quartiles)':>13}{'to FIB':>8}")
    for one in contenders.values():
        middle = statistics.median(one.cycles)
        low, ratio, high = statistics.quantiles(ratios(one, contenders[LPM]), n=4,
                                                method="inclusive")
        to_fib = (f"{statistics.median(ratios(one, contenders[FIB])):8.2f}"
                  if FIB in contenders else "")
        print(f"  {one.name:30}{middle:14.1f}{min(one.cycles):9.1f}"
              f"{statistics.median(one.rates):7.1f}{middle - floor:7.1f}{ratio:9.2f}"
              f"{f'{low:.2f}-{high:.2f}':>13}{to_fib}", flush=True)


def report_goals(results):
    print("\nGoals (median of the rounds' ratios)")
    for scenario, ours, theirs, limit in GOALS:
        contenders = results.get(scenario.title, {})
        if ours not in contenders or theirs not in contenders:
            continue
        ratio = statistics.median(ratios(contenders[ours], contenders[theirs]))
        print(f"  {scenario.title + ': ' + ours + ' / ' + theirs:78}{ratio:6.2f} <= {limit:.2f}"
              f"  {'holds' if ratio <= limit else 'MISSED'}")


def report_costs(results):
    contenders = results.get(SCENARIOS[0].title)
    if contenders is None:
        return
    print(f"\nWhat it costs, cycles per packet ({SCENARIOS[0].title}; median of differences)")
    for what, more, less in (
            ("4 members instead of 1", FOUR, ONE), ("64 members instead of 4", MANY, FOUR),
            ("ports in the hash, too", FOUR, ADDRESSES),
            ("one hash for both directions", SYMMETRIC, FOUR),
            ("a look for tunnels", INNER, FOUR),
            ("checksums the card does not know", UNKNOWN, FOUR),
            ("sources looked up, loose", LOOSE, FOUR), ("strict", STRICT, FOUR),
            ("routes that come and go", CHURN, FOUR),
            ("of that: another CPU at work", BESIDE, FOUR),
            ("an access list of 100 rules", FILTERED, FOUR),
            ("packets and octets by route", COUNTED, FOUR)):
        pairs = zip(contenders[more].cycles, contenders[less].cycles)
        print(f"  {what:40}{statistics.median(one - other for one, other in pairs):6.1f}")
    looks = float(subprocess.run([BUILD / "bin/torii_bench_looks"], check=True,
                                 capture_output=True, text=True).stdout)
    print(f"  {'captures, when there is none':40}{looks / BURST:6.2f}  ({looks:.1f} for a burst)")


def run(scenario, options):
    with tempfile.TemporaryDirectory(prefix="torii-bench-") as name:
        bench = Bench(scenario, pathlib.Path(name), options)
        contenders = {}
        try:
            if not bench.huge:
                print("\nwithout hugepages:", end="")
            contenders = bench.start_all()
            duel(list(contenders.values()), options)
            report(scenario, contenders)
            for contender in contenders.values():
                contender.check()
        finally:
            for contender in contenders.values():
                contender.end()
            bench.end()
    return contenders


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--full", action="store_true", help="also what takes long")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=0.25)
    parser.add_argument("--egress", type=int, default=1)
    parser.add_argument("--only", default="", help="scenarios with this in their title")
    options = parser.parse_args()
    print(f"64-octet frames but for IMIX, 65536 flows, bursts of 32, one CPU, {options.egress} "
          f"egress port(s), {options.rounds} rounds of {options.seconds} s each; own: cycles "
          "beyond source and sink")
    results = {}
    try:
        for scenario in SCENARIOS:
            if options.only in scenario.title and (options.full or not scenario.full):
                results[scenario.title] = run(scenario, options)
    except Fault as fault:
        sys.exit(str(fault))
    report_costs(results)
    report_goals(results)
    print("\nEvery contender forwarded all it was given; TTL and checksum of the samples are right.")


if __name__ == "__main__":
    main()
