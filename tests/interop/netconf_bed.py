"""torii-mgmtd and torii-controlplane in a namespace, and an sshd of our own there with the subsystem
netconf."""

import ctypes
import os
import shutil
import sys
import tempfile
from pathlib import Path

SOURCE_ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCE_ROOT / "platform"))

from lab.processes import Process  # noqa: E402
from lab.shell import inside, run  # noqa: E402
from lab.wait import until  # noqa: E402

PORT = 830
SECRET = "canary-4711"
START = """{"torii-system:system": {"hostname": "netconf"}}"""
# yangcli's library knows RSA with SHA-1 only.
SSHD_CONFIG = """
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host_key
PidFile none
AuthorizedKeysFile {folder}/user_key.pub
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
HostKeyAlgorithms +ssh-rsa
PubkeyAcceptedAlgorithms +ssh-rsa
{subsystem}
"""


class NetconfBed:
    """A router that is reached over SSH, by root with a key of its own."""

    def __init__(self, namespace):
        self.namespace = namespace
        self.programs = Path(os.environ.get("TORII_BUILD", SOURCE_ROOT / "build/release")) / "bin"
        self.folder = Path(tempfile.mkdtemp(prefix="torii-netconf-"))
        self.key = self.folder / "user_key"
        self.config = self.folder / "router.json"
        self.mgmtd = Process(
            "torii-mgmtd", namespace,
            (self.programs / "torii-mgmtd", "--run-dir", self.folder, "--config", self.config,
             "--yang-dir", SOURCE_ROOT / "config/yang", "--viewer-group", "nogroup"), self.folder)
        self.controlplane = Process(
            "torii-controlplane", namespace,
            (self.programs / "torii-controlplane", "--run-dir", self.folder), self.folder)
        self.sshd = Process("sshd", namespace,
                            ("/usr/sbin/sshd", "-D", "-e", "-f", self.folder / "sshd_config"),
                            self.folder)
        self.processes = [self.mgmtd, self.controlplane, self.sshd]

    def up(self):
        """Starts everything; this thread and those it starts are in the namespace from now on."""
        run("ip", "netns", "add", self.namespace)
        run(*inside(self.namespace, "ip", "link", "set", "lo", "up"))
        enter(self.namespace)
        # Others than root have to get at the socket.
        self.folder.chmod(0o755)
        self.config.write_text(START)
        for name in ("host_key", "user_key"):
            run("ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-m", "PEM", "-N", "", "-f",
                str(self.folder / name))
        snippet = (SOURCE_ROOT / "config/sshd/torii-netconf.conf").read_text()
        subsystem = snippet.replace("/usr/bin/torii-netconf",
                                    f"{self.programs}/torii-netconf --run-dir {self.folder}")
        (self.folder / "sshd_config").write_text(
            SSHD_CONFIG.format(port=PORT, folder=self.folder, subsystem=subsystem))
        # The one folder that sshd insists on.
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        for process in self.processes:
            process.start()
        until(lambda: self.shell("show version"), 15, "the shell answers")
        until(lambda: b"Server listening" in self.sshd.log_file.read_bytes(), 15, "sshd listens")

    def down(self):
        """Ends everything."""
        for process in reversed(self.processes):
            process.stop()
        run("ip", "netns", "del", self.namespace, check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def shell(self, *lines, check=True):
        """What the command line prints."""
        words = [word for line in lines for word in ("-c", line)]
        done = run(str(self.programs / "torii"), "--run-dir", str(self.folder), *words, check=check)
        return done.stdout + done.stderr


def enter(namespace):
    """Moves the calling thread into a namespace, as setns(2) does."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open(f"/run/netns/{namespace}", encoding="ascii") as file:
        if libc.setns(file.fileno(), 0) != 0:
            raise OSError(ctypes.get_errno(), f"cannot enter {namespace}")
