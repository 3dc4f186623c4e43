"""clang-format over everything that is or will be committed."""

import subprocess
import sys
from pathlib import Path

from tidy import CPP, source_files


def main(root):
    """Status 0 when clang-format would change nothing."""
    files = [str(root / path) for path in source_files(root) if path.suffix in CPP]
    if not files:
        print("no sources found")
        return 1
    return subprocess.run(["clang-format-14", "--dry-run", "-Werror", *files],
                          check=False).returncode


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
