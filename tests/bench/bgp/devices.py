"""The speakers that are compared: each is started in a namespace, with the same settings in its own
words: passive, no policy, next hop self, any external neighbor of the subnet."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))

from device_bed import Controlplane, ip, until  # noqa: E402

ADDRESSES = {4: "10.99.0.1/16", 6: "fd99::1/64"}
NETWORKS = {4: "10.99.0.0/16", 6: "fd99::/64"}
# Where the load comes from.
TESTER = {4: [f"10.99.{net}.{host}" for net in range(1, 5) for host in range(1, 251)],
          6: [f"fd99::1{host:02x}" for host in range(1, 9)]}
ROUTES_ALL = (1 << 32) - 1
START_SECONDS = 30
SETTLE_SECONDS = 200


@dataclass(frozen=True)
class Setup:
    """What a workload asks of a device."""
    family: int = 4
    hold: int = 90
    fib: bool = False  # routes go to the kernel
    neighbors: tuple = ()  # their addresses; without any, all of the subnet
    graceful_restart: bool = False  # ours, too


class Device:
    """A speaker that runs: subclasses start their processes."""

    def __init__(self, namespace, folder, setup):
        self.namespace, self.folder, self.setup = namespace, folder, setup
        self.processes = []
        for address in ADDRESSES.values():
            options = ["nodad"] if ":" in address else []
            ip("-n", namespace, "address", "add", address, "dev", "eth1", *options)
        ip("-n", namespace, "link", "set", "eth1", "up")
        self.start()
        until(self._listens, START_SECONDS, f"{self.NAME} listens: see {folder}", interval=0.02)

    def start(self):
        """Starts what the device consists of."""
        raise NotImplementedError

    def spawn(self, *command):
        """Starts a process in the namespace."""
        with open(self.folder / "device.log", "ab") as log:
            process = subprocess.Popen(["ip", "netns", "exec", self.namespace, *map(str, command)],
                                       stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.processes.append(process)

    def _listens(self):
        tables = [Path(f"/proc/{self.pids()[-1]}/net/{name}").read_text() for name in ("tcp", "tcp6")]
        lines = [line.split() for table in tables for line in table.splitlines()[1:]]
        return any(line[1].endswith(":00B3") and line[3] == "0A" for line in lines)

    def pids(self):
        """Of all its processes."""
        return [process.pid for process in self.processes]

    def alive(self):
        """All its processes are."""
        return all(process.poll() is None for process in self.processes)

    def stop(self):
        """Ends its processes, the last first."""
        for process in reversed(self.processes):
            process.kill()
            process.wait()

    # What the kernel accounts to it.

    def cpu(self):
        """Seconds of all its threads."""
        tasks = [task for pid in self.pids() for task in Path(f"/proc/{pid}/task").iterdir()]
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9

    def settled_cpu(self):
        """Its CPU seconds once it has nothing more to do."""
        seen = [self.cpu()]

        def quiet():
            seen.append(self.cpu())
            return len(seen) > 3 and seen[-1] - seen[-4] < 0.015

        until(quiet, SETTLE_SECONDS, f"{self.NAME} comes to rest", interval=0.15)
        return seen[-1]

    def memory(self, field="VmRSS"):
        """Octets."""
        total = 0
        for pid in self.pids():
            for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith(field + ":"):
                    total += int(line.split()[1]) * 1024
        return total

    def forget_peak(self):
        """VmHWM starts anew."""
        for pid in self.pids():
            Path(f"/proc/{pid}/clear_refs").write_text("5")


class Torii(Device):
    NAME = "torii"
    BINARY = Path("bin/torii-controlplane")

    def start(self):
        controlplane = Controlplane(self.namespace, self.build / self.BINARY, self.folder)
        self.processes.append(controlplane.process)
        family = f"IPV{self.setup.family}_UNICAST"
        addresses = "".join(f'addresses: "{address}" ' for address in ADDRESSES.values())
        controlplane.wait_configured(f"""
            hostname: "dut" router_id: "10.99.0.1"
            kernel_maximum_bgp: {ROUTES_ALL if self.setup.fib else 0}
            interfaces {{ name: "eth1" enabled: true {addresses} }}
            bgp {{
                as: 65000 hold_time: {self.setup.hold}
                families {{ family: {family} maximum_paths_ebgp: 64 }}
                peer_groups {{ name: "all" session {{
                    remote_as_kind: REMOTE_AS_EXTERNAL passive: true next_hop_self: true }} }}
                dynamic_neighbors {{
                    prefix: "{NETWORKS[self.setup.family]}" peer_group: "all" limit: 5000 }}
            }}""")


class Bird(Device):
    NAME = "bird"

    def start(self):
        family, local = self.setup.family, ADDRESSES[self.setup.family].split("/", 1)[0]
        kernel = f"""protocol kernel {{
            merge paths yes limit 64; ipv{family} {{ import none; export all; }}; }}"""
        (self.folder / "bird.conf").write_text(f"""
            log stderr {{ warning, error, fatal, bug }};
            router id 10.99.0.1;
            protocol device {{ }}
            {kernel if self.setup.fib else ""}
            protocol bgp {{
                local {local} as 65000;
                neighbor range {NETWORKS[family]} external;
                passive yes;
                hold time {self.setup.hold};
                keepalive time {self.setup.hold // 3};
                ipv{family} {{ import all; export all; next hop self; }};
            }}
        """)
        self.spawn("/usr/sbin/bird", "-f", "-c", self.folder / "bird.conf", "-s",
                   self.folder / "bird.ctl")


class Frr(Device):
    NAME = "frr"

    def start(self):
        (self.folder / "zebra.conf").write_text("hostname dut\n")
        self._write_bgpd()
        shutil.chown(self.folder, "frr", "frr")
        self._start_daemon("zebra")
        self.start_bgpd()

    def start_bgpd(self):
        """The last of its processes."""
        own = [] if self.setup.fib else ["-n"]  # routes stay in bgpd
        self._start_daemon("bgpd", *own)

    def _write_bgpd(self):
        family, hold = self.setup.family, self.setup.hold
        peers = [f"neighbor {address} peer-group all" for address in self.setup.neighbors]
        if not peers:
            peers = ["bgp listen limit 5000", f"bgp listen range {NETWORKS[family]} peer-group all"]
        restart = ["bgp graceful-restart"] if self.setup.graceful_restart else []
        lines = "\n ".join(restart + peers)
        (self.folder / "bgpd.conf").write_text(f"""\
router bgp 65000
 bgp router-id 10.99.0.1
 no bgp ebgp-requires-policy
 no bgp default ipv4-unicast
 timers bgp {hold // 3} {hold}
 neighbor all peer-group
 neighbor all remote-as external
 neighbor all passive
 {lines}
 address-family ipv{family} unicast
  neighbor all activate
  neighbor all next-hop-self
  maximum-paths 64
 exit-address-family
""")

    def _start_daemon(self, name, *own):
        self.spawn(f"/usr/lib/frr/{name}", "-f", self.folder / f"{name}.conf", "-z",
                   self.folder / "zserv.api", "-i", self.folder / f"{name}.own-pid",
                   "--vty_socket", self.folder, "-P", "0", "-u", "frr", "-g", "frr", *own)
        until((self.folder / f"{name}.vty").exists, START_SECONDS, f"{name} starts")


class Mirror(Device):
    """The tool itself in the place of a device: what is measured then is the tool."""
    NAME = "mirror"

    def start(self):
        self.spawn(self.build / "bin/torii_bgpload", "mirror")


DEVICES = {device.NAME: device for device in (Torii, Bird, Frr, Mirror)}
