"""Debian systems, made of packages of the mirrors that this machine's apt is configured for."""

import os
import subprocess

SUITE = "bookworm"
SECONDS = 1200


def mirrors():
    """Lines of sources.list: where this machine has Debian from."""
    shown = subprocess.run(
        ["apt-get", "indextargets", "--format", "deb $(REPO_URI) $(RELEASE) $(COMPONENT)",
         "Created-By: Packages", "Origin: Debian"], check=True, capture_output=True, text=True)
    found = [line for line in shown.stdout.splitlines() if f" {SUITE}" in line]
    if not found:
        raise RuntimeError(f"apt knows no mirror of Debian {SUITE}: run apt-get update")
    return list(dict.fromkeys(found))


def make_system(target, packages, *options, environment=()):
    """The least that is a system, with these packages, in a folder or a tar. `options` are mmdebstrap's."""
    done = subprocess.run(
        ["mmdebstrap", "--mode=root", "--variant=minbase", f"--include={','.join(packages)}", *options,
         SUITE, str(target), *mirrors()],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS, check=False,
        env={**os.environ, **dict(environment)})
    if done.returncode != 0:
        raise RuntimeError(f"mmdebstrap: {done.stderr[-3000:]}")
