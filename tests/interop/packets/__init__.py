"""Frames a router must survive, and what it may answer (see README.md)."""
