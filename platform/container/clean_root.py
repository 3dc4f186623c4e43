"""A clean Debian 12 in a folder, as it is after its installation; made once and kept."""

import hashlib
import shutil
from pathlib import Path

from deb.system import SUITE, make_system

# Systemd as the first process, and nothing that a router may have forgotten to ask for.
SYSTEM = ("systemd-sysv", "dbus")
# Of what this file does; another one makes roots anew.
RECIPE = 2


def clean_root(folder, packages):
    """The root below `folder`. Its apt can install the `packages` (their dependencies, too) without a
    network: they are in its archive, not installed."""
    wanted = sorted(packages)
    key = hashlib.sha256(repr((RECIPE, SUITE, SYSTEM, wanted)).encode()).hexdigest()[:12]
    root = Path(folder) / key
    if root.exists():
        return root
    shutil.rmtree(folder, ignore_errors=True)
    unfinished = Path(folder) / "unfinished"
    unfinished.parent.mkdir(parents=True)
    # In the hook apt is the machine's own, on the new root. Its lists and archive stay.
    fetch = "APT_CONFIG=$MMDEBSTRAP_APT_CONFIG apt-get"
    make_system(unfinished, SYSTEM, "--skip=cleanup/apt", "--dpkgopt=path-exclude=/usr/share/man/*",
                f"--customize-hook={fetch} clean",
                f"--customize-hook={fetch} -y -o APT::Install-Recommends=true --download-only "
                f"install {' '.join(wanted)}")
    unfinished.rename(root)
    return root
