"""The devices that are compared, as whole routers: all of ours, or FRR and the Linux kernel."""

import json
import re
import signal
import subprocess

import controlplane
from device_bed import ROOT, until
from devices import START_SECONDS, Frr
from lab.processes import Process
from rack import DEVICE_ADDRESSES

PROGRAMS = ("torii-dataplane", "torii-controlplane", "torii-mgmtd")


def shown(namespace, *what):
    """What ip(8) shows."""
    return subprocess.run(["ip", "-n", namespace, *what], check=True, capture_output=True,
                          text=True).stdout


def mac(namespace, interface):
    """The MAC address of an interface."""
    return re.search(r"link/ether (\S+)", shown(namespace, "link", "show", interface)).group(1)


class ToriiRouter:
    """Packet engine, control plane and management daemon."""
    NAME = "torii"
    HARDWARE = True  # its ports are made from interfaces

    def __init__(self, namespace, folder, setup, options):
        self.namespace, self.folder, self.setup = namespace, folder, setup
        self.options = options
        (folder / "router.json").write_text(json.dumps(self._config()))
        extra = {"torii-mgmtd": ("--config", folder / "router.json",
                                 "--yang-dir", ROOT / "config/yang")}
        self.processes = {
            name: Process(name, namespace, (options.build / "bin" / name, "--run-dir", folder,
                                            *extra.get(name, ())), folder)
            for name in PROGRAMS}
        for process in self.processes.values():
            process.start()
        until(self._ready, START_SECONDS, f"the router is configured: see {folder}")

    def _config(self):
        setup = self.setup
        bgp = {
            "as": 65000, "router-id": "10.99.0.1", "ebgp-requires-policy": False,
            "timers": {"hold-time": setup.hold},
            "family": [{"name": "ipv4-unicast", "maximum-paths": {"ebgp": 64}}],
            "peer-group": [{"name": "all", "remote-as": "external", "passive": True,
                            "next-hop-self": True}],
        }
        if setup.neighbors:
            bgp["neighbor"] = [{"address": address, "peer-group": "all"}
                               for address in setup.neighbors]
        else:
            bgp["dynamic-neighbors"] = [{"prefix": "10.99.0.0/16", "peer-group": "all"}]
        if setup.graceful_restart:
            bgp["graceful-restart"] = {"mode": "restart"}
        return {
            "torii-system:system": {"hostname": "dut"},
            "torii-platform:platform": {
                "hugepages": {"memory": 0},
                "port": [{"name": port, self.options.driver: f"hw-{port}"} for port in DEVICE_ADDRESSES]},
            "torii-interfaces:interface": [
                {"name": port, "ipv4": {"address": [address]}}
                for port, address in DEVICE_ADDRESSES.items()],
            "torii-bgp:bgp": bgp,
        }

    def _ready(self):
        for process in self.processes.values():
            process.check()
        addresses = shown(self.namespace, "-br", "address")
        return (all(address in addresses for address in DEVICE_ADDRESSES.values())
                and ":179" in subprocess.run(
                    ["ip", "netns", "exec", self.namespace, "ss", "-ltnH"], check=True,
                    capture_output=True, text=True).stdout)

    def fib_watch(self):
        """Arguments for the tool that waits for a complete forwarding table."""
        return ["--engine", self.folder / "dataplane.sock"]

    def status(self):
        """What the control plane says of itself."""
        return controlplane.ask(self.folder, "get_status {}")["status"][0]

    def missed(self):
        """Packets that its ports had no room for: the packet engine was not given its CPU."""
        shell = [self.options.build / "bin/torii", "--run-dir", self.folder]
        answer = subprocess.run([*shell, "-c", "show interfaces | json"], check=True,
                                capture_output=True, text=True).stdout
        return sum(int(interface["port"]["rx_errors"]) for interface in json.loads(answer).values())

    def kill_control_plane(self):
        """kill -9."""
        self.processes["torii-controlplane"].kill()

    def start_control_plane(self):
        """Again; the management daemon configures it."""
        self.processes["torii-controlplane"].start()

    def check(self):
        """All its processes live."""
        for process in self.processes.values():
            process.check()

    def stop(self):
        """Ends them, the clients first."""
        for process in reversed(self.processes.values()):
            process.stop(signal.SIGKILL)


class FrrRouter(Frr):
    """bgpd and zebra; the kernel forwards, by layer 4 hash as our packet engine does."""
    HARDWARE = False

    def __init__(self, namespace, folder, setup, _options):
        for setting in ("ip_forward=1", "fib_multipath_hash_policy=1", "nexthop_compat_mode=0"):
            subprocess.run(["ip", "netns", "exec", namespace, "sysctl", "-q", "-w",
                            f"net.ipv4.{setting}"], check=True)
        subprocess.run(["ip", "-n", namespace, "address", "add", DEVICE_ADDRESSES["eth2"],
                        "dev", "eth2"], check=True)
        super().__init__(namespace, folder, setup)

    def fib_watch(self):
        """Arguments for the tool that waits for a complete forwarding table."""
        return []

    @staticmethod
    def missed():
        """The kernel forwards before anybody else gets the CPU."""
        return 0

    def kill_control_plane(self):
        """kill -9 of bgpd; zebra stays."""
        bgpd = self.processes.pop()
        bgpd.kill()
        bgpd.wait()

    def start_control_plane(self):
        """Again."""
        self.start_bgpd()

    def check(self):
        """All its processes live."""
        if not self.alive():
            raise RuntimeError(f"a process of FRR has died: see {self.folder}")


ROUTERS = {router.NAME: router for router in (ToriiRouter, FrrRouter)}
