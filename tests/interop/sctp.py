"""SCTP packets (RFC 9260) of a namespace whose kernel need not know the protocol."""

import socket
import struct

from balancing_bed import namespace

INIT, INIT_ACK = 1, 2
CHECKSUM_BYTES = slice(8, 12)


def crc32c(octets):
    """The checksum of SCTP, as a number."""
    value = 0xFFFFFFFF
    for octet in octets:
        value ^= octet
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
    return value ^ 0xFFFFFFFF


def packet(source, destination, kind, tag):
    """An INIT or its answer."""
    chunk = struct.pack("!BBHIIHHI", kind, 0, 20, 0x11223344, 65536, 10, 10, 1)
    header = struct.pack("!HHI", source, destination, tag)
    checksum = crc32c(header + bytes(4) + chunk)
    return header + struct.pack("<I", checksum) + chunk


class Association:
    """One end, at a port of a namespace."""

    def __init__(self, where, port):
        self.port = port
        with namespace(where):
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_SCTP)
        self.socket.settimeout(3)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, address, port, kind, tag=0):
        """A packet with one chunk."""
        self.socket.sendto(packet(self.port, port, kind, tag), (address, 0))

    def receive(self):
        """(address, port, kind of the chunk) of the next packet for this port, whose sum is right."""
        while True:
            octets = self.socket.recv(2000)
            source = socket.inet_ntoa(octets[12:16])
            octets = octets[(octets[0] & 15) * 4:]
            ports = struct.unpack("!HH", octets[:4])
            if ports[1] != self.port:
                continue
            zeroed = octets[:8] + bytes(4) + octets[12:]
            if struct.unpack("<I", octets[CHECKSUM_BYTES])[0] != crc32c(zeroed):
                raise AssertionError("the checksum is wrong")
            return source, ports[0], octets[12]


def init_arrives(client, server, address, port):
    """An INIT to a frontend comes to the server, and its answer back from the frontend."""
    client.send(address, port, INIT)
    source, source_port, kind = server.receive()
    if kind != INIT:
        raise AssertionError(f"chunk {kind}")
    server.send(source, source_port, INIT_ACK, tag=0x11223344)
    answer = client.receive()
    if answer != (address, port, INIT_ACK):
        raise AssertionError(f"{answer} is not from {address}:{port}")
