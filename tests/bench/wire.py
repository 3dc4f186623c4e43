"""Our packet engine beside l3fwd on software ports: AF_PACKET and AF_XDP at the ends of veth pairs.

Each contender has a namespace with two wires; a source on one CPU sends more than anybody forwards,
and the contenders have another CPU, one after the other in random order. What is printed is the CPU
time per packet that was sent on, and its ratio to l3fwd's. Here nearly all of it is the kernel's,
for both: a router's own share is what duel.py measures.

    wire.py [--rounds N] [--seconds S]
"""

import argparse
import os
import pathlib
import random
import signal
import statistics
import subprocess
import sys
import tempfile

import tables
from contender import Contender, Fault
from duel import BUILD, hugepages

DRIVERS = {"AF_PACKET": "net_af_packet", "AF_XDP": "net_af_xdp"}
LPM, ONE, FOUR = "l3fwd LPM", "torii, 1 next hop", "torii, ECMP of 4"
MEMORY = 256  # MiB
RATIO_MAX = 1.05
ROUTES = 1000


class OnWires:
    """A contender in a namespace of its own, and the source of its packets."""

    def __init__(self, name, command, namespace, folder, settings, cpu):
        self.namespace = namespace
        self.namespaced = ["ip", "netns", "exec", namespace]
        self.make_wires()
        self.contender = Contender(name, [*self.namespaced, *command], folder, settings)
        environment = dict(os.environ,
                           **{f"TORII_BENCH_{key}": str(value) for key, value in settings.items()})
        self.source = subprocess.Popen(
            [*self.namespaced, "taskset", "-c", cpu, str(BUILD / "bin/torii_bench_wire_source"), "g0"],
            env=environment)

    def wait_until_ready(self):
        """Until it forwards; then both are stopped."""
        self.contender.wait_until_ready(30)
        self.source.send_signal(signal.SIGSTOP)

    def make_wires(self):
        subprocess.run(["ip", "netns", "del", self.namespace], check=False,
                       stderr=subprocess.DEVNULL)
        subprocess.run(["ip", "netns", "add", self.namespace], check=True)
        lines = []
        for number in (0, 1):
            lines += [f"link add w{number} type veth peer name g{number}", f"link set w{number} up",
                      f"link set g{number} up"]
        subprocess.run([*self.namespaced, "sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1"],
                       check=True)
        subprocess.run(["ip", "-n", self.namespace, "-batch", "-"], input="\n".join(lines),
                       text=True, check=True)

    def run(self, seconds):
        """Lets both run."""
        self.source.send_signal(signal.SIGCONT)
        self.contender.run(seconds)
        self.source.send_signal(signal.SIGSTOP)

    def end(self):
        """Of both, and of the namespace."""
        self.source.kill()
        self.source.wait()
        self.contender.end()
        subprocess.run(["ip", "netns", "del", self.namespace], check=False)


def commands(device, files, cpu, huge):
    """What each contender is started with."""
    memory = ["--in-memory" if huge else "--no-huge", f"-m{2 * MEMORY}"]
    wires = [f"--vdev={device}{number},iface=w{number}" for number in (0, 1)]
    l3fwd = [BUILD / "bin/torii_bench_l3fwd", f"--lcores=1@{cpu}", "--main-lcore=1", "--no-pci",
             "--no-telemetry", f"--file-prefix=torii-wire-{os.getpid()}", *memory, *wires, "--",
             "-p", "0x3", "--lookup=lpm", "--config=(0,0,1),(1,0,1)", f"--rule_ipv4={files['V4']}",
             f"--rule_ipv6={files['V6']}"]
    ours = [BUILD / "bin/torii_bench_forwarder", cpu, str(MEMORY if huge else 0), "1"]
    return {LPM: l3fwd, ONE: [*ours, "1"], FOUR: [*ours, "4"]}


def measure(device, folder, options, huge):
    """The contenders, run."""
    source_cpu, cpu = (str(one) for one in sorted(os.sched_getaffinity(0))[-2:])
    files = {"V4": folder / "routes_v4", "V6": folder / "routes_v6"}
    tables.write(files["V4"], tables.cluster_v4(ROUTES), 1)
    tables.write(files["V6"], tables.cluster_v6(10), 1)
    settings = {
        "DEVICES": device, "FAMILY": "4", "SIZES": "64", "SPREAD": "uniform",
        "ROUTES_V4": files["V4"], "ROUTES_V6": files["V6"], "HASH": "l4", "HOPS": "taken",
        "SOURCES": "unchecked", "CHURN": "off", "RULES": "0", "COUNTED": "off",
        "CHECKSUMS": "unknown", "ROOM_V4": 1 << 16, "ROOM_V6": 1 << 16, "TABLES_V6": 1 << 16,
    }
    running = []
    try:
        for number, (name, command) in enumerate(commands(device, files, cpu, huge).items()):
            running.append(OnWires(name, command, f"torii-wire-{number}", folder, settings,
                                   source_cpu))
            running[-1].wait_until_ready()
        order = random.Random(1)
        for _ in range(options.rounds):
            for one in order.sample(running, len(running)):
                one.run(options.seconds)
    finally:
        for one in running:
            one.end()
    return [one.contender for one in running]


def main():
    """Runs both drivers."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=0.5)
    options = parser.parse_args()
    if len(os.sched_getaffinity(0)) < 2:
        sys.exit("needs two CPUs")
    before, huge = hugepages(4 * MEMORY)
    verdicts = []
    try:
        for title, device in DRIVERS.items():
            with tempfile.TemporaryDirectory(prefix="torii-bench-") as name:
                contenders = measure(device, pathlib.Path(name), options, huge)
            print(f"\n{title}, {ROUTES} routes, 64 octets\n  {'':22}{'cycles/packet':>14}{'Mpps':>7}"
                  f"{'to LPM':>9}")
            for one in contenders:
                ratio = statistics.median(mine / theirs for mine, theirs in
                                          zip(one.cycles, contenders[0].cycles))
                print(f"  {one.name:22}{statistics.median(one.cycles):14.0f}"
                      f"{statistics.median(one.rates):7.2f}{ratio:9.2f}", flush=True)
                if one.name == FOUR:
                    verdicts.append((title, ratio))
    except Fault as fault:
        sys.exit(str(fault))
    finally:
        if before is not None:
            pathlib.Path("/proc/sys/vm/nr_hugepages").write_text(str(before), encoding="ascii")
    print("\nGoals (median of the rounds' ratios)")
    for title, ratio in verdicts:
        print(f"  {title + ': ' + FOUR + ' / ' + LPM:50}{ratio:6.2f} <= {RATIO_MAX:.2f}  "
              f"{'holds' if ratio <= RATIO_MAX else 'MISSED'}")


if __name__ == "__main__":
    main()
