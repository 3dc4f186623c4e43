"""Making and removing the lab's namespaces, links, addresses and routes."""

import ipaddress
import os
import signal

from lab import topology
from lab.shell import inside, ip_batch, run
from lab.wait import until

NETNS_DIR = "/run/netns"


class Namespaces:
    """The namespaces of one lab; the prefix keeps several labs on one machine apart."""

    def __init__(self, prefix):
        self.prefix = prefix

    def name(self, host):
        """The namespace's full name."""
        return self.prefix + host

    def exists(self, host):
        """Whether the namespace is there (its file can be a left-over of a crash, see remove)."""
        return os.path.exists(os.path.join(NETNS_DIR, self.name(host)))

    def any_exists(self):
        """Whether anything of this lab is there."""
        return any(self.exists(host) for host in topology.namespace_names())

    def create(self, plain_router=False):
        """Makes everything but the processes.

        With `plain_router` the router's links are ordinary kernel interfaces eth1, eth2,... with
        addresses and kernel forwarding: the place where another vendor's router is put to compare.
        """
        ip_batch([f"netns add {self.name(host)}" for host in topology.namespace_names()])
        for host in topology.namespace_names():
            ip_batch(["link set lo up"], self.name(host))
            # As on a machine of its own: a new namespace does not inherit these.
            self.sysctl(host, "net.ipv4.conf.all.rp_filter", 0)
            self.sysctl(host, "net.ipv4.conf.default.rp_filter", 0)
        for switch in topology.SWITCHES:
            self._create_switch(switch, plain_router)
        for host in (*topology.NODES, topology.CLIENT_HOST):
            self._create_host(host)
        for node in topology.NODES:
            self._create_pods(node)
        self._configure_router(plain_router)

    def _create_switch(self, switch, plain_router):
        device = switch.router_port if plain_router else switch.router_device
        bridge = self.name(switch.name)
        ip_batch([f"link add {device} mtu {topology.MTU} netns {self.name(topology.ROUTER)} "
                  f"type veth peer name {switch.router_port} mtu {topology.MTU} netns {bridge}"])
        ip_batch(["link add br0 type bridge stp_state 0 mcast_snooping 0",
                  f"link set {switch.router_port} master br0",
                  f"link set {switch.router_port} up", "link set br0 up"], bridge)

    def _create_host(self, host):
        length = ipaddress.ip_network(topology.switch(host.switch).subnet).prefixlen
        namespace, bridge = self.name(host.name), self.name(host.switch)
        ip_batch([f"link add eth1 mtu {topology.MTU} netns {namespace} "
                  f"type veth peer name {host.name} mtu {topology.MTU} netns {bridge}"])
        ip_batch([f"link set {host.name} master br0", f"link set {host.name} up"], bridge)
        ip_batch([f"address add {host.address}/{length} dev eth1", "link set eth1 up"], namespace)
        # A bridge hides the router's port from the host: the XDP program on that port makes the
        # kernel segment for it only on the veth next to it. Super-packets of a host's TCP are cut
        # up by the bridge's own port then, but partial checksums still arrive; the fast path
        # completes those. Segmentation is therefore turned off where the packets are made when the
        # port is on AF_PACKET, which would receive the super-packets whole.
        run(*inside(namespace, "ethtool", "-K", "eth1", "tso", "off", "gso", "off"))
        if host is topology.CLIENT_HOST:
            ip_batch([f"route add default via {topology.gateway(host)}"], namespace)
            return
        self.sysctl(host.name, "net.ipv4.ip_forward", 1)
        others = [s.subnet for s in topology.SWITCHES if s.name != host.switch]
        # The document's nodes have a default route through a NAT that never answers for pod
        # addresses: requests there time out. A blackhole does the same.
        ip_batch([*(f"route add {subnet} via {topology.gateway(host)} proto static"
                    for subnet in others), "route add blackhole default metric 4096"], namespace)

    def _create_pods(self, node):
        namespace = self.name(node.name)
        for pod in node.pods:
            device = "lxc-" + pod.name[-8:]
            inner = self.name(pod.name)
            ip_batch([f"link add eth0 mtu {topology.MTU} netns {inner} "
                      f"type veth peer name {device} mtu {topology.MTU} netns {namespace}"])
            ip_batch([f"link set {device} up", f"route add {pod.address}/32 dev {device}"],
                     namespace)
            ip_batch([f"address add {pod.address}/32 dev eth0", "link set eth0 up",
                      f"route add {node.address}/32 dev eth0",
                      f"route add default via {node.address}"], inner)

    def _configure_router(self, plain_router):
        if not plain_router:
            for switch in topology.SWITCHES:
                # The device belongs to the packet engine: the kernel must not talk on it by itself.
                self.sysctl(topology.ROUTER, f"net.ipv6.conf.{switch.router_device}.disable_ipv6",
                            1)
                ip_batch([f"link set {switch.router_device} up"], self.name(topology.ROUTER))
            # Only our fast path forwards; a test that passed through the kernel would prove nothing.
            self.sysctl(topology.ROUTER, "net.ipv4.ip_forward", 0)
            return
        self.sysctl(topology.ROUTER, "net.ipv4.ip_forward", 1)
        lines = []
        for switch in topology.SWITCHES:
            length = ipaddress.ip_network(switch.subnet).prefixlen
            lines += [f"address add {switch.router_address}/{length} dev {switch.router_port}",
                      f"link set {switch.router_port} up"]
        for name, address in topology.LOOPBACKS.items():
            # No dummy devices on every kernel: a bridge without ports is always there.
            lines += [f"link add {name} type bridge", f"address add {address} dev {name}",
                      f"link set {name} up"]
        ip_batch(lines, self.name(topology.ROUTER))

    def set_cable(self, host, plugged):
        """Pulls a host's cable out of its switch or plugs it in: what a node without power is like."""
        state = "up" if plugged else "down"
        ip_batch([f"link set {host.name} {state}"], self.name(host.switch))

    def set_router_cable(self, switch, plugged):
        """The same for the router's port on a switch."""
        state = "up" if plugged else "down"
        ip_batch([f"link set {switch.router_port} {state}"], self.name(switch.name))

    def set_static_routes(self):
        """Step 9a, the document's remedy: all pods through the router, on every node."""
        for node in topology.NODES:
            ip_batch([f"route replace {topology.POD_NETWORK} via {topology.gateway(node)} "
                      "proto static"], self.name(node.name))

    def remove_static_routes(self):
        """Takes step 9a back."""
        for node in topology.NODES:
            run("ip", "-n", self.name(node.name), "route", "del", topology.POD_NETWORK,
                check=False)

    def sysctl(self, host, key, value=None):
        """Sets a kernel setting of a namespace, or reads it when no value is given."""
        what = key if value is None else f"{key}={value}"
        return run(*inside(self.name(host), "sysctl", "-n", what)).stdout.strip()

    def processes(self):
        """Ids of all processes that run in one of the lab's namespaces (not this one)."""
        inodes = set()
        for host in topology.namespace_names():
            try:
                inodes.add(os.stat(os.path.join(NETNS_DIR, self.name(host))).st_ino)
            except FileNotFoundError:
                continue
        inodes.discard(os.stat("/proc/self/ns/net").st_ino)
        found = []
        for entry in os.listdir("/proc"):
            try:
                if entry.isdigit() and os.stat(f"/proc/{entry}/ns/net").st_ino in inodes:
                    found.append(int(entry))
            except (FileNotFoundError, PermissionError, ProcessLookupError):
                continue
        return found

    def remove(self):
        """Ends what still runs inside and removes every namespace that is there, however far up."""
        for pid in self.processes():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        until(lambda: not self.processes(), 10, "the lab's processes have ended")
        for host in topology.namespace_names():
            if self.exists(host):
                # A namespace that was only half made has a file but no mount; `del` removes both.
                run("ip", "netns", "del", self.name(host))
