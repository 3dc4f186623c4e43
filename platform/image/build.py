"""Makes the images of a router: its slot, a bundle for upgrades, a disk for writing and for QEMU."""

import argparse
import hashlib
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SOURCE_ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCE_ROOT / "platform"))

import slot as slots  # noqa: E402
from bundle import make_bundle, make_key  # noqa: E402
from disk import make_disk  # noqa: E402
from root import make_root  # noqa: E402

MIB = 1 << 20
SLOT_LIMIT_MIB = 128
PACKAGES = ("platform", "dataplane", "controlplane", "mgmt")


class Clock:
    """Says how long each step took, on the clock and of the processors."""

    def __init__(self):
        self._last = self._now()

    @staticmethod
    def _now():
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return time.monotonic(), sum(one.ru_utime + one.ru_stime for one in used)

    def step(self, what, file=None):
        """The step that ends here."""
        now = self._now()
        size = ""
        if file:
            on_disk = file.stat().st_blocks * 512
            size = f"{on_disk / MIB:8.1f} MiB"
        print(f"{what:<34}{now[0] - self._last[0]:7.1f} s {now[1] - self._last[1]:7.1f} cpu-s{size}",
              flush=True)
        self._last = now


def last_change():
    """When the sources were changed last, in seconds of Unix: the time of all that is made."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given:
        return int(given)
    return int(subprocess.run(["git", "-C", str(SOURCE_ROOT), "log", "-1", "--format=%ct"], check=True,
                              capture_output=True, text=True).stdout)


def make_packages(folder, build, epoch):
    """Our packages that are on a router."""
    subprocess.run([str(SOURCE_ROOT / "config/packages/build"), str(folder), str(build)], check=True,
                   env={**os.environ, "SOURCE_DATE_EPOCH": str(epoch)})
    return [deb for name in PACKAGES for deb in sorted(folder.glob(f"torii-{name}_*.deb"))]


def make_tree(tree, debs, cache, epoch, clock):
    """The unpacked file system with our packages and a kernel in it."""
    tar = make_root(cache, debs, epoch)
    clock.step("Debian system", tar)
    kernel = cache / "kernel-amd64"
    subprocess.run([str(SOURCE_ROOT / "platform/vm/kernel"), str(kernel), "amd64"], check=True)
    clock.step("kernel", kernel / "vmlinuz")
    slots.unpack_root(tar, tree)
    slots.install(tree, debs, epoch)
    slots.add_kernel(tree, kernel)
    clock.step("installed")


def parse():
    """The command line."""
    parser = argparse.ArgumentParser(prog="build", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the images go")
    parser.add_argument("--build", type=Path, default=SOURCE_ROOT / "build/release",
                        help="the release build (build/release)")
    parser.add_argument("--cache", type=Path, default=SOURCE_ROOT / "build/image",
                        help="where Debian's part is kept for the next time (build/image)")
    parser.add_argument("--version", default=None, help="name of this image (the packages' version)")
    parser.add_argument("--key", type=Path, help="the key that signs bundles; its certificate is beside "
                        "it, .pem in place of .key (made in the folder if none is given)")
    parser.add_argument("--slot-only", action="store_true", help="the slot's file system and no disk")
    return parser.parse_args()


def find_key(options):
    """The key and its certificate."""
    key = options.key or options.folder / "signing.key"
    certificate = key.with_suffix(".pem")
    if options.key is None and not key.exists():
        make_key(key, certificate)
        print(f"Made a key that signs bundles: keep {key} secret, and for the next builds.")
    for file in (key, certificate):
        if not file.exists():
            raise RuntimeError(f"there is no {file}")
    return key, certificate


def build(options):
    """Makes everything."""
    clock = Clock()
    epoch = last_change()
    options.folder.mkdir(parents=True, exist_ok=True)
    key, certificate = find_key(options)
    slot = options.folder / "torii.slot"
    with tempfile.TemporaryDirectory(prefix="tree-", dir=options.folder) as folder:
        debs = make_packages(Path(folder) / "debs", options.build, epoch)
        clock.step("packages")
        tree = Path(folder) / "tree"
        make_tree(tree, debs, options.cache, epoch, clock)
        version = options.version or subprocess.run(
            ["dpkg-query", f"--root={tree}", "-W", "-f", "${Version}", "torii-platform"], check=True,
            capture_output=True, text=True).stdout
        (options.folder / "torii.contents.json").write_text(slots.contents(tree), encoding="utf-8")
        slots.finish(tree, version, certificate)
        slots.squash(tree, slot, epoch)
    clock.step("slot", slot)
    print(f"torii.slot sha256 {hashlib.sha256(slot.read_bytes()).hexdigest()}")
    if slot.stat().st_size > SLOT_LIMIT_MIB * MIB:
        raise RuntimeError(f"the slot is larger than {SLOT_LIMIT_MIB} MiB")
    if options.slot_only:
        return
    bundle = options.folder / "torii.raucb"
    make_bundle(bundle, slot, version, key, certificate)
    clock.step("bundle for upgrades", bundle)
    disk = options.folder / "torii.img"
    make_disk(disk, slot, epoch)
    clock.step("disk", disk)
    compressed = options.folder / "torii.img.zst"
    subprocess.run(["zstd", "-q", "-f", "-T0", "-9", str(disk), "-o", str(compressed)], check=True)
    clock.step("disk for writing (dd)", compressed)
    qcow = options.folder / "torii.qcow2"
    subprocess.run(["qemu-img", "convert", "-q", "-c", "-f", "raw", "-O", "qcow2", str(disk), str(qcow)],
                   check=True)
    clock.step("disk for QEMU", qcow)


def main():
    """The program."""
    if shutil.which("mmdebstrap") is None:
        raise RuntimeError("mmdebstrap is missing: start this by platform/image/build")
    build(parse())


if __name__ == "__main__":
    try:
        main()
    except (RuntimeError, OSError, subprocess.SubprocessError) as error:
        sys.exit(f"build: {error}")
