"""Frames of other protocols, for other stations, tagged, short and long."""

from scapy.all import IP, LLC, SNAP, STP, Dot1AD, Dot1Q, Dot3, Ether, IPv6, Raw

from packets import plan
from packets.table import BROADCAST, udp

NAME = "link layer"


def cases(t):
    """None of them may come out anywhere."""
    mac, host = plan.port(1).mac, plan.port(1).host_mac
    inner = IP(src="10.21.200.1", dst="10.22.200.1") / udp()

    def ether(payload, **fields):
        return Ether(**({"src": host, "dst": mac} | fields)) / payload

    for title, frame in (
            ("802.1Q", ether(Dot1Q(vlan=5) / inner)), ("802.1Q, VLAN 0", ether(Dot1Q() / inner)),
            ("802.1ad", ether(Dot1AD(vlan=5) / inner)),
            ("802.1ad in 802.1Q", ether(Dot1AD(vlan=5) / Dot1Q(vlan=6) / inner)),
            ("two tags of 802.1Q", ether(Dot1Q(vlan=5) / Dot1Q(vlan=6) / inner)),
            ("a tag alone", ether(Raw(b"\0\x05"), type=0x8100))):
        # Priority tags (VLAN 0) may be taken off.
        t.add(title, "IEEE 802.1Q 6.9", "drop | forward" if "VLAN 0" in title else "drop", frame)
    for size in (0, 1, 13, 19):
        t.add(f"{14 + size} octets", "RFC 894", "drop", bytes(ether(inner))[:14 + size])
    for title, frame in (
            ("LLC", Dot3(src=host, dst=mac) / LLC() / Raw(bytes(40))),
            ("SNAP", Dot3(src=host, dst=mac) / LLC() / SNAP(code=0x800) / inner),
            ("a bridge's hello", Dot3(src=host, dst="01:80:c2:00:00:00") / LLC() / STP()),
            ("a length of zero", ether(Raw(bytes(46)), type=0)),
            ("a length beyond the frame", ether(Raw(bytes(46)), type=1499)),
            ("a pause frame", ether(Raw(b"\0\1\xff\xff" + bytes(42)), type=0x8808,
                                    dst="01:80:c2:00:00:01")),
            ("LLDP", ether(Raw(bytes(46)), type=0x88CC, dst="01:80:c2:00:00:0e")),
            ("MPLS", ether(Raw(b"\0\x01\x01\x40" + bytes(inner)), type=0x8847)),
            ("PPPoE", ether(Raw(b"\x11\0\0\1\0\x2a\0\x21" + bytes(inner)), type=0x8864)),
            ("an unknown EtherType", ether(Raw(bytes(46)), type=0xFFFF)),
            ("IPX", ether(Raw(bytes(46)), type=0x8137)),
            ("IPv6 as IPv4", ether(IPv6(src="2001:db8:21::7", dst="2001:db8:22::7") / udp(),
                                   type=0x0800)),
            ("IPv4 as IPv6", ether(inner, type=0x86DD))):
        t.add(title, "RFC 1122 2.3", "drop", frame)
    for title, link in (("another station", {"dst": "02:00:00:00:00:77"}),
                        ("everybody", {"dst": BROADCAST}),
                        ("a group", {"dst": "01:00:5e:00:00:01"}),
                        ("a zero address", {"dst": "00:00:00:00:00:00"})):
        t.v4(f"unicast to {title}", "RFC 1812 5.3.4", "drop", link=link)
        t.v6(f"IPv6 unicast to {title}", "RFC 1812 5.3.4", "drop | forward"
             if title in ("everybody", "a group") else "drop", link=link)
    t.v4("from a group's MAC address", "IEEE 802 8.2", "drop | forward",
         link={"src": "01:00:00:00:00:05"})
    for size in (1501, 1514, 2000, 2400):
        t.v4(f"{size} octets of IP on a link of 1500", "RFC 894", "drop | forward | fragments"
             if size < 1505 else "drop", Raw(bytes(size - 20)), proto=253)
