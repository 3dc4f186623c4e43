"""An HTTP client whose connections are kept alive for as long as the `with` block runs."""

import socket
import threading

from lab.inside_namespace import inside_namespace
from lab.wait import until


class LongClient:
    """Asks on each of its connections in turn, and counts. A connection that fails is not replaced."""

    def __init__(self, namespace, address, port=80, connections=20, timeout=3):
        self.opened = inside_namespace(namespace, lambda: [
            socket.create_connection((address, port), timeout=timeout)
            for _ in range(connections)])
        self.address = address
        self.answers, self.failures = 0, []
        self.by_server = {}  # connection -> names of those who answered
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._ask_all()
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join(30)
        for connection in self.opened:
            connection.close()

    def wait_for(self, answers, seconds):
        """Until there are so many more, or a failure."""
        wanted = self.answers + answers
        until(lambda: self.answers >= wanted or self.failures, seconds, f"{answers} more answers")

    def _run(self):
        while not self._stop.is_set():
            self._ask_all()
            self._stop.wait(0.01)

    def _ask_all(self):
        failed = {number for number, _ in self.failures}
        for number, connection in enumerate(self.opened):
            if number in failed:
                continue
            try:
                self.by_server.setdefault(number, set()).add(self._ask(connection))
                self.answers += 1
            except OSError as error:
                self.failures.append((number, repr(error)))

    def _ask(self, connection):
        connection.sendall(f"GET / HTTP/1.1\r\nHost: {self.address}\r\n\r\n".encode())
        text = b""
        while True:
            part = connection.recv(65536)
            if not part:
                raise ConnectionError("closed by the other end")
            text += part
            head, found, body = text.partition(b"\r\n\r\n")
            if not found:
                continue
            length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n")
                          if line.lower().startswith(b"content-length:"))
            if len(body) >= length:
                return body.split(b"\n")[0].decode()
