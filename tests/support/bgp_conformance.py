#!/usr/bin/python3
"""Runs a black-box BGP conformance suite against torii-controlplane in network namespaces of its own.

The suite is a folder with bgpconform.py, its modules and gen_rules.py; it is not part of this tree.
Needs root. Example:

    bgp_conformance.py --controlplane build/asan/bin/torii-controlplane --suite ~/bgpconform \\
        -- --suite fsm,abuse,restart

What follows `--` goes to bgpconform.py. The exit status is the suite's.
"""

import argparse
import json
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from controlplane import exchange
from device_bed import Bed, Controlplane, configure

FAMILIES = ("IPV4_UNICAST", "IPV6_UNICAST")
NEIGHBORS = {"10.99.0.1": "remote_as: 65001", "10.99.0.3": "remote_as: 65000",
             "10.99.0.4": "remote_as: 65004 maximum_prefixes: 100"}


def configuration(without=None):
    """What the suite's README asks for, as protobuf text."""
    neighbors = "".join(
        f'neighbors {{ address: "{address}" session {{ enabled: true passive: true {session} }} }}\n'
        for address, session in NEIGHBORS.items() if address != without)
    families = "".join(
        f"families {{ family: {family} {networks} }}\n" for family, networks in zip(
            FAMILIES, ('networks { prefix: "192.0.2.0/24" unconditional: true }', "")))
    return f"""
        hostname: "dut" router_id: "10.99.0.2"
        interfaces {{ name: "eth1" enabled: true addresses: "10.99.0.2/24" }}
        bgp {{
            as: 65000 router_id: "10.99.0.2" hold_time: 90 connect_retry: 120
            graceful_restart: GRACEFUL_RESTART_RESTART restart_time: 120 stale_time: 360
            {families}{neighbors}
        }}"""


def fields(octets):
    """The fields of a protobuf message: (number, octets or value)."""
    position = 0

    def number():
        nonlocal position
        value = shift = 0
        while True:
            octet = octets[position]
            position += 1
            value |= (octet & 0x7F) << shift
            shift += 7
            if octet < 0x80:
                return value

    while position < len(octets):
        key = number()
        kind = key & 7
        if kind == 2:
            size = number()
            yield key >> 3, octets[position:position + size]
            position += size
        elif kind == 0:
            yield key >> 3, number()
        else:
            position += 8 if kind == 1 else 4


def varint(value):
    """A number as protobuf writes it."""
    octets = bytearray()
    while value > 0x7F:
        octets.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*octets, value])


def portions(run_dir, family):
    """The table of a family, which comes in portions: each as octets."""
    walk = 0
    while True:
        question = b"\x08" + varint(family) + b"\x18" + varint(walk)  # GetBgpTable
        reply = dict(fields(exchange(run_dir, b"\x32" + varint(len(question)) + question)))
        table = reply.get(7, b"")
        yield table
        walk = dict(fields(table)).get(5)
        if not walk:
            return


def prefixes(run_dir):
    """All prefixes that the BGP table holds a path for."""
    return [value.decode() for family in range(len(FAMILIES))
            for table in portions(run_dir, family)
            for member, entry in fields(table) if member == 4
            for field, value in fields(entry) if field == 1]


class Answers(threading.Thread):
    """Answers the commands that the suite runs in between: they come often, so each is only a small
    perl program that asks here."""

    CLIENT = ("perl -MIO::Socket::UNIX -e "
              "'$s = IO::Socket::UNIX->new(shift); print $s shift, \"\\n\"; print <$s>'")

    def __init__(self, run_dir):
        super().__init__(daemon=True)
        self.run_dir = run_dir
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(run_dir / "answers.sock"))
        self.listener.listen()
        self.start()

    def command(self, question):
        """The shell command that asks `question`."""
        return f"{self.CLIENT} {self.run_dir}/answers.sock {question}"

    def run(self):
        while True:
            connection, _ = self.listener.accept()
            with connection, connection.makefile("rw") as stream:
                try:
                    stream.write(self.answer(stream.readline().strip()))
                except OSError as error:
                    print(f"the device does not answer: {error}", file=sys.stderr)

    def answer(self, question):
        """The prefixes of the table, or nothing when a neighbor's errors are forgotten."""
        if question == "prefixes":
            return json.dumps(prefixes(self.run_dir))
        # A neighbor that is removed and added again has no errors to its name.
        configure(self.run_dir, configuration(without=question))
        configure(self.run_dir, configuration())
        return ""


def run(arguments):
    """Sets up the bed, runs the suite in it and returns its exit status."""
    run_dir = Path(tempfile.mkdtemp(prefix="bgp-conformance-"))
    corpus = run_dir / "malformed.jsonl"
    with corpus.open("wb") as out:
        subprocess.run([sys.executable, "-B", str(arguments.suite / "gen_rules.py")], stdout=out,
                       check=True)
    answers = Answers(run_dir)
    with Bed(arguments.name) as bed:
        bed.connect(f"10.99.0.{host}/24" for host in (1, 3, 4, 99))
        device = Controlplane(bed.device, arguments.controlplane.resolve(), run_dir)
        try:
            device.wait_configured(configuration())
            alive = f"kill -0 {device.pid} 2>/dev/null && echo {device.pid}"
            command = [sys.executable, "-B", str(arguments.suite / "bgpconform.py"),
                       "--corpus", str(corpus), "--rib-cmd", answers.command("prefixes"),
                       "--reset-cmd", answers.command("{peer}"), "--alive-cmd", alive,
                       *arguments.rest]
            status = subprocess.run(["ip", "netns", "exec", bed.tester, *command], check=False)
        finally:
            device.stop()
    print(f"log: {run_dir}/controlplane.log")
    return status.returncode


def main():
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--controlplane", type=Path, required=True)
    parser.add_argument("--suite", type=Path, required=True)
    parser.add_argument("--name", default="bgpc", help="prefix of the namespaces")
    parser.add_argument("rest", nargs="*")
    return run(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
