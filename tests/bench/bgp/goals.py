"""What is printed of each workload, and the numeric goals: a figure of ours against the best of the
others' in the same run (ratio), or against a number."""

import statistics
from dataclasses import dataclass

MIB = 1 << 20


@dataclass(frozen=True)
class Column:
    phase: str
    figure: str
    title: str
    scale: float = 1
    digits: int = 2


@dataclass(frozen=True)
class Goal:
    phase: str
    figure: str
    must: float
    aim: float
    absolute: bool = False
    aim_absolute: bool = False


def columns(*more):
    """Those that every workload has, and some of its own."""
    return (Column("up", "wall", "up s", 1, 3), Column("fill", "wall", "wall s", 1, 3),
            Column("fill", "cpu", "CPU s", 1, 3), Column("fill", "peak", "peak MiB", 1 / MIB, 0),
            Column("fill", "bytes_path", "B/path", 1, 0),
            Column("fill", "tool_cpu", "tool s", 1, 3), *more)


def again(phase):
    """Wall and CPU of a further phase."""
    return Column(phase, "wall", f"{phase} s", 1, 3), Column(phase, "cpu", f"{phase} CPU", 1, 3)


COLUMNS = {
    "full1m": columns(*again("reset")),
    "v6-200k": columns(*again("reset")),
    "peers100": columns(*again("reset"), *again("return")),
    "ecmp64": columns(*again("kill"), Column("kill", "resent", "re-sent", 1, 0)),
    "sessions1000": columns(Column("up", "cpu", "up CPU"),
                            Column("up", "bytes_session", "KiB/session", 1 / 1024, 1),
                            *again("reset"), *again("return")),
    "fanout64": columns(),
    "survive": columns(Column("storm", "lost", "lost", 1, 0),
                       Column("storm", "silence", "silence s"), Column("storm", "tail", "tail s"),
                       Column("storm", "growth", "RSS x"), Column("storm", "rounds", "rounds", 1, 1),
                       Column("storm", "cpu", "storm CPU")),
    "churn": columns(Column("churn", "cpu", "churn CPU", 1, 3),
                     Column("churn", "updates", "UPDATEs", 1, 0),
                     Column("churn", "wall", "tail s", 1, 3)),
    "latency": (Column("up", "end_of_rib", "EoR ms", 1000), Column("ping", "p50", "p50 ms", 1000),
                Column("ping", "p99", "p99 ms", 1000), Column("ping", "cpu", "CPU s", 1, 3)),
}

GOALS = {
    "full1m": (Goal("fill", "wall", 0.6, 0.4), Goal("fill", "cpu", 0.5, 0.3),
               Goal("fill", "bytes_path", 0.9, 0.7), Goal("reset", "wall", 0.5, 0.35)),
    "v6-200k": (Goal("fill", "wall", 0.6, 0.4), Goal("fill", "bytes_path", 0.9, 0.7)),
    "peers100": (Goal("fill", "wall", 0.1, 0.03), Goal("fill", "cpu", 0.5, 0.25)),
    "ecmp64": (Goal("fill", "cpu", 0.3, 0.15), Goal("fill", "bytes_path", 0.4, 0.25),
               Goal("kill", "resent", 0, 0, True, True)),
    "sessions1000": (Goal("up", "wall", 2, 1), Goal("fill", "wall", 0.25, 0.1),
                     Goal("fill", "cpu", 0.5, 0.2), Goal("fill", "peak", 1.5, 1),
                     Goal("up", "bytes_session", 16 * 1024, 8 * 1024, True, True)),
    "fanout64": (Goal("fill", "cpu", 0.5, 0.2),),
    "survive": (Goal("storm", "lost", 0, 0, True, True), Goal("storm", "silence", 1.2, 1.2, True, True),
                Goal("storm", "growth", 2, 2, True, True), Goal("storm", "tail", 0.2, 1, False, True)),
    "churn": (Goal("churn", "cpu", 0.6, 0.3),),
    "latency": (Goal("ping", "p99", 0.005, 0.001, True, True),
                Goal("up", "end_of_rib", 0.010, 0.001, True, True)),
}


def verdict(goal, runs):
    """A line for a goal, from the figures of each device's runs; None when there is nothing to
    compare. And whether the must holds. A ratio is the median of those of the single rounds: a host
    that is slower for a while is so for both."""
    column = f"{goal.phase} {goal.figure}"
    all_of = {name: [run[goal.phase][goal.figure] for run in done
                     if goal.figure in run.get(goal.phase, {})] for name, done in runs.items()}
    ours = all_of.pop("torii", [])
    found = {name: values for name, values in all_of.items() if values}
    if not ours or not (found or goal.absolute):
        return None
    middle = {name: statistics.median(values) for name, values in found.items()}
    value = statistics.median(ours)
    best = min(middle, key=middle.get, default=None)
    ratio = float("nan")
    if best and all(theirs > 0 for theirs in found[best]):
        ratio = statistics.median(own / theirs for own, theirs in zip(ours, found[best]))
    must = value <= goal.must if goal.absolute else ratio <= goal.must
    aim = value <= goal.aim if goal.aim_absolute else ratio <= goal.aim
    kinds = [f"{number:g}" if absolute else f"{number:g} x" for number, absolute in
             ((goal.must, goal.absolute), (goal.aim, goal.aim_absolute))]
    said = "aim" if must and aim else "must" if must else "FAILS"
    theirs = f"{best} {middle[best]:.4g}" if best else "-"
    line = (f"  {column:22}{value:12.4g}{theirs:>18}{ratio:9.2f}{kinds[0]:>10}{kinds[1]:>10}"
            f"   {said}")
    return line, must
