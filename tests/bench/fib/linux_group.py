"""What the kernel needs to take a member out of a group of nexthop objects, by routes on it.

In a network namespace of its own. Of each change the time of the one request is taken, from before
it is sent until the kernel has answered; packets go the new way by then.
"""

import os
import socket
import statistics
import struct
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "platform"))

from lab.inside_namespace import inside_namespace  # noqa: E402

NAMESPACE = "torii-bench-group"
MEMBERS = 64
GROUP = 1000
RTM_NEWNEXTHOP, REPLACE_ACK = 104, 0x1 | 0x4 | 0x100 | 0x400
NHA_ID, NHA_GROUP = 1, 2


def attribute(kind, payload):
    padding = b"\0" * (-len(payload) % 4)
    return struct.pack("=HH", 4 + len(payload), kind) + payload + padding


def group_request(members):
    """The group, replaced by one of these members."""
    entries = b"".join(struct.pack("=IBBH", member, 0, 0, 0) for member in members)
    body = struct.pack("=BBBxI", socket.AF_UNSPEC, 0, 0, 0)
    body += attribute(NHA_ID, struct.pack("=I", GROUP)) + attribute(NHA_GROUP, entries)
    return struct.pack("=IHHII", 16 + len(body), RTM_NEWNEXTHOP, REPLACE_ACK, 1, 0) + body


def ask(channel, request):
    """Seconds until the kernel has done it."""
    begin = time.perf_counter()
    channel.send(request)
    answer = channel.recv(65536)
    spent = time.perf_counter() - begin
    error = struct.unpack_from("=i", answer, 16)[0]
    if error != 0:
        raise OSError(-error, os.strerror(-error))
    return spent


def batch(lines):
    subprocess.run(["ip", "-n", NAMESPACE, "-batch", "-"], input="\n".join(lines), text=True,
                   check=True)


def prepare():
    subprocess.run(["ip", "netns", "del", NAMESPACE], check=False, stderr=subprocess.DEVNULL)
    subprocess.run(["ip", "netns", "add", NAMESPACE], check=True)
    # Without a message for every route on the group.
    subprocess.run(["ip", "netns", "exec", NAMESPACE, "sysctl", "-qw",
                    "net.ipv4.nexthop_compat_mode=0"], check=True)
    batch(["link add left type veth peer name right", "link set left up", "link set right up",
           "address add 10.0.0.1/24 dev left"]
          + [f"nexthop add id {member} via 10.0.0.{member + 1} dev left"
             for member in range(1, MEMBERS + 1)]
          + [f"nexthop add id {GROUP} group {'/'.join(map(str, range(1, MEMBERS + 1)))}"])


def routing_socket():
    """In the namespace this thread is in."""
    return socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)


def measure(counts, rounds):
    """Microseconds (median) by count of routes on the group."""
    prepare()
    times = {}
    try:
        channel = inside_namespace(NAMESPACE, routing_socket)
        whole, less = group_request(range(1, MEMBERS + 1)), group_request(range(2, MEMBERS + 1))
        done = 0
        for count in counts:
            batch([f"route add {11 + (index >> 16)}.{index >> 8 & 255}.{index & 255}.0/24 "
                   f"nhid {GROUP}" for index in range(done, count)])
            done = count
            spent = []
            for _ in range(rounds):
                spent.append(ask(channel, less))
                ask(channel, whole)
            times[count] = statistics.median(spent) * 1e6
        channel.close()
    finally:
        subprocess.run(["ip", "netns", "del", NAMESPACE], check=False)
    return times
