"""What tests of one BGP speaker share: two namespaces with a wire between them, and our control plane
with a configuration in one of them."""

import socket
import struct
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "platform"))

from lab.wait import until  # noqa: E402

PROTO = "platform/ipc/proto/controlplane.proto"


def ip(*arguments, **options):
    """Runs ip(8)."""
    subprocess.run(["ip", *arguments], check=True, **options)


def encode(text):
    """A request of the control plane from its text form."""
    return subprocess.run(
        ["protoc", f"--proto_path={ROOT}", "--encode=torii.ipc.ControlplaneRequest", PROTO],
        input=text.encode(), capture_output=True, check=True).stdout


def ask(run_dir, request):
    """Sends one request and returns the octets of its reply."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(10)
        connection.connect(str(Path(run_dir) / "controlplane.sock"))
        connection.sendall(struct.pack("!I", len(request)) + request)
        stream = connection.makefile("rb")
        (size,) = struct.unpack("!I", stream.read(4))
        return stream.read(size)


def fields(octets):
    """The length-delimited fields of a protobuf message: (number, octets)."""
    position = 0

    def varint():
        nonlocal position
        value = shift = 0
        while True:
            octet = octets[position]
            position += 1
            value |= (octet & 0x7F) << shift
            shift += 7
            if octet < 0x80:
                return value

    while position < len(octets):
        key = varint()
        kind = key & 7
        if kind == 2:
            size = varint()
            yield key >> 3, octets[position:position + size]
            position += size
        elif kind == 0:
            varint()
        else:
            position += 8 if kind == 1 else 4


def configure(run_dir, text):
    """Gives the control plane its configuration, a request in text form; raises with its answer."""
    reply = ask(run_dir, encode(text))
    errors = [value.decode() for number, value in fields(reply) if number == 2]
    if errors:
        raise SystemExit(f"the device refuses its configuration: {errors[0]}")


class Bed:
    """Two namespaces: `eth1` of the device's is the other end of `wire` in the tester's."""

    def __init__(self, name):
        self.device, self.tester = f"{name}-dut", f"{name}-test"

    def __enter__(self):
        for namespace in (self.device, self.tester):
            ip("netns", "add", namespace)
            ip("-n", namespace, "link", "set", "lo", "up")
        ip("link", "add", "eth1", "netns", self.device, "type", "veth",
           "peer", "name", "wire", "netns", self.tester)
        return self

    def connect(self, addresses):
        """Gives the tester its addresses and sets its end up."""
        lines = "".join(f"address add {address} dev wire\n" for address in addresses)
        ip("-n", self.tester, "-batch", "-", input=lines.encode())
        ip("-n", self.tester, "link", "set", "wire", "up")

    def __exit__(self, *_):
        for namespace in (self.device, self.tester):
            subprocess.run(["ip", "netns", "delete", namespace], check=False)


class Controlplane:
    """torii-controlplane in a namespace."""

    def __init__(self, namespace, binary, run_dir):
        self.run_dir = Path(run_dir)
        self.log = self.run_dir / "controlplane.log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                ["ip", "netns", "exec", namespace, str(binary), "--run-dir", str(run_dir)],
                stdout=log, stderr=log)

    @property
    def pid(self):
        """Its process: ip(8) became it."""
        return self.process.pid

    def wait_configured(self, text):
        """Configures it as soon as it answers."""
        until(lambda: self._configured(text), 20, f"the device answers: see {self.log}")

    def _configured(self, text):
        if self.process.poll() is not None:
            raise SystemExit(f"the device does not start: see {self.log}")
        configure(self.run_dir, text)
        return True

    def stop(self):
        """Ends it."""
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(60)
