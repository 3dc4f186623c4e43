"""The image of a disk: boot loaders for BIOS and UEFI, two slots, and what is written."""

import shutil
import struct
import subprocess
import tempfile
import uuid
from pathlib import Path

from lists import FOLDER

SECTOR = 512
MIB = 1 << 20
DISK_MIB = 2048
BOOT_MIB, ESP_MIB, SLOT_MIB = 1, 48, 512
# name, type for sgdisk, size (0 = the rest)
PARTITIONS = (("torii-bios", "ef02", BOOT_MIB), ("torii-esp", "ef00", ESP_MIB),
              ("torii-a", "8300", SLOT_MIB), ("torii-b", "8300", SLOT_MIB), ("torii-data", "8300", 0))
GRUB_MODULES = ("part_gpt", "fat", "squash4", "normal", "linux", "loadenv", "test", "regexp", "serial",
                "terminal", "echo", "configfile", "minicmd", "reboot", "halt", "ls", "cat", "gzio", "sleep")
GRUB = Path("/usr/lib/grub")
# An image is the same each time that it is made, and so are the names of its parts.
NAMES = uuid.UUID("5d0f3a7e-9e0b-4d1f-8f0e-70726f757465")


def _run(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} failed: {done.stdout}{done.stderr}")


def _identity(name):
    return str(uuid.uuid5(NAMES, name))


def _partition(disk):
    """Makes the partitions; name -> first octet."""
    command = ["sgdisk", "--clear", "--set-alignment=2048", f"--disk-guid={_identity('disk')}"]
    first, starts = 1, {}
    for number, (name, kind, size) in enumerate(PARTITIONS, 1):
        starts[name] = first * MIB
        end = f"+{size}M" if size else "0"
        command += [f"--new={number}:{first * MIB // SECTOR}:{end}", f"--typecode={number}:{kind}",
                    f"--change-name={number}:{name}", f"--partition-guid={number}:{_identity(name)}"]
        first += size
    _run(*command, disk)
    return starts


def _write(disk, start, source):
    with open(disk, "r+b") as out, open(source, "rb") as data:
        out.seek(start)
        shutil.copyfileobj(data, out, 4 * MIB)


def _add_bios_loader(disk, start, work):
    """What a BIOS starts: the first sector, which knows where the rest is, and that rest."""
    core = work / "core.img"
    _run("grub-mkimage", "-O", "i386-pc", "-p", "(,gpt2)/grub", "-o", core, "biosdisk", *GRUB_MODULES)
    octets = bytearray(core.read_bytes())
    if len(octets) > BOOT_MIB * MIB:
        raise RuntimeError(f"the boot loader has {len(octets)} octets: more than its partition")
    sector = start // SECTOR
    struct.pack_into("<Q", octets, 0x1F4, sector + 1)  # the rest of itself
    core.write_bytes(octets)
    _write(disk, start, core)
    boot = bytearray((GRUB / "i386-pc/boot.img").read_bytes()[:440])
    struct.pack_into("<Q", boot, 0x5C, sector)
    boot[0x66:0x68] = b"\x90\x90"  # no look at the drive's kind: it is a disk
    with open(disk, "r+b") as out:
        out.write(boot)


def _make_esp(file, work, epoch):
    """The partition that UEFI and both boot loaders read."""
    with file.open("wb") as out:
        out.truncate(ESP_MIB * MIB)
    loader = work / "bootx64.efi"
    _run("grub-mkimage", "-O", "x86_64-efi", "-p", "(,gpt2)/grub", "-o", loader, *GRUB_MODULES)
    state = work / "grubenv"
    _run("grub-editenv", state, "create")
    _run("grub-editenv", state, "set", "ORDER=A B", "A_OK=1", "A_TRY=0", "B_OK=0", "B_TRY=0")
    _run("mformat", "-i", file, "-F", "-v", "TORII", "-N", f"{epoch & 0xFFFFFFFF:08x}", "::")
    _run("mmd", "-i", file, "::/EFI", "::/EFI/BOOT", "::/grub")
    for source, target in ((loader, "EFI/BOOT/BOOTX64.EFI"), (FOLDER / "grub.cfg", "grub/grub.cfg"),
                           (state, "grub/grubenv")):
        _run("mcopy", "-i", file, source, f"::/{target}")


def make_disk(disk, slot, epoch):
    """Writes the image of a disk (sparse) with this file system in slot A."""
    disk.unlink(missing_ok=True)
    if slot.stat().st_size > SLOT_MIB * MIB:
        raise RuntimeError(f"{slot} is larger than a slot of {SLOT_MIB} MiB")
    with disk.open("wb") as out:
        out.truncate(DISK_MIB * MIB)
    starts = _partition(disk)
    with tempfile.TemporaryDirectory(dir=disk.parent) as folder:
        work = Path(folder)
        _add_bios_loader(disk, starts["torii-bios"], work)
        _make_esp(work / "esp", work, epoch)
        _write_sparse(disk, starts["torii-esp"], work / "esp")
    _write(disk, starts["torii-a"], slot)
    size = DISK_MIB * MIB - starts["torii-data"] - MIB  # a copy of the table is at the end
    _run("mke2fs", "-q", "-t", "ext4", "-F", "-L", "torii-data", "-U", _identity("data"), "-m", "1",
         "-E", f"offset={starts['torii-data']},hash_seed={_identity('hash')}", disk, f"{size // 1024}k")


def _write_sparse(disk, start, source):
    with open(disk, "r+b") as out, open(source, "rb") as data:
        while block := data.read(64 * 1024):
            if block.strip(b"\0"):
                out.seek(start + data.tell() - len(block))
                out.write(block)
