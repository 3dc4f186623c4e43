"""Starting and ending the lab's processes: each has a file with its id and a log in its run folder."""

import os
import signal
from dataclasses import dataclass
from pathlib import Path

from lab.shell import inside
from lab.wait import until


class ProcessFailed(RuntimeError):
    """A process did not start or died; the message holds the end of its log."""


@dataclass(frozen=True)
class Process:
    """One daemon of the lab: where it runs, how it is started, where it keeps its files."""

    name: str
    namespace: str
    command: tuple
    run_dir: Path

    @property
    def pid_file(self):
        """Holds the id and the start time: an id alone could belong to somebody else by now."""
        return self.run_dir / f"{self.name}.pid"

    @property
    def log_file(self):
        """What the process said, of all its lives."""
        return self.run_dir / f"{self.name}.log"

    def pid(self):
        """The id of the running process, None when it does not run."""
        try:
            pid, started = self.pid_file.read_text().split()
        except (FileNotFoundError, ValueError):
            return None
        return int(pid) if _start_time(int(pid)) == started else None

    def start(self):
        """Starts it unless it runs already."""
        if self.pid():
            return
        self.run_dir.mkdir(parents=True, exist_ok=True)
        # `ip netns exec` replaces itself, so the id is the daemon's own.
        command = inside(self.namespace, *map(str, self.command))
        with self.log_file.open("ab") as log:
            pid = os.posix_spawnp(command[0], command, os.environ, setsid=True, file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_DUP2, log.fileno(), 1), (os.POSIX_SPAWN_DUP2, log.fileno(), 2)])
        self.pid_file.write_text(f"{pid} {_start_time(pid)}\n")

    def stop(self, number=signal.SIGTERM):
        """Ends it; one that does not obey within 5 s is killed."""
        pid = self.pid()
        if pid:
            os.kill(pid, number)
            try:
                until(lambda: self.pid() is None, 5, f"{self.name} has ended")
            except TimeoutError:
                os.kill(pid, signal.SIGKILL)
                until(lambda: self.pid() is None, 5, f"{self.name} was killed")
        self.pid_file.unlink(missing_ok=True)

    def kill(self):
        """What a crash looks like to everybody else."""
        self.stop(signal.SIGKILL)

    def check(self):
        """Raises ProcessFailed with the end of the log unless it runs."""
        if self.pid() is None:
            raise ProcessFailed(f"{self.name} in {self.namespace} does not run; its log ends:\n"
                                + self.log_tail())

    def log_tail(self, lines=15):
        """The last lines of the log."""
        if not self.log_file.exists():
            return ""
        return "\n".join(self.log_file.read_text(errors="replace").splitlines()[-lines:])


def _start_time(pid):
    """The start time of a living process as /proc tells it, None for a dead or a zombie one."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in "ZX" and _all_threads_ended(pid) else fields[19]


def _all_threads_ended(pid):
    """A first thread is a zombie while others still hold files and locks: that is not the end.

    Collects a child of ours; others' children are theirs to collect.
    """
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        return len(list(Path("/proc").glob(f"{pid}/task/*"))) <= 1
