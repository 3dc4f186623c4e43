"""What tests of one BGP speaker share: two namespaces with a wire between them, and our control plane
with a configuration in one of them."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "platform"))

import controlplane  # noqa: E402
from lab.wait import until  # noqa: E402


def ip(*arguments, **options):
    """Runs ip(8)."""
    subprocess.run(["ip", *arguments], check=True, **options)


def configure(run_dir, config):
    """Gives the control plane its configuration; a refusal is final: it ends the program."""
    try:
        controlplane.configure(run_dir, config)
    except controlplane.Refused as error:
        raise SystemExit(f"the device refuses its configuration: {error}") from error


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

    def wait_configured(self, config):
        """Configures it as soon as it answers."""
        until(lambda: self._configured(config), 20, f"the device answers: see {self.log}")

    def _configured(self, config):
        if self.process.poll() is not None:
            raise SystemExit(f"the device does not start: see {self.log}")
        configure(self.run_dir, config)
        return True

    def stop(self):
        """Ends it."""
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(60)
