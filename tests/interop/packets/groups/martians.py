"""IPv4 sources that are no host's, or not of where they come from."""

NAME = "IPv4 martian sources"


def cases(t):
    """By RFC 6890, and with source validation by the routes."""
    for source in ("0.0.0.0", "0.1.2.3", "127.0.0.1", "127.9.9.9", "224.0.0.1", "239.255.255.250",
                   "240.0.0.1", "255.255.255.255"):
        t.v4(f"from {source}", "RFC 1812 5.3.7, RFC 6890 2.2.2", "drop", src=source,
             linux="forward" if source in ("0.1.2.3", "240.0.0.1") else None)
    t.v4("from a link-local address", "RFC 3927 2.7", "drop", src="169.254.1.1", linux="forward")
    t.v4("from our own address", "RFC 1812 5.3.8", "drop", src="10.1.1.1")
    t.v4("from another address of ours", "RFC 1812 5.3.8", "drop", src="10.1.2.1")
    t.v4("from the broadcast address of the link", "RFC 1812 5.3.7", "drop | forward",
         src="10.1.1.255")
    elsewhere = "drop" if t.strict else "forward"
    t.v4("from a host of another link", "RFC 3704 2.2", elsewhere, src="10.1.3.77")
    t.v4("from a network behind another port", "RFC 3704 2.2", elsewhere, src="10.23.0.9")
    t.v4("from where no route leads", "RFC 3704 2.4", elsewhere, src="10.26.0.9")
    t.v4("from where packets are discarded", "RFC 5635 4", elsewhere, src="10.25.0.9")
    t.v4("from a host of the link", "RFC 3704 2.2", "forward", src="10.1.1.77")
    t.v4("from where two ways lead", "RFC 3704 2.3", "forward", src="10.24.0.9", port=2, to=1)
