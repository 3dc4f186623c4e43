"""What came out of the router, said in words: `forward`, `icmp 11/0`, `arp reply`, `drop`...

A frame is judged against the one that was sent: whatever a router may not do to it (a wrong checksum,
a changed payload, the wrong port) is `corrupt` and permitted nowhere.
"""

import ipaddress
import struct
from collections import Counter
from dataclasses import dataclass

from packets import plan

ETHERNET = 14
IPV4, IPV6, ARP = 0x0800, 0x86DD, 0x0806
ICMP, TCP, UDP, ICMPV6 = 1, 6, 17, 58
ICMP_ERRORS = {3, 4, 5, 11, 12}


@dataclass(frozen=True)
class Seen:
    """A frame that left the router on a port."""

    port: int
    octets: bytes

    @property
    def type(self):
        """EtherType."""
        return struct.unpack_from("!H", self.octets, 12)[0]

    @property
    def ip(self):
        """From the IP header on, without padding."""
        rest = self.octets[ETHERNET:]
        if self.type == IPV4:
            return rest[:struct.unpack_from("!H", rest, 2)[0]]
        if self.type == IPV6:
            return rest[:40 + struct.unpack_from("!H", rest, 4)[0]]
        return rest


def checksum(octets):
    """The Internet checksum over octets; 0 over those that hold a right one."""
    padded = octets + b"\0" * (len(octets) % 2)
    total = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def header_size(ip):
    """Of an IPv4 header."""
    return (ip[0] & 15) * 4


def is_v4(ip):
    """By its version."""
    return len(ip) >= 20 and ip[0] >> 4 == 4


def is_v6(ip):
    """By its version."""
    return len(ip) >= 40 and ip[0] >> 4 == 6


def quoted(ip):
    """The packet that an ICMP error quotes, None when it is no such error."""
    if is_v4(ip) and ip[9] == ICMP:
        message = ip[header_size(ip):]
        return message[8:] if len(message) >= 8 and message[0] in ICMP_ERRORS else None
    if is_v6(ip) and ip[6] == ICMPV6:
        return ip[48:] if len(ip) >= 48 and ip[40] < 128 else None
    return None


def _ends(ip):
    if is_v4(ip):
        return {ip[12:16], ip[16:20]}
    return {ip[8:24], ip[24:40]} if is_v6(ip) else set()


def addresses(seen):
    """Every address a frame is about: by them it is found whose answer it is."""
    if seen.type == ARP:
        return {seen.octets[28:32], seen.octets[38:42]}
    ip = seen.ip
    found = _ends(ip)
    inner = quoted(ip)
    if inner is not None:
        found |= _ends(inner)
    return found


def is_chatter(seen):
    """What a router says by itself: ARP requests, neighbor and multicast discovery."""
    if seen.type == ARP:
        return struct.unpack_from("!H", seen.octets, 20)[0] == 1
    ip = seen.ip
    if seen.type != IPV6 or not is_v6(ip):
        return False
    return ip[6] == 0 and ip[24] == 0xFF or ip[6] == ICMPV6 and ip[40] in range(130, 136)


class Judge:
    """One sent frame and everything that came of it."""

    def __init__(self, frame, in_port, out_ports):
        self.sent = frame
        self.sent_ip = Seen(in_port, frame).ip if len(frame) >= ETHERNET + 20 else b""
        self.in_port = in_port
        self.out_ports = out_ports

    def verdict(self, frames):
        """All of it in one line."""
        if not frames:
            return "drop"
        fragments = [one for one in frames if self._is_piece(one)]
        words = Counter(self._say(one) for one in frames if one not in fragments)
        if fragments:
            words[self._say_fragments(fragments)] += 1
        return " + ".join(word if count == 1 else f"{count}x {word}"
                          for word, count in sorted(words.items()))

    # --- single frames -----------------------------------------------------------------------

    def _say(self, seen):
        if seen.type == ARP:
            return "arp reply" if seen.octets[21] == 2 else "arp request"
        ip = seen.ip
        inner = quoted(ip)
        if inner is not None:
            return self._say_error(seen, inner)
        if self.sent_ip and _ends(ip) and self._same_flow(ip):
            return self._say_forward(seen)
        return self._say_reply(seen)

    def _same_flow(self, ip):
        span = slice(12, 20) if is_v4(ip) else slice(8, 40)
        return ip[0] >> 4 == self.sent_ip[0] >> 4 and ip[span] == self.sent_ip[span]

    def _say_forward(self, seen):
        fault = self._link_fault(seen)
        if fault:
            return f"corrupt: {fault}"
        sent, out = self.sent_ip, seen.ip
        if is_v6(out):
            if out[7] != sent[7] - 1:
                return f"corrupt: hop limit {out[7]}"
            same = out[:7] + out[8:] == sent[:7] + sent[8:]
            return "forward" if same else "corrupt: other octets"
        if out[8] != sent[8] - 1:
            return f"corrupt: TTL {out[8]}"
        size = header_size(sent)
        if checksum(out[:size]) != 0:
            return "corrupt: header checksum"
        if out[:8] != sent[:8] or out[size:] != sent[size:] or out[9] != sent[9]:
            return "corrupt: other octets"
        return "forward" if out[20:size] == sent[20:size] else self._say_recorded(seen, size)

    @staticmethod
    def _say_recorded(seen, size):
        own = ipaddress.ip_address(plan.port(seen.port).own(4)).packed
        recorded = own in seen.ip[20:size] or seen.ip[20] == 68
        return "forward recorded" if recorded else "corrupt: options"

    def _link_fault(self, seen):
        port = plan.port(seen.port)
        if seen.port not in self.out_ports:
            return f"left by {port.name}"
        wanted = bytes.fromhex((port.host_mac + port.mac).replace(":", ""))
        return None if seen.octets[:12] == wanted else "MAC addresses"

    def _say_reply(self, seen):
        ip = seen.ip
        if is_v4(ip):
            message, protocol = ip[header_size(ip):], ip[9]
        elif is_v6(ip):
            message, protocol = ip[40:], ip[6]
        else:
            return "corrupt: no IP"
        if protocol == ICMPV6 and message[0] == 136:
            return "neighbor advertisement"
        if protocol in (ICMP, ICMPV6):
            return "echo reply" if message[0] in (0, 129) else f"icmp query {message[0]}"
        return "reset" if protocol == TCP and message[13] & 4 else f"protocol {protocol}"

    # --- errors ------------------------------------------------------------------------------

    def _say_error(self, seen, inner):
        ip = seen.ip
        if is_v4(ip):
            message, name, limit = ip[header_size(ip):], "icmp", 576
            sound = checksum(message) == 0 and checksum(ip[:header_size(ip)]) == 0
            source, to, sent_from = ip[12:16], ip[16:20], self.sent_ip[12:16]
        else:
            message, name, limit = ip[40:], "icmp6", 1280
            sound = checksum(ip[8:40] + struct.pack("!II", len(message), ICMPV6) + message) == 0
            source, to, sent_from = ip[8:24], ip[24:40], self.sent_ip[8:24]
        if not sound:
            return "corrupt: checksum of an ICMP error"
        own = {ipaddress.ip_address(port.own(family)).packed
               for port in plan.PORTS for family in (4, 6)}
        if source not in own and source[:2] != b"\xfe\x80" or to != sent_from:
            return "corrupt: addresses of an ICMP error"
        if seen.port != self.in_port or len(ip) > limit or not self._is_quote(inner):
            return "corrupt: ICMP error on another port, too long or about something else"
        said = f"{name} {message[0]}/{message[1]}"
        if said in ("icmp 3/4", "icmp6 2/0"):
            return f"{said} mtu {struct.unpack_from('!I', message, 4)[0]}"
        if said == "icmp 12/0":
            return f"{said} at {message[4]}"
        if name == "icmp6" and message[0] == 4:
            return f"{said} at {struct.unpack_from('!I', message, 4)[0]}"
        return said

    def _is_quote(self, inner):
        # TTL and what depends on it may be of before or after the router's part.
        def masked(ip):
            ip = bytearray(ip)
            for index in (8, 10, 11) if is_v4(ip) else (7,):
                ip[index] = 0
            return bytes(ip)
        enough = min(len(self.sent_ip), 28)
        return len(inner) >= enough and masked(self.sent_ip).startswith(masked(inner))

    # --- fragments ---------------------------------------------------------------------------

    def _is_piece(self, seen):
        ip = seen.ip
        return (seen.type == IPV4 and is_v4(ip) and is_v4(self.sent_ip) and self._same_flow(ip)
                and len(ip) < len(self.sent_ip) and ip[4:6] == self.sent_ip[4:6]
                and ip[9] == self.sent_ip[9])

    def _say_fragments(self, frames):
        sent = self.sent_ip
        sent_word = struct.unpack_from("!H", sent, 6)[0]
        pieces = {}
        more = {}
        for seen in frames:
            ip = seen.ip
            fault = self._link_fault(seen)
            if fault or checksum(ip[:header_size(ip)]) != 0 or ip[8] != sent[8] - 1:
                return f"corrupt fragments: {fault or 'header'}"
            if len(ip) > plan.port(seen.port).mtu:
                return f"corrupt fragments: {len(ip)} octets"
            word = struct.unpack_from("!H", ip, 6)[0]
            offset = (word & 0x1FFF) * 8
            pieces[offset] = ip[header_size(ip):]
            more[offset] = bool(word & 0x2000)
            if offset != (sent_word & 0x1FFF) * 8 and not _only_copied(ip[20:header_size(ip)]):
                return "corrupt fragments: options that belong to the first alone"
        payload, last = b"", None
        for offset in sorted(pieces):
            if offset != (sent_word & 0x1FFF) * 8 + len(payload):
                return "corrupt fragments: a gap"
            payload += pieces[offset]
            last = offset
        flags = all(more[offset] for offset in pieces if offset != last) \
            and more[last] == bool(sent_word & 0x2000)
        same = payload == sent[header_size(sent):]
        return "fragments" if flags and same else "corrupt fragments: flags or payload"


def _only_copied(options):
    while options and options[0] != 0:
        if options[0] == 1:
            options = options[1:]
        elif options[0] & 0x80:
            options = options[options[1]:]
        else:
            return False
    return True
