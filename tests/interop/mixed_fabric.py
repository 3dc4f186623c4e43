#!/usr/bin/env python3
"""The rack with FRR as router, and with GoBGP on the nodes, beside ours: who passes which step.

What is looked at is the same for all: kernels, packets, and the commands that both routers have.
GoBGP's nodes have an agent of ours beside it that balances services and knows no BGP. Each
combination has a lab of its own, all at the same time. `--prefix` keeps them apart from others;
TORII_BUILD is the build folder.
"""

import argparse
import os
import re
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "platform"))

from lab import invariants, topology  # noqa: E402
from lab.probe import Probe  # noqa: E402
from lab.serving import STEPS, VIP  # noqa: E402
from lab.shell import CommandFailed  # noqa: E402
from lab.system import Lab  # noqa: E402
from lab.wait import until  # noqa: E402
from lab.walkthrough.routes import BALANCING, CURL_POD, IMPORT  # noqa: E402
from lab.walkthrough.story import Story, pod_of, pods, seen_by_pods  # noqa: E402
from vendors import Frr, GoBgpNode  # noqa: E402

CLIENT = topology.CLIENT
FAR = topology.node("k8s-w0")
DEAD = topology.node("k8s-w1")
ALL = frozenset(node.address for node in topology.NODES)
SECONDS = 12      # until something has to be so
HOLD_SECONDS = 9


class ToriiRouter:
    """Ours."""
    NAME = "Torii"

    def __init__(self, lab):
        self._lab = lab
        lab.up()

    def show(self, line):
        """What its shell prints."""
        return self._lab.torii(line)

    def hash(self, policy):
        """l3 or l4"""
        self._lab.torii("configure", f"set forwarding ecmp hash {policy}", "commit")

    def restart_control_plane(self):
        """kill -9, and started again."""
        process = self._lab.process("torii-controlplane")
        process.kill()
        process.start()

    def stop(self):
        """The lab ends its processes."""


class FrrRouter:
    """FRR 8.4.4, and the Linux kernel forwards."""
    NAME = "FRR"

    def __init__(self, lab):
        self._lab = lab
        lab.up(with_router=False, plain_router=True)
        self._config = (Path(__file__).with_name("data") / "frr.conf").read_text()
        self._frr = Frr(lab.namespaces.name(topology.ROUTER), lab.run_dir(topology.ROUTER) / "frr")
        self._frr.start(self._config)

    def show(self, line):
        """What vtysh prints."""
        return self._frr.show(line)

    def hash(self, policy):
        """l3 or l4"""
        self._lab.namespaces.sysctl(topology.ROUTER, "net.ipv4.fib_multipath_hash_policy",
                                    0 if policy == "l3" else 1)

    def restart_control_plane(self):
        """Of bgpd; zebra stays."""
        self._frr.processes[-1].kill()
        self._frr.start(self._config)

    def stop(self):
        """Ends it."""
        self._frr.stop()


class ToriiNodes:
    """Our agents."""
    NAME = "Torii"

    def __init__(self, lab):
        self._lab = lab
        lab.apply_manifests()

    def import_routes(self):
        """Restarts the agents so that they put learned routes into the kernel."""
        self._lab.restart_agents(*BALANCING, "--import", IMPORT)

    def announce_service(self):
        """The advertisement does."""

    def restart(self, node):
        """kill -9, and started again."""
        self._lab.agent(node.name).kill()
        self._lab.agent(node.name).start()

    def stop(self):
        """The lab ends its processes."""


class GoBgpNodes:
    """GoBGP with the settings that Cilium gives it, and an agent that knows no BGP."""
    NAME = "GoBGP"

    def __init__(self, lab):
        lab.write_nodes()
        self._nodes = {node.name: GoBgpNode(lab, node) for node in topology.NODES}
        for gobgp in self._nodes.values():
            gobgp.start()

    def import_routes(self):
        """It has nothing of the sort."""

    def announce_service(self):
        """Somebody has to type it."""
        for gobgp in self._nodes.values():
            gobgp.gobgp("global", "rib", "add", f"{VIP}/32", "origin", "igp", "nexthop",
                        gobgp.node.address)

    def restart(self, node):
        """kill -9, and started again; what was typed has to be typed again."""
        gobgp = self._nodes[node.name]
        gobgp.stop()
        gobgp.start()
        gobgp.gobgp("global", "rib", "add", f"{VIP}/32", "origin", "igp", "nexthop", node.address)

    def stop(self):
        """Ends it."""
        for gobgp in self._nodes.values():
            gobgp.stop()


@dataclass
class Fabric:
    """One combination of router and nodes, brought up."""

    lab: Lab
    router: object
    nodes: object

    def __post_init__(self):
        self.story = Story(self.lab, lambda _: None)  # runs commands and says nothing

    @property
    def name(self):
        """Of its column."""
        return f"{self.router.NAME} / {self.nodes.NAME}"

    def ways(self, prefix):
        """Next hops in the router's kernel."""
        return invariants.kernel_routes(self.lab).get(prefix, frozenset())

    def wait(self, condition):
        """Until it is so, for as long as a person would wait; whether it is."""
        try:
            until(condition, SECONDS, "")
            return True
        except TimeoutError:
            return False

    def ask(self, count=24):
        """Requests of the client to the service: (pod, address that it saw) -> how many."""
        return self.story.ask(CLIENT, VIP, count)

    def lost(self, act):
        """Packets to the far pod that are lost while something happens, or for a second after it."""
        name = self.lab.namespaces.name
        with Probe(name(CLIENT), name(FAR.pods[0].name), FAR.pods[0].address) as probe:
            until(lambda: probe.received, 5, "packets come")
            act()
            until(lambda: established(self) == len(ALL), 60, "three sessions")
            sent = len(probe.sent)
            until(lambda: len(probe.sent) > sent + 500, 10, "packets are sent")
        print(f"  {self.name:15} {probe.figures()}", flush=True)
        return probe.lost()


def established(fabric):
    """Sessions that are up, by the summary that both routers have."""
    rows = [line.split() for line in fabric.router.show("show ip bgp summary").splitlines()]
    return sum(len(row) >= 10 and row[1] == "4" and row[9].isdigit() for row in rows)


def sessions(fabric):
    return fabric.wait(lambda: established(fabric) == len(ALL))


def kernel(fabric):
    shown = fabric.lab.command(topology.ROUTER, "ip", "route").stdout
    return fabric.wait(lambda: all(fabric.ways(node.pod_network) == {node.address}
                                   for node in topology.NODES)) and "nhid" in shown


def summary(fabric):
    shown = fabric.router.show("show ip bgp summary")
    return all(re.search(rf"(?m)^{address} +4 +65001 .* \d\d:\d\d:\d\d +1 ", shown) for address in ALL)


def table(fabric):
    shown = fabric.router.show("show ip bgp")
    return bool(re.search(r"(?m)^\*> +10\.10\.1\.0/24 +0\.0\.0\.0 +0 +32768 i$", shown)) and all(
        re.search(rf"(?m)^\*> +{node.pod_network} +{node.address} +0 65001 i$", shown)
        for node in topology.NODES)


def all_pods(fabric):
    """Whether curl-pod is answered by every webpod."""
    return all(fabric.lab.fetch(CURL_POD, pod.address) for _, pod in topology.web_pods())


def apart(fabric):
    return not fabric.lab.fetch(CURL_POD, FAR.pods[0].address)


def static(fabric):
    fabric.lab.namespaces.set_static_routes()
    return fabric.wait(lambda: all_pods(fabric))


def imported(fabric):
    fabric.lab.namespaces.remove_static_routes()
    fabric.nodes.import_routes()
    done = fabric.wait(lambda: all_pods(fabric))
    if not done:  # the others need a way
        fabric.lab.namespaces.set_static_routes()
    return done


def announced(fabric):
    service = (STEPS / "webpod.yaml").read_text().replace("type: ClusterIP", "type: LoadBalancer")
    fabric.lab.write_manifest("webpod.yaml", service)
    for name in ("pool.yaml", "advertisement.yaml"):
        fabric.lab.write_manifest(name, (STEPS / name).read_text())
    fabric.nodes.announce_service()
    return (fabric.wait(lambda: fabric.ways(f"{VIP}/32") == ALL)
            and fabric.router.show(f"show ip bgp {VIP}/32").count("multipath") == len(ALL))


def two_pods(fabric):
    fabric.story.scale(DEAD.name, FAR.name)
    wanted = {pod_of(DEAD.name), pod_of(FAR.name)}
    return fabric.wait(lambda: pods(fabric.ask()) == wanted) and (
        topology.node("k8s-ctr").address in seen_by_pods(fabric.ask(48)))


def local(fabric):
    path = fabric.lab.manifests / "webpod.yaml"
    fabric.lab.write_manifest("webpod.yaml", path.read_text().replace(
        "type: LoadBalancer", "type: LoadBalancer\n  externalTrafficPolicy: Local"))
    wanted = {DEAD.address, FAR.address}
    shrunk = fabric.wait(lambda: fabric.ways(f"{VIP}/32") == wanted)
    fabric.story.scale(*(node.name for node in topology.NODES))
    return shrunk and fabric.wait(lambda: fabric.ways(f"{VIP}/32") == ALL)


def hashes(fabric):
    counts = []
    for policy in ("l3", "l4"):
        fabric.router.hash(policy)
        counts.append(len(pods(fabric.ask()) - {""}))
    return counts[0] == 1 and counts[1] > 1


def withdrawn(fabric):
    path = fabric.lab.manifests / "webpod.yaml"
    text = path.read_text()
    path.unlink()
    gone = fabric.wait(lambda: not fabric.ways(f"{VIP}/32"))
    fabric.lab.write_manifest("webpod.yaml", text)
    return gone and fabric.wait(lambda: fabric.ways(f"{VIP}/32") == ALL)


def node_process_killed(fabric):
    return fabric.lost(lambda: fabric.nodes.restart(FAR)) == 0


def control_plane_killed(fabric):
    return fabric.lost(fabric.router.restart_control_plane) == 0


def without_power(fabric):
    fabric.lab.namespaces.set_cable(DEAD, plugged=False)
    try:
        until(lambda: not fabric.ways(DEAD.pod_network)
              and DEAD.address not in fabric.ways(f"{VIP}/32"), HOLD_SECONDS + 2, "it is left out")
        return True
    except TimeoutError:
        return False
    finally:
        fabric.lab.namespaces.set_cable(DEAD, plugged=True)


CHECKS = (
    ("3", "three sessions Established", sessions),
    ("4", "pod networks in the kernel, next-hop objects", kernel),
    ("5", "show ip bgp summary", summary),
    ("6", "show ip bgp", table),
    ("8", "pods still do not reach each other", apart),
    ("9a", "with static routes they do", static),
    ("9b", "with learned routes, without static ones", imported),
    ("11", "the service's address by three nodes, multipath", announced),
    ("12", "two pods: every request answered, via a node without", two_pods),
    ("13", "policy Local: the route follows the pods", local),
    ("14", "hash L3, then L4", hashes),
    ("20", "a deleted service is withdrawn", withdrawn),
    ("21", "node's BGP kill -9: no packet lost", node_process_killed),
    ("22", "router's BGP kill -9: no packet lost", control_plane_killed),
    ("23", "node without power: out within the hold time", without_power),
)
COMBINATIONS = ((ToriiRouter, ToriiNodes), (FrrRouter, ToriiNodes), (ToriiRouter, GoBgpNodes))


def column(prefix, router_class, nodes_class):
    """(name of a combination, step -> whether it passes)"""
    lab = Lab(prefix, os.environ.get("TORII_BUILD"))
    lab.agent_options = BALANCING
    router = nodes = None
    outcome = {}
    try:
        router = router_class(lab)
        nodes = nodes_class(lab)
        fabric = Fabric(lab, router, nodes)
        for number, title, check in CHECKS:
            try:
                outcome[number] = bool(check(fabric))
            except (CommandFailed, TimeoutError, KeyError) as error:
                print(f"  {fabric.name:15} {number:>3} {error}", flush=True)
                outcome[number] = False
            print(f"  {fabric.name:15} {number:>3} {title:55} {'✓' if outcome[number] else '✗'}",
                  flush=True)
        return fabric.name, outcome
    finally:
        for part in (nodes, router):
            if part is not None:
                part.stop()
        lab.down()


def print_table(columns):
    """Steps down, combinations across."""
    print(f"\n{'step':>4} {'router / nodes':55}" + "".join(f"{name:>16}" for name in columns))
    for number, title, _ in CHECKS:
        cells = "".join(f"{'✓' if columns[name][number] else '✗':>16}" for name in columns)
        print(f"{number:>4} {title:55}{cells}")
    sums = "".join(f"{sum(outcome.values()):>13}/{len(CHECKS)}" for outcome in columns.values())
    print(f"{'':4} {'steps passed':55}{sums}")


def main():
    """Exit status 1 if ours does not pass all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--prefix", default="tx-", help="of the namespaces")
    prefix = parser.parse_args().prefix
    with ProcessPoolExecutor(len(COMBINATIONS)) as pool:
        running = [pool.submit(column, f"{prefix}{number}-", *combination)
                   for number, combination in enumerate(COMBINATIONS)]
        columns = dict(one.result() for one in running)
    print_table(columns)
    ours = next(iter(columns.values()))
    return 0 if all(ours.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
