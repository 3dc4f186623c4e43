"""Users that go along with an upgrade: people, their passwords and groups; daemons are the image's."""

import subprocess
import tempfile
import unittest
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "platform/image/carry-users"
OLD = {"passwd": "root:x:0:0::/root:/bin/sh\nold-daemon:x:101:101::/:\nann:x:1000:1000::/home/ann:\n"
                 "nobody:x:65534:65534::/:\n",
       "group": "root:x:0:\nsudo:x:27:daemon,ann\nadmin:x:900:ann\nold-daemon:x:101:\nann:x:1000:\n",
       "shadow": "root:ROOT:1::::::\nold-daemon:!:1::::::\nann:ANN:1::::::\n",
       "gshadow": "root:*::\nsudo:*::daemon,ann\nadmin:!::ann\nann:!::\n"}
IMAGE = {"passwd": "root:x:0:0::/root:/bin/sh\nnew-daemon:x:101:101::/:\nnobody:x:65534:65534::/:\n",
         "group": "root:x:0:\nsudo:x:27:keeper\nadmin:x:901:\nnew-daemon:x:101:\n",
         "shadow": "root:*:2::::::\nnew-daemon:!:2::::::\n",
         "gshadow": "root:*::\nsudo:*::keeper\nadmin:!::\n"}


class CarryUsers(unittest.TestCase):
    """The script on folders of its own."""

    def carry(self, old):
        """What is in the new folder."""
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            for part, files in (("old", old), ("image", IMAGE), ("new", {})):
                (folder / part).mkdir()
                for file, text in files.items():
                    (folder / part / file).write_text(text)
                    (folder / part / file).chmod(0o600 if "shadow" in file else 0o644)
            subprocess.run(["busybox", "sh", str(SCRIPT), "old", "image", "new"], cwd=folder, check=True)
            modes = {file.name: file.stat().st_mode & 0o777 for file in (folder / "new").iterdir()}
            self.assertEqual(modes, {"passwd": 0o644, "group": 0o644, "shadow": 0o600, "gshadow": 0o600})
            return {file: (folder / "new" / file).read_text() for file in IMAGE}

    def test_people_go_along_and_daemons_do_not(self):
        self.assertEqual(self.carry(OLD), {
            "passwd": IMAGE["passwd"] + "ann:x:1000:1000::/home/ann:\n",
            "group": "root:x:0:\nsudo:x:27:keeper,ann\nadmin:x:901:ann\nnew-daemon:x:101:\nann:x:1000:\n",
            "shadow": "root:ROOT:1::::::\nnew-daemon:!:2::::::\nann:ANN:1::::::\n",
            "gshadow": "root:*::\nsudo:*::keeper,ann\nadmin:!::ann\nann:!::\n"})

    def test_what_was_never_changed_is_the_images(self):
        self.assertEqual(self.carry({"shadow": "root:ROOT:1::::::\n"}), {
            **IMAGE, "shadow": IMAGE["shadow"].replace("root:*:2", "root:ROOT:1")})


if __name__ == "__main__":
    unittest.main()
