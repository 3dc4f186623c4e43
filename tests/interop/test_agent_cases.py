"""Every case of a folder (tests/interop/cases, or the ones named on the command line)."""

import os
import sys
import unittest
from pathlib import Path

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from lab_test import SOURCE_ROOT  # noqa: E402
from agent_case import Case  # noqa: E402
from ipam_case import IpamCase, is_ipam_case  # noqa: E402

CASES = Path(__file__).with_name("cases")
PROGRAMS = Path(os.environ.get("TORII_BUILD", SOURCE_ROOT / "build/release")) / "bin"
RUN_ROOT = Path("/run/torii")


class AgentCases(unittest.TestCase):
    """A test method is added for each case."""

    def run_case(self, folder):
        """Opens, runs and closes it; the agent's log is shown when it went wrong."""
        data = yaml.safe_load((folder / "case.yaml").read_text())
        kind = IpamCase if is_ipam_case(data) else Case
        case = kind(folder, PROGRAMS, RUN_ROOT, f"ic-{folder.name}")
        self.addCleanup(case.close)
        case.open()
        try:
            case.run()
        except Exception:
            if case.agent:
                print(case.agent.log_tail(40))
            raise


def add_cases(folders):
    """A test method for each folder."""
    for folder in folders:
        name = "test_" + folder.name.replace("-", "_")
        setattr(AgentCases, name, lambda self, f=folder: self.run_case(f))


if __name__ == "__main__":
    add_cases([Path(name).resolve() for name in sys.argv[1:]] or sorted(CASES.iterdir()))
    unittest.main(verbosity=2, argv=sys.argv[:1])
