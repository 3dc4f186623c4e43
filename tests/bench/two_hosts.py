"""The packet engine between two hosts, each in a namespace of its own at the end of a wire."""

import contextlib
import os
import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import controlplane  # noqa: E402
from device_bed import ip  # noqa: E402
from lab.processes import Process  # noqa: E402
from lab.wait import until  # noqa: E402

BUILD = Path(os.environ.get("TORII_BUILD", "build/release")).resolve()
NAME = "torii-bench"
HOSTS = {"eth1": f"{NAME}-left", "eth2": f"{NAME}-right"}
NUMBER = {"eth1": 1, "eth2": 2}


def address(port, host):
    """10.71.N.1 is the engine's, .2 the host's."""
    return f"10.71.{NUMBER[port]}.{host}"


@contextlib.contextmanager
def wires():
    """A namespace for the engine and one for each host, with a wire between."""
    namespaces = (NAME, *HOSTS.values())
    try:
        for namespace in namespaces:
            subprocess.run(["ip", "netns", "del", namespace], check=False,
                           stderr=subprocess.DEVNULL)
            ip("netns", "add", namespace)
        for port, host in HOSTS.items():
            ip("link", "add", f"hw-{port}", "netns", NAME, "type", "veth", "peer", "name", "wire",
               "netns", host)
            for namespace, interface in ((NAME, f"hw-{port}"), (host, "wire")):
                subprocess.run(["ip", "netns", "exec", namespace, "sysctl", "-q", "-w",
                                f"net.ipv6.conf.{interface}.disable_ipv6=1"], check=True)
                ip("-n", namespace, "link", "set", interface, "up")
            ip("-n", host, "address", "add", f"{address(port, 2)}/24", "dev", "wire")
            ip("-n", host, "route", "add", "default", "via", address(port, 1))
        yield
    finally:
        for namespace in namespaces:
            subprocess.run(["ip", "netns", "del", namespace], check=False)


def mac(namespace, interface):
    """The MAC address of an interface."""
    shown = subprocess.run(["ip", "-n", namespace, "link", "show", interface], check=True,
                           capture_output=True, text=True).stdout
    return re.search(r"link/ether (\S+)", shown).group(1)


def octets(text):
    """An IPv4 address as protobuf text has it."""
    return "".join(f"\\{int(octet):03o}" for octet in text.split("."))


class Engine:
    """torii-dataplane with both ports, told where the hosts are as its control plane would."""

    def __init__(self, folder, driver, idle):
        self.folder = folder
        self.process = Process("torii-dataplane", NAME,
                               (BUILD / "bin/torii-dataplane", "--run-dir", folder), folder)
        self.process.start()
        until(lambda: (folder / "dataplane.sock").exists(), 10, "the engine answers")
        ports = " ".join(f'ports {{ name: "{port}" {driver}: "hw-{port}" }}' for port in HOSTS)
        self._ask(f"configure {{ config_version: 1 config {{ {ports} idle: {idle} }} }}")
        update = ""
        for port, number in NUMBER.items():
            update += (f'next_hops {{ id: {number} kind: NEXT_HOP_ATTACHED interface: "{port}" }} '
                       f"groups {{ id: {number} members {{ next_hop_id: {number} }} }} "
                       f'routes {{ prefix {{ address: "{octets(address(port, 0))}" length: 24 }} '
                       f"group_id: {number} }} ")
        self._ask(f"fib_update {{ version: 1 {update} }}")
        for port, host in HOSTS.items():
            ip("-n", NAME, "link", "set", port, "up")
            ip("-n", NAME, "address", "replace", f"{address(port, 1)}/24", "dev", port)
            ip("-n", NAME, "neighbor", "replace", address(port, 2), "dev", port, "nud",
               "permanent", "lladdr", mac(host, "wire"))
            ip("-n", host, "neighbor", "replace", address(port, 1), "dev", "wire", "nud",
               "permanent", "lladdr", mac(NAME, port))

    def _ask(self, text):
        return controlplane.ask(self.folder, text, "dataplane")

    def cpu_seconds(self):
        """Of all its threads."""
        tasks = Path(f"/proc/{self.process.pid()}/task").iterdir()
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9

    def stop(self):
        """Ends it, and its TAPs with it."""
        self.process.stop()
        for port in HOSTS:
            subprocess.run(["ip", "-n", NAME, "link", "del", port], check=False,
                           stderr=subprocess.DEVNULL)
