"""Two thousand of a kind at once: afterwards everything works as before."""

from scapy.all import ARP, ICMP, Ether, ICMPv6EchoRequest, ICMPv6ND_NS, ICMPv6NDOptSrcLLAddr, IPv6, Raw

from packets import plan
from packets.table import BROADCAST, PAYLOAD

NAME = "floods"
TIMES = 2000


def cases(t):
    """Not everything has to be answered; nothing else may happen."""
    port = plan.port(1)
    flood = {"times": TIMES}
    t.add("ARP requests", "RFC 1812 4.3.2.8", "arp reply | drop",
          Ether(src=port.host_mac, dst=BROADCAST)
          / ARP(hwsrc=port.host_mac, psrc="10.1.1.240", pdst=port.own(4)), keys=["10.1.1.240"], **flood)
    t.add("neighbor solicitations", "RFC 4443 2.4 (f)", "neighbor advertisement | drop",
          Ether(src=port.host_mac, dst="33:33:ff:00:00:01")
          / IPv6(src="fd00:1::f0", dst="ff02::1:ff00:1", hlim=255) / ICMPv6ND_NS(tgt=port.own(6))
          / ICMPv6NDOptSrcLLAddr(lladdr=port.host_mac), keys=["fd00:1::f0"], **flood)
    t.v4("echo requests", "RFC 1812 4.3.2.8", "echo reply | drop", ICMP() / PAYLOAD, dst=port.own(4),
         **flood)
    t.v6("echo requests over IPv6", "RFC 4443 2.4 (f)", "echo reply | drop",
         ICMPv6EchoRequest() / PAYLOAD, dst=port.own(6), **flood)
    t.v4("packets of TTL 1", "RFC 1812 4.3.2.8", "icmp 11/0 | drop", ttl=1, **flood)
    t.v6("packets of hop limit 1", "RFC 4443 2.4 (f)", "icmp6 3/0 | drop", hlim=1, **flood)
    t.v4("packets to nowhere", "RFC 1812 4.3.2.8", "icmp 3/0 | drop", to="nowhere", **flood)
    t.v4("first fragments to the router", "RFC 1858", "drop | icmp 11/1", Raw(bytes(64)), proto=17,
         dst=port.own(4), flags="MF", **flood)
    t.v4("packets that have to be cut", "RFC 1812 4.2.2.7", "fragments", Raw(bytes(1400)), proto=253,
         to=3, id=9, **flood)
    t.v4("broadcasts", "RFC 1812 5.3.4", "drop", dst="255.255.255.255", link={"dst": BROADCAST},
         **flood)
