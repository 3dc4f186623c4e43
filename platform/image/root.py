"""The Debian system below ours: packages of the mirrors that this machine's apt is configured for."""

import hashlib
import os
import re
import subprocess
from pathlib import Path

from lists import read_list

SUITE = "bookworm"
# What nobody reads on a router.
LEFT_OUT = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/info/*", "/usr/share/locale/*",
            "/usr/share/lintian/*", "/usr/share/bash-completion/*")
KEPT = ("/usr/share/doc/*/copyright",)


def needed_packages(debs):
    """What the image has of Debian: our list, and what our own packages depend on."""
    needed = set(read_list("packages.txt"))
    for deb in debs:
        depends = subprocess.run(["dpkg-deb", "-f", str(deb), "Depends"], check=True,
                                 capture_output=True, text=True).stdout
        for one in depends.replace("\n", " ").split(","):
            name = re.match(r"\s*([a-z0-9][a-z0-9+.-]*)", one)
            if name and not name.group(1).startswith("torii-"):
                needed.add(name.group(1))
    return sorted(needed)


def mirrors():
    """Lines of sources.list: where this machine has Debian from."""
    shown = subprocess.run(
        ["apt-get", "indextargets", "--format", "deb $(REPO_URI) $(RELEASE) $(COMPONENT)",
         "Created-By: Packages", "Origin: Debian"], check=True, capture_output=True, text=True)
    found = [line for line in shown.stdout.splitlines() if f" {SUITE}" in line]
    if not found:
        raise RuntimeError(f"apt knows no mirror of Debian {SUITE}: run apt-get update")
    return list(dict.fromkeys(found))


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
    command = ["mmdebstrap", "--quiet", "--variant=minbase", "--mode=root",
               f"--include={','.join(packages)}", *options, "--aptopt=APT::Install-Recommends false",
               SUITE, str(part), *mirrors()]
    log = tar.with_suffix(".log")
    with log.open("w", encoding="utf-8") as out:
        done = subprocess.run(command, stdout=out, stderr=out, check=False, timeout=1200,
                              env={**os.environ, "SOURCE_DATE_EPOCH": str(epoch), "TMPDIR": str(tar.parent)})
    if done.returncode != 0:
        raise RuntimeError(f"mmdebstrap failed: {log.read_text(encoding='utf-8')[-2000:]}")
    part.rename(tar)
    return tar
