"""Packets to the router itself: what a host answers, and what it must not fall for."""

from scapy.all import (ICMP, IP, TCP, UDP, ICMPv6EchoReply, ICMPv6EchoRequest, ICMPv6PacketTooBig,
                       IPOption, IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, IPv6ExtHdrRouting, Raw)

from packets import plan
from packets.table import BROADCAST, PAYLOAD, udp

NAME = "to the router itself"


def cases(t):
    """IPv4, then IPv6."""
    own, other = plan.port(1).own(4), plan.port(2).own(4)
    echo = ICMP(id=9) / PAYLOAD
    host = "RFC 1122 3.2.2.6"
    for title, options in (
            ("an echo request", {}), ("with TTL 1", {"ttl": 1}), ("with TTL 0", {"ttl": 0}),
            ("of another type of service", {"tos": 0xFF}), ("that may not be cut", {"flags": "DF"}),
            ("with Router Alert", {"options": [IPOption(b"\x94\x04\0\0")]})):
        t.v4(f"echo: {title}", host, "echo reply | drop" if "ttl" in options and not options["ttl"]
             else "echo reply", echo, dst=own, **options)
    t.v4("echo: to the address of another port", host, "echo reply", echo, dst=other)
    t.v4("echo: of 1472 octets", host, "echo reply", ICMP() / bytes(1472), dst=own)
    t.v4("echo: with a wrong checksum", "RFC 792", "drop", ICMP(chksum=1) / PAYLOAD, dst=own)
    t.v4("echo: from a broadcast frame", "RFC 1122 3.3.6", "drop", echo, dst=own,
         link={"dst": BROADCAST}, linux="echo reply")
    t.v4("a smurf: echo to the link's broadcast address", "RFC 2644 2", "drop", echo,
         dst="10.1.1.255", link={"dst": BROADCAST})
    t.v4("a smurf: echo to all", host, "drop", echo, dst="255.255.255.255", link={"dst": BROADCAST})
    t.v4("echo to a group", host, "drop | echo reply", echo, dst="224.0.0.1",
         link={"dst": "01:00:5e:00:00:01"})
    t.v4("LAND: from the router to itself", "RFC 1812 5.3.8", "drop", TCP(dport=179), src=own,
         dst=own)
    t.v4("LAND: from its other address", "RFC 1812 5.3.8", "drop", TCP(dport=179), src=other, dst=own)
    t.v4("from 127.0.0.1 to the router", "RFC 1812 5.3.7", "drop", echo, src="127.0.0.1", dst=own)
    for title, data, answer in (
            ("UDP to a closed port", udp(), "icmp 3/3"),
            ("UDP with a wrong checksum", UDP(dport=5000, chksum=1) / PAYLOAD, "drop"),
            ("UDP of half a header", Raw(b"\0\x35\0"), "drop"),
            ("a SYN to a closed port", TCP(dport=81), "reset"),
            ("a reset to a closed port", TCP(dport=81, flags="R"), "drop"),
            ("every flag of TCP", TCP(dport=81, flags=0x3F), "reset | drop"),
            ("TCP of half a header", Raw(bytes(10)), "drop"),
            ("a redirect", ICMP(type=5, code=1, gw="10.1.1.66") / IP(src=own, dst="10.22.0.1") / udp(),
             "drop"),
            ("a blind MTU of 68", ICMP(type=3, code=4, nexthopmtu=68)
             / IP(src=own, dst="10.22.0.1") / TCP(), "drop"),
            ("a blind unreachable", ICMP(type=3, code=1) / IP(src=own, dst="10.22.0.1") / TCP(), "drop"),
            ("a source quench", ICMP(type=4) / IP(src=own, dst="10.22.0.1") / TCP(), "drop"),
            ("an address mask request", ICMP(type=17), "drop | icmp query 18"),
            ("a timestamp request", ICMP(type=13), "drop | icmp query 14"),
            ("an echo reply nobody asked for", ICMP(type=0) / PAYLOAD, "drop")):
        protocol = {"proto": 17 if "UDP" in title else 6} if isinstance(data, Raw) else {}
        t.v4(title, "RFC 1122 3.2.2, 4.1.3", answer, data, dst=own, **protocol)
    t.v4("a protocol that nobody has", "RFC 1122 3.2.2.1", "icmp 3/2 | drop", Raw(PAYLOAD), dst=own,
         proto=253)
    t.v4("a lone fragment", "RFC 1122 3.3.2", "drop", Raw(bytes(64)), dst=own, proto=1, frag=99)

    own, other = plan.port(1).own(6), plan.port(2).own(6)
    echo = ICMPv6EchoRequest() / PAYLOAD
    for title, options in (("an echo request", {}), ("of hop limit 1", {"hlim": 1}),
                           ("to the address of another port", {"dst": other})):
        t.v6(f"ICMPv6 echo: {title}", "RFC 4443 4.2", "echo reply", echo, **({"dst": own} | options))
    t.v6("ICMPv6 echo behind an extension header", "RFC 4443 4.2", "echo reply",
         IPv6ExtHdrDestOpt() / echo, dst=own)
    t.v6("ICMPv6 LAND", "RFC 4291 2.5", "drop", echo, src=own, dst=own)
    t.v6("from ::1 to the router", "RFC 4291 2.5.3", "drop", echo, src="::1", dst=own)
    for title, data, answer in (
            ("UDP to a closed port", udp(), "icmp6 1/4"), ("a SYN to a closed port", TCP(dport=81), "reset"),
            ("an echo reply nobody asked for", ICMPv6EchoReply() / PAYLOAD, "drop"),
            ("a blind MTU of 68", ICMPv6PacketTooBig(mtu=68)
             / IPv6(src=own, dst="2001:db8:22::1") / TCP(), "drop"),
            ("a source route through the router", IPv6ExtHdrRouting(addresses=["2001:db8:22::9"], segleft=1)
             / udp(), "drop | icmp6 4/0*"),
            ("an unknown next header", Raw(bytes(16)), "icmp6 4/1* | drop"),
            ("a lone fragment", IPv6ExtHdrFragment(offset=9, nh=58) / Raw(bytes(16)), "drop")):
        options = {"nh": 253} if isinstance(data, Raw) else {}
        t.v6(f"{title} over IPv6", "RFC 4443, RFC 5095 3", answer, data, dst=own, **options)
