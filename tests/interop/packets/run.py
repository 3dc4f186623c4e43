"""Sends a group's frames through a router and says what became of each."""

import errno
import select
import socket
import struct
import time

from packets import plan
from packets.judge import Judge, Seen, addresses, is_chatter
from packets.table import Table

SOL_PACKET, PACKET_IGNORE_OUTGOING, SO_RCVBUFFORCE = 263, 23, 33
ETH_P_ALL = 3
QUIET = 0.04  # seconds without a frame: nothing more comes
LIMIT = 4.0
SHOWN = 4  # frames of a case


class Wires:
    """The hosts' ends of the router's wires."""

    def __init__(self, router):
        self._sockets = router.open_in(
            router.tester, lambda: {port.number: _open(port.wire) for port in plan.PORTS})
        self.sent = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for one in self._sockets.values():
            one.close()

    def send(self, port, frame, times=1):
        """A frame to the router."""
        for _ in range(times):
            try:
                self._sockets[port].send(frame)
                self.sent += 1
            except OSError as error:
                # The other end of the wire refused it: longer than its MTU.
                if error.errno != errno.ENOBUFS:
                    raise

    def collect(self, enough=lambda seen: True):
        """What comes until there is `enough` and then silence."""
        seen = []
        numbers = {one.fileno(): number for number, one in self._sockets.items()}
        deadline = time.monotonic() + LIMIT
        while time.monotonic() < deadline:
            ready = select.select(numbers, [], [], QUIET)[0]
            if not ready and enough(seen):
                break
            for descriptor in ready:
                _drain(self._sockets[numbers[descriptor]], numbers[descriptor], seen)
        return seen


def _drain(wire, number, seen):
    for _ in range(64):
        try:
            seen.append(Seen(number, wire.recv(4096, socket.MSG_DONTWAIT)))
        except BlockingIOError:
            return


def _open(name):
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    wire.bind((name, ETH_P_ALL))
    wire.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    wire.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 25)
    return wire


class Result:
    """A case and what the router did."""

    def __init__(self, case, frames):
        self.case = case
        self.frames = frames
        self.verdict = Judge(case.frame, case.port, case.out_ports).verdict(frames)
        if case.times > 1:
            words = {word.split("x ", 1)[-1] if word[0].isdigit() else word
                     for word in self.verdict.split(" + ")}
            self.verdict = " + ".join(sorted(words))

    @property
    def good(self):
        """Whether it may."""
        return self.case.permits(self.verdict)

    def __str__(self):
        return (f"{self.case.title} ({self.case.clause}): {self.verdict}, "
                f"permitted: {' | '.join(self.case.permitted)}")


class Run:
    """The groups on one router, in one mode."""

    def __init__(self, wires, strict, reference):
        self.wires = wires
        self.strict = strict
        self.reference = reference

    def group(self, group):
        """The results of a group's cases, and of a packet of each family before and after."""
        table = Table(self.strict, self.reference)
        group.cases(table)
        results = self.probe("before")
        late = [case for case in table.cases if case.late]
        together = [case for case in table.cases if case.keys and case.times == 1 and not case.late]
        results += self._together(together)
        results += [self._alone(case) for case in table.cases
                    if case not in together and case not in late]
        results += self._together(late)
        return results + self.probe("after")

    def probe(self, when):
        """The results of a packet of each family from every port."""
        return self._together(self._probes(when))

    def _probes(self, when):
        table = Table(self.strict, self.reference)
        for number in range(1, 4):
            to = number % 3 + 1
            table.v4(f"{when}: IPv4 from port {number}", "RFC 1812", "forward", port=number, to=to)
            table.v6(f"{when}: IPv6 from port {number}", "RFC 8200", "forward", port=number, to=to)
        return table.cases

    def settle(self):
        """A packet of each family from every port, one after the other: what is still to be given
        back of those before is."""
        return [self._alone(case) for case in self._probes("in the end")]

    def _together(self, cases):
        for case in cases:
            self.wires.send(case.port, case.frame)
        owners = {key: index for index, case in enumerate(cases) for key in case.keys}

        def owner(seen):
            return next((owners[key] for key in addresses(seen) if key in owners), None)

        # What may be dropped is not waited for.
        wanted = {index for index, case in enumerate(cases) if "drop" not in case.permitted}
        frames = [[] for _ in cases]
        for seen in self.wires.collect(lambda some: wanted <= set(map(owner, some))):
            # That the router asks for a host is no answer to it.
            if owner(seen) is not None and not is_chatter(seen):
                frames[owner(seen)].append(seen)
        return [Result(case, seen) for case, seen in zip(cases, frames)]

    def _alone(self, case):
        self.wires.send(case.port, case.frame, case.times)
        frames = [seen for seen in self.wires.collect() if not is_chatter(seen)
                  and (not case.keys or case.keys & addresses(seen))]
        return Result(case, frames)


def describe(results):
    """Those that may not be, with the frames."""
    return "\n".join("\n    ".join((f"  {result}", f"sent {result.case.frame.hex()}",
                                   *(f"seen on port {one.port} {one.octets.hex()}"
                                     for one in result.frames[:SHOWN])))
                     for result in results if not result.good)


def octets_of_ip(frame):
    """How long the packet in a frame is on the wire: what a link of its MTU takes."""
    return len(frame) - struct.calcsize("!6s6sH")
