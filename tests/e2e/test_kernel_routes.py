"""BGP's routes in a real kernel: others delete them, and more come than the kernel is to get.

Two of our control planes on a wire; no packet engine, no lab.
"""

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import controlplane  # noqa: E402
from device_bed import ROOT, Bed, Controlplane, ip, until  # noqa: E402

BINARY = Path(os.environ.get("TORII_BUILD", ROOT / "build/release")) / "bin/torii-controlplane"
LIMIT = 1000
SECONDS = 20


def speaker(number, more):
    """A configuration with one neighbor, the other one."""
    other = 3 - number
    return f"""
        hostname: "r{number}" router_id: "10.99.0.{number}"
        interfaces {{ name: "{'eth1' if number == 1 else 'wire'}" enabled: true
                      addresses: "10.99.0.{number}/24" }}
        bgp {{ as: {65000 + number} hold_time: 9 connect_retry: 1
               graceful_restart: GRACEFUL_RESTART_RESTART restart_time: 20 stale_time: 30
               peer_groups {{ name: "all" session {{ remote_as_kind: REMOTE_AS_EXTERNAL }} }}
               neighbors {{ address: "10.99.0.{other}" peer_group: "all" }}
               families {{ family: IPV4_UNICAST maximum_paths_ebgp: 4 {more} }} }}"""


def networks(count):
    """Statements that announce so many prefixes."""
    return "".join(f'networks {{ prefix: "172.{16 + n // 256}.{n % 256}.0/24" unconditional: true }} '
                   for n in range(count))


class KernelRoutes(unittest.TestCase):
    """The tests run in the order of their names."""

    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.bed = cls.enterClassContext(Bed(f"kernel-routes-{os.getpid()}"))
        cls.run_dirs = [Path(cls.folder) / name for name in ("device", "tester")]
        for run_dir in cls.run_dirs:
            run_dir.mkdir()
        cls.device = cls.start_device()
        cls.tester = Controlplane(cls.bed.tester, BINARY, cls.run_dirs[1])
        cls.addClassCleanup(cls.tester.stop)
        cls.announce(LIMIT)

    @classmethod
    def start_device(cls):
        """The one whose kernel it is about."""
        device = Controlplane(cls.bed.device, BINARY, cls.run_dirs[0])
        cls.addClassCleanup(device.stop)
        cls.configure_device(device, LIMIT)
        return device

    @staticmethod
    def configure_device(device, limit):
        """With so many routes of BGP for its kernel."""
        device.wait_configured(f"kernel_maximum_bgp: {limit} " + speaker(1, ""))

    @classmethod
    def announce(cls, count):
        """The other one announces so many prefixes."""
        cls.tester.wait_configured(speaker(2, networks(count)))

    def kernel(self, protocol="bgp"):
        """How many routes of a protocol the device's kernel has."""
        listed = subprocess.run(["ip", "-n", self.bed.device, "route", "show", "proto", protocol],
                                check=True, capture_output=True, text=True).stdout
        return len(listed.splitlines())

    def status(self):
        """Of the device's control plane; a field of value 0 is not there."""
        return controlplane.ask(self.run_dirs[0], "get_status {}")["status"][0]

    def wait_kernel(self, count):
        """Until the kernel has so many, as the control plane says, too."""
        until(lambda: self.kernel() == count, SECONDS, f"{count} routes in the kernel")
        told = self.status().get("kernel_bgp_routes", ["0"])
        self.assertEqual(told, [str(count)])

    def test_1_all_up_to_the_limit(self):
        """A table as large as the limit is there."""
        self.wait_kernel(LIMIT)
        self.assertNotIn("kernel_bgp_limit_exceeded", self.status())

    def test_2_what_others_delete_comes_back(self):
        """Routes, and the objects they go through."""
        lines = "".join(f"route delete 172.16.{n}.0/24 proto bgp\n" for n in range(256))
        ip("-n", self.bed.device, "-batch", "-", input=lines.encode())
        self.wait_kernel(LIMIT)
        ip("-n", self.bed.device, "nexthop", "flush", "proto", "186")
        self.wait_kernel(LIMIT)

    def test_3_none_above_the_limit(self):
        """One more, and there is none; they come back well below the limit."""
        self.announce(LIMIT + 1)
        self.wait_kernel(0)
        self.assertEqual(self.status()["kernel_bgp_limit_exceeded"], ["true"])
        self.assertEqual(self.status()["bgp_routes"], [str(LIMIT + 1)])
        self.announce(LIMIT * 9 // 10)
        self.wait_kernel(LIMIT * 9 // 10)
        self.assertNotIn("kernel_bgp_limit_exceeded", self.status())
        said = self.device.log.read_text(encoding="utf-8").count("the kernel gets none of the")
        self.assertEqual(said, 1)

    def test_4_none_at_all(self):
        """By configuration, and another one brings them back."""
        self.configure_device(self.device, 0)
        self.wait_kernel(0)
        self.assertNotIn("kernel_bgp_limit_exceeded", self.status())
        self.configure_device(self.device, LIMIT)
        self.wait_kernel(LIMIT * 9 // 10)

    def test_5_a_restart_is_one_without_routes_in_the_kernel(self):
        """The next process knows that there was one before it."""
        self.configure_device(self.device, 0)
        self.wait_kernel(0)
        self.device.process.kill()
        self.device.process.wait()
        type(self).device = self.start_device()
        log = self.device.log.read_text(encoding="utf-8")
        self.assertIn("after_restart=true kernel_routes=0", log)
        self.wait_kernel(LIMIT * 9 // 10)


if __name__ == "__main__":
    unittest.main(verbosity=2)
