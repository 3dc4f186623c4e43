"""Our BGP speaker beside BIRD's and FRR's under the same load, in one run.

Each device runs alone in a namespace of its own, behind one veth pair, workload by workload. The load
generator measures the time until every receiver is exact; this program the device's CPU and memory.
Prints a table for each workload and how our figures stand to the goals. Fails when a device loses a
session or a route, never for its speed; but ours has to be through in the time a phase may take.
Needs root.

    duel.py [--workload NAME]... [--device NAME]... [--runs N] [--scale S] [--fib]
"""

import argparse
import json
import os
import signal
import statistics
import sys
import tempfile
from pathlib import Path

from devices import DEVICES, TESTER, Device, Setup
from goals import COLUMNS, GOALS, verdict
from load import Load, WrongResult

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))

from device_bed import Bed  # noqa: E402

SETUPS = {"v6-200k": Setup(family=6), "survive": Setup(hold=3)}
WORKLOADS_OF_MIRROR = ("full1m", "fanout64")


class TooSlow(Exception):
    """A device was not through with a phase in its time."""


def measure(load, device, patience):
    """Figures of all phases: {phase: {figure: number}}."""
    figures = {}
    idle_cpu = device.settled_cpu()
    memory = device.memory()
    while True:
        device.forget_peak()
        outcome = load.phase()
        name = outcome.pop("phase")
        complete = outcome.pop("ok")
        if not complete and device.alive() and outcome.get("lost") == 0 \
                and outcome.get("wall", 0) >= patience:
            raise TooSlow(f"{name}: not through in {patience} s: {outcome}")
        if not complete or not device.alive():
            raise WrongResult(f"{name}: {outcome}{'' if device.alive() else ', it has died'}")
        cpu_then = device.cpu()
        cpu, after = device.settled_cpu(), device.memory()
        outcome.update(cpu=cpu - idle_cpu, cpu_then=cpu_then - idle_cpu, memory=after,
                       peak=device.memory("VmHWM"), growth=device.memory("VmHWM") / memory)
        if "paths" in outcome:
            outcome["bytes_path"] = (after - memory) / outcome["paths"]
        if "sessions" in outcome:
            outcome["bytes_session"] = (after - memory) / outcome["sessions"]
        figures[name] = outcome
        idle_cpu, memory = cpu, after
        # The mirror passes on what it gets and takes nothing back.
        if outcome.pop("last") or (device.NAME == "mirror" and name == "fill"):
            return figures


def run_once(workload, name, options):
    """One device through all phases of a workload."""
    with tempfile.TemporaryDirectory(prefix=f"torii-bgp-{name}-") as folder, \
            Bed(f"tb{os.getpid()}") as bed:
        Path(folder).chmod(0o755)
        bed.connect([f"{address}/16" for address in TESTER[4]] +
                    [f"{address}/64 nodad" for address in TESTER[6]])
        setup = SETUPS.get(workload, Setup())
        load = Load(bed.tester, workload, options)
        device = None
        try:
            device = DEVICES[name](bed.device, Path(folder),
                                   Setup(setup.family, setup.hold, options.fib))
            return measure(load, device, options.patience)
        finally:
            load.end()
            if device is not None:
                device.stop()


def median_of(runs):
    """Figure by figure."""
    return {phase: {figure: statistics.median(run[phase][figure] for run in runs)
                    for figure in figures} for phase, figures in runs[0].items()}


def print_table(workload, results):
    """One row for each device."""
    shown = COLUMNS[workload]
    print("  " + f"{'':8}" + "".join(f"{column.title:>13}" for column in shown))
    for name, figures in results.items():
        cells = []
        for column in shown:
            value = figures.get(column.phase, {}).get(column.figure)
            cells.append("-" if value is None else f"{value * column.scale:.{column.digits}f}")
        print("  " + f"{name:8}" + "".join(f"{cell:>13}" for cell in cells))


def judge(workload, runs):
    """Prints our figures against the goals; those whose must does not hold."""
    if not runs.get("torii"):
        return []
    compared = {name: done for name, done in runs.items() if name != "mirror"}
    print(f"  {'':22}{'torii':>12}{'best peer':>18}{'ratio':>9}{'must':>10}{'aim':>10}")
    failed = []
    for goal in GOALS[workload]:
        said = verdict(goal, compared)
        if said is None:
            continue
        print(said[0])
        if not said[1]:
            failed.append(f"{workload} {goal.phase} {goal.figure}")
    return failed


def compare(workload, options, problems):
    """All devices on one workload; the goals that are not met."""
    print(f"\n{workload}", flush=True)
    results = {}
    runs = {name: [] for name in options.device}
    for _ in range(options.runs):
        for name in options.device:
            if name == "mirror" and workload not in WORKLOADS_OF_MIRROR:
                continue
            try:
                runs[name].append(run_once(workload, name, options))
            except TooSlow as error:
                print(f"  {name}: {error}")
                if name == "torii":
                    problems.append(f"{workload} {name}: {error}")
            except (WrongResult, TimeoutError) as error:
                problems.append(f"{workload} {name}: {error}")
    for name, done in runs.items():
        if done:
            results[name] = median_of(done)
    print_table(workload, results)
    if options.json:
        with open(options.json, "a", encoding="utf-8") as file:
            file.write(json.dumps({"workload": workload, "runs": runs}) + "\n")
    return judge(workload, runs)


def main():
    # So that what was started is ended then, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workload", action="append", choices=COLUMNS)
    parser.add_argument("--device", action="append", choices=DEVICES)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--scale", type=float, default=1)
    parser.add_argument("--patience", type=int, default=300, help="seconds a phase may take")
    parser.add_argument("--fib", action="store_true", help="all fill the kernel")
    parser.add_argument("--json", help="file to append all figures to")
    options = parser.parse_args()
    options.build = Device.build = Path(os.environ.get("TORII_BUILD", "build/release")).resolve()
    options.device = options.device or list(DEVICES)
    print(f"one device at a time, {os.cpu_count()} CPUs, scale {options.scale:g}, median of "
          f"{options.runs} run(s), {'with' if options.fib else 'without'} kernel routes")
    problems, failed = [], []
    for workload in options.workload or COLUMNS:
        failed += compare(workload, options, problems)
    if failed:
        print("\nmust does not hold: " + ", ".join(failed))
    elif not problems:
        print("\nmust holds everywhere")
    for problem in problems:
        print(f"WRONG RESULT: {problem}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
