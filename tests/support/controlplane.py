"""Asking a daemon over its socket, with requests and replies as protobuf text: torii-controlplane
unless another one is named."""

import socket
import struct
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Refused(RuntimeError):
    """The daemon answered with an error."""


def _protoc(mode, daemon, message, octets):
    return subprocess.run(["protoc", f"--proto_path={ROOT}",
                           f"--{mode}=torii.ipc.{daemon.capitalize()}{message}",
                           f"platform/ipc/proto/{daemon}.proto"],
                          input=octets, capture_output=True, check=True).stdout


def encode(text, daemon="controlplane"):
    """A request from its text form."""
    return _protoc("encode", daemon, "Request", text.encode())


def decode(octets, daemon="controlplane"):
    """A reply as nested dicts: field -> list of its values, each text or a dict again."""
    stack = [{}]
    for line in _protoc("decode", daemon, "Reply", octets).decode().splitlines():
        name, _, value = line.strip().partition(": ")
        if name.endswith("{"):
            inner = {}
            stack[-1].setdefault(name[:-2], []).append(inner)
            stack.append(inner)
        elif name == "}":
            stack.pop()
        else:
            stack[-1].setdefault(name, []).append(value.strip('"'))
    return stack[0]


def exchange(run_dir, request, daemon="controlplane"):
    """Sends the octets of one request and returns those of its reply."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(10)
        connection.connect(str(Path(run_dir) / f"{daemon}.sock"))
        connection.sendall(struct.pack("!I", len(request)) + request)
        stream = connection.makefile("rb")
        (size,) = struct.unpack("!I", stream.read(4))
        return stream.read(size)


def _ask_once(run_dir, request, daemon="controlplane"):
    reply = decode(exchange(run_dir, encode(request, daemon), daemon), daemon)
    if "error" in reply:
        raise Refused(reply["error"][0])
    return reply


def ask(run_dir, request, daemon="controlplane"):
    """The reply to a request in text form; of a table, which comes in portions, the whole."""
    reply = _ask_once(run_dir, request, daemon)
    for body, lines in (("bgp_table", "entries"), ("routes", "routes")):
        whole = reply.get(body, [{}])[0]
        while "walk" in whole:
            walk = whole.pop("walk")[0]
            again = f"{request.rstrip().removesuffix('}')} walk: {walk} }}"
            portion = _ask_once(run_dir, again)[body][0]
            whole.setdefault(lines, []).extend(portion.pop(lines, []))
            whole.update(portion)
    return reply


def configure(run_dir, config):
    """Gives it a whole configuration, a ControlplaneConfig as text."""
    version = int(time.time() * 1000)
    ask(run_dir, f"configure {{ config_version: {version} config {{ {config} }} }}")
