"""IPv4 fragments on their way through; none is put together."""

from scapy.all import Raw

NAME = "fragments"


def cases(t):
    """Whole sets, odd ones, and what is told about them."""
    forwarding = "RFC 1812 5.3.12"
    for title, flags, offset, size in (
            ("the first", "MF", 0, 64), ("one between", "MF", 8, 64), ("the last", 0, 16, 20),
            ("a first one of 8 octets", "MF", 0, 8), ("one that overlaps a TCP header", 0, 1, 24),
            ("one that is not a multiple of 8", "MF", 0, 61), ("the furthest", 0, 8189, 24),
            ("the first again, with don't-fragment", "MF+DF", 0, 64), ("an empty one", "MF", 4, 0)):
        t.v4(f"{title} is forwarded", forwarding, "forward", Raw(bytes(range(size))), proto=17,
             flags=flags, frag=offset, id=77)
    t.v4("one that would end beyond 65535 octets", "RFC 791 3.2", "forward | drop",
         Raw(bytes(200)), proto=17, frag=8191)
    t.v4("the first one of TTL 1 is answered", "RFC 1812 4.3.2.7", "icmp 11/0", Raw(bytes(64)),
         proto=17, flags="MF", ttl=1)
    for title, options in (("TTL 1", {"ttl": 1}), ("no route", {"to": "nowhere"}),
                           ("don't-fragment over the MTU", {"to": 3, "flags": "DF"})):
        size = 1400 if "flags" in options else 64
        t.v4(f"a later one is not told of: {title}", "RFC 1812 4.3.2.7", "drop", Raw(bytes(size)),
             proto=17, frag=9, **options)
    t.v4("fragments go by both ways of ECMP", forwarding, "forward", Raw(bytes(64)), proto=17,
         frag=9, to="ecmp")
