#!/usr/bin/python3
"""Breaks the BGP state machines in small ways, one at a time, and says which of them no test notices.

Works on a copy of the tree with a build folder of its own, both kept in WORK for the next time:

    mutate.py WORK [NAME-PART...]

The last line says how many were not caught. One whose text is no longer in the source is STALE, one
that does not compile BROKEN; both count as not caught: the list has to follow the code.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from bgp_mutations import MUTATIONS
from mutations.mutation import is_stale

ROOT = Path(__file__).resolve().parents[2]
# In the order of what they cost. None that runs on real time, which fails on a busy machine too.
TESTS = ("torii_bgp_test", "torii_rib_test", "torii_bgp_property", "torii_controlplane_sim")
SECONDS = 180  # a test that takes longer has noticed
# What a mutation leaves behind is no reason not to build.
UNUSED = "-Wno-unused-variable -Wno-unused-parameter -Wno-unused-function"
# Properties draw the same in each run, so that a verdict can be repeated.
ENVIRONMENT = {**os.environ, "RC_PARAMS": "seed=1"}
FOLDERS = ("cmake", "controlplane", "platform", "tests")


class Broken(Exception):
    """It does not build."""


class Bench:
    """The copy and its build."""

    def __init__(self, work):
        self.source, self.build = work / "source", work / "build"
        self.source.mkdir(parents=True, exist_ok=True)
        for name in ("CMakeLists.txt", *FOLDERS):
            self._copy(Path(name))
        if not (self.build / "build.ninja").exists():
            subprocess.run(["cmake", "-S", self.source, "-B", self.build, "-G", "Ninja",
                            "-DCMAKE_BUILD_TYPE=Debug", "-DTORII_COMPONENTS=controlplane",
                            f"-DCMAKE_CXX_FLAGS={UNUSED}"],
                           check=True, stdout=subprocess.DEVNULL)

    def _copy(self, path):
        """Files that differ only, so that the build has little to do."""
        if (ROOT / path).is_dir():
            for entry in (ROOT / path).iterdir():
                self._copy(path / entry.name)
            return
        text, copy = (ROOT / path).read_bytes(), self.source / path
        if not copy.exists() or copy.read_bytes() != text:
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / path, copy)

    def run_test(self, test):
        """Builds and runs one program; why it failed, None if it did not."""
        built = subprocess.run(["ninja", "-C", self.build, test], capture_output=True, text=True,
                               check=False)
        if built.returncode != 0:
            raise Broken(next((line for line in built.stdout.splitlines() if "error:" in line),
                              built.stdout))
        try:
            ran = subprocess.run([self.build / "bin" / test, "--gtest_brief=1"], check=False,
                                 capture_output=True, text=True, timeout=SECONDS,
                                 env=ENVIRONMENT)
        except subprocess.TimeoutExpired:
            return f"{test}: takes forever"
        if ran.returncode == 0:
            return None
        failed = [line.split()[3] for line in ran.stdout.splitlines()
                  if line.startswith("[  FAILED  ]") and len(line.split()) > 3]
        return f"{test}: {failed[0] if failed else 'died'}"

    def try_out(self, mutation):
        """The verdict on a mutation, and why."""
        if is_stale(self.source, mutation):
            return "STALE", mutation.file
        file = self.source / mutation.file
        text = file.read_text()
        file.write_text(text.replace(mutation.before, mutation.after))
        try:
            found = (self.run_test(test) for test in TESTS)
            why = next((why for why in found if why), None)
            return ("caught", why) if why else ("MISSED", mutation.file)
        except Broken as broken:
            return "BROKEN", broken
        finally:
            file.write_text(text)


def main():
    """Tries them all, or those with one of the words in their name."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("work", type=Path)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--after", default="", help="begin behind the one of this name")
    arguments = parser.parse_args()
    bench = Bench(arguments.work.resolve())
    try:
        why = next((why for why in map(bench.run_test, TESTS) if why), None)
    except Broken as broken:
        why = broken
    if why:
        raise SystemExit(f"without any mutation: {why}")
    chosen = [mutation for mutation in MUTATIONS
              if not arguments.names or any(part in mutation.name for part in arguments.names)]
    names = [mutation.name for mutation in chosen]
    chosen = chosen[names.index(arguments.after) + 1 if arguments.after else 0:]
    missed = 0
    for mutation in chosen:
        begin = time.monotonic()
        verdict, why = bench.try_out(mutation)
        missed += verdict != "caught"
        print(f"{verdict} {mutation.name} ({why}, {time.monotonic() - begin:.0f} s)", flush=True)
    print(f"{len(chosen)} mutations, {missed} not caught")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
