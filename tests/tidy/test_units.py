"""The services' rights, as systemd itself judges them: a unit that grew laxer does not pass."""

import re
import subprocess
import unittest
from pathlib import Path

UNITS = Path(__file__).resolve().parents[2] / "config/systemd"
# systemd.exec(5); 10 is a service without any restriction.
EXPOSURE = {
    "torii-dataplane": 2.0,
    "torii-controlplane": 2.5,
    "torii-agent": 2.5,
    "torii-mgmtd": 3.5,
    "torii-platformd": 3.5,
}


class Units(unittest.TestCase):
    """One test for all units of a kind of fault."""

    def test_every_service_has_a_limit(self):
        self.assertEqual({file.stem for file in UNITS.glob("*.service")}, set(EXPOSURE))

    def test_exposure(self):
        for name, limit in EXPOSURE.items():
            with self.subTest(name):
                shown = subprocess.run(
                    ["systemd-analyze", "security", "--offline=true", "--no-pager",
                     f"--threshold={round(limit * 10)}", str(UNITS / f"{name}.service")],
                    capture_output=True, text=True, check=False)
                level = re.search(r"exposure level for \S+: (\S+)", shown.stdout)
                self.assertIsNotNone(level, shown.stdout + shown.stderr)
                print(f"{name}: exposure {level.group(1)} (at most {limit})", flush=True)
                self.assertLessEqual(float(level.group(1)), limit)
                self.assertEqual(shown.returncode, 0, shown.stdout)

    def test_the_thread_of_bfd_may_go_first(self):
        """It asks for SCHED_RR at priority 1, and goes on without where that is refused."""
        for name in ("torii-dataplane", "torii-agent"):
            lines = (UNITS / f"{name}.service").read_text(encoding="ascii").splitlines()
            allowed = [line for line in lines if re.match("SystemCallFilter=(?!~).*sched_setscheduler", line)]
            self.assertTrue(allowed, name)
            self.assertIn("LimitRTPRIO=1", lines, name)
            self.assertNotIn("RestrictRealtime=yes", lines, name)

    def test_every_service_tells_systemd_how_it_is(self):
        for file in UNITS.glob("*.service"):
            text = file.read_text(encoding="ascii")
            for line in ("Type=notify", "WatchdogSec=", "NoNewPrivileges=yes", "Restart=always"):
                self.assertIn(line, text, file.name)


if __name__ == "__main__":
    unittest.main()
