"""Bundles: what a running machine installs in its other slot. Signed, and verified while it is read."""

import subprocess
import tempfile
from pathlib import Path

from slot import COMPATIBLE

YEARS = 20


def make_key(key, certificate):
    """A key that signs bundles, and the certificate by which machines know it."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                    "-noenc", "-keyout", str(key), "-out", str(certificate), "-days", str(365 * YEARS),
                    "-subj", "/CN=Torii images"], check=True, capture_output=True)
    Path(key).chmod(0o600)


def make_bundle(bundle, slot, version, key, certificate):
    """Writes a bundle with this file system."""
    bundle.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(dir=bundle.parent) as folder:
        inner = Path(folder)
        (inner / "slot.img").hardlink_to(slot)
        (inner / "manifest.raucm").write_text(
            f"[update]\ncompatible={COMPATIBLE}\nversion={version}\n\n[bundle]\nformat=verity\n\n"
            "[image.rootfs]\nfilename=slot.img\n", encoding="utf-8")
        done = subprocess.run(
            ["rauc", f"--cert={certificate}", f"--key={key}", f"--keyring={certificate}",
             # It is compressed already.
             "--mksquashfs-args=-noI -noD -noF -noX", "bundle", str(inner), str(bundle)],
            capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"rauc failed: {done.stderr}")
