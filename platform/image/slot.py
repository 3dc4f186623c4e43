"""The file system of a slot: Debian's, our packages, a kernel, and files of this folder."""

import json
import os
import shutil
import subprocess
from pathlib import Path

from lists import FOLDER, SOURCE_ROOT, read_list
from vm.initramfs import Initramfs
from vm.modules import in_loading_order

COMPATIBLE = "torii-amd64"  # of a bundle and a machine
# The rest is for loaders of later boots, of which this machine has one.
GRUB_KEPT = ("usr/bin/grub-editenv",)
GRUB_FOLDERS = ("usr/lib/grub", "usr/share/grub", "etc/grub.d", "usr/sbin/grub-*", "usr/bin/grub-*",
                "usr/bin/gettext*", "usr/lib/grub-legacy")
# Nothing is installed on a running machine, but in its other slot.
NO_LONGER_NEEDED = (
    "usr/bin/apt*", "usr/lib/apt", "etc/apt", "var/lib/apt", "var/cache/apt", "usr/lib/systemd/system/apt*",
    "etc/cron.daily", "etc/logrotate.d", "var/cache/debconf", "var/cache/ldconfig", "var/log/*", "var/lib/dpkg/*-old",
    "var/lib/dpkg/lock*", "var/lib/dpkg/triggers/Lock", "etc/*-", "etc/.pwd.lock", "etc/ssh/ssh_host_*",
    "usr/share/locale", "usr/share/man", "usr/share/i18n", "usr/lib/x86_64-linux-gnu/gconv", "usr/share/perl*",
    "usr/lib/x86_64-linux-gnu/perl", "usr/share/zoneinfo/right", "usr/share/zoneinfo/posix",
    "usr/share/pixmaps", "usr/share/icons", "var/lib/systemd/*-seed", "var/lib/systemd/catalog/database",
    "tmp/*", "run/*", "etc/hostname", "etc/resolv.conf", "usr/lib/systemd/system/dpkg-db-backup*",
    "usr/lib/systemd/system/e2scrub*", "usr/lib/systemd/system/fstrim*", "etc/systemd/system/timers.target.wants")
# What systemd runs before it knows its units, for what this machine does not have: encrypted, verified
# or guessed partitions, hibernation, scripts of System V.
GENERATORS = tuple(f"usr/lib/systemd/system-generators/systemd-{name}-generator" for name in (
    "cryptsetup", "gpt-auto", "hibernate-resume", "integritysetup", "rc-local", "system-update", "sysv",
    "veritysetup")) + ("etc/init.d", "etc/rc?.d")
# Services that a router has no use for; each takes its time at boot.
MASKED = ("sys-kernel-debug.mount", "sys-kernel-tracing.mount", "sys-kernel-config.mount",
          "sys-fs-fuse-connections.mount", "dev-mqueue.mount", "proc-sys-fs-binfmt_misc.automount",
          "modprobe@configfs.service", "modprobe@efi_pstore.service", "modprobe@fuse.service",
          "modprobe@loop.service", "modprobe@dm_mod.service", "systemd-pstore.service",
          "systemd-pcrphase.service", "systemd-pcrphase-sysinit.service", "systemd-pcrmachine.service",
          "systemd-networkd-wait-online.service", "systemd-network-generator.service", "systemd-hwdb-update.service",
          "systemd-update-utmp-runlevel.service", "getty@tty1.service", "getty-static.service",
          "systemd-firstboot.service", "modprobe@drm.service", "systemd-ask-password-wall.path",
          "systemd-ask-password-console.path", "systemd-machine-id-commit.service", "e2scrub_reap.service")


def unpack_root(tar, folder):
    """The Debian system as a folder."""
    folder.mkdir(parents=True)
    subprocess.run(["tar", "-C", str(folder), "--numeric-owner", "--xattrs", "--xattrs-include=*",
                    "-xf", str(tar)], check=True)


def install(root, debs, epoch):
    """Installs our packages in the folder."""
    done = subprocess.run(["dpkg", f"--root={root}", "--force-unsafe-io", "-i", *map(str, debs)],
                          capture_output=True, text=True, check=False,
                          env={**os.environ, "SOURCE_DATE_EPOCH": str(epoch), "LC_ALL": "C.UTF-8"})
    if done.returncode != 0:
        raise RuntimeError(f"our packages do not install: {(done.stdout + done.stderr)[-2000:]}")


def add_kernel(root, kernel):
    """The kernel, those of its modules that a router needs, and the file system it begins with."""
    release = (kernel / "release").read_text(encoding="ascii").strip()
    modules = root / "usr/lib/modules" / release
    (modules / "kernel").mkdir(parents=True)
    for name in in_loading_order(kernel / "modules", read_list("modules.txt")):
        shutil.copy(kernel / "modules" / f"{name}.ko", modules / "kernel")
    for name in ("modules.builtin", "modules.builtin.modinfo", "modules.order"):
        shutil.copy(kernel / "modules" / name, modules)
    subprocess.run(["depmod", "-b", str(root), release], check=True)
    (root / "boot").mkdir(exist_ok=True)
    shutil.copy(kernel / "vmlinuz", root / "boot/vmlinuz")
    early_root(root / "boot/initrd", kernel)
    return release


def early_root(file, kernel):
    """Writes the file system in memory that finds the slot's."""
    early = Initramfs()
    early.add_busybox()
    for name in ("early-modules", "disk-modules"):
        modules = early.add_modules(kernel / "modules", read_list(f"{name}.txt"))
        early.add_text(f"/{name}", "".join(f"{module}\n" for module in modules))
    early.add_file(FOLDER / "init", "/init")
    early.add_file(FOLDER / "carry-users", "/bin/carry-users")
    plain = file.with_suffix(".plain")
    early.write(plain)
    with file.open("wb") as out:
        subprocess.run(["gzip", "-n", "-6", "-c", str(plain)], stdout=out, check=True)
    plain.unlink()


def _remove(root, patterns, kept=()):
    for pattern in patterns:
        for path in sorted(root.glob(pattern)):
            if str(path.relative_to(root)) in kept:
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()


def finish(root, version, keyring):
    """What makes a router of it: our files, and nothing that another machine must not have."""
    _remove(root, GRUB_FOLDERS, GRUB_KEPT)
    _remove(root, NO_LONGER_NEEDED)
    _remove(root, GENERATORS)
    for folder in ("etc/systemd/system", "var/log", "var/log/journal", "data", "boot/esp"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    shutil.copytree(FOLDER / "files", root, dirs_exist_ok=True, symlinks=True)
    for unit in MASKED:
        _link(root / "etc/systemd/system" / unit, "/dev/null")
    for unit in (FOLDER / "files/usr/lib/systemd/system").glob("*.service"):
        subprocess.run(["systemctl", f"--root={root}", "enable", "-q", unit.name], check=True)
    subprocess.run(["systemctl", f"--root={root}", "enable", "-q", "systemd-networkd.service",
                    "nftables.service"], check=True)
    _time_may_come_later(root)
    for name, text in (("etc/machine-id", ""), ("etc/hostname", "torii\n"),
                       ("etc/default/locale", "LANG=C.UTF-8\n"),
                       ("etc/torii-image", f"{version}\n"),
                       # Nothing of the first start is to be done for the image as such.
                       ("etc/.updated", ""), ("var/.updated", "")):
        (root / name).write_text(text, encoding="utf-8")
    for name in ("home", "root"):
        shutil.rmtree(root / name)
        (root / name).symlink_to(f"data/{name}")
    (root / "etc/rauc").mkdir(exist_ok=True)
    shutil.copy(keyring, root / "etc/rauc/keyring.pem")
    (root / "etc/rauc/keyring.pem").chmod(0o644)
    release = root / "usr/lib/os-release"
    release.write_text(release.read_text(encoding="utf-8") +
                       f'VARIANT="Torii"\nIMAGE_ID=torii\nIMAGE_VERSION={version}\n', encoding="utf-8")


def _link(path, target):
    if path.is_symlink() or path.exists():
        path.unlink()
    path.symlink_to(target)


def _time_may_come_later(root):
    """The clock is set when there is a network: nothing else waits for that."""
    unit = "systemd-timesyncd.service"
    text = (root / "usr/lib/systemd/system" / unit).read_text(encoding="utf-8")
    (root / "etc/systemd/system" / unit).write_text(text.replace("time-set.target sysinit.target",
                                                                 "time-set.target"), encoding="utf-8")


def squash(root, file, epoch, level=9):
    """The folder as a file system, the same to the bit for the same files."""
    file.unlink(missing_ok=True)
    done = subprocess.run(
        ["mksquashfs", str(root), str(file), "-noappend", "-quiet", "-no-progress", "-comp", "gzip",
         "-Xcompression-level", str(level), "-mkfs-time", str(epoch), "-all-time", str(epoch),
         # The boot loader reads these.
         "-action", "uncompressed@pathname(boot/vmlinuz)||pathname(boot/initrd)"],
        capture_output=True, text=True, check=False, env=_without_epoch())
    if done.returncode != 0:
        raise RuntimeError(f"mksquashfs failed: {done.stdout}{done.stderr}")


def _without_epoch():
    """mksquashfs wants times from one place only."""
    return {name: value for name, value in os.environ.items() if name != "SOURCE_DATE_EPOCH"}


def contents(root):
    """What is in it, by package and version."""
    shown = subprocess.run(["dpkg-query", f"--root={root}", "-W", "-f", "${Package} ${Version}\n"],
                           check=True, capture_output=True, text=True).stdout
    return json.dumps(dict(line.split() for line in sorted(shown.splitlines())), indent=1) + "\n"
