"""The wires around the device: a segment with all nodes, each with a MAC address of its own, and a
sender of packets on another port."""

import subprocess

from device_bed import ip

NODES = 64
NODE_ADDRESSES = [f"10.99.1.{number}" for number in range(1, NODES + 2)]  # the last one listens only
DEVICE_ADDRESSES = {"eth1": "10.99.0.1/16", "eth2": "10.98.0.1/24"}
SENDER_ADDRESS = "10.98.0.2"
FIRST_VIP = "20.0.0.0"  # of the load generator


class Rack:
    """Three namespaces: `device` with the ports eth1 and eth2 (or their hardware, hw-eth1 and hw-eth2),
    `nodes` behind eth1, `sender` behind eth2."""

    def __init__(self, name, hardware):
        self.device, self.nodes, self.sender = (f"{name}-{end}" for end in ("dut", "node", "send"))
        self.hardware = hardware

    def __enter__(self):
        for namespace in (self.device, self.nodes, self.sender):
            ip("netns", "add", namespace)
            ip("-n", namespace, "link", "set", "lo", "up")
            for key in ("all", "default"):
                self._sysctl(namespace, f"net.ipv4.conf.{key}.rp_filter=0")
        for port, far in (("eth1", self.nodes), ("eth2", self.sender)):
            self._connect(port, far)
        self._create_nodes()
        ip("-n", self.sender, "address", "add", f"{SENDER_ADDRESS}/24", "dev", "wire")
        return self

    def __exit__(self, *_):
        for namespace in (self.device, self.nodes, self.sender):
            subprocess.run(["ip", "netns", "delete", namespace], check=False)

    def _connect(self, port, far):
        near = self._near(port)
        ip("link", "add", near, "netns", self.device, "type", "veth",
           "peer", "name", "wire", "netns", far)
        if self.hardware:  # the packet engine's: the kernel must not talk on it by itself
            self._sysctl(self.device, f"net.ipv6.conf.{near}.disable_ipv6=1")
        self._sysctl(far, "net.ipv6.conf.wire.disable_ipv6=1")
        # There is no hardware to cut up what is longer than the MTU.
        subprocess.run(["ip", "netns", "exec", far, "ethtool", "-K", "wire", "tso", "off",
                        "gso", "off"], check=True, capture_output=True)
        ip("-n", self.device, "link", "set", near, "up")
        ip("-n", far, "link", "set", "wire", "up")

    # Nodes are hosts of their own to everybody else: each answers ARP for its own address only, and
    # what it sends leaves through its own interface.
    def _create_nodes(self):
        for setting in ("arp_ignore=1", "arp_announce=2"):
            for key in ("all", "default"):
                self._sysctl(self.nodes, f"net.ipv4.conf.{key}.{setting}")
        self._sysctl(self.nodes, "net.ipv6.conf.default.disable_ipv6=1")
        lines = []
        for number, address in enumerate(NODE_ADDRESSES, 1):
            lines += [f"link add link wire name n{number} address 02:00:00:00:{number >> 8:02x}:"
                      f"{number & 255:02x} type macvlan mode private",
                      f"address add {address}/16 dev n{number} noprefixroute",
                      f"link set n{number} up",
                      f"route add 10.99.0.0/16 dev n{number} table {number}",
                      f"rule add from {address} lookup {number}"]
        ip("-n", self.nodes, "-batch", "-", input="\n".join(lines).encode())

    def cut_power(self, number):
        """Of a node: it neither sends nor answers any more."""
        ip("-n", self.nodes, "link", "set", f"n{number}", "down")

    def _near(self, port):
        return ("hw-" if self.hardware else "") + port

    @staticmethod
    def _sysctl(namespace, setting):
        subprocess.run(["ip", "netns", "exec", namespace, "sysctl", "-q", "-w", setting], check=True)
