"""The image that ships, as a machine: from its delivery over upgrades, good ones and others, to its
return. One machine at a time; each step is printed with its time beside what is aimed at."""

import shutil
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from image_bed import (BUILD, FIRMWARE, OFFER, ROUTER_CONFIG, Appliance, Bundles,  # noqa: E402
                       Stopwatch, Wires, build_image, provision, until, wait_gone)


class Image(unittest.TestCase):
    """One life of a machine; each test is a part of it."""

    @classmethod
    def setUpClass(cls):
        parent = BUILD / "appliance"
        parent.mkdir(exist_ok=True)
        folder = tempfile.TemporaryDirectory(dir=parent)
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        build_image(cls.folder)
        cls.bundles = Bundles(cls.folder)
        cls.bundles.make()
        cls.disk = cls.folder / "torii.img"
        cls.wires = Wires(cls.folder, cls.addClassCleanup)

    def power_on(self, **options):
        """The machine with its disk as it is now."""
        console = Path(tempfile.mkdtemp(dir=self.folder))
        appliance = Appliance(console, self.disk, self.wires, self.bundles.disk, **options)
        self.addCleanup(appliance.stop)
        self.addCleanup(self.keep_console, console)
        return appliance

    @staticmethod
    def keep_console(console):
        """What was said is beside the build when the test has ended."""
        with (BUILD / "appliance/console.log").open("ab") as out:
            out.write((console / "console.log").read_bytes())

    def test_the_life_of_a_machine(self):
        (BUILD / "appliance/console.log").unlink(missing_ok=True)
        self.deliver()
        router = self.start_again()
        self.refuse(router)
        self.upgrade(router)
        self.roll_back(router, "sick", 150)
        self.roll_back(router, "panicking", 90)
        self.hang(router)
        router.stop()
        router = self.start_with_uefi()
        self.back_up(router)
        self.provide_itself(router)

    def deliver(self):
        """The first start asks who may log in; then it is a router."""
        router = self.power_on()
        watch = Stopwatch(router.machine)
        router.machine.wait_for("is not set up yet", 240)
        watch.took("new machine asks at its console", 40, 50)
        router.set_up()
        router.log_in()
        self.assertNotIn("BAD", router.torii("show platform"))
        router.torii(*ROUTER_CONFIG)
        router.wait_established(30)
        watch.took("set up by hand, BGP established", 90)
        router.run("sync")
        router.stop()

    def start_again(self):
        """From power on to a session, with what it was told before."""
        wait_gone(self.wires, 30)
        router = self.power_on()
        watch = Stopwatch(router.machine)
        router.wait_established(60)
        watch.took("power on to BGP established (BIOS)", 40, 50)
        router.machine.wait_for("torii-health: GOOD", 240)
        watch.took("power on to the image's commit", 45)
        router.log_in()
        return router

    def install(self, router, name):
        """Asks the machine to install a bundle: what it says, and its status."""
        router.run("mkdir -p /run/bundles; mountpoint -q /run/bundles || "
                   "mount -t squashfs -o ro /dev/disk/by-id/virtio-bundles /run/bundles")
        watch = Stopwatch(router.machine)
        said = router.run(f"torii-image install /run/bundles/{name}.raucb 2>&1", check=False)
        return said, watch

    def refuse(self, router):
        """What is not ours is not installed."""
        said, watch = self.install(router, "foreign")
        watch.took("a foreign key is refused", 2)
        self.assertIn("refused", said)
        self.assertIn("signature", said)
        said, watch = self.install(router, "tampered")
        watch.took("changed octets are refused", 10)
        self.assertIn("refused", said)
        self.assertIn("A_OK=1", router.run("grub-editenv /boot/esp/grub/grubenv list"))
        self.assertIn("B_OK=0", router.run("grub-editenv /boot/esp/grub/grubenv list"))

    def refuse_from_afar(self, router):
        """An image may come from a server; it is used only if it is one, whatever was sent."""
        said = router.run(f"torii-image install {OFFER} 2>&1", check=False)
        self.assertIn("the bundle was refused: nothing has changed", said)
        self.assertNotIn("cannot be fetched", said)

    def leave(self, router):
        """A planned restart: peers go first, and hear why."""
        router.machine.type("TORII_DRAIN_SECONDS=3 torii-image reboot")
        until(lambda: "graceful-shutdown" in self.wires.heard() or "65535:0" in self.wires.heard(), 60,
              "the machine says that it is about to leave", 0.2)
        wait_gone(self.wires, 30)
        shown = self.wires.frr.show("show bgp neighbors 10.77.0.254 json")
        self.assertIn("Administrative Shutdown", shown)

    def upgrade(self, router):
        """A good image comes into use with the machine's own configuration."""
        said, watch = self.install(router, "good")
        watch.took("a good image is installed", 15)
        self.assertIn("It is used from the next start on", said)
        watch = Stopwatch(router.machine)
        self.leave(router)
        router.wait_established(100)
        watch.took("restart to BGP established with the new image", 60)
        router.machine.wait_for("torii-health: GOOD: image 2", 240)
        router.log_in()
        self.assertIn("edge1", router.run("cat /etc/hostname"))
        self.assertIn("admin", router.run("id admin; ls -d /home/admin"))

    def roll_back(self, router, name, target):
        """A bad image is tried once; the good one is there again by itself."""
        said, _ = self.install(router, name)
        self.assertIn("It is used from the next start on", said)
        router.run("echo 30 >/data/health-seconds")
        watch = Stopwatch(router.machine)
        self.leave(router)
        if name == "sick":
            said = router.machine.wait_for("torii-health: BAD.*\n", 400)
            self.assertIn("torii-controlplane does not run", said)
        router.wait_established(150)
        watch.took(f"{name} image: BGP established with the old one", target)
        router.machine.wait_for("torii-health: GOOD: image 2", 240)
        router.log_in()

    def hang(self, router):
        """When nothing runs any more the watchdog starts the machine again."""
        watch = Stopwatch(router.machine)
        router.machine.type("kill -SEGV 1")
        router.machine.wait_for("GRUB", 240)
        watch.took("hang: the watchdog starts the machine again", 15)
        router.machine.wait_for("torii-health: GOOD: image 2", 400)
        router.wait_established(60)
        router.log_in()
        router.run("sync")

    def start_with_uefi(self):
        """The same disk, by the other firmware."""
        wait_gone(self.wires, 30)
        self.offer = self.folder / "offer"
        self.offer.mkdir()
        router = self.power_on(firmware=FIRMWARE, offer=self.offer)
        watch = Stopwatch(router.machine)
        router.wait_established(100)
        watch.took("power on to BGP established (UEFI)", 70)
        router.machine.wait_for("torii-health: GOOD: image 2", 240)
        router.log_in()
        self.assertIn("efi", router.run("ls /sys/firmware"))
        return router

    def back_up(self, router):
        """What a file has kept is there again, whatever was done since; a damaged file changes nothing."""
        self.assertIn("It holds secrets", router.run("torii-image backup /data/kept.tgz"))
        router.run("dd if=/dev/urandom of=/data/damaged.tgz bs=1000 count=3 2>/dev/null")
        self.assertIn("is no backup, or damaged", router.run(
            "torii-image restore /data/damaged.tgz 2>&1", check=False))
        router.torii("configure", "delete bgp", "set system hostname another", "commit")
        router.run("userdel admin")
        watch = Stopwatch(router.machine)
        router.machine.type("TORII_DRAIN_SECONDS=0 torii-image restore /data/kept.tgz")
        router.machine.wait_for("GRUB", 240)
        router.wait_established(100)
        watch.took("restore of a backup to BGP established (UEFI)", 90)
        router.machine.wait_for("torii-health: GOOD: image 2", 240)
        router.log_in()
        self.assertIn("edge1", router.run("cat /etc/hostname; id admin"))
        self.assertNotIn("another", router.torii("show configuration"))

    def provide_itself(self, router):
        """As it was delivered, but for the image; then it is set up by what DHCP names, once that is
        signed by the key of its images."""
        config = router.torii("show configuration | display json")
        provision(self.offer, self.bundles.foreign, "mallory", "foreign-4711", config)
        watch = Stopwatch(router.machine)
        router.machine.type("TORII_DRAIN_SECONDS=0 torii-image factory-reset")
        router.machine.wait_for("is not set up yet", 400)
        watch.took("factory reset to the first question", 90)
        router.machine.wait_for("torii-ztp: .* is not signed by the key of this image", 240)
        provision(self.offer, self.bundles.key, "edge2", "other-4711", config)
        router.machine.wait_for("torii-ztp: set up by http", 240)
        router.wait_established(60)
        watch.took("factory reset to BGP established by zero touch", 150)
        router.log_in("other-4711")
        self.refuse_from_afar(router)
        self.assertIn("edge2", router.run("cat /etc/hostname"))
        self.assertIn("keeper", router.run("ls /home; id keeper"))
        self.assertNotIn("admin", router.run("ls /home"))
        self.assertNotIn("mallory", router.run("cat /etc/hostname /etc/passwd"))


if __name__ == "__main__":
    if shutil.which("qemu-system-x86_64") is None:
        sys.exit("qemu-system-x86_64 is missing: run platform/install-packages")
    unittest.main()
