"""Modules of a kernel: which ones others depend on."""

import re
from pathlib import Path


def in_loading_order(folder, names):
    """Names of the files in `folder` of these modules, each behind those it depends on."""
    order = []
    for name in names:
        _visit(Path(folder), name, order)
    return order


def _visit(folder, name, order):
    """Puts a module behind those it depends on, as its own .modinfo tells."""
    found = [file for file in (folder / f"{name}.ko", folder / f"{name.replace('_', '-')}.ko")
             if file.exists()]
    if not found:
        raise FileNotFoundError(f"the kernel has no module {name} in {folder}")
    if found[0].stem in order:
        return
    depends = re.search(rb"\0depends=([^\0]*)\0", found[0].read_bytes())
    for other in depends.group(1).decode().split(",") if depends else []:
        if other:
            _visit(folder, other, order)
    order.append(found[0].stem)
