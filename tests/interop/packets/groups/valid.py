"""Traffic that every router forwards, and what a hop less does to checksums."""

from scapy.all import ICMP, IP, TCP, UDP, ICMPv6EchoRequest, Raw

from packets.judge import checksum
from packets.table import PAYLOAD

NAME = "valid traffic"

# Checksums where an update by RFC 1141, or with the wrong carry, goes wrong (RFC 1624 section 4).
CORNERS = (0x0000, 0x0001, 0x00FF, 0x0100, 0xFDFF, 0xFE00, 0xFEFE, 0xFEFF, 0xFF00, 0xFF01, 0xFFFE)


def cases(t):
    """IPv4, IPv6, checksum corners."""
    plain = "RFC 1812 5.2.1"
    for title, data in (
            ("UDP", None), ("TCP SYN", TCP(sport=4000, dport=80)), ("TCP with data", TCP() / PAYLOAD),
            ("an echo request", ICMP(id=7) / PAYLOAD), ("a datagram without data", UDP()),
            ("UDP without a checksum", UDP(chksum=0) / PAYLOAD), ("no payload at all", Raw(b"")),
            ("one octet", Raw(b"x"))):
        t.v4(f"{title} is forwarded", plain, "forward", data)
    for protocol in (2, 47, 50, 51, 132, 136, 253, 255):
        t.v4(f"protocol {protocol} is forwarded", plain, "forward", Raw(PAYLOAD), proto=protocol)
    t.v4("1500 octets are forwarded", plain, "forward", Raw(bytes(1480)), proto=253)
    t.v4("padding is cut off", "RFC 1042", "forward", Raw(b"x"), proto=253, pad=30)
    for tos in (0x01, 0x03, 0xB8, 0xFF):
        t.v4(f"type of service {tos:#x} stays", "RFC 2474 3, RFC 3168 5", "forward", tos=tos)
    for ttl in (2, 255):
        t.v4(f"TTL {ttl} is one less", "RFC 1812 5.3.1", "forward", ttl=ttl)
    t.v4("don't-fragment stays", plain, "forward", flags="DF", id=0)
    t.v4("the reserved flag does not matter", "RFC 1812 4.2.2.2", "forward | drop", flags="evil")
    for wanted in CORNERS:
        t.v4(f"a checksum of {wanted:#06x} stays right", "RFC 1624 3", "forward", ttl=64, id=1)
        _aim(t.cases[-1], wanted)

    plain = "RFC 8200 3"
    for title, data in (("UDP", None), ("TCP", TCP() / PAYLOAD),
                        ("an echo request", ICMPv6EchoRequest() / PAYLOAD)):
        t.v6(f"{title} is forwarded", plain, "forward", data)
    for protocol in (4, 47, 59, 132, 253):
        t.v6(f"next header {protocol} is forwarded", plain, "forward", Raw(PAYLOAD), nh=protocol)
    t.v6("no payload is forwarded", plain, "forward", Raw(b""), nh=59)
    t.v6("1500 octets are forwarded", plain, "forward", Raw(bytes(1460)), nh=253)
    t.v6("padding is cut off", plain, "forward", Raw(b"x"), nh=253, pad=20)
    t.v6("flow label and traffic class stay", "RFC 6437 2", "forward", fl=0xFEDCB, tc=0xB9)
    for hops in (2, 255):
        t.v6(f"hop limit {hops} is one less", plain, "forward", hlim=hops)


def _aim(case, wanted):
    """Chooses the identification so that the header's checksum is `wanted`."""
    frame = bytearray(case.frame)
    frame[18:20] = frame[24:26] = b"\0\0"
    identification = ((wanted ^ 0xFFFF) - (checksum(bytes(frame[14:34])) ^ 0xFFFF)) % 0xFFFF
    frame[18:20] = identification.to_bytes(2, "big")
    found = checksum(bytes(frame[14:34]))
    frame[24:26] = wanted.to_bytes(2, "big") if found in (wanted, wanted ^ 0xFFFF) else b"??"
    case.frame = bytes(frame)
    assert IP(case.frame[14:]).chksum == wanted, f"no header with checksum {wanted:#x}"
