"""Our router with a Linux host on each port, as they come: default offloads, ARP, real TCP."""

import json
import subprocess

from lab.processes import Process
from lab.shell import inside, ip_batch, run
from lab.wait import until
from packets import plan
from packets.routers import ToriiRouter

BGP_HOLD_SECONDS = 3
ESTABLISHED = ("Established", "Established", 1)


class HostsRouter(ToriiRouter):
    """A namespace for each host; the address `.1` of the network behind it is its own, too."""

    wire_settings = ""

    def __init__(self, prefix="ph-"):
        super().__init__(prefix)
        self.prefix = prefix

    def namespaces(self):
        return (self.namespace, *map(self.far_end, plan.PORTS))

    def far_end(self, port):
        return f"{self.prefix}host{port.number}"

    def prepare_hosts(self):
        for port in plan.PORTS:
            self.sysctl(self.far_end(port), "net.ipv6.conf.default.accept_dad", 0)

    def set_neighbors(self):
        """They speak for themselves."""
        for port in plan.PORTS:
            lines = [f"address add {self.behind(port, 4)}/32 dev lo",
                     f"address add {self.behind(port, 6)}/128 dev lo"]
            for family in (4, 6):
                lines.append(f"address add {port.host(family)}/{24 if family == 4 else 64} "
                             f"dev {port.wire}")
            # What it receives may be as long as anywhere, so that its peers find out about the
            # router's MTU; what it sends keeps to it.
            limit = f" mtu {port.mtu} advmss 1440" if port.mtu < 1500 else ""
            lines += [f"route add default via {port.own(4)}{limit}",
                      f"route add ::/0 via {port.own(6)}{limit}"]
            ip_batch(lines, self.far_end(port))

    @staticmethod
    def behind(port, family):
        """A host's address behind it."""
        return plan.address_in(port.behind(family), 1)

    def on_host(self, number, *command, check=True, timeout=30):
        """Runs a command on the host of a port; its output."""
        return run(*inside(self.far_end(plan.port(number)), *command), check=check,
                   timeout=timeout).stdout

    def iperf(self, sender, receiver, family, seconds=2):
        """The sum of an iperf3 run between two hosts: bits_per_second, retransmits, bytes."""
        to = self.behind(plan.port(receiver), family)
        server = subprocess.Popen(
            inside(self.far_end(plan.port(receiver)), "iperf3", "-s", "-1", "-B", to),
            stdout=subprocess.DEVNULL)
        try:
            until(lambda: to in self.on_host(receiver, "ss", "-Hltn"), 5, "iperf3 listens")
            shown = json.loads(self.on_host(
                sender, "iperf3", "-J", "-c", to, "-B", self.behind(plan.port(sender), family),
                "-t", str(seconds)))
            return shown["end"]["sum_sent"] | {
                "received": shown["end"]["sum_received"]["bits_per_second"]}
        finally:
            server.terminate()
            server.wait(10)

    # --- a BGP session with the first host --------------------------------------------------

    def document(self):
        bgp = {"as": 65000, "router-id": "10.1.1.1", "ebgp-requires-policy": False,
               "family": [{"name": "ipv4-unicast"}],
               "neighbor": [{"address": plan.port(1).host(4), "remote-as": "external"}]}
        return super().document() | {"torii-bgp:bgp": bgp}

    def _bird(self):
        """BIRD on the first host, whose session ends when it hears nothing for three seconds."""
        folder = self.run_dir / "bird"
        return Process("bird", self.far_end(plan.port(1)),
                       ("/usr/sbin/bird", "-f", "-c", folder / "bird.conf", "-s", folder / "ctl",
                        "-P", folder / "own-pid"), folder)

    def start(self):
        super().start()
        bird = self._bird()
        bird.run_dir.mkdir()
        (bird.run_dir / "bird.conf").write_text(f"""log stderr all;
router id {plan.port(1).host(4)};
protocol device {{ }}
protocol bgp tor {{
  local {plan.port(1).host(4)} as 65001;
  neighbor {plan.port(1).own(4)} as 65000;
  hold time {BGP_HOLD_SECONDS};
  connect delay time 1;
  ipv4 {{ import none; export none; }};
}}
""")
        bird.start()
        until(lambda: self.session() == ESTABLISHED, 30, "BIRD has its session")

    def session(self):
        """State at both ends and how often the router has seen it come up. Not BIRD's time of the last
        change: it counts back from now by a clock that may be corrected meanwhile."""
        neighbor = self.show(f"bgp neighbors {plan.port(1).host(4)}")[plan.port(1).host(4)]
        state = self.on_host(1, "birdc", "-s", str(self.run_dir / "bird/ctl"), "show", "protocols",
                             "tor").split()[-1]
        return neighbor["bgpState"], state, neighbor["connectionsEstablished"]

    def stop(self):
        self._bird().stop()
        super().stop()
