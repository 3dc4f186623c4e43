"""IPv6 addresses that may not cross a router, or stand where they do."""

NAME = "IPv6 martians"


def cases(t):
    """Sources, then destinations."""
    scope = "RFC 4291 2.5, RFC 6890 2.2.3"
    for source in ("::", "::1", "ff02::1", "ff0e::1"):
        t.v6(f"from {source}", scope, "drop", src=source)
    t.v6("from an IPv4-mapped address", "RFC 4942 2.2", "drop", src="::ffff:10.21.0.9",
         linux="forward | icmp6 1/*")
    t.v6("from a link-local address", "RFC 4291 2.5.6", "drop | icmp6 1/2", src="fe80::9:9")
    t.v6("from our own address", "RFC 4291 2.5", "drop", src="fd00:1::1", linux="forward")
    t.v6("from another address of ours", "RFC 4291 2.5", "drop", src="fd00:2::1", linux="forward")
    elsewhere = "drop" if t.strict else "forward"
    # The kernel has source validation for IPv4 only.
    t.v6("from a host of another link", "RFC 3704 2.2", elsewhere, src="fd00:3::77", linux="forward")
    t.v6("from a network behind another port", "RFC 3704 2.2", elsewhere, src="2001:db8:23::9",
         linux="forward")
    t.v6("from where no route leads", "RFC 3704 2.4", elsewhere, src="2001:db8:26::9",
         linux="forward")
    t.v6("from a host of the link", "RFC 3704 2.2", "forward", src="fd00:1::77")
    for destination in ("::", "::1"):
        t.v6(f"to {destination}", scope, "drop | icmp6 1/*", dst=destination)
    for destination in ("ff00::1", "ff01::1", "ff02::1", "ff02::5", "ff05::2", "ff0e::1"):
        t.v6(f"to {destination}", "RFC 4291 2.7", "drop", dst=destination,
             link={"dst": "33:33:00:00:00:01"})
    # The kernel asks for it first, in vain.
    t.v6("to a link-local address of another", "RFC 4291 2.5.6",
         "icmp6 1/3" if t.reference else "drop | icmp6 1/*", dst="fe80::77:77", late=t.reference)
    t.v6("to an IPv4-mapped address", "RFC 4942 2.2", "drop | icmp6 1/*", dst="::ffff:10.22.0.9")
    t.v6("to a prefix without a route", "RFC 4443 3.1", "icmp6 1/0", to="nowhere")
