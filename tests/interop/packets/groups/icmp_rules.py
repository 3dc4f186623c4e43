"""Whom a router may tell of an error, and whom never (RFC 1812 4.3.2.7, RFC 4443 2.4)."""

from scapy.all import (ICMP, IP, TCP, ICMPv6DestUnreach, ICMPv6EchoRequest, ICMPv6PacketTooBig,
                       ICMPv6ParamProblem, ICMPv6TimeExceeded, ICMPv6Unknown, IPv6,
                       IPv6ExtHdrFragment, Raw)

from packets.table import BROADCAST, PAYLOAD, udp

NAME = "ICMP errors"


def cases(t):
    """All have a TTL of 1, so that there is something to tell."""
    about = IP(src="10.22.9.9", dst="10.21.9.9") / udp()
    rules = "RFC 1812 4.3.2.7"
    for title, kind in (("unreachable", 3), ("source quench", 4), ("redirect", 5),
                        ("time exceeded", 11), ("parameter problem", 12)):
        t.v4(f"an error is not told of: {title}", rules, "drop", ICMP(type=kind) / about, ttl=1)
    for title, data in (("an echo request", ICMP() / PAYLOAD), ("an echo reply", ICMP(type=0)),
                        ("a timestamp request", ICMP(type=13)), ("TCP", TCP(flags="R")),
                        ("UDP", None)):
        t.v4(f"{title} is told of", rules, "icmp 11/0", data, ttl=1)
    t.v4("ICMP of an unknown type", rules, "icmp 11/0 | drop", ICMP(type=200), ttl=1)
    t.v4("ICMP without a type", rules, "icmp 11/0 | drop", Raw(b""), proto=1, ttl=1)
    t.v4("a broadcast frame is not told of", rules, "drop", ttl=1, link={"dst": BROADCAST})
    t.v4("a multicast is not told of", rules, "drop", ttl=1, dst="239.1.1.1")
    for source in ("0.0.0.0", "127.0.0.1", "224.0.0.1", "255.255.255.255", "10.1.1.255"):
        t.v4(f"{source} is not told", rules, "drop", ttl=1, src=source,
             linux="icmp 11/0" if source == "10.1.1.255" else None)
    t.v4("a long packet is quoted up to 576 octets", "RFC 1812 4.3.2.3", "icmp 11/0",
         Raw(bytes(1400)), proto=253, ttl=1)
    t.v4("a packet without data is quoted", "RFC 792", "icmp 11/0", Raw(b""), proto=253, ttl=1)

    rules = "RFC 4443 2.4 (e)"
    inner = IPv6(src="2001:db8:22::99", dst="2001:db8:21::99") / udp()
    for title, data in (("unreachable", ICMPv6DestUnreach()), ("too big", ICMPv6PacketTooBig()),
                        ("time exceeded", ICMPv6TimeExceeded()),
                        ("parameter problem", ICMPv6ParamProblem()),
                        ("unknown", ICMPv6Unknown(type=100))):
        t.v6(f"an ICMPv6 error is not told of: {title}", rules, "drop", data / inner, hlim=1)
    for title, data in (("an echo request", ICMPv6EchoRequest()), ("UDP", None), ("TCP", TCP()),
                        ("a first fragment", IPv6ExtHdrFragment(m=1, nh=17) / Raw(bytes(8)))):
        t.v6(f"{title} over IPv6 is told of", "RFC 4443 3.3", "icmp6 3/0", data, hlim=1)
    t.v6("a broadcast frame with IPv6 is not told of", rules, "drop", hlim=1,
         link={"dst": BROADCAST})
    t.v6("a long packet is quoted up to 1280 octets", "RFC 4443 2.4 (c)", "icmp6 3/0",
         Raw(bytes(1400)), nh=253, hlim=1)
    t.v6("no route is told", "RFC 4443 3.1", "icmp6 1/0", to="nowhere")
    t.v6("a discarded prefix is not", "RFC 5635 3", "drop", to="discard")
