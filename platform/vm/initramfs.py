"""A root file system for a virtual machine in memory: programs of this machine with all they need."""

import os
import re
import subprocess
from pathlib import Path

from vm.modules import in_loading_order

BUSYBOX = "/bin/busybox"
MERGED = ("lib", "lib64")  # are in /usr


class Initramfs:
    """Files, folders and links; written as the kernel unpacks them (cpio, "newc")."""

    def __init__(self):
        self._entries = {}  # path without its leading / -> (mode, octets)
        for folder in ("dev", "proc", "sys", "run", "tmp", "var", "root"):
            self._entries[folder] = (0o040755, b"")
        # As Debian has it: a library under two names is loaded once only if it is one file.
        for folder in MERGED:
            self._entries[folder] = (0o120777, f"usr/{folder}".encode())

    def add_text(self, path, text, mode=0o644):
        """A file of this text."""
        self._add(path, 0o100000 | mode, text.encode())

    def add_file(self, source, path=None):
        """A copy of a file of this machine, at the same place if no other is given."""
        source = Path(source)
        self._add(path or str(source), 0o100000 | (source.stat().st_mode & 0o777),
                  source.read_bytes())

    def add_folder(self, source, path):
        """A copy of a folder's files, without those in folders of it."""
        for file in sorted(Path(source).iterdir()):
            if file.is_file():
                self.add_file(file, f"{path}/{file.name}")

    def add_program(self, source, path=None):
        """A program or library with the libraries that it is linked with."""
        self.add_file(source, path)
        listed = subprocess.run(["ldd", str(source)], capture_output=True, text=True, check=False)
        for library in re.findall(r"(/\S+) \(0x", listed.stdout):
            self.add_file(os.path.realpath(library), library)

    def add_link(self, path, target):
        """A symbolic link."""
        self._add(path, 0o120777, target.encode())

    def add_busybox(self):
        """Busybox under the names of all its programs."""
        self.add_file(BUSYBOX, "/bin/busybox")
        names = subprocess.run([BUSYBOX, "--list"], capture_output=True, text=True, check=True)
        for name in names.stdout.split():
            if name != "busybox":
                self.add_link(f"/bin/{name}", "busybox")

    def add_modules(self, folder, names):
        """Modules of the kernel with those they depend on; paths in the order of loading."""
        order = in_loading_order(folder, names)
        for module in order:
            self.add_file(Path(folder) / f"{module}.ko", f"/modules/{module}.ko")
        return [f"/modules/{module}.ko" for module in order]

    def write(self, file):
        """Writes the archive: the same octets for the same files."""
        with open(file, "wb") as out:
            for number, (path, (mode, octets)) in enumerate(sorted(self._entries.items()), 1):
                _write_entry(out, number, path, mode, octets)
            _write_entry(out, 0, "TRAILER!!!", 0, b"")

    def _add(self, path, mode, octets):
        path = path.lstrip("/")
        if path.split("/")[0] in MERGED:
            path = f"usr/{path}"
        parent = os.path.dirname(path)
        while parent and parent not in self._entries:
            self._entries[parent] = (0o040755, b"")
            parent = os.path.dirname(parent)
        self._entries[path] = (mode, octets)


def _write_entry(out, number, path, mode, octets):
    fields = (number, mode, 0, 0, 1, 0, len(octets), 0, 0, 0, 0, len(path) + 1, 0)
    header = b"070701" + b"".join(b"%08X" % field for field in fields)
    name = header + path.encode() + b"\0"
    out.write(name + b"\0" * (-len(name) % 4))
    out.write(octets + b"\0" * (-len(octets) % 4))
