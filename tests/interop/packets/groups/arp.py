"""ARP to the router: good requests, and what must neither be answered nor break anything."""

from scapy.all import ARP, Dot1Q, Ether, Raw

from packets import plan
from packets.table import BROADCAST

NAME = "ARP"


def cases(t):
    """Each has a sender of its own, by which its answer is known."""
    port = plan.port(1)
    own = port.own(4)

    def arp(title, permitted, clause="RFC 826", link=None, tail=b"", cut=None, **fields):
        sender = fields.setdefault("psrc", f"10.1.1.{50 + len(t.cases)}")
        fields = {"op": 1, "hwsrc": port.host_mac, "hwdst": "00:00:00:00:00:00", "pdst": own} | fields
        frame = bytes(Ether(**({"src": port.host_mac, "dst": BROADCAST} | (link or {})))
                      / ARP(**fields) / Raw(tail))
        unique = sender.startswith("10.1.1.") and sender != own and not sender.endswith(".255")
        t.add(title, clause, permitted, frame[:cut], keys=[sender] if unique else [])

    arp("a request for the router", "arp reply")
    arp("the same to the router's MAC address", "arp reply", link={"dst": port.mac})
    arp("a request with padding", "arp reply", tail=bytes(18))
    arp("a probe", "arp reply", "RFC 5227 2.1.1", psrc="0.0.0.0")
    arp("a request for another host", "drop", pdst="10.1.1.200")
    arp("a request for another link's address", "arp reply | drop", pdst=plan.port(2).own(4))
    arp("a request for a host behind the router", "drop", "RFC 1027", pdst="10.22.0.9")
    arp("an announcement", "drop", "RFC 5227 2.3", psrc="10.1.1.90", pdst="10.1.1.90")
    arp("an announcement of the router's address by another", "drop | arp reply | arp request",
        "RFC 5227 2.4", psrc=own)
    arp("a reply nobody asked for", "drop", op=2, hwdst=port.mac)
    for operation in (0, 3, 8, 255):
        arp(f"operation {operation}", "drop", op=operation)
    arp("hardware type 6", "drop | arp reply", hwtype=6)
    arp("hardware addresses of 8 octets", "drop", hwlen=8)
    arp("protocol addresses of 16 octets", "drop", plen=16)
    arp("the protocol IPv6", "drop", ptype=0x86DD)
    for size in (0, 8, 27):
        arp(f"{size} octets", "drop", cut=14 + size)
    arp("a sender whose MAC address is broadcast", "drop | arp reply", hwsrc=BROADCAST)
    arp("a sender whose MAC address is a group's", "drop | arp reply", hwsrc="01:00:5e:00:00:01")
    arp("a sender that is 255.255.255.255", "drop", psrc="255.255.255.255")
    arp("a sender that is a group", "drop", psrc="224.0.0.1")
    arp("a sender that is 127.0.0.1", "drop", psrc="127.0.0.1")
    arp("a target that is a group", "drop", pdst="224.0.0.1")
    t.add("a request with a tag", "IEEE 802.1Q", "drop",
          Ether(src=port.host_mac, dst=BROADCAST) / Dot1Q(vlan=9)
          / ARP(hwsrc=port.host_mac, psrc="10.1.1.99", pdst=own), keys=["10.1.1.99"])
