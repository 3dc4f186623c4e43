"""A case and how a group's table of cases is written."""

import ipaddress
import struct
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from scapy.all import Ether, IP, IPv6, Raw, UDP

from packets import plan
from packets.judge import checksum

PAYLOAD = b"what a host has to say to another"
BROADCAST = "ff:ff:ff:ff:ff:ff"


def udp(size=None):
    """A datagram; `size` of its data in octets."""
    return UDP(sport=4000, dport=5000) / Raw(PAYLOAD if size is None else bytes(size))


@dataclass
class Case:
    """One frame, and what may come of it."""

    title: str
    clause: str
    permitted: tuple  # patterns of Judge.verdict()
    frame: bytes
    port: int
    out_ports: frozenset
    keys: frozenset = field(default_factory=frozenset)  # addresses only its frames have; empty: alone
    late: bool = False  # nothing comes before the neighbor was asked for in vain
    times: int = 1  # of many it matters only what comes, not how often

    def permits(self, verdict):
        """Whether the router may do so."""
        return any(fnmatchcase(verdict, pattern) for pattern in self.permitted)


class Table:
    """Collects cases. Each has a source and a destination of its own unless told otherwise."""

    def __init__(self, strict, reference):
        self.cases = []
        self.strict = strict  # with source validation
        self.reference = reference  # it is for the kernel, of which some departures are known

    def v4(self, title, clause, permitted, data=None, **options):
        """An IPv4 packet with a header field changed, octets patched or the frame cut."""
        self._ip(4, IP, title, clause, permitted, data, options)

    def v6(self, title, clause, permitted, data=None, **options):
        """The same for IPv6."""
        self._ip(6, IPv6, title, clause, permitted, data, options)

    def _ip(self, family, layer, title, clause, permitted, data, options):
        number = len(self.cases) + 1
        departure = options.pop("linux", None)
        if departure and self.reference:
            permitted += f" | {departure}"
        port = plan.port(options.pop("port", 1))
        to = options.pop("to", 2)
        ends, keys = {}, set()
        networks = {"src": port.behind(family), "dst": destination_network(to, family)}
        for end, network in networks.items():
            given = options.pop(end, None)
            ends[end] = given or plan.address_in(network, number)
            if given is None:
                keys.add(ipaddress.ip_address(ends[end]).packed)
        link = {"src": port.host_mac, "dst": port.mac} | options.pop("link", {})
        after = {name: options.pop(name, None) for name in ("patch", "cut", "pad", "fix")}
        more = {name: options.pop(name) for name in ("times", "late") if name in options}
        if options.pop("alone", False):
            keys = set()
        raw_options = options.pop("raw_options", None)
        if raw_options:  # scapy would read them, which not all can be
            data = Raw(raw_options + PAYLOAD)
            options |= {"ihl": 5 + len(raw_options) // 4, "proto": 253}
            after["patch"] = {20: raw_options}
        data = udp() if data is None else data
        frame = bytes(Ether(**link) / layer(**ends, **options) / data)
        self.add(title, clause, permitted, _finished(frame, after), port=port.number,
                 out_ports={2, 3} if to == "ecmp" else {to}, keys=keys, **more)

    def add(self, title, clause, permitted, frame, port=1, out_ports=(), keys=(), **more):
        """Any frame. `keys` are texts or octets of addresses."""
        packed = (one if isinstance(one, bytes) else ipaddress.ip_address(one).packed
                  for one in keys)
        self.cases.append(Case(title, clause, tuple(permitted.split(" | ")), bytes(frame), port,
                               frozenset(out_ports), frozenset(packed), **more))


def destination_network(to, family):
    """Behind a port by its number, or one of the others by name."""
    others = {"ecmp": plan.ECMP, "discard": plan.DISCARD, "nowhere": plan.NO_ROUTE}
    return others[to][family] if to in others else plan.port(to).behind(family)


def _finished(frame, after):
    frame = bytearray(frame)
    for offset, octets in (after["patch"] or {}).items():
        frame[14 + offset:14 + offset + len(octets)] = octets
        if after["fix"] is not False and frame[14] >> 4 == 4:
            _fix_checksum(frame)
    if after["cut"] is not None:
        del frame[14 + after["cut"]:]
    return bytes(frame) + bytes(after["pad"] or 0)


def _fix_checksum(frame):
    size = max(20, (frame[14] & 15) * 4)
    frame[24:26] = b"\0\0"
    frame[24:26] = struct.pack("!H", checksum(bytes(frame[14:14 + size])))
