"""The Debian system below ours."""

import hashlib
import subprocess
from pathlib import Path

from deb.packages import dependencies
from deb.system import make_system
from lists import read_list

# What nobody reads on a router.
LEFT_OUT = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/info/*", "/usr/share/locale/*",
            "/usr/share/lintian/*", "/usr/share/bash-completion/*")
KEPT = ("/usr/share/doc/*/copyright",)


def needed_packages(debs):
    """What the image has of Debian: our list, and what our own packages depend on."""
    return sorted({*read_list("packages.txt"), *dependencies(debs)})


def versions(packages):
    """What apt would install now of these."""
    shown = subprocess.run(["apt-cache", "policy", *packages], check=True, capture_output=True,
                           text=True)
    return "".join(line for line in shown.stdout.splitlines(True) if "Candidate" in line)


def make_root(cache, debs, epoch):
    """A tar of the system; made anew only if packages are others than when it was made."""
    packages = needed_packages(debs)
    told = "\n".join([*packages, versions(packages), *LEFT_OUT])
    tar = Path(cache) / f"root-{hashlib.sha256(told.encode()).hexdigest()[:16]}.tar"
    if tar.exists():
        return tar
    tar.parent.mkdir(parents=True, exist_ok=True)
    part = tar.with_suffix(".part.tar")
    options = [f"--dpkgopt=path-exclude={path}" for path in LEFT_OUT]
    options += [f"--dpkgopt=path-include={path}" for path in KEPT]
    make_system(part, packages, *options, "--aptopt=APT::Install-Recommends false",
                environment={"SOURCE_DATE_EPOCH": str(epoch), "TMPDIR": str(tar.parent)})
    part.rename(tar)
    return tar
