"""A machine without a kernel of its own: systemd as the first process of its own namespaces."""

import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from lab.wait import until

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
MACHINE_ID = "0123456789abcdef0123456789abcdef\n"

# Runs as the first process of the namespaces, and becomes systemd. Nothing that it mounts is seen
# elsewhere. The hardware is everybody's: /sys cannot be written to.
BOOT = """
set -e
root=$1
mount --make-rprivate /
cd "$root"
mount -t proc proc proc
mount -t sysfs -o ro,nosuid,nodev,noexec sys sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 dev dev
mkdir dev/pts dev/shm dev/net
mount -t devpts -o newinstance,ptmxmode=666,mode=620,gid=5 pts dev/pts
mount -t tmpfs -o mode=1777 shm dev/shm
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
for node in 'null 1 3' 'zero 1 5' 'full 1 7' 'random 1 8' 'urandom 1 9' 'tty 5 0' 'net/tun 10 200'; do
    set -- $node
    mknod -m 666 dev/$1 c $2 $3
done
mount -t tmpfs -o mode=755 run run
mount -t tmpfs -o mode=1777 tmp tmp
hostname box
mkdir -p .host
pivot_root . .host
umount -l /.host
rmdir /.host
exec env -i container=torii PATH=$PATH /lib/systemd/systemd --log-target=journal
"""

RTMIN_POWEROFF = 4  # systemd(1), signals
RTMIN_REBOOT = 5


class Container:
    """A root folder's system, which leaves the folder as it is, in a network namespace.

    What its programs have written stays over power_off() and power_on(), until close().
    """

    def __init__(self, root, namespace):
        self._namespace = namespace
        self._folder = Path(tempfile.mkdtemp(prefix="torii-box-"))
        self._process = None
        self._init = None
        self._cgroup = _cgroup2() / self._folder.name
        self._cgroup.mkdir()
        changes = self._folder / "changes"
        changes.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "changes", str(changes)], check=True)
        for name in ("upper", "work", "root"):
            (changes / name).mkdir()
        self.root = changes / "root"
        subprocess.run(["mount", "-t", "overlay", "-o",
                        f"lowerdir={root},upperdir={changes}/upper,workdir={changes}/work",
                        "overlay", str(self.root)], check=True)
        (self.root / "etc/machine-id").write_text(MACHINE_ID, encoding="ascii")

    def power_on(self, seconds=60):
        """Starts systemd; returns when it has started everything. Seconds that took."""
        began = time.monotonic()
        enter = 'echo $$ >"$1"/cgroup.procs; shift; exec "$@"'
        command = ["sh", "-c", enter, "enter", str(self._cgroup), "ip", "netns", "exec",
                   self._namespace, "unshare", "--mount", "--pid", "--uts", "--ipc", "--cgroup",
                   "--fork", "sh", "-c", BOOT, "boot", str(self.root)]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log,
                                             stderr=log)
        until(self._find_init, 10, "the first process has started", 0.02)
        until(self._systemd_answers, seconds, "systemd answers", 0.1)
        state = self.run("systemctl", "is-system-running", "--wait", check=False,
                         seconds=seconds).stdout.strip()
        if state not in ("running", "degraded"):
            raise RuntimeError(f"systemd is {state or 'not there'}: {self.log()}")
        return time.monotonic() - began

    def power_off(self, seconds=60):
        """As with its button: services are stopped. Seconds that took."""
        began = time.monotonic()
        os.kill(self._init, signal.SIGRTMIN + RTMIN_POWEROFF)
        self._process.wait(seconds)
        self._process = None
        return time.monotonic() - began

    def run(self, *command, check=True, seconds=60):
        """Runs a command inside as root; its CompletedProcess, with text."""
        outside = ["nsenter", "--target", str(self._init), "--mount", "--uts", "--ipc", "--net",
                   "--pid", "--cgroup", "--", "env", "-i", f"PATH={PATH}", "HOME=/root",
                   "LANG=C.UTF-8", "DEBIAN_FRONTEND=noninteractive", *command]
        done = subprocess.run(outside, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=seconds, check=False)
        if check and done.returncode != 0:
            raise RuntimeError(f"{' '.join(command)}: status {done.returncode}: "
                               f"{done.stdout[-3000:]}{done.stderr[-3000:]}")
        return done

    def processor_seconds(self):
        """Of all its services so far; what run() starts counts as its caller's child."""
        text = (self._cgroup / "cpu.stat").read_text(encoding="ascii")
        return int(dict(line.split() for line in text.splitlines())["usage_usec"]) / 1e6

    def log(self):
        """What the first process said where the journal does not have it."""
        return (self._folder / "log").read_text(errors="replace")[-3000:]

    def close(self):
        """Takes its power away and everything it has written."""
        if self._process is not None:
            if self._init:
                _kill(self._init)
            else:
                self._process.kill()
            self._process.wait(30)
        for mounted in (self.root, self.root.parent):
            subprocess.run(["umount", str(mounted)], check=True)
        self.root.parent.rmdir()
        (self._folder / "log").unlink(missing_ok=True)
        self._folder.rmdir()
        for folder, _, _ in os.walk(self._cgroup, topdown=False):
            until(lambda folder=folder: _gone(folder), 10, f"{folder} is empty")

    def _find_init(self):
        if self._process.poll() is not None:
            raise RuntimeError(self.log())
        pid = self._process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
        self._init = int(children[0]) if children else None
        return self._init

    def _systemd_answers(self):
        if Path(f"/proc/{self._init}/comm").read_text(encoding="ascii") != "systemd\n":
            return False
        return self.run("systemctl", "is-system-running", check=False).stdout.strip() not in (
            "", "offline")


def _cgroup2():
    for line in Path("/proc/mounts").read_text(encoding="utf-8").splitlines():
        _, folder, kind, *_ = line.split()
        if kind == "cgroup2":
            return Path(folder)
    raise RuntimeError("no cgroup2 file system is mounted")


def _kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def _gone(folder):
    os.rmdir(folder)
    return True
