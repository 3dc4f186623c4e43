"""A pod's servers: HTTP and datagrams. They say the pod's address and the one they see.

Arguments: IPv4 address, IPv6 address, port.
"""

import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler
from socketserver import BaseRequestHandler, ThreadingTCPServer, UDPServer


class Handler(BaseHTTPRequestHandler):
    """Keeps connections open."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self):
        """The one answer there is."""
        body = f"{self.server.server_address[0]} {self.client_address[0]}\n".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Quiet."""


class Datagram(BaseRequestHandler):
    """One datagram for one datagram."""

    def handle(self):
        """The one answer there is."""
        own, seen = self.server.server_address[0], self.client_address[0]
        self.request[1].sendto(f"{own} {seen}\n".encode(), self.client_address)


class Server(ThreadingTCPServer):
    """Not HTTPServer: that one asks the DNS for its own name before it listens."""

    request_queue_size = 128
    allow_reuse_address = True
    daemon_threads = True


class ServerV6(Server):
    """The same."""

    address_family = socket.AF_INET6


class DatagramServerV6(UDPServer):
    """The same for datagrams."""

    address_family = socket.AF_INET6


ADDRESS, ADDRESS_V6, PORT = sys.argv[1], sys.argv[2], int(sys.argv[3])
for server in (Server((ADDRESS, PORT), Handler), UDPServer((ADDRESS, PORT), Datagram),
               DatagramServerV6((ADDRESS_V6, PORT), Datagram)):
    threading.Thread(target=server.serve_forever, daemon=True).start()
ServerV6((ADDRESS_V6, PORT), Handler).serve_forever()
