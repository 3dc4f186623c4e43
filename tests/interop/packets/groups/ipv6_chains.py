"""Extension headers in transit: a router forwards what it need not read, and reads no further than it
can."""

from scapy.all import (AH, ESP, HBHOptUnknown, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment,
                       IPv6ExtHdrHopByHop, IPv6ExtHdrRouting, Jumbo, PadN, Raw, RouterAlert)

from packets.table import udp

NAME = "IPv6 extension headers"


def cases(t):
    """By ECMP, so that the hash walks them."""
    forwarding, options = "RFC 8200 4, RFC 7045 2.1", "RFC 8200 4.2, 4.3"
    for title, chain in (
            ("Hop-by-Hop of padding", IPv6ExtHdrHopByHop(options=[PadN(optdata=b"\0\0")])),
            ("Router Alert", IPv6ExtHdrHopByHop(options=[RouterAlert(value=5)])),
            ("Destination Options", IPv6ExtHdrDestOpt()),
            ("256 octets of Destination Options",
             IPv6ExtHdrDestOpt(options=[PadN(optdata=bytes(250))])),
            ("Routing of type 0", IPv6ExtHdrRouting(addresses=["2001:db8:22::8"])),
            ("Routing of type 2", IPv6ExtHdrRouting(type=2, addresses=["2001:db8:22::8"])),
            ("the first fragment", IPv6ExtHdrFragment(m=1)), ("an atomic fragment", IPv6ExtHdrFragment()),
            ("AH", AH(spi=1, seq=1, icv=bytes(12))),
            ("three kinds", IPv6ExtHdrDestOpt() / IPv6ExtHdrRouting(addresses=[]) / IPv6ExtHdrDestOpt())):
        t.v6(f"{title} is forwarded", forwarding, "forward", chain / udp(), to="ecmp")
    for title, chain in (("a later fragment", IPv6ExtHdrFragment(offset=5, nh=17) / Raw(bytes(8))),
                         ("a last octet", IPv6ExtHdrFragment(offset=5, nh=17) / Raw(b"x")),
                         ("ESP", ESP(spi=1, seq=1, data=bytes(16)))):
        t.v6(f"{title} is forwarded", forwarding, "forward", chain, to="ecmp")
    for action, permitted in ((0x1E, "forward"), (0x5E, "forward | drop"),
                              (0x9E, "forward | drop | icmp6 4/2*"),
                              (0xDE, "forward | drop | icmp6 4/2*")):
        t.v6(f"an unknown Hop-by-Hop option of type {action:#x}", options, permitted,
             IPv6ExtHdrHopByHop(options=[HBHOptUnknown(otype=action, optdata=b"\0\0")]) / udp(),
             to="ecmp")
        t.v6(f"an unknown Destination option of type {action:#x}", options, "forward",
             IPv6ExtHdrDestOpt(options=[HBHOptUnknown(otype=action, optdata=b"\0\0")]) / udp(),
             to="ecmp")
    for count in (8, 9, 40, 140):
        chain = IPv6ExtHdrDestOpt()
        for _ in range(count - 1):
            chain = chain / IPv6ExtHdrDestOpt()
        t.v6(f"{count} headers", "RFC 8883 3, RFC 9098 5", "forward | drop", chain / udp(), to="ecmp")
    t.v6("two Hop-by-Hop headers", "RFC 8200 4.1", "forward | drop | icmp6 4/1*",
         IPv6ExtHdrHopByHop() / IPv6ExtHdrHopByHop() / udp(), to="ecmp")
    t.v6("Hop-by-Hop behind another", "RFC 8200 4.1", "forward | drop | icmp6 4/1*",
         IPv6ExtHdrDestOpt() / IPv6ExtHdrHopByHop() / udp(), to="ecmp")
    for title, octets, header in (
            ("a header that runs off the packet", b"\x11\xff" + bytes(6), 60),
            ("a Hop-by-Hop header that runs off", b"\x11\xff" + bytes(6), 0),
            ("half a header", b"\x11\0\1", 60), ("half a fragment header", b"\x11\0\0\1", 44),
            ("a header alone", b"\x3c\0\1\4\0\0\0\0", 60), ("nothing where one should be", b"", 60),
            ("AH that runs off", b"\x11\xff" + bytes(10), 51),
            ("an option that runs off its header", b"\x11\0\x1e\xff\0\0\0\0", 0)):
        t.v6(title, "RFC 8200 4", "forward | drop | icmp6 4/*", Raw(octets), nh=header, to="ecmp")
    t.v6("a jumbogram's option", "RFC 2675 3", "drop | icmp6 4/*",
         IPv6ExtHdrHopByHop(options=[Jumbo(jumboplen=70000)]) / udp(), patch={4: b"\0\0"},
         to="ecmp")
