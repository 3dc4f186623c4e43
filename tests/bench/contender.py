"""One forwarding process of the duel: stopped, and let run for a while."""

import mmap
import os
import pathlib
import signal
import struct
import subprocess
import time

FIELDS = ("tsc_hz", "received", "sent", "sampled", "correct")
READY_PACKETS = 200_000


class Fault(Exception):
    """It does not do what it should: its name, what, and the end of what it printed."""


class Contender:
    """`settings` are the TORII_BENCH_ variables of its environment; `routes` whether it routes."""

    def __init__(self, name, command, folder, settings, routes=True):
        self.name = name
        self.routes = routes
        file_name = "".join(letter if letter.isalnum() else "-" for letter in name)
        page_file = folder / f"{file_name}.page"
        page_file.write_bytes(bytes(4096))
        self.log = open(folder / f"{file_name}.log", "w+", encoding="utf-8", errors="replace")
        environment = dict(os.environ, TORII_BENCH_PAGE=str(page_file),
                           **{f"TORII_BENCH_{key}": str(value) for key, value in settings.items()})
        self.process = subprocess.Popen([str(word) for word in command], stdout=self.log,
                                        stderr=self.log, env=environment)
        with open(page_file, "r+b") as file:
            self.page = mmap.mmap(file.fileno(), 4096)
        self.cycles = []
        self.rates = []

    def counters(self):
        return dict(zip(FIELDS, struct.unpack_from("<5Q", self.page)))

    def wait_until_ready(self, seconds):
        # Of its own CPU time: others may use the machine, too.
        deadline = time.monotonic() + 10 * seconds
        while self.counters()["sent"] < READY_PACKETS:
            if self.cpu_nanoseconds() > seconds * 1e9 or time.monotonic() > deadline:
                self.give_up(f"does not forward after {seconds} s")
            self.let_run(0.05)
        self.stop()

    def let_run(self, seconds):
        try:
            self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            return
        self.give_up("ended")

    def give_up(self, what):
        self.log.flush()
        self.log.seek(0)
        raise Fault(f"{self.name} {what}:\n{self.log.read()[-1500:]}")

    def stop(self):
        self.process.send_signal(signal.SIGSTOP)
        os.waitpid(self.process.pid, os.WUNTRACED)

    def cpu_nanoseconds(self):
        tasks = [task for task in pathlib.Path(f"/proc/{self.process.pid}/task").iterdir()
                 if (task / "comm").read_text() != "churn\n"]
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks)

    def run(self, seconds):
        before, cpu_before = self.counters(), self.cpu_nanoseconds()
        self.process.send_signal(signal.SIGCONT)
        self.let_run(seconds)
        self.stop()
        after, cpu_after = self.counters(), self.cpu_nanoseconds()
        sent = after["sent"] - before["sent"]
        if sent == 0:
            self.give_up(f"sent nothing in {seconds} s")
        cpu = cpu_after - cpu_before
        self.cycles.append(cpu * after["tsc_hz"] / 1e9 / sent)
        self.rates.append(sent * 1e3 / cpu)

    def check(self):
        """What it was given it sent, and (but for the floor) as a router does."""
        counters = self.counters()
        lost = counters["received"] - counters["sent"]
        if lost > 0.001 * counters["received"] + 1024:
            self.give_up(f"lost packets: {counters}")
        # l3fwd adds to the checksum without the carry (RFC 1624): one packet in 65536.
        if self.routes and not counters["correct"] >= 0.999 * counters["sampled"] > 0:
            self.give_up(f"sent packets with a wrong TTL or checksum: {counters}")

    def end(self):
        self.process.kill()
        self.process.wait()
        self.log.close()
