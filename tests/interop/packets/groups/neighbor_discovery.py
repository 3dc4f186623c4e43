"""Neighbor discovery to the router (RFC 4861 sections 6 and 7): what is answered, what is thrown away."""

from scapy.all import (Ether, ICMPv6ND_NA, ICMPv6ND_NS, ICMPv6ND_RA, ICMPv6ND_Redirect, ICMPv6ND_RS,
                       ICMPv6NDOptDstLLAddr, ICMPv6NDOptPrefixInfo, ICMPv6NDOptSrcLLAddr, IPv6, Raw)

from packets import plan

NAME = "neighbor discovery"
NODE, MAC = "ff02::1:ff00:1", "33:33:ff:00:00:01"


def cases(t):
    """Each from an address of its own."""
    port = plan.port(1)
    own = port.own(6)
    source_mac = ICMPv6NDOptSrcLLAddr(lladdr=port.host_mac)

    def nd(title, permitted, message, clause="RFC 4861 7.1.1", link=None, cut=None, **fields):
        unique = "src" not in fields
        source = fields.setdefault("src", f"fd00:1::{0x100 + len(t.cases):x}")
        fields = {"dst": NODE, "hlim": 255} | fields
        frame = bytes(Ether(**({"src": port.host_mac, "dst": MAC} | (link or {})))
                      / IPv6(**fields) / message)
        t.add(title, clause, permitted, frame[:cut], keys=[source] if unique else [])

    ask = ICMPv6ND_NS(tgt=own) / source_mac
    nd("a solicitation", "neighbor advertisement", ask)
    nd("to the router's own address", "neighbor advertisement", ask, dst=own, link={"dst": port.mac})
    nd("without a MAC address", "neighbor advertisement | drop", ICMPv6ND_NS(tgt=own), dst=own,
       link={"dst": port.mac})
    nd("from a link-local address", "neighbor advertisement", ask, src="fe80::77")
    nd("for the router's link-local address", "neighbor advertisement",
       ICMPv6ND_NS(tgt="fe80::ff:fe00:1") / source_mac)
    nd("that looks for a duplicate", "neighbor advertisement", ICMPv6ND_NS(tgt=own), "RFC 4862 5.4",
       src="::")
    nd("for another host", "drop", ICMPv6ND_NS(tgt="fd00:1::99") / source_mac)
    nd("for a group", "drop", ICMPv6ND_NS(tgt="ff02::1") / source_mac)
    for hops in (0, 1, 64, 254):
        nd(f"of hop limit {hops}", "drop", ask, hlim=hops)
    nd("of code 1", "drop", ICMPv6ND_NS(tgt=own, code=1) / source_mac)
    nd("with a wrong checksum", "drop", ICMPv6ND_NS(tgt=own, cksum=1) / source_mac)
    nd("of half a target", "drop", Raw(b"\x87\0\0\0\0\0\0\0" + bytes(8)), nh=58)
    nd("with an option of no length", "drop", ICMPv6ND_NS(tgt=own) / Raw(b"\x01\0" + bytes(6)))
    nd("with an option that runs off", "drop | neighbor advertisement",
       ICMPv6ND_NS(tgt=own) / Raw(b"\x01\x09" + bytes(6)))
    nd("that looks for a duplicate with a MAC address", "drop", ask, src="::")
    nd("that looks for a duplicate of one host alone", "drop", ICMPv6ND_NS(tgt=own), src="::", dst=own,
       link={"dst": port.mac})
    nd("an advertisement nobody asked for", "drop",
       ICMPv6ND_NA(tgt="fd00:1::2", O=1) / ICMPv6NDOptDstLLAddr(lladdr="02:00:00:00:06:66"),
       "RFC 4861 7.1.2", dst="ff02::1", link={"dst": "33:33:00:00:00:01"})
    nd("a router advertisement", "drop", ICMPv6ND_RA(routerlifetime=1800)
       / ICMPv6NDOptPrefixInfo(prefix="2001:db8:bad::", prefixlen=64) / source_mac, "RFC 4861 6.2.7",
       src="fe80::66", dst="ff02::1", link={"dst": "33:33:00:00:00:01"})
    nd("a router solicitation", "drop | protocol *", ICMPv6ND_RS() / source_mac, "RFC 4861 6.2.6",
       dst="ff02::2", link={"dst": "33:33:00:00:00:02"})
    nd("a redirect", "drop", ICMPv6ND_Redirect(tgt="fe80::66", dst="2001:db8:22::9"),
       "RFC 4861 8.1", src="fe80::66", dst=own, link={"dst": port.mac})
    nd("a solicitation that would have to be forwarded", "forward | drop | icmp6 3/0",
       ICMPv6ND_NS(tgt="2001:db8:22::9"), dst="2001:db8:22::9", link={"dst": port.mac}, hlim=1)
