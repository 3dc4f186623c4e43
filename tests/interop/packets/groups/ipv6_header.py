"""IPv6 headers that are wrong (RFC 8200 section 3), and their hop limit."""

import struct

from scapy.all import Raw

NAME = "IPv6 header"


def cases(t):
    """Version, length, hop limit."""
    for version in (0, 4, 5, 7, 15):
        t.v6(f"version {version}", "RFC 8200 3", "drop", patch={0: bytes([version << 4])})
    for size in (1, 20, 39):
        t.v6(f"{size} octets of a header", "RFC 8200 3", "drop", cut=size, alone=True)
    for title, octets in (("one octet", 42), ("far", 1400), ("as far as can be", 65535)):
        t.v6(f"a payload length {title} beyond the frame", "RFC 8200 3", "drop",
             patch={4: struct.pack("!H", octets)})
    t.v6("what follows the payload length is cut off", "RFC 8200 3", "forward", Raw(b"abc"), nh=253,
         pad=90)
    t.v6("a payload length of zero", "RFC 8200 3", "forward", Raw(b""), nh=59, pad=20)
    for hops in (0, 1):
        t.v6(f"hop limit {hops} is answered", "RFC 4443 3.3", "icmp6 3/0", hlim=hops)
    t.v6("hop limit 1 to nowhere is told either", "RFC 4443 3.3", "icmp6 3/0 | icmp6 1/0", hlim=1,
         to="nowhere")
