"""A slot is made twice of the same sources, each time from a Debian system of its own: the same file
system to the bit, with no secret in it."""

import hashlib
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from image_bed import BUILD, make_key, slots  # noqa: E402

from build import Clock, make_packages, make_tree  # noqa: E402

EPOCH = 1767225600  # of 2026


class Slot(unittest.TestCase):
    """What the build makes of Debian's packages and ours."""

    def test_two_are_the_same(self):
        with tempfile.TemporaryDirectory(dir=BUILD) as name:
            folder = Path(name)
            certificate = folder / "key.pem"
            make_key(folder / "key", certificate)
            debs = make_packages(folder / "debs", BUILD, EPOCH)
            made = []
            # The second has nothing from before but the kernel's package.
            for number, cache in enumerate((BUILD / "image", folder / "fresh"), 1):
                tree = folder / f"tree{number}"
                make_tree(tree, debs, cache, EPOCH, Clock())
                slots.finish(tree, "1", certificate)
                self.check_clean(tree)
                file = folder / f"{number}.slot"
                slots.squash(tree, file, EPOCH, level=1)
                made.append(hashlib.sha256(file.read_bytes()).hexdigest())
                print(f"slot {number}: sha256 {made[-1]}", flush=True)
            self.assertEqual(made[0], made[1], "the slots differ")

    def check_clean(self, tree):
        """Nothing that only one machine may have."""
        self.assertEqual((tree / "etc/machine-id").read_text(), "")
        self.assertEqual(list(tree.glob("etc/ssh/ssh_host_*")), [])
        for line in (tree / "etc/shadow").read_text().splitlines():
            self.assertRegex(line.split(":")[1], r"^(\*|!.*)$", line)


if __name__ == "__main__":
    unittest.main()
