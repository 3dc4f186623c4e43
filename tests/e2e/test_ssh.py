"""The router's own SSH server: users, keys and listeners as they are configured.

A real torii-mgmtd and the sshd that it starts; no daemons, no lab.
"""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from ncclient import manager

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/support"), str(ROOT / "platform")]

from lab.wait import until  # noqa: E402

BINARIES = Path(os.environ.get("TORII_BUILD", ROOT / "build/release")) / "bin"
SHELL_PORT = 22022
NETCONF_PORT = 22830
SECONDS = 20


class Ssh(unittest.TestCase):
    """Root, who is the one account that every machine has."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="torii-ssh-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.log = open(self.folder / "mgmtd.log", "w")
        self.addCleanup(self.log.close)
        self.addCleanup(self.end_sshd)
        for name in ("key", "other"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f",
                            self.folder / name], check=True)
        self.etc = sorted(Path("/etc/ssh").iterdir()) if Path("/etc/ssh").exists() else []
        self.start()
        self.addCleanup(self.end)

    def start(self):
        self.mgmtd = subprocess.Popen(
            [BINARIES / "torii-mgmtd", "--config", self.folder / "router.json", "--yang-dir",
             ROOT / "config/yang", "--run-dir", self.folder], stdout=self.log, stderr=self.log)
        until(lambda: self.shell("show version").returncode == 0, SECONDS, "torii-mgmtd answers")

    def end(self):
        self.mgmtd.kill()
        self.mgmtd.wait()

    def sshd(self):
        """Its process; None: there is none."""
        try:
            process = int((self.folder / "etc/ssh/sshd.pid").read_text())
            command = Path(f"/proc/{process}/cmdline").read_bytes()
        except (OSError, ValueError):
            return None
        return process if str(self.folder).encode() in command else None

    def end_sshd(self):
        if process := self.sshd():
            os.kill(process, signal.SIGTERM)

    def shell(self, *lines):
        words = [word for line in lines for word in ("-c", line)]
        return subprocess.run([BINARIES / "torii", "--run-dir", self.folder, *words],
                              capture_output=True, text=True, timeout=60, check=False)

    def commit(self, *lines):
        done = self.shell("configure", *lines, "commit")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def enable(self):
        key = (self.folder / "key.pub").read_text().strip()
        self.commit("set system user root role admin", f'set system user root ssh-key "{key}"',
                    "set services ssh enabled", f"set services ssh port {SHELL_PORT}",
                    "set services ssh listen 127.0.0.1", "set services netconf enabled",
                    f"set services netconf port {NETCONF_PORT}",
                    "set services netconf listen 127.0.0.1")

    def ssh(self, *command, key="key", port=SHELL_PORT):
        return subprocess.run(
            ["ssh", "-i", self.folder / key, "-p", str(port), "-o", "IdentitiesOnly=yes",
             "-o", "StrictHostKeyChecking=no", "-o", f"UserKnownHostsFile={self.folder}/known",
             "-o", "BatchMode=yes", "-o", "LogLevel=ERROR", "root@127.0.0.1", *command],
            capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL)

    def test_the_shell_and_netconf(self):
        self.assertIsNone(self.sshd(), "off without being asked for")
        self.enable()
        shown = self.ssh("show version")
        self.assertRegex(shown.stdout, r"^torii \d", shown.stderr)
        self.assertEqual(self.ssh("show no such thing").returncode, 1)
        sessions = self.ssh("show system sessions")
        self.assertRegex(sessions.stdout, r"root +admin +cli +ssh 127\.0\.0\.1")
        with manager.connect(host="127.0.0.1", port=NETCONF_PORT, username="root",
                             key_filename=str(self.folder / "key"), hostkey_verify=False,
                             allow_agent=False, look_for_keys=False) as client:
            self.assertIn("ssh-key", client.get_config("running").data_xml)
        self.assertNotEqual(self.ssh("show version", key="other").returncode, 0)
        # A shell of the machine is nothing that can be asked for.
        self.assertNotIn("uid=", self.ssh("id").stdout)
        self.assertEqual((self.folder / "router.json.ssh/host_key").stat().st_mode & 0o777, 0o600)
        self.assertEqual(self.etc, sorted(Path("/etc/ssh").iterdir()), "that is the machine's own")

    def test_keys_and_ports_change_and_sessions_stay(self):
        self.enable()
        process = self.sshd()
        session = subprocess.Popen(
            ["ssh", "-i", self.folder / "key", "-p", str(SHELL_PORT), "-o",
             "StrictHostKeyChecking=no", "-o", f"UserKnownHostsFile={self.folder}/known", "-o",
             "LogLevel=ERROR", "root@127.0.0.1", "monitor events"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        self.addCleanup(session.stdout.close)
        self.addCleanup(session.wait)
        self.addCleanup(session.kill)
        until(lambda: self.shell("show system sessions").stdout.count("ssh 127.0.0.1") == 1,
              SECONDS, "the session is there")
        other = (self.folder / "other.pub").read_text().strip()
        self.commit("delete system user root ssh-key", f'set system user root ssh-key "{other}"',
                    f"set services ssh port {SHELL_PORT + 1}")
        until(lambda: self.ssh("show version", key="other", port=SHELL_PORT + 1).returncode == 0,
              SECONDS, "the new key at the new port")
        self.assertNotEqual(self.ssh("show version", port=SHELL_PORT + 1).returncode, 0, "old key")
        self.assertNotEqual(self.ssh("show version", key="other").returncode, 0, "old port")
        self.assertEqual(self.sshd(), process, "it was reloaded")
        self.assertIn("%COMMIT: commit", session.stdout.readline(), "its session went on")

    def test_it_outlives_mgmtd_and_is_revived(self):
        self.enable()
        process = self.sshd()
        self.end()
        self.assertEqual(self.sshd(), process)
        self.start()
        until(lambda: self.ssh("show version").returncode == 0, SECONDS, "it is taken over")
        self.assertEqual(self.sshd(), process)
        os.kill(process, signal.SIGKILL)
        until(lambda: self.sshd() not in (None, process), SECONDS, "it is started again")
        self.commit("set services ssh enabled false", "set services netconf enabled false")
        until(lambda: self.sshd() is None, SECONDS, "it is ended")

    def test_a_port_that_is_taken_refuses_the_commit(self):
        self.enable()
        with socket.create_server(("127.0.0.1", SHELL_PORT + 2)):
            done = self.shell("configure", f"set services ssh port {SHELL_PORT + 2}", "commit")
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"cannot listen at 127.0.0.1 port {SHELL_PORT + 2}: Address already in use",
                      done.stdout + done.stderr)
        self.assertEqual(self.ssh("show version").returncode, 0, "as before")


if __name__ == "__main__":
    unittest.main(verbosity=2)
