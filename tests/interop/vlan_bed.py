"""Hosts in VLANs around our router: each is a namespace with a TAP, whose frames get their tag on the
way to the router's wire. So no kernel's own VLAN devices are needed, and tags are seen as they are."""

import fcntl
import os
import re
import select
import signal
import socket
import struct
import subprocess
import tempfile
import threading
from dataclasses import dataclass

from lab.shell import inside, ip_batch, run
from lab.wait import until
from logs_after_failure import LogsAfterFailure
from packets import plan
from packets.routers import ToriiRouter

ETH_P_ALL = 3
TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 2, 0x1000
SOL_PACKET, PACKET_AUXDATA, TP_STATUS_VLAN_VALID = 263, 8, 1 << 4


@dataclass(frozen=True)
class Host:
    """On a port of the router, in a VLAN or (0) without a tag."""

    name: str
    port: int
    vlan: int
    subnet: int  # 10.SUBNET.0.0/24, fd00:SUBNET::/64: the router is .1, the host .2
    mtu: int = 1500

    @property
    def interface(self):
        """The router's."""
        return f"eth{self.port}.{self.vlan}" if self.vlan else f"eth{self.port}"

    def address(self, family, number=2):
        """The host's, or with 1 the router's."""
        return f"10.{self.subnet}.0.{number}" if family == 4 else f"fd00:{self.subnet}::{number}"


PLAIN1 = Host("plain1", 1, 0, 1)
RED = Host("red", 1, 100, 100)
BLUE = Host("blue", 1, 200, 200, 1280)
PLAIN2 = Host("plain2", 2, 0, 2)
GREEN = Host("green", 2, 100, 101)  # the same tag as red's, on another port
HOSTS = (PLAIN1, RED, BLUE, PLAIN2, GREEN)


class Relay:
    """Between a wire and the TAPs of the VLANs on it: puts tags on and takes them off."""

    def __init__(self, wire, taps):
        self.wire = wire
        self.taps = taps  # VLAN -> descriptor
        self.stopped = os.eventfd(0)
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def close(self):
        """Ends it."""
        os.eventfd_write(self.stopped, 1)
        self.thread.join(10)
        for descriptor in (*self.taps.values(), self.stopped):
            os.close(descriptor)
        self.wire.close()

    def _run(self):
        vlans = {descriptor: vlan for vlan, descriptor in self.taps.items()}
        while True:
            ready, _, _ = select.select([self.stopped, self.wire, *vlans], [], [])
            if self.stopped in ready:
                return
            for one in ready:
                if one is self.wire:
                    self._from_wire()
                else:
                    self._to_wire(vlans[one], os.read(one, 65536))

    def _from_wire(self):
        try:
            frame, ancillary, _, (_, _, kind, *_) = self.wire.recvmsg(65536, socket.CMSG_SPACE(20))
        except OSError:  # the wire went down: it is told once
            return
        if kind == socket.PACKET_OUTGOING:
            return
        vlan = None
        for _, what, data in ancillary:  # the kernel takes the tag off before it shows the frame
            status, *_, tci, _ = struct.unpack("IIIHHHH", data)
            if what == PACKET_AUXDATA and status & TP_STATUS_VLAN_VALID:
                vlan = tci & 0xfff
        if vlan in self.taps:
            os.write(self.taps[vlan], frame)

    def _to_wire(self, vlan, frame):
        try:
            self.wire.send(tagged(frame, vlan))
        except OSError:  # the router's end went away, or the wire is full
            pass


class Flow:
    """A `ping` that goes on."""

    def __init__(self, command):
        # No pipe: a full one would stop it.
        self.shown = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(command, stdout=self.shown)

    def end(self):
        """(answered, lost): lost is what was not answered although a later one was."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(timeout=10)
        self.shown.seek(0)
        answered = {int(number) for number in re.findall(r"icmp_seq=(\d+)", self.shown.read())}
        return len(answered), max(answered, default=0) - len(answered)

    def close(self):
        """Also where nobody came to end it."""
        self.process.kill()
        self.process.wait()
        self.shown.close()


def tagged(frame, *vlans):
    """With the tags in this order."""
    tags = b"".join(struct.pack("!HH", 0x8100, vlan) for vlan in vlans)
    return frame[:12] + tags + frame[12:]


def _open_wire(name):
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    wire.bind((name, ETH_P_ALL))
    wire.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
    return wire


def _open_tap(name):
    descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_CLOEXEC)
    fcntl.ioctl(descriptor, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP | IFF_NO_PI))
    return descriptor


class VlanRouter(ToriiRouter):
    """Port 1 by AF_PACKET, port 2 by AF_XDP; hosts on both, in VLANs and in none."""

    wire_settings = "mtu 1600"

    def __init__(self, prefix="pv-"):
        super().__init__(prefix)
        self.prefix = prefix
        self.relays = {}
        self.flows = []

    def namespaces(self):
        return (self.namespace, *(f"{self.prefix}{host.name}" for host in HOSTS))

    def far_end(self, port):
        plain = next(host for host in HOSTS if host.port == port.number and not host.vlan)
        return self.of(plain)

    def of(self, host):
        """The namespace of a host."""
        return f"{self.prefix}{host.name}"

    @staticmethod
    def ports():
        return plan.PORTS[:2]

    def prepare_hosts(self):
        for host in HOSTS:
            self.sysctl(self.of(host), "net.ipv6.conf.default.accept_dad", 0)

    def document(self):
        interfaces = []
        for host in HOSTS:
            interface = {"name": host.interface,
                         "ipv4": {"address": [f"{host.address(4, 1)}/24"]},
                         "ipv6": {"address": [f"{host.address(6, 1)}/64"]}}
            if host.vlan:
                interface["vlan"] = {"parent": f"eth{host.port}", "id": host.vlan}
            if host.mtu != 1500:
                interface["mtu"] = host.mtu
            interfaces.append(interface)
        return {
            "torii-system:system": {"hostname": "router"},
            "torii-platform:platform": {
                "hugepages": {"memory": 0},
                "port": [{"name": "eth1", "kernel": "hw-eth1"},
                         {"name": "eth2", "xdp": "hw-eth2"}]},
            "torii-interfaces:interface": interfaces,
        }

    def has_addresses(self):
        shown = self.command("ip", "-o", "address")
        return "tentative" not in shown and all(
            f"{host.address(family, 1)}/" in shown for host in HOSTS for family in (4, 6))

    def _has_routes(self):
        return int(self.show("forwarding").get("routes_v4", 0)) >= 2 * len(HOSTS)

    def set_neighbors(self):
        """The hosts come up."""
        for port in self.ports():
            self._connect(port)

    def _connect(self, port):
        here = [host for host in HOSTS if host.port == port.number]
        taps = {host.vlan: self.open_in(self.of(host), lambda: _open_tap("vlan"))
                for host in here if host.vlan}
        for host in here:
            self._set_up(host, "vlan" if host.vlan else port.wire)
        wire = self.open_in(self.far_end(port), lambda: _open_wire(port.wire))
        self.relays[port] = Relay(wire, taps)

    def replace_wire(self, port):
        """Another one after the router's end was deleted, with another MAC address there."""
        self.relays.pop(port).close()
        far = self.far_end(port)
        ip_batch([f"link add hw-{port.name} netns {self.namespace} type veth "
                  f"peer name {port.wire} netns {far}"])
        ip_batch([f"link set {port.wire} {self.wire_settings} up"], far)
        self._connect(port)

    def _set_up(self, host, interface):
        mac = f"02:00:00:00:{host.port:02x}:{host.subnet:02x}"
        lines = [f"link set {interface} address {mac} mtu 1500 up"]
        lines += [f"address add {host.address(family)}/{24 if family == 4 else 64} dev {interface}"
                  for family in (4, 6)]
        lines += [f"route add default via {host.address(4, 1)}",
                  f"route add ::/0 via {host.address(6, 1)}"]
        ip_batch(lines, self.of(host))

    def stop(self):
        for one in (*self.flows, *self.relays.values()):
            one.close()
        self.flows.clear()
        self.relays.clear()
        super().stop()

    def on(self, host, *command, check=True, timeout=30):
        """Runs a command on a host; its output."""
        return run(*inside(self.of(host), *command), check=check, timeout=timeout).stdout

    def ping(self, host, to, count=3):
        """How many of `count` echo requests to an address were answered."""
        shown = self.on(host, "ping", "-c", str(count), "-i", "0.1", "-W", "2", to, check=False)
        return int(shown.split(" received")[0].split()[-1])

    def start_ping(self, host, to, interval):
        """A flow of echo requests; end() says how many were answered and lost."""
        self.flows.append(Flow(inside(self.of(host), "ping", "-i", interval, to)))
        return self.flows[-1]

    def transfer(self, sender, receiver, octets):
        """Sends that much by TCP; how much arrived."""
        to = receiver.address(4)
        code = ("import socket; s = socket.create_server(('', 4243)); c, _ = s.accept(); n = 0\n"
                "while d := c.recv(65536): n += len(d)\n"
                "print(n)")
        with subprocess.Popen(inside(self.of(receiver), "python3", "-c", code),
                              stdout=subprocess.PIPE, text=True) as server:
            try:
                until(lambda: ":4243" in self.on(receiver, "ss", "-Hltn"), 5, "it listens")
                self.on(sender, "python3", "-c",
                        f"import socket; s = socket.create_connection(('{to}', 4243), 10); "
                        f"s.sendall(bytes({octets}))")
                return int(server.communicate(timeout=20)[0])
            finally:
                server.kill()

    def until_pings(self, host, to):
        """Waits for an answer."""
        until(lambda: self.ping(host, to, 1) == 1, 10, f"{host.name} reaches {to}")

    def commit(self, *lines):
        """Configuration commands, in force."""
        return self.shell("configure", *lines, "commit")

    def drops(self):
        """Packets by the reason they were dropped for."""
        return {drop["reason"]: int(drop.get("packets", 0))
                for drop in self.show("forwarding drops")["drops"]}

    def port(self, name):
        """What the packet engine says of one of its ports."""
        return next(one for one in self.show("forwarding ports")["ports"] if one["name"] == name)


class VlanTest(LogsAfterFailure):
    """One router, made by make_router(), for all tests of a class."""

    make_router = VlanRouter

    @classmethod
    def processes(cls):
        return cls.router.processes()

    @classmethod
    def setUpClass(cls):
        cls.router = cls.enterClassContext(cls.make_router())
        cls.addClassCleanup(cls.print_logs_after_failure)

    def everybody_reaches_everybody(self):
        """Each host every other, by both families."""
        for one in HOSTS:
            for other in HOSTS:
                if one is other:
                    continue
                for family in (4, 6):
                    with self.subTest(one=one.name, other=other.name, family=family):
                        self.router.until_pings(one, other.address(family))
