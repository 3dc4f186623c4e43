"""The wall clock of processes, which a test moves while they run; no other clock does."""

import os
import struct
import tempfile
from pathlib import Path

HOUR = 3600


class WallClock:
    """Of the processes that are started with `words` in front of their command."""

    def __init__(self, build):
        handle, self._path = tempfile.mkstemp(prefix="torii-wall-clock-")
        self._file = handle
        self.move(0)
        shim = Path(build) / "tests/e2e/libtorii_clock_shim.so"
        if not shim.exists():
            raise FileNotFoundError(f"{shim}: build the target torii_clock_shim")
        self.words = ("/usr/bin/env", f"LD_PRELOAD={shim}", f"TORII_WALL_CLOCK={self._path}")

    def move(self, seconds):
        """So far from the machine's, from now on."""
        os.pwrite(self._file, struct.pack("=q", seconds), 0)

    def close(self):
        """When no process uses it any more."""
        os.close(self._file)
        os.unlink(self._path)
