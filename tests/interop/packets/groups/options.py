"""IPv4 options: those with a meaning for routers, and broken ones."""

NAME = "IPv4 options"


def raw(*octets):
    """Options as they are, padded with End of Option List."""
    return bytes(octets) + bytes(-len(octets) % 4)


def cases(t):
    """Good ones, ones that we fill in, ones we refuse, malformed ones."""
    handling = "RFC 1812 5.3.13"
    for title, octets in (("No Operation", (1, 1, 1, 1)), ("End of Option List", (0, 0, 0, 0)),
                          ("40 octets of No Operation", (1,) * 40),
                          ("one that nobody knows", (0x9E, 4, 1, 2)),
                          ("Stream Identifier", (0x88, 4, 0, 1)),
                          ("Router Alert", (0x94, 4, 0, 0))):
        t.v4(f"{title} does not matter", handling, "forward", raw_options=raw(*octets))
    t.v4("octets behind the end do not matter", handling, "forward", raw_options=raw(0, 9, 9, 9),
         linux="corrupt: options")  # it clears them
    t.v4("Record Route is filled in", handling + ".2", "forward recorded | forward",
         raw_options=raw(7, 11, 4, *bytes(8)))
    t.v4("a full Record Route stays", "RFC 791 3.1", "forward",
         raw_options=raw(7, 7, 8, 10, 9, 9, 9))
    for flags, size, name in ((0, 12, "times"), (1, 12, "addresses and times")):
        t.v4(f"Timestamp is filled in: {name}", handling + ".3", "forward recorded | forward",
             raw_options=raw(68, size, 5, flags, *bytes(size - 4)))
    t.v4("a full Timestamp counts", "RFC 791 3.1", "forward recorded | forward",
         raw_options=raw(68, 8, 9, 0, 1, 2, 3, 4))
    t.v4("a full Timestamp that can count no more", "RFC 791 3.1", "icmp 12/0* | drop",
         raw_options=raw(68, 8, 9, 0xF0, 1, 2, 3, 4))
    for kind, name in ((131, "loose"), (137, "strict")):
        t.v4(f"a {name} source route is refused", "RFC 7126 4.3, 4.4", "drop | icmp 3/5",
             raw_options=raw(kind, 7, 4, 10, 22, 9, 9))
    broken = "RFC 1812 4.3.3.5"
    for title, octets in (("a length of zero", (7, 0, 4, 0)), ("a length of one", (7, 1, 4, 0)),
                          ("a length beyond the header", (7, 9, 4, 0)),
                          ("no length", (1, 1, 1, 7)),
                          ("Record Route without a pointer", (7, 2, 1, 1)),
                          ("a pointer before the data", (7, 7, 3, 0, 0, 0, 0)),
                          ("half an address of room", (7, 6, 4, 0, 0, 0)),
                          ("Timestamp without flags", (68, 3, 5, 0))):
        t.v4(title, broken, "icmp 12/0* | drop", raw_options=raw(*octets))
    t.v4("Timestamp of unknown flags", broken, "icmp 12/0* | drop | forward",
         raw_options=raw(68, 8, 5, 2, 0, 0, 0, 0))
