"""Packets larger than the MTU of the way out: port 3 has 1280 octets."""

from scapy.all import IPOption, Raw

NAME = "MTU"


def cases(t):
    """IPv4 is cut or told the MTU, IPv6 told."""
    cut = "RFC 1812 4.2.2.7, RFC 791 3.2"
    for total in (1281, 1400, 1500):
        t.v4(f"{total} octets are cut", cut, "fragments", Raw(bytes(n % 251 for n in range(total - 20))),
             proto=253, to=3, id=total)
        t.v4(f"{total} octets that may not be cut are told the MTU", "RFC 1191 4",
             "icmp 3/4 mtu 1280", Raw(bytes(total - 20)), proto=253, to=3, flags="DF")
    t.v4("1280 octets pass", cut, "forward", Raw(bytes(1260)), proto=253, to=3, flags="DF")
    t.v4("a fragment is cut further", cut, "fragments", Raw(bytes(1400)), proto=253, to=3, id=5,
         flags="MF", frag=100)
    t.v4("a last fragment is cut further", cut, "fragments", Raw(bytes(1301)), proto=253, to=3, id=6,
         frag=100)
    t.v4("options are copied that say so", cut, "fragments", Raw(bytes(1400)), proto=253, to=3, id=7,
         options=[IPOption(bytes((0x9E, 4, 1, 2, 30, 4, 3, 4)))])
    t.v4("TTL 1 comes first", "RFC 1812 5.3.1", "icmp 11/0", Raw(bytes(1400)), proto=253, to=3,
         ttl=1)
    t.v4("what is not sent is not told of", "RFC 1812 4.3.2.7", "drop", Raw(b"\x03\x04" + bytes(1400)),
         proto=1, to=3, flags="DF")
    told = "RFC 8201 3, RFC 4443 3.2"
    for total in (1281, 1500):
        t.v6(f"{total} octets are told the MTU", told, "icmp6 2/0 mtu 1280",
             Raw(bytes(total - 40)), nh=253, to=3)
    t.v6("1280 octets pass", told, "forward", Raw(bytes(1240)), nh=253, to=3)
