"""Debian packages of our own as files: what they want, and the same with another version."""

import re
import subprocess
from pathlib import Path


def field(archive, name):
    """A field of a package's description; empty when it has none."""
    return subprocess.run(["dpkg-deb", "-f", str(archive), name], capture_output=True, text=True,
                          check=True).stdout.strip()


def dependencies(archives):
    """The packages of Debian that these want to be installed."""
    names = set()
    for archive in archives:
        for one in filter(None, field(archive, "Depends").split(",")):
            names.add(re.match(r"\s*([^\s(|:]+)", one).group(1))
    return names - {field(archive, "Package") for archive in archives}


def with_version(archive, version, folder):
    """A package in `folder` that differs from `archive` in its version and in that of those which it
    wants beside it."""
    unpacked = Path(folder) / "unpacked"
    subprocess.run(["dpkg-deb", "-R", str(archive), str(unpacked)], check=True)
    control = unpacked / "DEBIAN/control"
    text = control.read_text(encoding="utf-8")
    now = re.search(r"(?m)^Version: (\S+)", text).group(1)
    text = re.sub(r"(?m)^Version: .*", f"Version: {version}", text)
    control.write_text(text.replace(f"(= {now})", f"(= {version})"), encoding="utf-8")
    name, _, rest = Path(archive).name.partition("_")
    changed = Path(folder) / f"{name}_{version}_{rest.rpartition('_')[2]}"
    subprocess.run(["dpkg-deb", "-Zgzip", "-z1", "-b", str(unpacked), str(changed)], check=True,
                   capture_output=True)
    subprocess.run(["rm", "-r", str(unpacked)], check=True)
    return changed
