"""IPv4 headers that are wrong (RFC 1812 section 5.2.2), and their TTL."""

import struct

from scapy.all import Raw

NAME = "IPv4 header"


def length(octets):
    """A patch of the total length."""
    return {2: struct.pack("!H", octets)}


def cases(t):
    """Version, lengths, checksum, TTL."""
    checks = "RFC 1812 5.2.2"
    for version in (0, 1, 5, 6, 15):
        t.v4(f"version {version}", checks + " (3)", "drop", patch={0: bytes([version << 4 | 5])})
    for words in (0, 1, 4):
        t.v4(f"header length {words * 4}", checks + " (4)", "drop",
             patch={0: bytes([0x40 | words])}, fix=False)
    t.v4("a header longer than the packet", checks + " (5)", "drop", Raw(b"1234"), proto=253,
         patch={0: b"\x4f"}, fix=False)
    for octets in (0, 1, 19):
        t.v4(f"total length {octets}", checks + " (5)", "drop", patch=length(octets))
    t.v4("a total length below a header with options", checks + " (5)", "drop", Raw(bytes(40)),
         proto=253, patch={0: b"\x46", **length(20)})
    for title, octets in (("one octet", 62), ("far", 1500), ("as far as can be", 65535)):
        t.v4(f"a total length {title} beyond the frame", checks + " (1)", "drop",
             patch=length(octets))
    t.v4("a total length of the header alone", checks, "forward", patch=length(20), cut=20)
    t.v4("what follows the total length is cut off", checks, "forward", Raw(b"abc"), proto=253,
         pad=100)
    for size in (0, 1, 10, 19):
        t.add(f"{size} octets of a header", checks + " (1)", "drop",
              b"\x02\0\0\0\0\x01" + b"\x02\0\0\0\x01\x01" + b"\x08\0" + b"\x45" + bytes(18)
              if size == 19 else b"\x02\0\0\0\0\x01\x02\0\0\0\x01\x01\x08\0" + b"\x45"[:size]
              + bytes(max(0, size - 1)))
    for title, octets in (("zero", b"\0\0"), ("all ones", b"\xff\xff"), ("wrong", b"\x12\x34")):
        t.v4(f"a checksum that is {title}", checks + " (2)", "drop", patch={10: octets}, fix=False)
    t.v4("one bit flipped", checks + " (2)", "drop", patch={1: b"\x01"}, fix=False)
    for ttl in (0, 1):
        t.v4(f"TTL {ttl} is answered", "RFC 1812 5.3.1", "icmp 11/0" if ttl else "icmp 11/0 | drop",
             ttl=ttl)
    t.v4("TTL 1 to nowhere is told either", "RFC 1812 5.3.1", "icmp 11/0 | icmp 3/*", to="nowhere",
         ttl=1)
    t.v4("TTL 1 to a discarded prefix", "RFC 1812 5.3.1", "icmp 11/0 | drop", to="discard", ttl=1)
