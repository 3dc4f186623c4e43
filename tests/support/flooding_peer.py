"""A BGP peer that announces as many routes as it is asked to, and nothing else."""

import socket
import struct
import threading

from bmp_station import BGP_MARKER
from lab.inside_namespace import inside_namespace

OPEN, UPDATE, KEEPALIVE = 1, 2, 4
HOLD_SECONDS = 30
PREFIXES_A_MESSAGE = 700  # of 32 bits, within 4096 octets
FIRST = int.from_bytes(socket.inet_aton("21.0.0.0"), "big")


def message(kind, body=b""):
    """RFC 4271 section 4.1"""
    return BGP_MARKER + struct.pack("!HB", 19 + len(body), kind) + body


class FloodingPeer:
    """Its session is up as long as the `with` block, if the router lets it."""

    def __init__(self, namespace, address, router, autonomous_system):
        self._address, self._as = address, autonomous_system
        self._socket = inside_namespace(namespace, socket.socket)
        self._socket.bind((address, 0))
        self._socket.settimeout(5)
        self._socket.connect((router, 179))
        self._reader = threading.Thread(target=self._read, daemon=True)
        self.ended = threading.Event()

    def __enter__(self):
        address = socket.inet_aton(self._address)
        self._socket.sendall(message(OPEN, struct.pack(
            "!BHH4sB", 4, self._as, HOLD_SECONDS, address, 0)) + message(KEEPALIVE))
        self._reader.start()
        return self

    def __exit__(self, *_):
        self._socket.close()

    def announce(self, count):
        """So many /32, each message with attributes of its own."""
        next_hop = socket.inet_aton(self._address)
        try:
            for first in range(0, count, PREFIXES_A_MESSAGE):
                path = struct.pack("!BBHH", 2, 2, self._as, 1 + first // PREFIXES_A_MESSAGE)
                attributes = (bytes((0x40, 1, 1, 0)) + bytes((0x40, 2, len(path))) + path
                              + bytes((0x40, 3, 4)) + next_hop)
                prefixes = b"".join(b"\x20" + struct.pack("!I", FIRST + number) for number in
                                    range(first, min(first + PREFIXES_A_MESSAGE, count)))
                self._socket.sendall(message(UPDATE, struct.pack("!HH", 0, len(attributes))
                                             + attributes + prefixes))
            self._socket.sendall(message(KEEPALIVE))
        except OSError:
            self.ended.set()

    def _read(self):
        """What is received is nothing to us, but its end is."""
        more = True
        while more:
            try:
                more = self._socket.recv(65536)
            except TimeoutError:
                pass
            except OSError:
                more = False
        self.ended.set()
