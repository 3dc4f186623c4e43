"""A virtual machine in QEMU: emulated (TCG), so that it works where there is no virtualization."""

import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

MEMORY_MIB = 1024
CPUS = 2


def from_memory(kernel, initramfs):
    """Options of a machine that starts this kernel, and ends where another would start again."""
    # An emulated timer comes late while others are at work: that is no fault of the machine's.
    append = ("console=ttyS0 earlyprintk=ttyS0 mitigations=off net.ifnames=0 panic=-1 no_timer_check "
              "rcupdate.rcu_cpu_stall_suppress=1 intel_iommu=on")
    return ["-no-reboot", "-kernel", str(kernel), "-initrd", str(initramfs), "-append", append]


def from_disk(disk, firmware=None):
    """Options of a machine that starts what is on a disk: by its BIOS, or by this firmware of UEFI."""
    loader = ["-drive", f"if=pflash,format=raw,unit=0,readonly=on,file={firmware}"] if firmware else []
    return [*loader, "-drive", f"file={disk},format=raw,if=none,id=disk,cache=unsafe",
            "-device", "virtio-blk-pci,drive=disk,bootindex=0"]


class Machine:
    """QEMU with a serial line to a shell, and taps that can be moved into other namespaces.

    `start`: options by which it starts. `iommu`: the machine has one (VT-d), which the cards are behind.
    """

    def __init__(self, folder, start, namespace, taps, iommu=False):
        self._folder = Path(folder)
        self._started = time.monotonic()
        self._log = (self._folder / "console.log").open("ab")
        self._buffer = b""
        # With more room (tb-size, MiB) translations of the kernel before a restart are kept, and at each write
        # to where that kernel was QEMU looks through them: a machine may be silent for minutes.
        command = [
            "ip", "netns", "exec", namespace, "nice", "-n", "-10", "qemu-system-x86_64",
            "-accel", "tcg,thread=multi,tb-size=64", "-cpu", "max", "-machine",
            "q35,kernel-irqchip=split" if iommu else "q35",
            "-smp", str(CPUS), "-m", str(MEMORY_MIB), "-display", "none", "-nodefaults",
            *start, "-serial", f"unix:{self._folder}/serial,server=on,wait=off",
            "-device", "virtio-rng-pci"]
        if iommu:
            command += ["-device", "intel-iommu,intremap=on,caching-mode=on,device-iotlb=on"]
        for number, tap in enumerate(taps):
            card = (f"virtio-net-pci,netdev=n{number},addr=0x{0x10 + number:x},romfile=,"
                    "disable-legacy=on")
            command += ["-netdev", f"tap,id=n{number},ifname={tap},script=no,downscript=no",
                        "-device", card + (",iommu_platform=on,ats=on" if iommu else "")]
        with (self._folder / "qemu.log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        self._line = self._connect()

    def run(self, command, seconds=30, check=True):
        """What a command says on the serial line; RuntimeError if it fails."""
        self.type(f"{command}\necho \"END\":$?")
        text = self.wait_for(r"END:(\d+)\r?\n", seconds)
        said, status = re.fullmatch(r"(?s)(.*?)END:(\d+)\r?\n", text).groups()
        said = said.replace("\r\n", "\n")
        if check and status != "0":
            raise RuntimeError(f"{command}: status {status}: {said}")
        return said

    def type(self, text):
        """A line at the keyboard."""
        self._line.sendall(f"{text}\n".encode())

    def listen(self):
        """Takes what stands on the serial line: a machine whose line is full goes on no further."""
        self._line.settimeout(0)
        try:
            self._keep(self._line.recv(65536))
        except BlockingIOError:
            pass

    def wait_for(self, pattern, seconds):
        """What came on the serial line up to what the pattern describes, and that."""
        deadline = time.monotonic() + seconds
        while True:
            found = re.search(pattern.encode(), self._buffer)
            if found:
                text = self._buffer[:found.end()].decode(errors="replace")
                self._buffer = self._buffer[found.end():]
                return text
            self._line.settimeout(max(0.01, deadline - time.monotonic()))
            try:
                more = self._line.recv(65536)
            except socket.timeout as error:
                raise TimeoutError(f"not within {seconds} s on the serial line: {pattern}; "
                                   f"last: {self._buffer[-2000:]!r}") from error
            if not more:
                raise RuntimeError(f"the machine has ended: {self._buffer[-2000:]!r}")
            self._keep(more)

    def _keep(self, more):
        self._log.write(more)
        self._log.flush()
        self._buffer += more

    def seconds(self):
        """Since power on: of the clock, and of the processors of this machine."""
        clock = time.monotonic() - self._started
        fields = Path(f"/proc/{self._process.pid}/stat").read_text(encoding="ascii")
        ticks = sum(int(field) for field in fields.rpartition(")")[2].split()[11:13])
        return clock, ticks / os.sysconf("SC_CLK_TCK")

    def stop(self):
        """Takes its power away."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._line.close()
        self._log.close()

    def _connect(self):
        line = socket.socket(socket.AF_UNIX)
        for _ in range(100):
            try:
                line.connect(f"{self._folder}/serial")
                return line
            except OSError:
                if self._process.poll() is not None:
                    break
                time.sleep(0.1)
        self._process.kill()
        said = (self._folder / "qemu.log").read_text(errors="replace")
        raise RuntimeError(f"QEMU does not start: {said}")
