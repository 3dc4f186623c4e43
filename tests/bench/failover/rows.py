"""The rows of the table: figures of ours beside FRR's in the same run, and what must hold."""

import statistics
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    scenario: str
    figure: str
    title: str
    must: float
    ratio: bool = False     # must is a share of FRR's
    at_least: bool = False  # else at most
    unit: str = "s"

    def holds(self, ours, theirs):
        """Whether the must holds in every run; None: nothing to compare with."""
        bound = self.must
        if self.ratio:
            if not theirs:
                return None
            bound *= statistics.median(theirs)
        return min(ours) >= bound if self.at_least else max(ours) <= bound


HOLD = 9
ROWS = (
    Row("node-reset", "fib", "64 nodes, all routes complete in the FIB", 0.15, ratio=True),
    Row("node-reset", "last", "node dies (RST): last packet to it", 0.020),
    Row("node-reset", "resent", "node dies (RST): VIPs sent again to others", 0, unit=""),
    Row("node-reset", "lost", "node dies (RST): packets lost on the way", 0, unit=""),
    Row("node-silent", "last", f"node hangs, hold time {HOLD} s: last packet to it", HOLD + 0.1),
    Row("node-silent", "resent", "node hangs: VIPs sent again to others", 0, unit=""),
    Row("node-silent-gr", "last", "node hangs, Cilium's graceful restart: last packet", HOLD + 0.1),
    Row("node-dead-gr", "last", "node without power, Cilium's: last packet", HOLD + 0.1),
    Row("router-restart", "lost", "control plane kill -9: packets lost", 0, unit=""),
    Row("router-restart", "width", "control plane kill -9: least ECMP width", 64, at_least=True,
        unit=""),
    Row("router-restart-range", "lost", "the same, nodes of a range: packets lost", 0, unit=""),
    Row("router-restart-range", "width", "the same, nodes of a range: least ECMP width", 64,
        at_least=True, unit=""),
)


def number(values, unit):
    """The median, and the extremes where they differ."""
    if not values:
        return "-"
    form = "{:.4f} s" if unit else "{:.0f}"
    text = form.format(statistics.median(values))
    if len(values) > 1 and min(values) != max(values):
        spread = "{:.3f}..{:.3f}" if unit else "{:.0f}..{:.0f}"
        text += " (" + spread.format(min(values), max(values)) + ")"
    return text


def print_table(figures, scenarios):
    """`figures`: device -> scenario -> figure -> values of all runs. The rows whose must fails."""
    print(f"\n{'':50}{'torii':>28}{'frr':>28}{'ratio':>8}{'must':>10}")
    failed = []
    for row in ROWS:
        if row.scenario not in scenarios:
            continue
        ours, theirs = (figures.get(device, {}).get(row.scenario, {}).get(row.figure, [])
                        for device in ("torii", "frr"))
        ratio = "-"
        if ours and theirs and statistics.median(theirs) > 0:
            ratio = f"{statistics.median(ours) / statistics.median(theirs):.3f}"
        must = ("x " if row.ratio else ">= " if row.at_least else "<= ") + f"{row.must:g}"
        holds = row.holds(ours, theirs) if ours else None
        said = {True: "holds", False: "FAILS", None: ""}[holds]
        if holds is False:
            failed.append(row.title)
        print(f"{row.title:50}{number(ours, row.unit):>28}{number(theirs, row.unit):>28}"
              f"{ratio:>8}{must:>10}  {said}")
    return failed
