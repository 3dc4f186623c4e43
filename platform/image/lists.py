"""The lists of this folder: a name a line, # before what is said about them."""

from pathlib import Path

FOLDER = Path(__file__).resolve().parent
SOURCE_ROOT = FOLDER.parents[1]


def read_list(name):
    """The names in a list."""
    return [line for line in (FOLDER / name).read_text(encoding="utf-8").splitlines()
            if line and not line.startswith("#")]
