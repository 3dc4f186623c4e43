"""A node that balances: torii-agent --datapath nft in a namespace, two pods on the node, one on another
node, a client outside. Sockets are opened in the namespaces by this process.

    client 192.0.2.2 -- 192.0.2.1 node 192.0.3.1 -- 192.0.3.2 other (its pod: 10.0.2.21)
                                  node -- pods 10.0.1.11, 10.0.1.12

IPv6 is the same in 2001:db8:2::/64, 2001:db8:3::/64, fd00:1:: and fd00:2::. Pods answer HTTP, and
datagrams.
"""

import ctypes
import os
import shutil
import socket
import sys
from contextlib import contextmanager
from pathlib import Path

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "platform"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from lab.processes import Process  # noqa: E402
from lab.shell import inside, ip_batch, run  # noqa: E402
from lab.wait import until  # noqa: E402

CLIENT, NODE, OTHER = "nlb-client", "nlb-node", "nlb-other"
PODS = {"10.0.1.11": "nlb-pod1", "10.0.1.12": "nlb-pod2", "10.0.2.21": OTHER}
LOCAL = ("10.0.1.11", "10.0.1.12")
REMOTE = "10.0.2.21"
CLIENT_ADDRESS, NODE_OUTSIDE, NODE_INSIDE = "192.0.2.2", "192.0.2.1", "192.0.3.1"
POD_PORT = 8080
# With it, 2 of the 168 slots of LOCAL move when REMOTE leaves: on average 3 do, with the seed 0 14.
MAGLEV_SEED = "1"
V6 = {"10.0.1.11": "fd00:1::11", "10.0.1.12": "fd00:1::12", "10.0.2.21": "fd00:2::21"}
CLIENT_V6, NODE_OUTSIDE_V6, NODE_INSIDE_V6 = "2001:db8:2::2", "2001:db8:2::1", "2001:db8:3::1"
CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)


@contextmanager
def namespace(name):
    """What is opened in here is in the namespace, and stays there."""
    with open("/proc/self/ns/net", "rb") as home, open(f"/run/netns/{name}", "rb") as there:
        if LIBC.setns(there.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), f"setns {name}")
        try:
            yield
        finally:
            if LIBC.setns(home.fileno(), CLONE_NEWNET) != 0:
                os._exit(70)  # nothing that follows would be where it seems


class Connection:
    """A kept-alive HTTP connection to a frontend."""

    def __init__(self, address, port, of=CLIENT, source_port=0, timeout=3):
        with namespace(of):
            self.socket = socket.create_connection(
                (address, port), timeout=timeout,
                source_address=("", source_port) if source_port else None)
        self.stream = self.socket.makefile("rwb")

    def ask(self):
        """(address of the pod that answers, address it sees)"""
        self.stream.write(b"GET / HTTP/1.1\r\nHost: test\r\n\r\n")
        self.stream.flush()
        length = 0
        while (line := self.stream.readline()) not in (b"\r\n", b""):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        pod, seen = self.stream.read(length).decode().split()
        return pod, seen

    def close(self):
        """Ends it."""
        self.stream.close()
        self.socket.close()


def ask(address, port, **how):
    """One request on a connection of its own."""
    connection = Connection(address, port, **how)
    try:
        return connection.ask()
    finally:
        connection.close()


def service(name, **spec):
    """A Service with one port, 80 to the pods' 8080 by name; `ingress` are its load balancer's IPs."""
    ingress = spec.pop("ingress", [])
    port = {"name": "web", "port": 80, "targetPort": "http", **spec.pop("port", {})}
    return {"apiVersion": "v1", "kind": "Service",
            "metadata": {"name": name, "namespace": "test"},
            "spec": {"ports": [port], **spec},
            "status": {"loadBalancer": {"ingress": [{"ip": ip} for ip in ingress]}}}


class Datagrams:
    """A UDP socket of a client, towards a frontend."""

    def __init__(self, address, port, of=CLIENT, source_port=0, timeout=1):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with namespace(of):
            self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.bind(("", source_port))
        self.socket.settimeout(timeout)
        self.socket.connect((address, port))

    def ask(self):
        """(address of the pod that answers, address it sees)"""
        self.socket.send(b"who")
        pod, seen = self.socket.recv(200).decode().split()
        return pod, seen

    def close(self):
        """Ends it."""
        self.socket.close()


def slice_of(name, *addresses, terminating=(), protocol="TCP", family="IPv4"):
    """The endpoints of a service; those of LOCAL are on the node."""
    def endpoint(address):
        leaves = address in terminating
        return {"addresses": [address if family == "IPv4" else V6[address]],
                "nodeName": "node" if address in LOCAL else "other",
                "conditions": {"ready": not leaves, "serving": True, "terminating": leaves}}
    return {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
            "metadata": {"name": f"{name}-{family.lower()}", "namespace": "test",
                         "labels": {"kubernetes.io/service-name": name}},
            "addressType": family, "endpoints": [endpoint(address) for address in addresses],
            "ports": [{"name": "web", "port": POD_PORT, "protocol": protocol}]}


class Bed:
    """All of it. close() ends and removes everything."""

    def __init__(self, programs, run_dir):
        self.run_dir = run_dir
        self.manifests = run_dir / "manifests"
        self.agent = Process("torii-agent", NODE, (
            programs / "torii-agent", "--node", "node", "--manifests", self.manifests, "--run-dir",
            run_dir, "--datapath", "nft", "--maglev-seed", MAGLEV_SEED,
            "--withdraw-delay", "200"), run_dir)
        server = Path(__file__).with_name("balancing_pod.py")
        self.servers = [Process(f"pod-{address}", name, ("/usr/bin/python3", "-B", server, address,
                                                         V6[address], POD_PORT), run_dir)
                        for address, name in PODS.items()]

    def open(self):
        """Everything up, the agent without any service."""
        self.manifests.mkdir(parents=True)
        self._wire()
        for server in self.servers:
            server.start()
        self.apply({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "node"},
                    "spec": {"podCIDR": "10.0.1.0/24",
                             "podCIDRs": ["10.0.1.0/24", "fd00:1::/64"]}})
        self.agent.start()
        for address in (*PODS, *V6.values()):
            until(lambda a=address: ask(a, POD_PORT, of=NODE), 10, f"pod {address} answers")
        until(lambda: "prerouting" in self.ruleset(), 10, "the table is there")

    @staticmethod
    def _wire():
        names = (CLIENT, NODE, *PODS.values())
        ip_batch([f"netns add {name}" for name in names])
        for name in names:
            ip_batch(["link set lo up"], name)
        for name in names:
            # Addresses are used at once, not after a second of asking who else has them.
            run(*inside(name, "sysctl", "-qw", "net.ipv6.conf.default.accept_dad=0",
                        "net.ipv6.conf.all.forwarding=1"))
        ip_batch([f"link add client type veth peer name eth0 netns {CLIENT}",
                  f"link add other type veth peer name eth0 netns {OTHER}",
                  f"address add {NODE_OUTSIDE}/24 dev client",
                  f"address add {NODE_INSIDE}/24 dev other", "link set client up",
                  f"address add {NODE_OUTSIDE_V6}/64 dev client",
                  f"address add {NODE_INSIDE_V6}/64 dev other", "link set other up"], NODE)
        ip_batch([f"address add {CLIENT_ADDRESS}/24 dev eth0", "link set eth0 up",
                  f"address add {CLIENT_V6}/64 dev eth0", f"route add default via {NODE_OUTSIDE}",
                  f"route add default via {NODE_OUTSIDE_V6}"], CLIENT)
        ip_batch(["address add 192.0.3.2/24 dev eth0", f"address add {REMOTE}/32 dev lo",
                  "link set eth0 up", f"route add default via {NODE_INSIDE}",
                  "address add 2001:db8:3::2/64 dev eth0", f"address add {V6[REMOTE]}/128 dev lo",
                  f"route add default via {NODE_INSIDE_V6}"], OTHER)
        # As any node has a default route; what nobody serves ends there without a word.
        ip_batch([f"route add {REMOTE}/32 via 192.0.3.2", "route add default via 192.0.3.2",
                  f"route add {V6[REMOTE]}/128 via 2001:db8:3::2",
                  "route add default via 2001:db8:3::2"], NODE)
        ip_batch(["route add blackhole 172.16.0.0/16", "route add blackhole 10.96.0.0/16",
                  "route add blackhole 2001:db8:f00::/48"], OTHER)
        for address in LOCAL:
            pod = PODS[address]
            ip_batch([f"link add {pod} type veth peer name eth0 netns {pod}",
                      f"link set {pod} up", f"address add 10.0.1.1/32 dev {pod}",
                      f"address add fd00:1::1/128 dev {pod}", f"route add {address}/32 dev {pod}",
                      f"route add {V6[address]}/128 dev {pod}"], NODE)
            ip_batch([f"address add {address}/32 dev eth0", f"address add {V6[address]}/128 dev eth0",
                      "link set eth0 up", "route add 10.0.1.1/32 dev eth0",
                      "route add default via 10.0.1.1", "route add fd00:1::1/128 dev eth0",
                      "route add default via fd00:1::1"], pod)
        run(*inside(NODE, "sysctl", "-qw", "net.ipv4.ip_forward=1"))

    def close(self):
        """Ends and removes everything."""
        for process in (self.agent, *self.servers):
            process.stop()
        for name in (CLIENT, NODE, *PODS.values()):
            run("ip", "netns", "del", name, check=False)
        shutil.rmtree(self.run_dir, ignore_errors=True)

    def apply(self, *resources):
        """Each replaces the one of its kind and name."""
        for resource in resources:
            path = self._path(resource)
            partial = path.with_name("." + path.name)
            partial.write_text(yaml.safe_dump(resource))
            partial.rename(path)

    def delete(self, *resources):
        """As `kubectl delete`."""
        for resource in resources:
            self._path(resource).unlink()

    def _path(self, resource):
        return self.manifests / f"{resource['kind']}-{resource['metadata']['name']}.yaml"

    @staticmethod
    def ruleset():
        """Our table as nft lists it, without times."""
        return run(*inside(NODE, "nft", "-s", "list", "table", "inet", "torii"), check=False).stdout
