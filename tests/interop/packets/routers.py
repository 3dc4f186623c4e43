"""The routers that are put in the middle: ours with its three programs, and the Linux kernel."""

import ctypes
import json
import os
import shutil
from pathlib import Path

from lab.processes import Process
from lab.shell import inside, ip_batch, run
from lab.wait import until
from packets import ROOT, plan

RUN_ROOT = Path("/run/torii")
CLONE_NEWNET = 0x40000000
LONG = 3600  # seconds


class Router:
    """Two namespaces: the router's, and the tester's with the other ends of its wires."""

    # Frames longer than the router's MTU can be sent; nobody speaks for the hosts but the test.
    wire_settings = "mtu 2500 arp off"

    kind = None  # for names
    device_prefix = ""  # of the wires' ends at the router

    def __init__(self, prefix="pk-"):
        self.namespace = f"{prefix}{self.kind}"
        self.tester = f"{prefix}{self.kind}-test"

    def __enter__(self):
        self.remove_namespaces()
        try:
            self.create()
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.stop()
        self.remove_namespaces()

    def remove_namespaces(self):
        """Also those of a run that was killed."""
        for name in self.namespaces():
            run("ip", "netns", "delete", name, check=False)

    def create(self):
        """Namespaces and wires."""
        for name in self.namespaces():
            run("ip", "netns", "add", name)
            ip_batch(["link set lo up"], name)
        # An error of the kernel about pieces it waited for in vain would come in the midst of another case.
        for name in ("net.ipv4.ipfrag_time", "net.ipv6.ip6frag_time"):
            self.sysctl(self.namespace, name, LONG)
        self.prepare_hosts()
        for port in self.ports():
            near, far = self.device_prefix + port.name, self.far_end(port)
            ip_batch([f"link add {near} address {port.mac} netns {self.namespace} type veth "
                      f"peer name {port.wire} address {port.host_mac} netns {far}"])
            ip_batch([f"link set {port.wire} {self.wire_settings} up"], far)

    def namespaces(self):
        """All of them."""
        return (self.namespace, self.tester)

    def far_end(self, _port):
        """The namespace at the other end of a port's wire."""
        return self.tester

    @staticmethod
    def ports():
        """Those of the plan that it has."""
        return plan.PORTS

    def prepare_hosts(self):
        """Before the wires are there."""
        self.sysctl(self.tester, "net.ipv6.conf.default.disable_ipv6", 1)

    def command(self, *command, check=True):
        """Runs a command in the router's namespace; its output."""
        return run(*inside(self.namespace, *command), check=check).stdout

    @staticmethod
    def sysctl(namespace, name, value):
        """Sets a kernel variable of a namespace."""
        run(*inside(namespace, "sysctl", "-qw", f"{name}={value}"))

    def set_neighbors(self):
        """The hosts' MAC addresses, for good: the test answers no ARP."""
        ip_batch([f"neigh replace {port.host(family)} lladdr {port.host_mac} dev {port.name} "
                  "nud permanent" for port in plan.PORTS for family in (4, 6)], self.namespace)

    @staticmethod
    def open_in(namespace, opener):
        """What `opener()` gives when it is called in a namespace."""
        libc = ctypes.CDLL(None, use_errno=True)
        with open("/proc/self/ns/net", "rb") as home, \
                open(f"/run/netns/{namespace}", "rb") as there:
            if libc.setns(there.fileno(), CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns")
            try:
                return opener()
            finally:
                libc.setns(home.fileno(), CLONE_NEWNET)

    def start(self):
        """Begins to forward."""
        raise NotImplementedError

    def stop(self):
        """Ends what was started."""

    def counters(self):
        """What became of the packets received so far; none: it does not say."""
        return {}

    def set_mode(self, hash_mode, source_validation):
        """Hash over l3 or l4; source validation off or strict."""
        raise NotImplementedError


class LinuxRouter(Router):
    """The kernel, as strict as it can be."""

    kind = "linux"

    def start(self):
        lines = []
        for port in plan.PORTS:
            # Duplicate address detection would delay the first packets.
            self.sysctl(self.namespace, f"net.ipv6.conf.{port.name}.accept_dad", 0)
            lines += [f"link set {port.name} mtu {port.mtu} up"]
            lines += [f"address add {port.own(family)}/{24 if family == 4 else 64} "
                      f"dev {port.name}" for family in (4, 6)]
        ip_batch(lines, self.namespace)
        for name in ("net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding"):
            self.sysctl(self.namespace, name, 1)
        for name in ("net.ipv4.icmp_ratemask", "net.ipv6.icmp.ratelimit",
                     "net.ipv4.conf.all.rp_filter"):
            self.sysctl(self.namespace, name, 0)
        ip_batch([self._route(prefix, gateways) for prefix, gateways in plan.routes()]
                 + [f"route add blackhole {prefix}" for prefix in plan.DISCARD.values()],
                 self.namespace)
        self.set_neighbors()

    @staticmethod
    def _route(prefix, gateways):
        if len(gateways) == 1:
            return f"route add {prefix} via {gateways[0]}"
        return f"route add {prefix} " + " ".join(f"nexthop via {one}" for one in gateways)

    def set_mode(self, hash_mode, source_validation):
        for family in ("ipv4", "ipv6"):
            self.sysctl(self.namespace, f"net.{family}.fib_multipath_hash_policy",
                        int(hash_mode == "l4"))
        self.sysctl(self.namespace, "net.ipv4.conf.all.rp_filter",
                    int(source_validation == "strict"))


class ToriiRouter(Router):
    """torii-dataplane, -controlplane and -mgmtd, configured by the operator's document."""

    kind = "torii"
    device_prefix = "hw-"

    def __init__(self, prefix="pk-"):
        super().__init__(prefix)
        self.run_dir = RUN_ROOT / f"{prefix}torii"
        build = Path(os.environ.get("TORII_BUILD", ROOT / "build/release"))
        self.bin = build / "bin"

    def document(self):
        """The configuration."""
        return {
            "torii-system:system": {"hostname": "router"},
            "torii-platform:platform": {
                "hugepages": {"memory": 0},
                "port": [{"name": port.name, "xdp": f"hw-{port.name}"} for port in plan.PORTS]},
            "torii-interfaces:interface": [
                {"name": port.name, "mtu": port.mtu,
                 "ipv4": {"address": [f"{port.own(4)}/24"]},
                 "ipv6": {"address": [f"{port.own(6)}/64"]}} for port in plan.PORTS],
            "torii-forwarding:forwarding": {"icmp": {"rate": 100000}},
            "torii-routing:routing": {
                "static-route": [
                    *({"prefix": prefix, "next-hop": [{"address": one} for one in gateways]}
                      for prefix, gateways in plan.routes()),
                    *({"prefix": prefix, "discard": [None]} for prefix in plan.DISCARD.values())]},
        }

    def processes(self):
        """In the order they are started in."""
        mgmt = ("--config", self.run_dir / "router.json", "--yang-dir", ROOT / "config/yang")
        return [Process(name, self.namespace, (self.bin / name, "--run-dir", self.run_dir, *more),
                        self.run_dir)
                for name, more in (("torii-dataplane", ()), ("torii-controlplane", ()),
                                   ("torii-mgmtd", mgmt))]

    def start(self):
        shutil.rmtree(self.run_dir, ignore_errors=True)
        self.run_dir.mkdir(parents=True)
        (self.run_dir / "router.json").write_text(json.dumps(self.document(), indent=2))
        for process in self.processes():
            process.start()
        until(self.has_addresses, 20, f"the ports have their addresses: see {self.run_dir}")
        self.set_neighbors()
        until(self._has_routes, 20, f"every route is there: see {self.run_dir}")

    def stop(self):
        for process in self.processes():
            process.stop()

    def has_addresses(self):
        """And no duplicate address detection is under way."""
        shown = self.command("ip", "-o", "address")
        return "tentative" not in shown and all(
            f"{port.own(family)}/" in shown for port in plan.PORTS for family in (4, 6))

    def _has_routes(self):
        status = self.show("forwarding")
        per_family = len(plan.PORTS) + 2  # behind them, ECMP, discard
        if int(status["routes_v4"]) < per_family or int(status["routes_v6"]) < per_family:
            return False
        hosts = [one for one in self.show("forwarding adjacencies")["adjacencies"]
                 if one.get("state") in ("resolved", "static")]
        return len(hosts) >= 2 * len(plan.PORTS)

    def shell(self, *lines):
        """What the shell prints for command lines."""
        words = [word for line in lines for word in ("-c", line)]
        return self.command(str(self.bin / "torii"), "--run-dir", str(self.run_dir), *words)

    def show(self, what):
        """`show WHAT | json`."""
        return json.loads(self.shell(f"show {what} | json"))

    def set_mode(self, hash_mode, source_validation):
        self.shell("configure", f"set forwarding ecmp hash {hash_mode}",
                   *(f"set interface {port.name} source-validation {source_validation}"
                     for port in plan.PORTS), "commit")

    def counters(self):
        """What became of the packets received so far, by the words of the packet engine."""
        ports = self.show("forwarding ports")["ports"]
        drops = self.show("forwarding drops")["drops"]
        return {
            "received": sum(int(port.get("rx_packets", 0)) for port in ports),
            "forwarded": sum(int(port.get("forwarded_packets", 0)) for port in ports),
            "punted": sum(int(port.get("punted_packets", 0)) for port in ports),
            "dropped": sum(int(drop.get("packets", 0)) for drop in drops),
            "missed": sum(int(port.get("rx_errors", 0)) for port in ports),
        }

    def buffers_in_use(self):
        """By packets under way and the rings of the ports."""
        return int(self.show("forwarding")["buffers_in_use"])
