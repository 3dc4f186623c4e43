#!/usr/bin/python3
"""Packets through a router while nodes and its control plane die: ours beside FRR with the Linux
kernel, in one run.

64 nodes announce the same VIPs; a sender streams packets to all of them, and a receiver tells which
node gets which packet, and when. Prints a table with what must hold. Fails when a session, a route or
a packet generator is lost, or packets by a restart, never for speed. Needs root.

    duel.py [--scenario NAME]... [--device NAME]... [--runs N] [--scale S] [--rate PACKETS]
"""

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
for folder in (HERE.parent / "bgp", HERE.parents[1] / "support"):
    sys.path.insert(0, str(folder))

from device_bed import ROOT  # noqa: E402
from devices import Setup  # noqa: E402
from load import Load, WrongResult  # noqa: E402
from rack import NODE_ADDRESSES, NODES, Rack  # noqa: E402
from routers import ROUTERS, mac  # noqa: E402
from rows import print_table  # noqa: E402
from tools import IN_FLIGHT, FibWatch, Flows  # noqa: E402

VIPS = 10_000
VIPS_MIN = 100
DEAD = 1  # the node that dies
PATIENCE = 60
CONTROL_PLANE_AWAY = 1.0  # seconds until somebody starts it again
AFTER_RESTART = 5.0       # seconds after selection in which what was left from before is given up


def listed(hold):
    """Nodes that are neighbors by name."""
    return Setup(hold=hold, fib=True, neighbors=tuple(NODE_ADDRESSES), graceful_restart=True)


# The workload of the load generator, and how the device is configured.
SCENARIOS = {
    "node-reset": ("ecmp64", Setup(hold=90, fib=True)),
    "node-silent": ("node-silent", Setup(hold=90, fib=True)),
    "node-silent-gr": ("node-silent-gr", Setup(hold=90, fib=True)),
    "node-dead-gr": ("node-silent-gr", Setup(hold=90, fib=True)),
    "router-restart": ("router-restart", listed(90)),
    "router-restart-range": ("router-restart", Setup(hold=90, fib=True, graceful_restart=True)),
}


def phase_of(load):
    """The outcome of the next phase, which has to be right."""
    outcome = load.read()
    if not outcome["ok"]:
        raise WrongResult(f"{outcome['phase']}: {outcome}")
    return outcome


def kill_node(scenario, rack, load, flows):
    """A node dies in the scenario's way; the figures of that."""
    load.begin()
    if scenario == "node-dead-gr":
        rack.cut_power(DEAD)
    outcome = phase_of(load)
    last = flows.last_packet(DEAD, outcome["began"], PATIENCE)
    account = flows.account(outcome["began"], time.monotonic() - IN_FLIGHT)
    return {"last": last, "resent": outcome["resent"], "lost": account["lost"],
            "lost_span": account["lost_span"]}


def restart_control_plane(router, load, flows):
    """The control plane dies and comes back; nodes come back one after the other."""
    began = time.monotonic()
    load.begin()
    flows.stream(0.2)
    router.kill_control_plane()
    flows.stream(CONTROL_PLANE_AWAY)
    router.start_control_plane()
    outcome = phase_of(load)
    flows.stream(AFTER_RESTART)
    account = flows.account(began, time.monotonic() - IN_FLIGHT)
    return {"lost": account["lost"], "lost_span": account["lost_span"],
            "width": account["width"], "up": outcome["up"]}


def measure(scenario, rack, router, load, options):
    """The figures of one scenario on one device."""
    load.begin()
    phase_of(load)
    vips = min(VIPS, max(VIPS_MIN, round(VIPS * options.scale)))
    watch = FibWatch(rack, router, vips, options)
    try:
        load.begin()
        began = phase_of(load)["began"]
        figures = {"fib": watch.complete(PATIENCE) - began}
    finally:
        watch.end()
    flows = Flows(rack, mac(rack.device, "eth2"), vips, options)
    try:
        flows.wait_steady()
        missed = router.missed()
        if scenario.startswith("router-restart"):
            figures.update(restart_control_plane(router, load, flows))
        else:
            figures.update(kill_node(scenario, rack, load, flows))
        figures["missed"] = router.missed() - missed
    finally:
        flows.end()
    router.check()
    return figures


@contextmanager
def run_folder(name, keep):
    """A folder for sockets and logs, which stays when asked for."""
    folder = Path(tempfile.mkdtemp(prefix=f"torii-failover-{name}-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        if keep:
            print(f"logs of {name}: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)


def lost_by_restarts(figures):
    """Forwarding goes on without a control plane: that is no matter of speed. What found the ring of
    a port full is."""
    problems = []
    for scenario, values in figures.items():
        if not scenario.startswith("router-restart"):
            continue
        for lost, missed, width in zip(values["lost"], values["missed"], values["width"]):
            if lost > missed or width < NODES:
                problems.append(f"{scenario}: {lost - missed:.0f} packets lost, {width:.0f} of {NODES} "
                                "nodes used")
    return problems


def run_once(scenario, name, rack_name, options):
    """One device, everything from the start."""
    workload, setup = SCENARIOS[scenario]
    router_class = ROUTERS[name]
    with run_folder(name, options.keep) as folder, \
            Rack(rack_name, router_class.HARDWARE) as rack:
        load = Load(rack.nodes, workload, options)
        router = None
        try:
            router = router_class(rack.device, folder, setup, options)
            return measure(scenario, rack, router, load, options)
        finally:
            load.end()
            if router is not None:
                router.stop()


def options_of(arguments):
    """From the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scenario", action="append", choices=SCENARIOS)
    parser.add_argument("--device", action="append", choices=ROUTERS)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--beside", type=int, default=1, metavar="N",
                        help="so many at the same time: for what must hold at any speed")
    parser.add_argument("--scale", type=float, default=1, help="share of the 10,000 VIPs")
    parser.add_argument("--rate", type=int, default=20_000, help="packets a second")
    parser.add_argument("--driver", choices=("xdp", "kernel"), default="xdp", help="of our ports")
    parser.add_argument("--patience", type=int, default=300, help="seconds a phase may take")
    parser.add_argument("--keep", action="store_true", help="the logs")
    parser.add_argument("--json", help="file to append all figures to")
    options = parser.parse_args(arguments)
    options.build = Path(os.environ.get("TORII_BUILD", ROOT / "build/release")).resolve()
    return options


def main():
    # So that what was started is ended then, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    options = options_of(sys.argv[1:])
    devices, scenarios = options.device or list(ROUTERS), options.scenario or list(SCENARIOS)
    print(f"{options.beside} device(s) at a time, {os.cpu_count()} CPUs, scale {options.scale:g}, "
          f"{options.rate} packets a second, {options.runs} run(s)")
    rounds = [(scenario, device) for _ in range(options.runs) for scenario in scenarios
              for device in devices]
    figures, problems = {}, []
    with ThreadPoolExecutor(options.beside) as pool:
        running = [pool.submit(run_once, *one, f"tf{os.getpid()}-{number}", options)
                   for number, one in enumerate(rounds)]
        for (scenario, device), future in zip(rounds, running):
            try:
                found = future.result()
            except (WrongResult, TimeoutError, RuntimeError) as error:
                problems.append(f"{scenario} {device}: {error}")
                continue
            print(f"{scenario:21} {device:6} "
                  + " ".join(f"{name}={value:.4f}" for name, value in found.items()), flush=True)
            for name, value in found.items():
                values = figures.setdefault(device, {}).setdefault(scenario, {})
                values.setdefault(name, []).append(value)
    failed = print_table(figures, scenarios)
    problems += lost_by_restarts(figures.get("torii", {}))
    if options.json:
        with open(options.json, "a", encoding="utf-8") as file:
            file.write(json.dumps(figures) + "\n")
    if failed:
        print("\nmust does not hold: " + "; ".join(failed))
    missed = sum(sum(found.get("missed", [])) for found in figures.get("torii", {}).values())
    if missed:
        print(f"\n{missed} packets found the ring of a port of torii full: its packet engine did not get "
              "the CPU. Compare losses on a quiet machine.")
    for problem in problems:
        print(f"WRONG RESULT: {problem}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
