#!/usr/bin/python3
"""Connections to a BGP speaker that never bring an OPEN: half of them are silent, the others send half
a header. Told once a second, in a file, as JSON.

half_open.py TARGET PORT COUNT FILE again|once ADDRESS...

As many as COUNT at the same time, from the addresses in turn; `again`: another for each that ends.
"""

import json
import selectors
import socket
import sys
import time
from pathlib import Path


class Crowd:
    """The connections and what became of them."""

    def __init__(self, target, count, again, addresses):
        self.target, self.count, self.again, self.addresses = target, count, again, addresses
        self.selector = selectors.DefaultSelector()
        self.since = {}  # of those that have come up
        self.attempts = self.accepted = self.closed = 0
        self.longest = 0.0

    def open_more(self):
        """Up to the count, not too many in one go."""
        for _ in range(min(self.count - len(self.selector.get_map()), 50)):
            if not self.again and self.attempts >= self.count:
                return
            connection = socket.socket()
            connection.setblocking(False)
            connection.setsockopt(socket.IPPROTO_IP, 24, 1)  # IP_BIND_ADDRESS_NO_PORT
            connection.bind((self.addresses[self.attempts % len(self.addresses)], 0))
            connection.connect_ex(self.target)
            self.attempts += 1
            self.selector.register(connection, selectors.EVENT_WRITE, self.attempts)

    def run(self, seconds):
        """Hears what there is to hear for a while."""
        for key, events in self.selector.select(seconds):
            connection = key.fileobj
            if events & selectors.EVENT_WRITE:
                self.connected(connection, key.data)
            elif self.ended(connection):
                self.longest = max(self.longest, time.monotonic() - self.since.pop(connection))
                self.forget(connection)

    def connected(self, connection, number):
        """Or refused."""
        if connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            return self.forget(connection)
        self.accepted += 1
        self.since[connection] = time.monotonic()
        self.selector.modify(connection, selectors.EVENT_READ, number)
        if number % 2:
            try:
                connection.send(b"\xff" * 10)
            except OSError:
                pass  # it has ended, which select() will tell
        return None

    @staticmethod
    def ended(connection):
        """Reads what is there."""
        try:
            return connection.recv(4096) == b""
        except OSError:
            return True

    def forget(self, connection):
        """It is over."""
        self.closed += 1
        self.selector.unregister(connection)
        connection.close()

    def state(self):
        """For the file."""
        now = time.monotonic()
        ages = [now - since for since in self.since.values()]
        return {"open": len(ages), "oldest": max(ages, default=0.0), "accepted": self.accepted,
                "closed": self.closed, "longest": self.longest}


def main(target, port, count, file, again, *addresses):
    """Until it is ended."""
    crowd = Crowd((target, int(port)), int(count), again == "again", addresses)
    told = 0.0
    while True:
        crowd.open_more()
        crowd.run(0.02)
        if time.monotonic() - told >= 1:
            told = time.monotonic()
            partial = Path(f"{file}.partial")
            partial.write_text(json.dumps(crowd.state()))
            partial.rename(file)


if __name__ == "__main__":
    main(*sys.argv[1:])
