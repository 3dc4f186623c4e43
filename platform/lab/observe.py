"""What is to be seen in a lab, taken from what its commands print."""

import json
import os
import re
import signal
import subprocess
from pathlib import Path

from lab import topology
from lab.shell import inside


def sessions(lab):
    """Neighbor address -> State/PfxRcd of `show ip bgp summary`."""
    found = {}
    for line in lab.torii("show ip bgp summary").splitlines():
        fields = line.split()
        if len(fields) >= 10 and re.fullmatch(r"[0-9.]+", fields[0]) and fields[1] == "4":
            found[fields[0]] = fields[9]
    return found


def established(lab):
    """The number of sessions the router shows as up: a number stands where the state would."""
    return sum(state.isdigit() for state in sessions(lab).values())


def drops(lab):
    """Neighbor address -> how often its session has gone down, as the router tells it."""
    shown = lab.torii("show ip bgp neighbors")
    return dict(re.findall(r"BGP neighbor is ([0-9.]+),(?:.|\n)*?Connections established \d+; "
                           r"dropped (\d+)", shown))


def unacknowledged(lab):
    """What the two ends of BGP sessions have sent and not been told the arrival of; bytes.

    After a cut TCP asks again as late as the cut was long, and one end may count its hold
    time to the end meanwhile, with the neighbor long back.
    """
    found = 0
    for host in (topology.ROUTER, *(node.name for node in topology.NODES)):
        shown = lab.command(host, "ss", "-Htn", "state", "established",
                            "( sport = :bgp or dport = :bgp )").stdout
        found += sum(int(line.split()[1]) for line in shown.splitlines())
    return found


def forwarded_packets(lab):
    """Port -> the Forwarded column of `show interfaces`."""
    found = {}
    for line in lab.torii("show interfaces").splitlines():
        fields = line.split()
        if len(fields) == 10 and fields[6].isdigit():
            found[fields[0]] = int(fields[6])
    return found


def kernel_forwarded(lab):
    """Datagrams the router's kernel forwarded, which has to be none ever."""
    text = lab.command(topology.ROUTER, "cat", "/proc/net/snmp").stdout
    names, values = [line.split() for line in text.splitlines() if line.startswith("Ip:")]
    return int(values[names.index("ForwDatagrams")])


def members(lab, prefix):
    """Gateway -> packets, of the group that the packet engine has for a prefix."""
    shown = json.loads(lab.torii(f"show forwarding route {prefix} | json"))
    if not any(route["prefix"] == prefix for route in shown.get("routes", ())):
        return {}
    return {member["address"]: int(member.get("packets", 0))
            for group in shown.get("groups", ()) for member in group["members"]
            if "address" in member}


def footprint(process):
    """(memory in use in KiB, open files) of a process that runs."""
    pid = process.pid()
    status = Path(f"/proc/{pid}/status").read_text()
    memory = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
    return memory, len(os.listdir(f"/proc/{pid}/fd"))


class RunningPing:
    """Pings in the background, from the first answer on; fifty a second."""

    def __init__(self, lab, source, address, interval="0.02"):
        self._command = inside(lab.namespaces.name(source), "ping", "-i", interval, address)
        self.text = ""

    def __enter__(self):
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True)
        return self

    def __exit__(self, *_):
        self._process.send_signal(signal.SIGINT)
        self.text = self._process.communicate(timeout=10)[0]

    def sent(self):
        """Packets up to the last one that was answered."""
        return max(self._answered(), default=1)

    def lost(self):
        """Packets without an answer; those after the last answered one may still be under way."""
        return len(set(range(1, self.sent() + 1)) - self._answered())

    def _answered(self):
        return {int(number) for number in re.findall(r"icmp_seq=(\d+) ttl", self.text)}
