"""The pods' HTTP server. Answers as traefik/whoami does: who was asked, and from where."""

import argparse
import http.server
import socket
import urllib.parse

UNITS = {"": 1, "KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30}

class Handler(http.server.BaseHTTPRequestHandler):
    """Answers every GET with the pod's name and addresses, the client's and the request itself."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):  # the name http.server looks for
        """One answer: who was asked, or with /data?size=3&unit=MB as many octets as wanted."""
        url = urllib.parse.urlsplit(self.path)
        if url.path == "/data":
            query = dict(urllib.parse.parse_qsl(url.query))
            self._send(b"x" * (int(query.get("size", "1")) * UNITS[query.get("unit", "")]))
        else:
            self._send(self._identity())

    def _identity(self):
        """RemoteAddr shows whether the client's address survived the way here."""
        own = self.connection.getsockname()[0]
        lines = [f"Hostname: {self.server.hostname}", "IP: 127.0.0.1", f"IP: {own}",
                 f"RemoteAddr: {self.client_address[0]}:{self.client_address[1]}",
                 f"{self.command} {self.path} {self.request_version}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return ("\n".join(lines) + "\n\n").encode()

    def _send(self, body):
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self):
        """The address itself: a name lookup would wait for a resolver that no pod has."""
        return self.client_address[0]


class Server(http.server.ThreadingHTTPServer):
    """One thread a connection, so that a slow client keeps nobody waiting."""

    daemon_threads = True
    address_family = socket.AF_INET
    request_queue_size = 128  # many ask at once

    def __init__(self, address, hostname):
        super().__init__(address, Handler)
        self.hostname = hostname

    def server_bind(self):
        """As HTTPServer's, without its lookup of the host's full name."""
        socket.socket.setsockopt(self.socket, socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_name, self.server_port = self.server_address


def main():
    """Serves until ended."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--hostname", required=True)
    parser.add_argument("--port", type=int, default=80)
    arguments = parser.parse_args()
    Server(("0.0.0.0", arguments.port), arguments.hostname).serve_forever()


if __name__ == "__main__":
    main()
