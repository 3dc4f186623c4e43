"""A file system of its own under a folder, small enough to be filled."""

import errno
import os
from pathlib import Path

from lab.shell import run


class SmallDisk:
    """Mounted from mount() to unmount()."""

    def __init__(self, folder, mebibytes=8):
        self.folder, self._size = Path(folder), mebibytes
        self._filler = self.folder / "filler"

    def mount(self):
        """The folder is empty from now on; what a run that was killed has left goes."""
        while self.folder.is_mount():
            run("umount", str(self.folder))
        self.folder.mkdir(parents=True, exist_ok=True)
        run("mount", "-t", "tmpfs", "-o", f"size={self._size}m", "small-disk", str(self.folder))

    def unmount(self):
        """What was written is gone, and the folder."""
        run("umount", str(self.folder))
        self.folder.rmdir()

    def fill(self):
        """To the last octet."""
        with open(self._filler, "ab", buffering=0) as file:
            for size in (1 << 16, 1 << 10, 1):
                try:
                    while True:
                        file.write(b"\0" * size)
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise

    def free(self):
        """There is room again."""
        self._filler.unlink(missing_ok=True)

    def room(self):
        """Octets that are free."""
        state = os.statvfs(self.folder)
        return state.f_bavail * state.f_frsize
