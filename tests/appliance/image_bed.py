"""The image that ships as a machine in QEMU: its disk, its wires, its console, bundles for it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

SOURCE_ROOT = Path(__file__).resolve().parents[2]
for folder in ("platform", "platform/image", "tests/support", "tests/interop"):
    sys.path.insert(0, str(SOURCE_ROOT / folder))

import slot as slots  # noqa: E402
from bundle import make_bundle, make_key  # noqa: E402
from lab.shell import inside, ip_batch, run  # noqa: E402
from lab.wait import until  # noqa: E402
from vendors import Frr  # noqa: E402
from vm.machine import Machine, from_disk  # noqa: E402

BUILD = Path(os.environ.get("TORII_BUILD", SOURCE_ROOT / "build/release"))
PREFIX = "tvi-"
PASSWORD = "canary-4711"
ROUTER = "10.77.0.254"
FRR = "10.77.0.1"
OFFERING = "10.0.2.100"  # an address of QEMU's own network
OFFER = f"http://{OFFERING}/new"
FIRMWARE = "/usr/share/OVMF/OVMF_CODE.fd"
# What a test has to bear of others on the same processors; the targets are of a quiet machine.
PATIENCE = 4
FRR_CONFIG = f"""frr defaults traditional
log stdout
service integrated-vtysh-config
router bgp 65001
 bgp router-id {FRR}
 no bgp ebgp-requires-policy
 no bgp network import-check
 neighbor {ROUTER} remote-as 65000
 neighbor {ROUTER} timers 3 9
 neighbor {ROUTER} timers connect 1
 address-family ipv4 unicast
  network 198.51.100.0/24
 exit-address-family
exit
"""
ROUTER_CONFIG = (
    "configure", "set platform port eth1 pci 0000:00:10.0", "set platform port eth2 pci 0000:00:11.0",
    f"set interface eth1 ipv4 address {ROUTER}/24", "set interface eth2 ipv4 address 10.77.1.254/24",
    "set bgp as 65000", f"set bgp router-id {ROUTER}", "set bgp ebgp-requires-policy false",
    "set bgp timers connect-retry 1",
    "set bgp family ipv4-unicast network 192.0.2.0/24 unconditional true",
    f"set bgp neighbor {FRR} remote-as 65001", "set bgp neighbor 10.77.1.1 remote-as 65002", "commit")


def build_image(folder):
    """Makes the images as the build does; Debian's part is kept beside the build. TORII_IMAGE names a
    folder of a former build, to be taken instead."""
    made = os.environ.get("TORII_IMAGE")
    if made:
        for name in ("torii.slot", "torii.img", "signing.key", "signing.pem"):
            run("cp", "--sparse=always", f"{made}/{name}", str(folder))
        return
    subprocess.run([str(SOURCE_ROOT / "platform/image/build"), str(folder), "--build", str(BUILD),
                    "--cache", str(BUILD / "image"), "--version", "1"], check=True, timeout=1500)


class Bundles:
    """Upgrades for a machine, good ones and others, on a disk of their own."""

    def __init__(self, folder):
        self.folder = folder
        self.key = folder / "signing.key"
        self.foreign = folder / "foreign.key"
        self._on_disk = folder / "bundles"
        self._on_disk.mkdir()
        self.disk = folder / "bundles.img"

    def _add(self, name, slot, key=None):
        file = self._on_disk / f"{name}.raucb"
        key = key or self.key
        make_bundle(file, slot, name, key, key.with_suffix(".pem"))
        return file

    def make(self):
        """Makes all of them: a good one, one whose router does not run, one whose first process
        ends, the same with other octets in it, and the same signed by somebody else."""
        tree = self.folder / "tree"
        subprocess.run(["unsquashfs", "-q", "-n", "-d", str(tree), str(self.folder / "torii.slot")],
                       check=True, stdout=subprocess.DEVNULL)
        slot = self.folder / "other.slot"
        self._version(tree, "2")
        slots.squash(tree, slot, 1, level=1)
        self._add("good", slot)
        self._version(tree, "3")
        (tree / "usr/bin/torii-controlplane").write_text("#!/bin/sh\nexit 1\n")
        slots.squash(tree, slot, 1, level=1)
        self._add("sick", slot)
        self._stop_at_once(tree, slot)
        panicking = self._add("panicking", slot)
        octets = bytearray(panicking.read_bytes())
        octets[len(octets) // 2] ^= 0xFF
        (self._on_disk / "tampered.raucb").write_bytes(octets)
        make_key(self.foreign, self.foreign.with_suffix(".pem"))
        self._add("foreign", slot, self.foreign)
        shutil.rmtree(tree)
        subprocess.run(["mksquashfs", str(self._on_disk), str(self.disk), "-quiet", "-no-progress", "-noI",
                        "-noD", "-noF"], check=True, stdout=subprocess.DEVNULL)

    @staticmethod
    def _version(tree, version):
        (tree / "etc/torii-image").write_text(f"{version}\n")

    def _stop_at_once(self, tree, slot):
        """Only what is needed until the first process is started, which ends then."""
        small = self.folder / "small"
        for name in ("boot", "etc", "var", "data", "dev", "proc", "run", "sys", "sbin", "bin"):
            (small / name).mkdir(parents=True)
        for name in ("boot/vmlinuz", "boot/initrd", "etc/passwd", "etc/group", "etc/shadow",
                     "etc/gshadow"):
            shutil.copy2(tree / name, small / name)
        shutil.copy("/bin/busybox", small / "bin/busybox")
        # Under the name of init busybox would be one.
        (small / "sbin/init").write_text("#!/bin/busybox false\n")
        (small / "sbin/init").chmod(0o755)
        slots.squash(small, slot, 1, level=1)
        shutil.rmtree(small)


class Wires:
    """Namespaces at the ends of the machine's cards: FRR in the first, our own daemon in the second."""

    def __init__(self, folder, cleanup):
        self.folder = folder
        names = [PREFIX + name for name in ("q", "frr", "own")]
        for name in names:
            run("ip", "netns", "add", name)
            cleanup(run, "ip", "netns", "delete", name, check=False)
        self.machine, self.frr_namespace, self.own_namespace = names
        self.taps = ["tvi0", "tvi1"]
        ip_batch(["link set lo up"], self.machine)
        folder.chmod(0o711)  # FRR is another user
        self.frr = Frr(self.frr_namespace, folder / "frr")
        cleanup(self.frr.stop)

    def prepare(self):
        """Taps for a machine that is about to start."""
        for tap in self.taps:
            run("ip", "-n", self.machine, "tuntap", "add", "dev", tap, "mode", "tap")

    def connect(self):
        """Moves the ends of the taps to where its peers are; they go with the machine."""
        for number, (tap, host) in enumerate(zip(self.taps, (self.frr_namespace, self.own_namespace))):
            ip_batch([f"link set {tap} netns {host}"], self.machine)
            lines = ["link set lo up", f"link set {tap} up"]
            if host == self.frr_namespace:
                lines.append(f"address add 10.77.{number}.1/24 dev {tap}")
            ip_batch(lines, host)
            # The machine's cards compute no checksums for them.
            run(*inside(host, "ethtool", "-K", tap, "tx", "off", "tso", "off", "gso", "off"))
        self.frr.start(FRR_CONFIG)

    def disconnect(self):
        """After a machine without power: the taps are of no use to another."""
        for tap, host in zip(self.taps, (self.frr_namespace, self.own_namespace)):
            run("ip", "-n", host, "link", "delete", tap, check=False)

    def established(self):
        """Whether FRR has its session with the machine."""
        return '"state":"Established"' in self.frr.show("show bgp summary json").replace(" ", "")

    def heard(self, prefix="192.0.2.0/24"):
        """FRR's description of a route from the machine."""
        return self.frr.show(f"show bgp ipv4 unicast {prefix} json")


def _offered(folder):
    """Options of QEMU's network: the URL of a file, and a server for it that ends with its answer."""
    return (f",bootfile={OFFER},guestfwd=tcp:{OFFERING}:80-cmd:busybox httpd -i -h {folder}")


class Appliance:
    """A machine with the image's disk: its console, in front of which somebody sits."""

    def __init__(self, folder, disk, wires, bundles=None, firmware=None, offer=None):
        """`offer`: DHCP names a file "new" in this folder to machines that are not set up."""
        self.wires = wires
        wires.prepare()
        start = from_disk(disk, firmware)
        if bundles:
            start += ["-drive", f"file={bundles},format=raw,if=none,id=more,readonly=on",
                      "-device", "virtio-blk-pci,drive=more,serial=bundles"]
        start += ["-device", "i6300esb", "-action", "watchdog=reset",
                  "-netdev", "user,id=management,restrict=on" + (_offered(offer) if offer else ""),
                  "-device", "virtio-net-pci,netdev=management,addr=0x8,romfile="]
        self.machine = Machine(folder, start, wires.machine, wires.taps, iommu=True)
        try:
            wires.connect()
        except Exception:
            self.stop()
            raise

    def set_up(self, password=PASSWORD):
        """Answers what a new machine asks."""
        for question, answer in (("Name of this machine", "edge1"), ("administrator", ""),
                                 ("Password", password), ("The same again", password),
                                 ("management port", "")):
            self.machine.wait_for(question + r".*: ", 60 * PATIENCE)
            self.machine.type(answer)
        self.machine.wait_for("Set up\\.", 60 * PATIENCE)

    def log_in(self, password=PASSWORD):
        """Becomes root at the console, whatever stands there."""
        self.machine.type("")
        self.machine.wait_for("login: ", 60 * PATIENCE)
        self.machine.type("root")
        self.machine.wait_for("Password: ", 30 * PATIENCE)
        self.machine.type(password)
        self.machine.wait_for("# ", 30 * PATIENCE)
        self.machine.type("exec sh")
        self.machine.wait_for("# ", 30 * PATIENCE)
        self.machine.type("stty -echo; PS1=; dmesg -n 1; echo 'AT''HOME'")
        self.machine.wait_for("ATHOME\r?\n", 30 * PATIENCE)

    def run(self, command, seconds=60, check=True):
        """A command at the console."""
        return self.machine.run(command, seconds * PATIENCE, check)

    def torii(self, *lines, seconds=60):
        """Lines of the router's shell."""
        return self.run("torii " + " ".join(f"-c '{line}'" for line in lines), seconds)

    def wait_established(self, seconds):
        """Until FRR has its session with it."""
        until(self._established, seconds * PATIENCE, "FRR's session is established", 0.3)

    def _established(self):
        self.machine.listen()
        return self.wires.established()

    def stop(self):
        """Without power."""
        self.machine.stop()
        self.wires.disconnect()


def provision(folder, key, name, password, config):
    """Writes the file by which a new machine sets itself up, as the operator's program does."""
    document = folder.parent / "new.json"
    document.write_text(config, encoding="utf-8")
    part = folder / "part"
    subprocess.run([str(SOURCE_ROOT / "platform/image/provision"), str(key), str(part), name, "keeper",
                    str(document)], input=f"{password}\n", text=True, check=True)
    part.rename(folder / "new")


class Stopwatch:
    """Prints how long a step took beside its target."""

    def __init__(self, machine):
        self.machine = machine
        self.clock, self.processors = machine.seconds()

    def took(self, what, target, processors=None):
        """The step has ended; its seconds."""
        clock, used = self.machine.seconds()
        load = os.getloadavg()[0]
        more = f" (target {processors})" if processors else ""
        print(f"{what:<46}{clock - self.clock:6.1f} s (target {target}), processors "
              f"{used - self.processors:5.1f} s{more}, load {load:.1f}", flush=True)
        return clock - self.clock


def wait_gone(wires, seconds):
    """Until FRR has lost it."""
    until(lambda: not wires.established(), seconds * PATIENCE, "FRR's session has ended", 0.3)
