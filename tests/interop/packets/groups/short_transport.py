"""Transport headers that are not all there, on the way to several next hops: the hash reads them."""

from scapy.all import ICMP, TCP, UDP, IPOption, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, Raw

from packets.table import PAYLOAD

NAME = "short transport headers and ECMP"


def cases(t):
    """Everything is forwarded, whatever the hash finds."""
    for name, protocol in (("TCP", 6), ("UDP", 17), ("SCTP", 132), ("UDP-Lite", 136)):
        for size in (0, 1, 3, 4, 7):
            t.v4(f"{size} octets of {name}", "RFC 2992 2", "forward", Raw(bytes(size)),
                 proto=protocol, to="ecmp")
        for size in (0, 3, 4):
            t.v6(f"{size} octets of {name} over IPv6", "RFC 2992 2", "forward", Raw(bytes(size)),
                 nh=protocol, to="ecmp")
    for title, data, options in (
            ("ICMP without a header", Raw(b""), {"proto": 1}), ("ICMP", ICMP() / PAYLOAD, {}),
            ("options before TCP", TCP(), {"options": [IPOption(b"\x01" * 40)]}),
            ("a first fragment", Raw(bytes(8)), {"proto": 17, "flags": "MF"}),
            ("a later fragment", Raw(bytes(8)), {"proto": 6, "frag": 3})):
        t.v4(title, "RFC 2992 2", "forward", data, to="ecmp", **options)
    for title, data in (("an extension header", IPv6ExtHdrDestOpt() / UDP()),
                        ("a fragment", IPv6ExtHdrFragment(offset=9, nh=6) / Raw(bytes(8))),
                        ("an atomic fragment", IPv6ExtHdrFragment() / UDP())):
        t.v6(f"{title} over IPv6", "RFC 7690 3", "forward", data, to="ecmp")
