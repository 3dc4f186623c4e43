"""The packages on a clean Debian 12: installed, upgraded, started again, removed, purged."""

import hashlib
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "platform"))

from container.clean_root import clean_root  # noqa: E402
from container.container import Container  # noqa: E402
from deb.packages import dependencies, field, with_version  # noqa: E402
from lab.shell import inside, ip_batch, run  # noqa: E402
from lab.wait import until  # noqa: E402

BUILD = Path(os.environ.get("TORII_BUILD", ROOT / "build/release"))
BOX, HOSTS = "tpk-box", ("tpk-h1", "tpk-h2", "tpk-h3")
OLD_VERSION = "0.0.1"
SERVICES = ("torii-platformd", "torii-dataplane", "torii-controlplane", "torii-mgmtd")
PROGRAM = "torii-platformd"
USERS = ("torii-dp", "torii-cp", "torii-agent")
CAP_SYS_RESOURCE = 24  # capabilities(7)
# What a Debian system keeps for itself of packages that were there, and what is no file of a disk.
NOT_COMPARED = re.compile(
    r"\./(proc|sys|dev|tmp|run/(?!torii)|packages|var/(log|cache|tmp)|var/lib/(dpkg|apt)"
    r"|var/lib/systemd/(?!deb-systemd)|etc/ld\.so\.cache|etc/mtab)")
# What Debian's packages leave of themselves when they are purged: udev and rdma-core.
LEFT_ACCOUNTS = re.compile(r"(group|gshadow): (sgx|input|render|kvm|rdma):")
LEFT_FILES = re.compile(r"\./etc/hosts |\./etc/(passwd|group|shadow|gshadow)-? |\./etc/\.pwd\.lock ")


class Packages(unittest.TestCase):
    """One story, for each part goes on from the one before it."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="torii-packages-")
        cls.addClassCleanup(folder.cleanup)
        cls.new, cls.again = Path(folder.name) / "new", Path(folder.name) / "again"
        run(str(ROOT / "config/packages/build"), str(cls.new), str(BUILD), timeout=300)
        run(str(ROOT / "config/packages/build"), str(cls.again), str(BUILD), timeout=300)
        archives = sorted(cls.new.glob("*.deb"))
        cls.version = field(archives[0], "Version")
        cls.old = Path(folder.name) / "old"
        cls.old.mkdir()
        for archive in archives:
            with_version(archive, OLD_VERSION, cls.old)
        cls.clean = clean_root(BUILD / "container", dependencies(archives))
        for name in (BOX, *HOSTS):
            run("ip", "netns", "add", name)
            cls.addClassCleanup(run, "ip", "netns", "delete", name)
        cls.wire()
        cls.box = Container(cls.clean, BOX)
        cls.addClassCleanup(cls.box.close)
        cls.allow_locked_memory()
        for name, packages in (("old", cls.old), ("new", cls.new)):
            target = cls.box.root / "packages" / name
            target.mkdir(parents=True)
            run("cp", *map(str, packages.glob("*.deb")), str(target))

    @classmethod
    def allow_locked_memory(cls):
        """Where root may not raise its limit (LimitMEMLOCK= of the service), the service gets the right
        to do without it."""
        hard = resource.getrlimit(resource.RLIMIT_MEMLOCK)[1]
        effective = re.search(r"CapEff:\t(\w+)", Path("/proc/self/status").read_text()).group(1)
        if hard == resource.RLIM_INFINITY or int(effective, 16) >> CAP_SYS_RESOURCE & 1:
            return
        folder = cls.box.root / "etc/systemd/system/torii-dataplane.service.d"
        folder.mkdir()
        (folder / "memory.conf").write_text("[Service]\nAmbientCapabilities=CAP_IPC_LOCK\n"
                                            "CapabilityBoundingSet=CAP_IPC_LOCK\n")

    @classmethod
    def wire(cls):
        """The ports of config/examples/router.json, each to a host behind it."""
        for number, host in enumerate(HOSTS, 1):
            ip_batch([f"link add hw-eth{number} type veth peer name eth0 netns {host}"], BOX)
            ip_batch([f"address add 192.168.{number}0.100/24 dev eth0", "link set eth0 up",
                      f"route add default via 192.168.{number}0.200"], host)
            run(*inside(host, "ethtool", "-K", "eth0", "tx", "off", "tso", "off", "gso", "off"))
        ip_batch(["link set lo up"], BOX)

    @contextmanager
    def measured(self, what, target):
        """Tells how long a part took, on the clock and of the processors."""
        clock, used = time.monotonic(), self.processor_seconds()
        yield
        clock, used = time.monotonic() - clock, self.processor_seconds() - used
        print(f"{what}: {clock:.1f} s (target {target}), processors {used:.1f} s", flush=True)

    def processor_seconds(self):
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        return children.ru_utime + children.ru_stime + self.box.processor_seconds()

    def shell(self, *commands, check=True):
        """What `torii` prints for these."""
        words = [word for command in commands for word in ("-c", command)]
        return self.box.run("torii", *words, check=check).stdout

    def apt(self, *words):
        """apt, without a network."""
        return self.box.run("apt-get", "-y", *words, seconds=300).stdout

    def state_of(self, service):
        return self.box.run("systemctl", "is-active", service, check=False).stdout.strip()

    def check_services(self, expected="active"):
        states = {service: self.state_of(service) for service in SERVICES}
        if set(states.values()) != {expected}:
            print(self.box.run("journalctl", "--no-pager", "-n", "60", "-o", "short-monotonic",
                               check=False).stdout)
        self.assertEqual(set(states.values()), {expected}, states)

    def installed_versions(self):
        shown = self.box.run("dpkg-query", "-W", "-f", "${Package} ${Version} ${db:Status-Status}\n",
                             "torii-*").stdout
        return {tuple(line.split()[1:]) for line in shown.splitlines()}

    def packages(self):
        return set(self.box.run("dpkg-query", "-W", "-f", "${Package}\n").stdout.split())

    def files(self):
        """Everything on the disk with its kind, rights and owner."""
        shown = self.box.run("find", ".", "-xdev", "-printf", r"%p %y %m %u %g\n", seconds=120)
        also = self.box.run("find", "./run", "-printf", r"%p %y %m %u %g\n")
        return {line for line in (shown.stdout + also.stdout).splitlines()
                if not NOT_COMPARED.match(line)}

    def accounts(self):
        return {f"{name}: {line}" for name in ("passwd", "group", "shadow", "gshadow")
                for line in (self.box.root / "etc" / name).read_text(encoding="utf-8").splitlines()}

    @staticmethod
    def left(found, by_others):
        return {one for one in found if not by_others.match(one)}

    @staticmethod
    def links():
        shown = run("ip", "-n", BOX, "-j", "link", "show").stdout
        return {link["ifname"] for link in json.loads(shown)}

    def ping(self, count=1):
        """Answers from the third host's to the first's packets, through the router."""
        shown = run(*inside(HOSTS[0], "ping", "-i", "0.05", "-W", "1", "-c", str(count),
                            "192.168.30.100"), check=False).stdout
        return int(re.search(r"(\d+) received", shown).group(1))

    def check_router(self):
        """It has its configuration and forwards by it."""
        self.assertEqual(json.loads(self.shell("show configuration | display json"))
                         ["torii-system:system"]["hostname"], "router")
        until(self.ping, 20, "a packet is forwarded")
        self.assertEqual(self.ping(20), 20)

    def test_packages_made_twice_are_the_same(self):
        first, second = ({file.name: hashlib.sha256(file.read_bytes()).hexdigest()
                          for file in folder.glob("*.deb")} for folder in (self.new, self.again))
        for name, checksum in sorted(first.items()):
            print(f"{name}: sha256 {checksum}", flush=True)
        self.assertEqual(len(first), 6)
        self.assertEqual(first, second)

    def test_a_program_built_in_another_folder_is_the_same(self):
        with tempfile.TemporaryDirectory(prefix="torii-elsewhere-") as name:
            sources = run("git", "-C", str(ROOT), "ls-files", "-z").stdout.split("\0")
            for file in filter(None, sources):
                target = Path(name) / file
                target.parent.mkdir(parents=True, exist_ok=True)
                if (ROOT / file).exists():
                    shutil.copy2(ROOT / file, target)
            run("cmake", "--preset", "release", "-S", name, "-B", f"{name}/out", timeout=120)
            run("cmake", "--build", f"{name}/out", "--target", PROGRAM, timeout=900)
            here, there = (Path(folder) / "bin" / PROGRAM for folder in (BUILD, f"{name}/out"))
            self.assertEqual(*(hashlib.sha256(file.read_bytes()).hexdigest() for file in (here, there)))

    def test_from_a_clean_system_to_a_clean_system(self):
        with self.measured("power on", 10):
            self.box.power_on()
        files, accounts = self.files(), self.accounts()
        self.packages_before = self.packages()
        self.install()
        self.configure()
        self.upgrade()
        self.power_cycle()
        self.remove()
        self.install_again()
        self.purge()
        self.assertEqual(self.left(self.accounts() ^ accounts, LEFT_ACCOUNTS), set())
        self.assertEqual(self.left(self.files() ^ files, LEFT_FILES), set())

    def install(self):
        with self.measured("install with all that it needs", 60):
            self.apt("install", *self.archives("old"))
        self.assertEqual(self.installed_versions(), {(OLD_VERSION, "installed")})
        self.check_services()
        self.assertIn("Processors:", self.shell("show platform"))

    def configure(self):
        target = self.box.root / "packages/router.json"
        target.write_bytes((ROOT / "config/examples/router.json").read_bytes())
        with self.measured("the example's configuration commits and forwards", 5):
            print(self.shell("configure", "load replace /packages/router.json", "commit"))
            until(self.ping, 20, "a packet is forwarded")
        self.check_router()

    def upgrade(self):
        options = self.box.root / "etc/default/torii-controlplane"
        options.write_text("OPTIONS=--log-level=debug\n", encoding="ascii")
        with self.measured("upgrade", 20):
            self.apt("install", *self.archives("new"))
            until(self.ping, 20, "a packet is forwarded")
        self.assertEqual(self.installed_versions(), {(self.version, "installed")})
        self.assertIn("debug", options.read_text(encoding="ascii"))
        self.check_services()
        self.check_router()

    def power_cycle(self):
        self.box.power_off()
        with self.measured("power on until a packet is forwarded", 15):
            self.box.power_on()
            until(self.ping, 20, "a packet is forwarded")
        self.check_services()
        self.check_router()

    def remove(self):
        with self.measured("remove", 10):
            self.apt("remove", "torii-*")
        self.check_services("inactive")
        # The TAPs and loopbacks, too, are gone.
        self.assertEqual(sorted(self.links()), ["hw-eth1", "hw-eth2", "hw-eth3", "lo"])
        self.assertEqual(self.box.run("pgrep", "torii", check=False).stdout, "")
        self.assertTrue((self.box.root / "var/lib/torii/config/config.json").exists())

    def install_again(self):
        self.apt("install", *self.archives("new"))
        self.check_services()
        self.check_router()

    def purge(self):
        with self.measured("purge", 10):
            self.apt("purge", "torii-*")
        # What Debian's own packages recommend stays otherwise.
        self.apt("purge", "--auto-remove", *(self.packages() - self.packages_before))

    def archives(self, which):
        return sorted(f"/packages/{which}/{file.name}"
                      for file in (self.box.root / "packages" / which).iterdir())


if __name__ == "__main__":
    unittest.main()
