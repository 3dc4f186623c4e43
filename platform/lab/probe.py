"""Packets that are numbered and timed: how many are lost, and for how long nothing comes."""

import math
import socket
import struct
import threading
import time

from lab.inside_namespace import inside_namespace

PORT = 9000
SOURCE_PORTS = range(21000, 21064)
IN_FLIGHT = 0.3  # seconds after which a packet that has not come is lost
ETH_P_ALL = 0x0003
NUMBER = struct.Struct("!I")
TIMESPEC = struct.Struct("@qq")
SO_TIMESTAMPNS = 35  # of the kernel; Python has no name for it
SO_RCVBUFFORCE = 33
RECEIVE_BUFFER = 16 << 20  # seconds of packets: whoever reads them may have to wait for the CPU


class _Running:
    """What runs in threads of its own as long as the `with` block, and closes its sockets then."""

    def __init__(self, sockets, *runs):
        self._sockets = sockets
        self._ends = threading.Event()
        self._threads = [threading.Thread(target=run, daemon=True) for run in runs]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._ends.set()
        for thread in self._threads:
            thread.join(5)
        for one in self._sockets:
            one.close()


class Probe(_Running):
    """A thousand datagrams a second from one namespace to an address in another, while it runs.

    With several `flows` they are sent from as many ports in turn. The kernel says when one came.
    """

    def __init__(self, source, target, address, interval=0.001, flows=1):
        def open_all():
            return [socket.socket(type=socket.SOCK_DGRAM) for _ in range(flows)]

        self._senders = inside_namespace(source, open_all)
        for sender in self._senders:
            sender.connect((address, PORT))
        self._receiver = inside_namespace(target, lambda: socket.socket(type=socket.SOCK_DGRAM))
        self._receiver.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER)
        self._receiver.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self._receiver.bind((address, PORT))
        self._receiver.settimeout(0.1)
        # The kernel stamps with the wall clock. Another thread may come between the two looks.
        self._clocks_apart = min(-time.time() + time.monotonic() for _ in range(9))
        self._interval = interval
        self.sent, self.received = {}, {}  # number -> when
        super().__init__([*self._senders, self._receiver], self._send, self._receive)

    def _send(self):
        number = 0
        while not self._ends.wait(self._interval):
            number += 1
            sender, octets = self._senders[number % len(self._senders)], NUMBER.pack(number)
            self.sent[number] = time.monotonic()  # after that, other threads may be first
            try:
                sender.send(octets)
            except OSError:
                pass  # no route, or an error about an earlier one: as lost as any

    def _receive(self):
        """What has come is read to its end, however late."""
        last = None
        while last is None or time.monotonic() < last:
            try:
                while True:
                    self._read()
            except TimeoutError:
                pass
            if self._ends.is_set() and last is None:
                last = time.monotonic() + IN_FLIGHT

    def _read(self):
        octets, control, _, _ = self._receiver.recvmsg(NUMBER.size, socket.CMSG_SPACE(TIMESPEC.size))
        number, = NUMBER.unpack(octets)
        seconds, nanoseconds = TIMESPEC.unpack(control[0][2])
        self.received[number] = seconds + nanoseconds / 1e9 + self._clocks_apart

    def lost_times(self, begin=0.0, end=math.inf):
        """When the packets were sent that did not come, of those sent between two moments."""
        missing = self.sent.keys() - self.received.keys()
        return sorted(self.sent[number] for number in missing if begin < self.sent[number] < end)

    def lost(self):
        """Packets that did not come."""
        return len(self.lost_times())

    def gap(self):
        """The longest time without a packet, in seconds, from when one was sent again."""
        came = sorted(self.received)
        return max((self.received[after] - self.sent[before + 1]
                    for before, after in zip(came, came[1:])), default=0.0)

    def first_since(self, moment):
        """Seconds from a moment to the first packet that came after it; None: none came."""
        return min((when - moment for when in list(self.received.values()) if when > moment),
                   default=None)

    def figures(self):
        """For people."""
        return (f"{len(self.sent)} packets sent, {self.lost()} lost, longest gap "
                f"{1000 * self.gap():.0f} ms")


class FrameWatch(_Running):
    """Sees on an interface the frames with IPv4 packets for one address, and to whom they go."""

    def __init__(self, namespace, interface, address):
        self._socket = inside_namespace(namespace, lambda: socket.socket(
            socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL)))
        self._socket.bind((interface, ETH_P_ALL))
        self._socket.settimeout(0.1)
        self._address = socket.inet_aton(address)
        self.last = {}   # MAC address -> when the last frame to it was seen
        self.count = {}  # MAC address -> frames
        super().__init__([self._socket], self._watch)

    def _watch(self):
        while not self._ends.is_set():
            try:
                frame = self._socket.recv(64)
            except TimeoutError:
                continue
            if frame[12:14] == b"\x08\x00" and frame[30:34] == self._address:
                mac = frame[:6].hex(":")
                self.last[mac] = time.monotonic()
                self.count[mac] = self.count.get(mac, 0) + 1


class Spray(_Running):
    """Datagrams of many flows to an address that nobody has to answer at, two thousand a second."""

    def __init__(self, source, address, port=80):
        def open_all():
            sockets = []
            for number in SOURCE_PORTS:
                flow = socket.socket(type=socket.SOCK_DGRAM)
                flow.bind(("", number))
                flow.connect((address, port))
                sockets.append(flow)
            return sockets

        self._flows = inside_namespace(source, open_all)
        super().__init__(self._flows, self._run)

    def _run(self):
        turn = 0
        while not self._ends.wait(0.001):
            for _ in range(2):
                turn += 1
                try:
                    self._flows[turn % len(self._flows)].send(b"spray")
                except OSError:
                    pass  # an ICMP error about an earlier one
