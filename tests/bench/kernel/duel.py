#!/usr/bin/python3
"""Routes into the Linux kernel and out again: our control plane's way beside `ip -batch`, each in a
network namespace of its own, in turns.

    duel.py [--routes N] [--rounds N]

Build with `ninja torii_bench_kernel`; TORII_BUILD names the build folder (build/release). As root.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
BUILD = Path(os.environ.get("TORII_BUILD", ROOT / "build/release"))


def ip(*arguments):
    """Runs ip(8)."""
    subprocess.run(["ip", *arguments], check=True)


class Namespace:
    """With a link `eth1` that has a carrier, and a subnet for the gateway."""

    def __init__(self):
        self.name = f"torii-bench-kernel-{os.getpid()}"

    def __enter__(self):
        ip("netns", "add", self.name)
        for line in ("link set lo up", "link add eth1 type veth peer name wire", "link set wire up",
                     "link set eth1 up", "address add 10.99.0.1/24 dev eth1"):
            ip("-n", self.name, *line.split())
        return self.name

    def __exit__(self, *_):
        ip("netns", "delete", self.name)


def ours(namespace, routes):
    """Seconds to add and to remove, the longest turn of the event loop in milliseconds."""
    answer = subprocess.run(["ip", "netns", "exec", namespace, BUILD / "bin/torii_bench_kernel",
                             str(routes)], check=True, capture_output=True, text=True).stdout
    return json.loads(answer)


def theirs(namespace, routes, folder):
    """The same with `ip -batch`, through the same kind of nexthop object."""
    ip("-n", namespace, "nexthop", "add", "id", "77", "via", "10.99.0.2", "dev", "eth1")
    taken = {}
    for name, verb in (("add", "replace"), ("remove", "delete")):
        tail = " nhid 77" if name == "add" else ""
        batch = folder / name
        batch.write_text("".join(
            f"route {verb} {16 + (n >> 16)}.{n >> 8 & 255}.{n & 255}.0/24 proto bgp metric 20{tail}\n"
            for n in range(routes)))
        begin = time.monotonic()
        ip("-n", namespace, "-batch", str(batch))
        taken[name] = time.monotonic() - begin
    return taken


def main():
    """Runs the rounds and prints medians."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--routes", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    seen = {"torii": [], "ip -batch": []}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(options.rounds):
            with Namespace() as namespace:
                seen["torii"].append(ours(namespace, options.routes))
            with Namespace() as namespace:
                seen["ip -batch"].append(theirs(namespace, options.routes, Path(folder)))
    print(f"{options.routes} routes, medians of {options.rounds} rounds")
    for name, rounds in seen.items():
        rates = [f"{what} {options.routes / statistics.median(one[what] for one in rounds):9.0f}/s"
                 for what in ("add", "remove")]
        turn = max(one.get("longest_turn_ms", 0) for one in rounds)
        print(f"{name:10} {'  '.join(rates)}" + (f"  longest turn {turn:.1f} ms" if turn else ""))


if __name__ == "__main__":
    main()
