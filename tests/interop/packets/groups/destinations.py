"""Destinations that are no host's, broadcasts, and prefixes with a fate."""

NAME = "destinations"


def cases(t):
    """What is not to be forwarded is not."""
    for destination in ("0.0.0.0", "0.1.2.3", "127.0.0.1", "127.9.9.9", "240.0.0.1"):
        t.v4(f"to {destination}", "RFC 1812 5.3.7, RFC 6890 2.2.2", "drop | icmp 3/*"
             if destination in ("240.0.0.1", "0.1.2.3") else "drop", dst=destination)
    for destination in ("224.0.0.5", "224.0.0.251", "239.1.1.1", "255.255.255.255"):
        mac = "ff:ff:ff:ff:ff:ff" if destination.startswith("255") else "01:00:5e:00:00:05"
        t.v4(f"to {destination}", "RFC 1812 5.3.4, RFC 1112 6.1", "drop", dst=destination,
             link={"dst": mac})
        t.v4(f"to {destination}, in a frame to us", "RFC 1812 5.3.4", "drop", dst=destination)
    t.v4("to a link-local address", "RFC 3927 2.7", "drop | icmp 3/*", dst="169.254.9.9")
    t.v4("to the broadcast address of another link", "RFC 2644 2", "drop", dst="10.1.2.255")
    t.v4("the same with TTL 1", "RFC 2644 2", "drop", dst="10.1.2.255", ttl=1)
    t.v4("to the network address of another link", "RFC 1812 5.3.5.3", "drop | icmp 3/*",
         dst="10.1.2.0")
    t.v4("to the broadcast address of its own link", "RFC 1812 5.3.5", "drop | icmp 3/3",
         dst="10.1.1.255")
    t.v4("to a prefix without a route", "RFC 1812 5.2.7.1", "icmp 3/0", to="nowhere")
    t.v4("to a discarded prefix", "RFC 5635 3", "drop", to="discard")
    for number in (66, 67):  # the second is held beside others
        for size in range(number - 65):
            t.v4(f"to a host that is not there: {number}.{size}", "RFC 1812 5.3.12, 4.2.3.1",
                 "icmp 3/1", dst=f"10.1.2.{number}", late=True)
            t.v6(f"to a host that is not there: {number:x}.{size} over IPv6", "RFC 4443 3.1",
                 "icmp6 1/3", dst=f"fd00:2::{number:x}", late=True)
    t.v4("back to where it came from", "RFC 1812 5.2.7.2", "forward | forward + icmp 5/*", to=1)
