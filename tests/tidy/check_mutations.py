"""Whether every mutation of tests/support can still be tried on the tree, and is there once."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

# pylint: disable=wrong-import-position
from bgp_mutations import MUTATIONS
from mutations.mutation import findings


def main():
    """A line for each finding, and 1 when there is one."""
    found = list(findings(Path(sys.argv[1]), MUTATIONS))
    print("\n".join([*found, f"{len(MUTATIONS)} mutations, {len(found)} findings"]))
    return 1 if found or not MUTATIONS else 0


if __name__ == "__main__":
    sys.exit(main())
