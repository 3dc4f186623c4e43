"""A program on a terminal of its own, and what is on its screen (pyte).

    terminal = Terminal(["torii", "--run-dir", "/run/torii"])
    terminal.wait_for("router> ")
    terminal.type("show ip bgp summary\\r")
"""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time

import pyte

TAB, CTRL_C, CTRL_D, CTRL_R, ESCAPE = "\t", "\x03", "\x04", "\x12", "\x1b"
UP, DOWN, LEFT = "\x1b[A", "\x1b[B", "\x1b[D"


class Terminal:
    def __init__(self, command, rows=24, columns=80, environment=None):
        self.screen = pyte.HistoryScreen(columns, rows, history=10000)
        self.stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self.status = None
        self.pid, self.descriptor = pty.fork()
        if self.pid == 0:
            os.environ.update({"TERM": "xterm", "LC_ALL": "C.UTF-8", **(environment or {})})
            os.execvp(command[0], command)
        self.resize(rows, columns)

    def wait_for_end(self, seconds=5):
        """The exit status of the program, None when it goes on."""
        deadline = time.monotonic() + seconds
        while self.status is None and time.monotonic() < deadline:
            self.read(0.02)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
        return self.status

    def close(self):
        """Takes the terminal away; a program that stays all the same is killed."""
        if self.status is None:
            os.kill(self.pid, signal.SIGHUP)
        if self.wait_for_end() is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.descriptor)

    def resize(self, rows, columns):
        fcntl.ioctl(self.descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.screen.resize(rows, columns)

    def type(self, keys):
        data = keys.encode()
        while data:
            # A person's terminal takes in what comes out meanwhile.
            self.read(0)
            if select.select([], [self.descriptor], [], 1)[1]:
                data = data[os.write(self.descriptor, data[:512]):]

    def paste(self, text):
        """As a terminal hands over what is pasted."""
        self.type(f"\x1b[200~{text}\x1b[201~")

    def read(self, seconds):
        """Takes what comes within that time; True when something came."""
        if not select.select([self.descriptor], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self.descriptor, 65536)
        except OSError:  # the program has ended
            return False
        self.raw += data
        self.stream.feed(data)
        return bool(data)

    def lines(self):
        """What is on the screen, without what is empty at its end."""
        lines = [line.rstrip() for line in self.screen.display]
        while lines and not lines[-1]:
            lines.pop()
        return lines

    def text(self):
        return "\n".join(self.lines())

    def wait_until(self, condition, what, seconds=20):
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise AssertionError(f"{what} is not there; the screen:\n{self.text()}")
            self.read(0.05)

    def wait_for(self, expression, seconds=20):
        """Until the screen has it (a regular expression over its lines)."""
        self.wait_until(lambda: re.search(expression, self.text(), re.MULTILINE), expression,
                        seconds)

    def wait_for_last_line(self, line, seconds=20):
        """Until the last line is this, a prompt maybe, and nothing else."""
        self.wait_until(lambda: self.lines() and self.lines()[-1] == line.rstrip(), line, seconds)

    def settle(self, seconds=0.2):
        """Takes everything until nothing comes for that long."""
        while self.read(seconds):
            pass
