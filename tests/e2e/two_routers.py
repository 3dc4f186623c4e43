"""A rack with two routers: every node has a cable to each and a BGP session with each, and so has the
client, which is FRR with all ways in use. The switch of a router is part of it: without power its
cables are dead."""

import json
import shutil
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lab.namespaces import Namespaces
from lab.processes import Process
from lab.shell import inside, ip_batch, run
from lab.system import ROUTER_PROGRAMS, RUN_ROOT, SOURCE_ROOT
from lab.wait import until

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "interop"))

from vendors import Frr  # noqa: E402

CLIENT = "client"
CLIENT_ADDRESS = "10.9.9.1"  # announced to both routers
CLIENT_AS, ROUTER_AS, NODE_AS = 64999, 65000, 65001
BFD_MS = 100


@dataclass(frozen=True)
class Router:
    """One of the two. Its ports: eth1 to the nodes, eth2 to the client."""

    name: str
    number: int

    @property
    def address(self):
        """On the nodes' network."""
        return f"192.168.1{self.number}.200"

    @property
    def uplink(self):
        """On the client's."""
        return f"10.{self.number}.0.1"

    @property
    def client(self):
        """The client's address there."""
        return f"10.{self.number}.0.2"

    @property
    def switch(self):
        """The namespace of what its eth1 is on."""
        return f"{self.name}-switch"

    @property
    def port(self):
        """The interface of nodes and client to it."""
        return f"eth{self.number}"


@dataclass(frozen=True)
class Node:
    """A node; its only pod is the node itself with an address of the pod network."""

    name: str
    number: int

    @property
    def pod(self):
        """Where its web server is asked."""
        return f"172.20.{self.number}.10"

    @property
    def pod_network(self):
        """What it announces."""
        return f"172.20.{self.number}.0/24"

    def address(self, router):
        """On the network of a router."""
        return f"192.168.1{router.number}.10{self.number}"


ROUTERS = (Router("tor-a", 1), Router("tor-b", 2))
NODES = (Node("node-1", 1), Node("node-2", 2))
NAMESPACES = (CLIENT, *(n for r in ROUTERS for n in (r.name, r.switch)), *(n.name for n in NODES))

PEER = """    - name: {name}
      peerASN: {asn}
      peerAddress: {address}
      peerConfigRef:
        name: cilium-peer
"""
NODE = """apiVersion: v1
kind: Node
metadata:
  name: {name}
  labels:
    enable-bgp: "true"
spec:
  podCIDR: {network}
  podCIDRs:
  - {network}
status:
  addresses:
  - type: InternalIP
    address: {address}
---
"""


def router_config(router):
    """In the words of its startup file."""
    neighbors = [{"address": node.address(router), "peer-group": "NODES"} for node in NODES]
    return {
        "torii-system:system": {"hostname": router.name},
        "torii-platform:platform": {"hugepages": {"memory": 0}, "port": [
            {"name": port, "xdp": f"hw-{port}"} for port in ("eth1", "eth2")]},
        "torii-interfaces:interface": [
            {"name": "eth1", "ipv4": {"address": [f"{router.address}/24"]}},
            {"name": "eth2", "ipv4": {"address": [f"{router.uplink}/24"]}}],
        "torii-forwarding:forwarding": {"ecmp": {"hash": "l4"}},
        "torii-bfd:bfd": {"profile": [{"name": "fast", "transmit-interval": BFD_MS,
                                       "receive-interval": BFD_MS, "detect-multiplier": 3}]},
        "torii-bgp:bgp": {
            "as": ROUTER_AS, "router-id": router.address, "ebgp-requires-policy": False,
            "graceful-restart": {"mode": "restart"},
            "family": [{"name": "ipv4-unicast", "maximum-paths": {"ebgp": 4}}],
            "peer-group": [{"name": name, "remote-as": "external", "passive": True,
                            "bfd": {"profile": "fast"}} for name in ("NODES", "CLIENT")],
            "neighbor": [*neighbors, {"address": router.client, "peer-group": "CLIENT"}]}}


def frr_config():
    """Of the client. With a link that was down the kernel takes members out of groups of nexthop
    objects; FRR 8.4 does not notice and never puts them back. Hence routes without such objects."""
    neighbors = "\n".join(f" neighbor {router.uplink} remote-as {ROUTER_AS}\n"
                          f" neighbor {router.uplink} bfd profile fast\n"
                          f" neighbor {router.uplink} timers connect 1" for router in ROUTERS)
    return f"""frr defaults datacenter
log stdout
no zebra nexthop kernel enable
route-map OWN permit 10
 set src {CLIENT_ADDRESS}
ip protocol bgp route-map OWN
router bgp {CLIENT_AS}
 bgp router-id {CLIENT_ADDRESS}
 no bgp ebgp-requires-policy
{neighbors}
 address-family ipv4 unicast
  network {CLIENT_ADDRESS}/32
  maximum-paths 2
 exit-address-family
bfd
 profile fast
  transmit-interval {BFD_MS}
  receive-interval {BFD_MS}
"""


class TwoRouters:
    """The rack as one object: up, down, power."""

    def __init__(self, prefix, build):
        self.prefix, self.build = prefix, Path(build)
        self.namespaces = Namespaces(prefix)
        self.frr = Frr(prefix + CLIENT, self.folder(CLIENT), ("zebra", "bgpd", "bfdd"))

    def name(self, host):
        """Of its namespace."""
        return self.namespaces.name(host)

    def folder(self, host):
        """Sockets, logs and ids of a host's processes."""
        return RUN_ROOT / f"{self.prefix}{host}"

    # --- processes ---------------------------------------------------------------------------

    def router_processes(self, router):
        """Its three daemons, in the order they are started in."""
        folder = self.folder(router.name)
        extra = {"torii-mgmtd": ("--config", folder / "router.json",
                                 "--yang-dir", SOURCE_ROOT / "config/yang")}
        return [Process(name, self.name(router.name),
                        (self.build / "bin" / name, "--run-dir", folder, *extra.get(name, ())),
                        folder) for name in ROUTER_PROGRAMS]

    def node_processes(self, node):
        """Agent and web server."""
        folder = self.folder(node.name)
        return [Process("torii-agent", self.name(node.name),
                        (self.build / "bin/torii-agent", "--node", node.name, "--manifests",
                         self.folder("manifests"), "--run-dir", folder, "--import",
                         f"{CLIENT_ADDRESS}/32"), folder),
                Process("whoami", self.name(node.name),
                        (sys.executable, SOURCE_ROOT / "platform/lab/whoami.py", "--hostname",
                         node.name), folder)]

    def processes(self):
        """All of them, those of FRR, too."""
        return [*(p for router in ROUTERS for p in self.router_processes(router)),
                *(p for node in NODES for p in self.node_processes(node)), *self.frr.processes]

    # --- the rack ----------------------------------------------------------------------------

    def up(self):
        """Until all reach all."""
        self.down()
        ip_batch([f"netns add {self.name(host)}" for host in NAMESPACES])
        for host in NAMESPACES:
            ip_batch(["link set lo up"], self.name(host))
        for router in ROUTERS:
            self._cable_router(router)
        for node in NODES:
            ip_batch([f"address add {node.pod}/32 dev lo"], self.name(node.name))
        ip_batch([f"address add {CLIENT_ADDRESS}/32 dev lo"], self.name(CLIENT))
        for host in (CLIENT, *(node.name for node in NODES)):
            self._sysctl(host, "fib_multipath_hash_policy=1")
        self._write_files()
        for router in ROUTERS:
            for process in self.router_processes(router):
                process.start()
        for node in NODES:
            for process in self.node_processes(node):
                process.start()
        self.frr.start(frr_config())
        self.wait_until_both_serve()

    def _cable_router(self, router):
        near, switch, client = map(self.name, (router.name, router.switch, CLIENT))
        ip_batch(["link add br0 type bridge stp_state 0 mcast_snooping 0", "link set br0 up"], switch)
        ip_batch([f"link add hw-eth1 netns {near} type veth peer name router netns {switch}",
                  f"link add hw-eth2 netns {near} type veth peer name {router.port} netns {client}"])
        for node in NODES:
            ip_batch([f"link add {router.port} netns {self.name(node.name)} "
                      f"type veth peer name {node.name} netns {switch}"])
            self._host(node.name, router.port, node.address(router))
        for port in ("router", *(node.name for node in NODES)):
            ip_batch([f"link set {port} master br0", f"link set {port} up"], switch)
        self._host(CLIENT, router.port, router.client)
        for port in ("eth1", "eth2"):
            run(*inside(near, "sysctl", "-qw", f"net.ipv6.conf.hw-{port}.disable_ipv6=1"))
            ip_batch([f"link set hw-{port} up"], near)
        self._sysctl(router.name, "ip_forward=0")

    def _host(self, host, port, address):
        for scope in ("all", "default", port):
            self._sysctl(host, f"conf.{scope}.rp_filter=0")
        ip_batch([f"address add {address}/24 dev {port}", f"link set {port} up"], self.name(host))
        run(*inside(self.name(host), "ethtool", "-K", port, "tso", "off", "gso", "off"))

    def _sysctl(self, host, setting):
        run(*inside(self.name(host), "sysctl", "-qw", f"net.ipv4.{setting}"))

    def _write_files(self):
        for router in ROUTERS:
            self.folder(router.name).mkdir(parents=True)
            (self.folder(router.name) / "router.json").write_text(
                json.dumps(router_config(router)))
        folder = self.folder("manifests")
        folder.mkdir()
        (folder / "nodes.yaml").write_text("".join(
            NODE.format(name=node.name, network=node.pod_network, address=node.address(ROUTERS[0]))
            for node in NODES))
        example = (SOURCE_ROOT / "config/examples/manifests/bgp.yaml").read_text()
        head, found, _ = example.partition("    - name: \"tor-switch\"")
        if not found:
            raise ValueError("the example's ClusterConfig has no peer tor-switch")
        peers = "".join(PEER.format(name=router.name, asn=ROUTER_AS, address=router.address)
                        for router in ROUTERS)
        (folder / "bgp.yaml").write_text(head + peers)

    def down(self):
        """Removes everything, also what is left of a rack that came up by half."""
        for process in reversed(self.processes()):
            process.kill()
        for host in NAMESPACES:
            if self.namespaces.exists(host):
                run("ip", "netns", "del", self.name(host))
        for host in (*NAMESPACES, "manifests"):
            shutil.rmtree(self.folder(host), ignore_errors=True)

    # --- power -------------------------------------------------------------------------------

    def _set_cables(self, router, state):
        ip_batch([f"link set {node.name} {state}" for node in NODES], self.name(router.switch))
        ip_batch([f"link set hw-eth2 {state}"], self.name(router.name))

    def cut_power(self, router):
        """Of a router: its cables are dead, its processes gone, and nothing of its run folder stays."""
        self._set_cables(router, "down")
        for process in self.router_processes(router):
            process.kill()
        for port in ("eth1", "eth2"):
            ip_batch([f"link del {port}"], self.name(router.name))
        for path in self.folder(router.name).iterdir():
            if path.suffix not in (".json", ".log"):
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    def restore_power(self, router):
        """It boots."""
        self._set_cables(router, "up")
        for process in self.router_processes(router):
            process.start()

    def hang(self, router):
        """Its processes are gone, but its cables look alive."""
        for process in self.router_processes(router):
            process.kill()

    # --- what is to be seen ------------------------------------------------------------------

    def ways(self, host, prefix):
        """The interfaces by which a host's kernel sends to a prefix."""
        shown = run(*inside(self.name(host), "ip", "-j", "route", "show", prefix)).stdout
        return {hop["dev"] for route in json.loads(shown or "[]")
                for hop in (route.get("nexthops") or [route]) if "dev" in hop}

    def all_ways(self, wanted):
        """Whether client and nodes send to each other by these interfaces only."""
        return (all(self.ways(CLIENT, node.pod_network) == wanted for node in NODES)
                and all(self.ways(node.name, f"{CLIENT_ADDRESS}/32") == wanted for node in NODES))

    @contextmanager
    def without_bfd(self, router, nodes):
        """Within the block nodes take no BFD packet of a router."""
        table = "inet no-bfd"
        for node in nodes:
            inside_node = inside(self.name(node.name), "nft")
            run(*inside_node, f"add table {table}")
            run(*inside_node, f"add chain {table} input {{ type filter hook input priority 0; }}")
            run(*inside_node, f"add rule {table} input iifname {router.port} udp dport 3784 drop")
        try:
            yield
        finally:
            for node in nodes:
                run(*inside(self.name(node.name), "nft", f"delete table {table}"))

    def wait_until_both_serve(self):
        """Until traffic may take both, both ways, and BFD watches."""
        self.wait_until_both_are_used()
        self.wait_until_bfd_watches()

    def wait_until_both_are_used(self, seconds=60):
        """Until traffic takes both, both ways."""
        until(lambda: self.all_ways({router.port for router in ROUTERS}), seconds,
              "client and nodes use both routers", interval=0.05)

    def wait_until_bfd_watches(self, seconds=60):
        """Until no router lacks a session."""
        until(lambda: all(self.torii(router, "show bfd peers brief").count(" up") == 3
                          for router in ROUTERS), seconds, "BFD is up with all peers")

    def torii(self, router, line):
        """What the shell of a router prints."""
        return run(*inside(self.name(router.name), str(self.build / "bin/torii"), "--run-dir",
                           str(self.folder(router.name)), "-c", line)).stdout
