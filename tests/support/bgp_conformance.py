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
import time
from pathlib import Path

from bgp_bed import Bed, Controlplane, ask, configure, fields

FAMILIES = ("IPV4_UNICAST", "IPV6_UNICAST")
NEIGHBORS = {"10.99.0.1": "remote_as: 65001", "10.99.0.3": "remote_as: 65000",
             "10.99.0.4": "remote_as: 65004 maximum_prefixes: 100"}


def configuration(version, without=None):
    """The request, as protobuf text, that gives the device what the suite's README asks for."""
    neighbors = "".join(
        f'neighbors {{ address: "{address}" session {{ enabled: true passive: true {session} }} }}\n'
        for address, session in NEIGHBORS.items() if address != without)
    families = "".join(
        f"families {{ family: {family} {networks} }}\n" for family, networks in zip(
            FAMILIES, ('networks { prefix: "192.0.2.0/24" unconditional: true }', "")))
    return f"""configure {{
        config_version: {version}
        config {{
            hostname: "dut" router_id: "10.99.0.2"
            interfaces {{ name: "eth1" enabled: true addresses: "10.99.0.2/24" }}
            bgp {{
                as: 65000 router_id: "10.99.0.2" hold_time: 90 connect_retry: 120
                graceful_restart: GRACEFUL_RESTART_RESTART restart_time: 120 stale_time: 360
                {families}{neighbors}
            }}
        }}
    }}"""


def prefixes(run_dir):
    """All prefixes that the BGP table holds a path for."""
    found = []
    for family in (b"\x32\x00", b"\x32\x02\x08\x01"):  # get_bgp_table of each family
        for number, table in fields(ask(run_dir, family)):
            if number == 7:
                for member, entry in fields(table):
                    if member == 4:
                        found += [value.decode() for field, value in fields(entry) if field == 1]
    return found


def request(without=None):
    """The configuration as a request of this moment."""
    return configuration(int(time.time() * 1000), without)


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
        configure(self.run_dir, request(without=question))
        configure(self.run_dir, request())
        return ""


def run(arguments):
    """Sets up the bed, runs the suite in it and returns its exit status."""
    run_dir = Path(tempfile.mkdtemp(prefix="bgp-conformance-"))
    corpus = run_dir / "malformed.jsonl"
    with corpus.open("wb") as out:
        subprocess.run([sys.executable, "-B", str(arguments.suite / "gen_rules.py")], stdout=out,
                       check=True)
    answers = Answers(run_dir)
    pid_file = run_dir / "controlplane.pid"
    with Bed(arguments.name) as bed:
        bed.connect(f"10.99.0.{host}/24" for host in (1, 3, 4, 99))
        device = Controlplane(bed.device, arguments.controlplane.resolve(), run_dir)
        pid_file.write_text(str(device.pid))
        device.wait_configured(request())
        command = [sys.executable, "-B", str(arguments.suite / "bgpconform.py"),
                   "--corpus", str(corpus), "--rib-cmd", answers.command("prefixes"),
                   "--reset-cmd", answers.command("{peer}"),
                   "--alive-cmd", f"p=$(cat {pid_file}); kill -0 $p 2>/dev/null && echo $p",
                   *arguments.rest]
        status = subprocess.run(["ip", "netns", "exec", bed.tester, *command], check=False)
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
