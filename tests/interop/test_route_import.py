"""What a node learns from two routers (GoBGP) and has in its kernel.

    tor1 192.0.2.1 -- 192.0.2.2 node 192.0.3.2 -- 192.0.3.1 tor2
"""

import os
import re
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "platform"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from lab.processes import Process  # noqa: E402
from lab.shell import inside, ip_batch, run  # noqa: E402
from lab.wait import until  # noqa: E402
from logs_after_failure import LogsAfterFailure  # noqa: E402
from vendors import GoBgp  # noqa: E402

PROGRAMS = Path(os.environ.get(
    "TORII_BUILD", Path(__file__).resolve().parents[2] / "build/release")) / "bin"
NODE = "nri-node"
ROUTERS = {"nri-tor1": ("192.0.2", 65101), "nri-tor2": ("192.0.3", 65102)}
RUN = Path("/run/torii/nri")
SECONDS = 30  # GoBGP lets nobody in for a while after a session has ended
POD_ROUTE = "172.20.2.0/24"


def manifests():
    """A node with AS 65001 and both routers as its peers; one of them knows graceful restart."""
    def peer_config(name, graceful):
        return {"apiVersion": "cilium.io/v2", "kind": "CiliumBGPPeerConfig",
                "metadata": {"name": name}, "spec": {
                    "timers": {"connectRetryTimeSeconds": 1, "holdTimeSeconds": 9,
                               "keepAliveTimeSeconds": 3},
                    "gracefulRestart": {"enabled": graceful, "restartTimeSeconds": 30},
                    "families": [{"afi": "ipv4", "safi": "unicast"}]}}
    yield {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "node"},
           "spec": {"podCIDRs": ["172.20.0.0/24"]},
           "status": {"addresses": [{"type": "InternalIP", "address": "192.0.2.2"}]}}
    yield peer_config("graceful", True)
    yield peer_config("plain", False)
    yield {"apiVersion": "cilium.io/v2", "kind": "CiliumBGPClusterConfig",
           "metadata": {"name": "bgp"}, "spec": {"bgpInstances": [{
               "name": "i", "localASN": 65001, "peers": [
                   {"name": name, "peerASN": number, "peerAddress": f"{network}.1",
                    "peerConfigRef": {"name": "graceful" if name == "nri-tor1" else "plain"}}
                   for name, (network, number) in ROUTERS.items()]}]}}


def router_config(network, number):
    """GoBGP's, with the node as its only neighbor."""
    return f"""[global.config]
  as = {number}
  router-id = "{network}.1"
[[neighbors]]
  [neighbors.config]
    neighbor-address = "{network}.2"
    peer-as = 65001
  [neighbors.transport.config]
    passive-mode = true
  [neighbors.timers.config]
    hold-time = 9
  [neighbors.graceful-restart.config]
    enabled = true
    restart-time = 30
    notification-enabled = true
  [[neighbors.afi-safis]]
    [neighbors.afi-safis.config]
      afi-safi-name = "ipv4-unicast"
    [neighbors.afi-safis.mp-graceful-restart.config]
      enabled = true
"""


class Watched:
    """The kernel's word on changes of a route, while the `with` block runs."""

    def __init__(self, prefix):
        self.prefix = prefix
        self.text = ""

    def __enter__(self):
        self.process = subprocess.Popen(inside(NODE, "ip", "monitor", "route"), text=True,
                                        stdout=subprocess.PIPE)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.text = self.process.communicate(timeout=5)[0]

    def gone(self):
        """It was deleted."""
        return f"Deleted {self.prefix}" in self.text


class RouteImport(LogsAfterFailure):
    """The tests build on each other, in the order of their names."""

    @classmethod
    def setUpClass(cls):
        cls.failed = False
        cls.without = (PROGRAMS / "torii-agent", "--node", "node", "--manifests", RUN / "manifests",
                       "--run-dir", RUN)
        cls.agent = Process("torii-agent", NODE, (
            *cls.without, "--import", "172.20.0.0/16 le 24", "--import", "192.0.0.0/16 le 25"), RUN)
        cls.routers = {name: GoBgp(name, RUN / name, restarted=name == "nri-tor1")
                       for name in ROUTERS}
        cls.addClassCleanup(cls.close)
        cls.addClassCleanup(cls.print_logs_after_failure)
        cls.wire()
        for name, (network, number) in ROUTERS.items():
            cls.routers[name].start(router_config(network, number))
            cls.announce(name)
        (RUN / "manifests").mkdir(parents=True, exist_ok=True)
        (RUN / "manifests/all.yaml").write_text(yaml.safe_dump_all(manifests()))
        cls.agent.start()

    @classmethod
    def processes(cls):
        """All of them."""
        return [cls.agent, *(router.process for router in cls.routers.values())]

    @classmethod
    def wire(cls):
        """The namespaces and their links."""
        ip_batch([f"netns add {name}" for name in (NODE, *ROUTERS)])
        ip_batch(["link set lo up"], NODE)
        for number, (name, (network, _)) in enumerate(ROUTERS.items(), 1):
            ip_batch([f"link add eth{number} type veth peer name eth0 netns {name}",
                      f"address add {network}.2/24 dev eth{number}", f"link set eth{number} up"], NODE)
            ip_batch(["link set lo up", f"address add {network}.1/24 dev eth0", "link set eth0 up"],
                     name)
        # Of somebody else: one has our metric, one our protocol number.
        ip_batch(["route add 172.20.7.0/24 via 192.0.2.9 metric 20",
                  "route add 172.20.8.0/24 via 192.0.2.9 metric 9 proto 84"], NODE)

    @classmethod
    def announce(cls, name):
        """What the router tells: pods of another node, whose AS is the node's own; and more."""
        bgp = cls.routers[name]
        for prefix in (POD_ROUTE, "172.20.7.0/24", "172.20.99.0/25", "10.9.0.0/16", "192.0.2.0/25"):
            bgp.gobgp("global", "rib", "add", prefix, "aspath", "65001")

    @classmethod
    def close(cls):
        """Ends and removes everything."""
        for process in cls.processes():
            process.stop()
        for name in (NODE, *ROUTERS):
            run("ip", "netns", "del", name, check=False)
        shutil.rmtree(RUN, ignore_errors=True)

    @staticmethod
    def kernel():
        """Prefix -> gateways, of the routes that are ours."""
        text = run(*inside(NODE, "ip", "route", "show", "proto", "84", "metric", "20")).stdout
        routes = {}
        for line in text.splitlines():
            if line[0].isdigit():
                prefix = line.split()[0]
            routes.setdefault(prefix, set()).update(re.findall(r"via ([0-9.]+)", line))
        return routes

    def until_kernel_has(self, expected, seconds=SECONDS):
        """Our routes are these; those of others are there as ever."""
        try:
            until(lambda: self.kernel() == expected, seconds, f"ours are {expected}")
        except TimeoutError:
            self.assertEqual(self.kernel(), expected)
        shown = run(*inside(NODE, "ip", "route")).stdout
        self.assertEqual(shown.count("via 192.0.2.9"), 2)

    def test_1_both_routers_are_used_and_only_what_was_asked_for(self):
        self.until_kernel_has({POD_ROUTE: {"192.0.2.1", "192.0.3.1"}})
        told = self.agent.log_file.read_text()
        self.assertIn("somebody else has a route to 172.20.7.0/24 with metric 20", told)
        self.assertIn("192.0.2.0/25 is part of 192.0.2.0/24", told)

    def test_2_a_link_that_is_down_leaves_the_other(self):
        ip_batch(["link set eth0 down"], "nri-tor2")
        self.until_kernel_has({POD_ROUTE: {"192.0.2.1"}}, 2)
        ip_batch(["link set eth0 up"], "nri-tor2")
        self.until_kernel_has({POD_ROUTE: {"192.0.2.1", "192.0.3.1"}}, 30)

    def test_3_the_next_agent_takes_over_and_sweeps(self):
        self.agent.kill()
        self.assertEqual(self.kernel(), {POD_ROUTE: {"192.0.2.1", "192.0.3.1"}})
        # As if a route had gone meanwhile.
        ip_batch(["nexthop add id 84000 via 192.0.2.1 dev eth1 proto 84",
                  "route add 172.20.50.0/24 nhid 84000 proto 84 metric 20"], NODE)
        with Watched(POD_ROUTE) as watched:
            self.agent.start()
            self.until_kernel_has({POD_ROUTE: {"192.0.2.1", "192.0.3.1"}})
        self.assertFalse(watched.gone(), "the route was there all the time")

    def test_4_a_router_that_restarts_keeps_its_routes_one_that_is_gone_does_not(self):
        for name in ROUTERS:
            self.routers[name].process.kill()
        # The session with the second one has no graceful restart.
        self.until_kernel_has({POD_ROUTE: {"192.0.2.1"}})
        network, number = ROUTERS["nri-tor1"]
        self.routers["nri-tor1"].start(router_config(network, number))
        self.announce("nri-tor1")
        until(lambda: "Establ" in self.routers["nri-tor1"].gobgp("neighbor"), SECONDS, "it is back")
        self.until_kernel_has({POD_ROUTE: {"192.0.2.1"}}, 0)
        self.routers["nri-tor1"].gobgp("global", "rib", "del", POD_ROUTE, "aspath", "65001")
        self.until_kernel_has({})

    def test_5_without_import_nothing_is_left(self):
        self.routers["nri-tor1"].gobgp("global", "rib", "add", POD_ROUTE, "aspath", "65001")
        self.until_kernel_has({POD_ROUTE: {"192.0.2.1"}})
        self.agent.kill()
        without = Process("torii-agent-without", NODE, self.without, RUN)
        without.start()
        self.addCleanup(without.stop)
        self.until_kernel_has({})


if __name__ == "__main__":
    unittest.main(verbosity=2)
