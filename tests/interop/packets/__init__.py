"""Frames a router must survive, and what it may answer (see README.md)."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT / "platform"), str(ROOT / "tests/support")]
