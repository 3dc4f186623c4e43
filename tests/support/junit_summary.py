"""Prints the slowest tests, what tests measured beside what is aimed at, how what failed ended (the
whole output is long, and who reads only its end shall know why), and as the last line how many
passed and failed; the status follows."""

import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

SHOWN = 10
LAST_LINES = 40


def passed(case):
    """A test that was skipped, disabled or not run did not pass."""
    return case.get("status") == "run" and case.find("failure") is None \
        and case.find("skipped") is None


def end_of_output(case):
    """The last lines that a test printed."""
    printed = case.findtext("system-out") or ""
    return "\n".join(f"  {line}" for line in printed.rstrip().splitlines()[-LAST_LINES:])


def measured(case):
    """The lines of a test that passed in which a figure stands beside its target."""
    printed = case.findtext("system-out") or ""
    return "".join(f"  {line.strip('.')}\n" for line in printed.splitlines() if "(target " in line)


def main(path):
    """The status of the whole run: 0 only when something ran and all of it passed."""
    if not Path(path).exists():
        print("No test was run.\n0 passed, 0 failed")
        return 1
    cases = ElementTree.parse(path).getroot().findall(".//testcase")
    slowest = sorted(cases, key=lambda case: -float(case.get("time", 0)))[:SHOWN]
    print(f"\nThe slowest {len(slowest)}:")
    for case in slowest:
        print(f"{float(case.get('time', 0)):8.2f} s  {case.get('name')}")
    for case in cases:
        figures = measured(case) if passed(case) else ""
        if figures:
            print(f"{case.get('name')}:\n{figures}", end="")
    failed = [case for case in cases if not passed(case)]
    for case in failed:
        print(f"failed: {case.get('name')}\n{end_of_output(case)}")
    print(f"{len(cases) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed or not cases else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
