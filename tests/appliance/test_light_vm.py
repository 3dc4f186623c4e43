"""The router in a virtual machine with two cards, between two namespaces that it forwards between."""

import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "platform"))

from lab.shell import inside, ip_batch, run  # noqa: E402
from lab.wait import until  # noqa: E402
from vm.machine import Machine, from_memory  # noqa: E402
from vm.router import build_initramfs, fetch_kernel  # noqa: E402

BUILD = Path(os.environ.get("TORII_BUILD", ROOT / "build/release"))
PREFIX = "tvm-"
HOSTS = ("h0", "h1")
CARDS = ("0000:00:10.0", "0000:00:11.0")
# From power on to the first packet that was forwarded.
CLOCK_TARGET = 30
PROCESSOR_TARGET = 25

CONFIG = {
    "torii-system:system": {"hostname": "vm"},
    "torii-platform:platform": {
        # Called as the kernel calls the cards that it has to give away, and told without a domain.
        "port": [{"name": f"eth{number}", "pci": card.removeprefix("0000:")}
                 for number, card in enumerate(CARDS)]},
    "torii-interfaces:interface": [
        {"name": f"eth{number}", "ipv4": {"address": [f"10.77.{number}.254/24"]}}
        for number in range(len(CARDS))],
}


class LightVm(unittest.TestCase):
    """Each test is a machine from power on to its end."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="torii-vm-")
        cls.addClassCleanup(cls.folder.cleanup)
        cls.kernel = fetch_kernel(BUILD)
        cls.initramfs = Path(cls.folder.name) / "initramfs"
        build_initramfs(cls.initramfs, BUILD, cls.kernel, CONFIG)

    def power_on(self, **options):
        """A machine whose cards are wired to the hosts."""
        names = [PREFIX + "q", *(PREFIX + host for host in HOSTS)]
        for name in names:
            run("ip", "netns", "add", name)
            self.addCleanup(run, "ip", "netns", "delete", name, check=False)
        taps = [f"tvm{number}" for number in range(len(HOSTS))]
        for tap in taps:
            run("ip", "-n", names[0], "tuntap", "add", "dev", tap, "mode", "tap")
        folder = tempfile.mkdtemp(dir=self.folder.name)
        start = from_memory(self.kernel / "vmlinuz", self.initramfs)
        machine = Machine(folder, start, names[0], taps, **options)
        self.addCleanup(machine.stop)
        for number, (tap, host) in enumerate(zip(taps, names[1:])):
            ip_batch([f"link set {tap} netns {host}"], names[0])
            ip_batch([f"address add 10.77.{number}.1/24 dev {tap}", f"link set {tap} up",
                      "link set lo up", f"route add 10.77.0.0/16 via 10.77.{number}.254"], host)
            # The machine's cards compute no checksums for them.
            run(*inside(host, "ethtool", "-K", tap, "tx", "off", "tso", "off", "gso", "off"))
        machine.wait_for("READY\r?\n", 60)
        return machine

    def ping(self, count):
        """Packets that were answered from one host to the other."""
        shown = run(*inside(PREFIX + HOSTS[0], "ping", "-i", "0.05", "-W", "1", "-c", str(count),
                            "10.77.1.1"), check=False).stdout
        return int(re.search(r"(\d+) received", shown).group(1))

    def check_forwarding(self, machine, driver, *capabilities):
        """Starts the router and sees it forward; what `show platform` tells of it."""
        ready = machine.seconds()
        try:
            machine.run(" ".join(["start-router", *capabilities]), 60)
            until(lambda: self.ping(1), 40, "a packet is forwarded", 0.1)
        except (RuntimeError, TimeoutError):
            print(machine.run("cat /run/*.log; torii -c 'show platform'; dmesg | tail -20", 60,
                              check=False))
            raise
        clock, processors = machine.seconds()
        print(f"{driver}: shell {ready[0]:.1f} s, first packet forwarded {clock:.1f} s "
              f"(target {CLOCK_TARGET}), processors {processors:.1f} s (target {PROCESSOR_TARGET})",
              flush=True)
        self.assertEqual(self.ping(20), 20)
        platform = json.loads(machine.run("torii -c 'show platform | json'"))
        for card in platform["cards"]:
            self.assertEqual((card["driver"], card["taken"], card["first_driver"]),
                             (driver, True, "virtio-pci"), card)
        header, *lines = [re.split(r"  +", line) for line in
                          machine.run("torii -c 'show interfaces'").splitlines() if line]
        forwarded = {line[0]: int(line[header.index("Forwarded")]) for line in lines}
        self.assertGreaterEqual(min(forwarded["eth0"], forwarded["eth1"]), 20)
        return platform

    def check_rights(self, machine, capabilities):
        """The packet engine is an ordinary user with these rights and no others."""
        status = machine.run("cat /proc/$(cat /run/dataplane.pid)/status")
        self.assertRegex(status, r"Uid:\t990\t990")
        self.assertRegex(status, r"NoNewPrivs:\t1")
        for kind in ("CapEff", "CapBnd"):
            bits = int(re.search(kind + r":\t(\w+)", status).group(1), 16)
            self.assertEqual(bits, sum(1 << bit for bit in capabilities), kind)

    def check_taps(self, machine):
        """They are the packet engine's; it starts anew with them, and ends a port's with the port."""
        owners = "cat /sys/class/net/eth0/owner /sys/class/net/eth1/owner"
        self.assertEqual(machine.run(owners).split(), ["990", "990"])
        index = machine.run("cat /sys/class/net/eth0/ifindex")
        machine.run("pid=$(cat /run/dataplane.pid); kill -KILL $pid; "
                    "while [ -d /proc/$pid ]; do sleep 0.1; done; start-dataplane")
        until(lambda: self.ping(1), 40, "a packet is forwarded again", 0.1)
        self.assertEqual(machine.run("cat /sys/class/net/eth0/ifindex"), index)
        self.check_rights(machine, [])
        machine.run("torii -c configure -c 'delete interface eth1' -c 'delete platform port eth1' "
                    "-c commit", 60)
        self.assertEqual(machine.run("ls /sys/class/net/*/owner").split(),
                         ["/sys/class/net/eth0/owner"])
        machine.run("torii -c configure -c 'rollback 1' -c commit", 60)
        until(lambda: self.ping(1), 40, "a packet is forwarded once more", 0.1)

    def check_return(self, machine):
        """Without the packet engine the kernel has its cards again when torii-platformd ends."""
        for daemon in ("dataplane", "platformd"):
            machine.run(f"pid=$(cat /run/{daemon}.pid); kill $pid; "
                        "while [ -d /proc/$pid ]; do sleep 0.1; done")
        for card in CARDS:
            self.assertIn("virtio-pci", machine.run(f"readlink /sys/bus/pci/devices/{card}/driver"))

    def test_with_an_iommu_the_packet_engine_has_no_right_at_all(self):
        machine = self.power_on(iommu=True)
        platform = self.check_forwarding(machine, "vfio-pci")
        self.assertTrue(platform["iommu"])
        self.assertEqual(platform["plan"]["eal_arguments"], ["--iova-mode=va"])
        self.check_rights(machine, [])
        self.check_taps(machine)
        self.check_return(machine)

    def test_without_one_its_cards_use_physical_addresses(self):
        machine = self.power_on()
        platform = self.check_forwarding(machine, "uio_pci_generic", "sys_admin")
        self.assertFalse(platform["iommu"])
        self.assertEqual(platform["plan"]["eal_arguments"], ["--iova-mode=pa"])
        self.check_rights(machine, [CAP_SYS_ADMIN])
        self.check_return(machine)


CAP_SYS_ADMIN = 21  # capabilities(7)

if __name__ == "__main__":
    unittest.main()
