"""Steps 19 to 24: one node that differs, withdrawals, failures, and the way of a packet."""

import re
import time
from contextlib import contextmanager

from lab import invariants, observe, topology
from lab.long_client import LongClient
from lab.processes import Process
from lab.walkthrough.routes import CLUSTER, CURL_POD, FAR_POD, ROUTER, wait_for_sessions
from lab.walkthrough.services import (ADVERTISEMENT, ALL_NODES, CLIENT, CLIENT_ADDRESS, VIP,
                                      advertise, patch_service, wait_for_kernel)
from lab.walkthrough.steps import step
from lab.walkthrough.story import StepFailed, pod_of, pods
from lab.wait import until

OTHER_ADDRESS = "192.168.10.111"  # a second one of k8s-w1, as override.yaml says
CONNECTIONS = 18
CAPTURED = 200  # packets: more than come


def check_tables(story):
    """RIB, packet engine, kernels and nftables agree, and nothing is stale."""
    found = None

    def agree():
        nonlocal found
        found = invariants.differences(story.lab)
        return not found

    try:
        until(agree, 20, "all tables agree")
    except TimeoutError:
        pass
    story.check("BGP, routing table, packet engine, kernel and nftables agree; nothing is stale",
                not found, found)


def places(lab, prefix):
    """Where a prefix is known in the router."""
    texts = {"BGP": lab.torii("show ip bgp"), "routing table": lab.torii("show ip route"),
             "packet engine": lab.torii("show forwarding route"),
             "kernel": lab.command(ROUTER, "ip", "route").stdout}
    return {place for place, text in texts.items()
            if re.search(rf"(?<![\d.]){prefix.removesuffix('/32')}(?![\d.])", text)}


def wait_for_places(story, prefix, count):
    """Until so many of the four tables have it; all or none."""
    until(lambda: len(places(story.lab, prefix)) == count, 30, f"{count} tables have {prefix}")
    story.check(f"{prefix} is {'in all four tables' if count else 'in none of the four tables'} "
                "of the router", True)


@step(19, "CiliumBGPNodeConfigOverride: one node differs")
def override(story):
    """Router ID, AS, listening port, own address of the session."""
    story.tell("k8s-w1 gets a second address, and the router expects a neighbor there:")
    story.run("k8s-w1", f"ip address add {OTHER_ADDRESS}/24 dev eth1")
    story.configure(f"set bgp neighbor {OTHER_ADDRESS} peer-group CILIUM")
    before = observe.drops(story.lab)
    story.run(CLUSTER, "toriictl apply -f config/examples/walkthrough/override.yaml")
    story.wait(ROUTER, "torii -c 'show ip bgp summary'",
               rf"^{OTHER_ADDRESS} +4 +65002 .* \d\d:\d\d:\d\d +[1-9]",
               "a session of AS 65002 from the other address", 60, lines=20)
    neighbor = story.run(ROUTER, f"torii -c 'show ip bgp neighbors {OTHER_ADDRESS}' | "
                         "grep -E 'remote AS|router ID'")
    story.expect("with the router ID of the override", neighbor, "remote AS 65002",
                 r"remote router ID 10\.0\.0\.101")
    story.wait(ROUTER, "torii -c 'show ip bgp 172.20.1.0/24'", r"^  65002$",
               "its routes have the new AS", lines=20)
    for node in ("k8s-w1", "k8s-ctr"):
        listening = story.run(node, "ss -H -ltn 'sport = :1790'")
        story.check(f"{node} {'listens' if node == 'k8s-w1' else 'does not listen'} on port 1790",
                    bool(listening.strip()) == (node == "k8s-w1"), listening)
    peers = story.run(CLUSTER, "toriictl bgp peers")
    story.expect("the other nodes are as they were", peers,
                 *(rf"^{node} +65001 +65000 +\S+ +established " for node in ("k8s-ctr", "k8s-w0")),
                 r"^k8s-w1 +65002 ")
    after = observe.drops(story.lab)
    story.check("their sessions have not been touched", all(
        before[topology.node(node).address] == after[topology.node(node).address]
        for node in ("k8s-ctr", "k8s-w0")), (before, after))
    story.tell("and back:")
    story.run(CLUSTER, "toriictl delete cbgpnodeoverride k8s-w1")
    wait_for_sessions(story, lines=20)
    story.configure(f"delete bgp neighbor {OTHER_ADDRESS}")
    story.run("k8s-w1", f"ip address del {OTHER_ADDRESS}/24 dev eth1")
    check_tables(story)


@step(20, "Withdrawals: label, pod, service, pool")
def withdrawals(story):
    """Each reaches every table."""
    story.tell("the load balancer's address is announced again, by nodes with a pod")
    advertise(story, "ClusterIP", "LoadBalancerIP")
    story.wait_for_members(f"{VIP}/32", "k8s-ctr", "k8s-w1")
    wait_for_places(story, "10.96.252.129/32", 0)
    story.tell("a pod is deleted:")
    story.scale("k8s-w1")
    story.wait_for_members(f"{VIP}/32", "k8s-w1")
    wait_for_kernel(story, VIP, "k8s-w1")
    story.expect("BGP has one path", story.run(ROUTER, f"torii -c 'show ip bgp {VIP}/32'", lines=9),
                 r"Paths: \(1 available")
    story.tell("the last pod is deleted:")
    story.scale()
    wait_for_places(story, VIP, 0)
    story.scale(*ALL_NODES)
    story.wait_for_members(f"{VIP}/32", *ALL_NODES)
    story.tell("the pool is removed:")
    story.run(CLUSTER, "toriictl delete ippool cilium-pool")
    story.wait(CLUSTER, "toriictl get svc webpod", "<pending>", "the service has no address any more")
    wait_for_places(story, VIP, 0)
    story.run(CLUSTER, "toriictl apply -f config/examples/walkthrough/pool.yaml")
    wait_for_places(story, VIP, 4)
    story.tell("the service is deleted:")
    story.run(CLUSTER, "toriictl delete svc webpod")
    wait_for_places(story, VIP, 0)
    story.unanswered(CLIENT, VIP)
    story.tell("a label is removed:")
    story.run(CLUSTER, "toriictl label node k8s-w0 enable-bgp-")
    wait_for_places(story, topology.node("k8s-w0").pod_network, 0)
    story.expect("the others are there", story.run(ROUTER, "torii -c 'show ip bgp'"),
                 r"172\.20\.0\.0/24", r"172\.20\.1\.0/24")
    check_tables(story)
    story.tell("and all of it again, for the failures:")
    story.run(CLUSTER, "toriictl label node k8s-w0 enable-bgp=true")
    story.run(CLUSTER, "toriictl apply -f config/examples/walkthrough/webpod.yaml")
    patch_service(story, '{"spec": {"type": "LoadBalancer"}}')
    wait_for_places(story, topology.node("k8s-w0").pod_network, 4)
    story.wait_for_members(f"{VIP}/32", *ALL_NODES)
    check_tables(story)


def is_stale(lab, prefix):
    """Whether the router keeps it for a peer that is away."""
    return prefix in invariants.stale_paths(lab)


@step(21, "kill -9 of an agent, started again inside 15 s")
def agent_killed(story):
    """Graceful restart: the router goes on with the node's routes."""
    network = topology.node("k8s-w0").pod_network
    with story.pinging(CLIENT, FAR_POD):
        story.kill("torii-agent-k8s-w0")
        story.wait(ROUTER, "torii -c 'show ip bgp'", rf"^S>? *{network}|^S. +{network}",
                   "the route is kept, marked stale", lines=20)
        story.wait_for_members(network, "k8s-w0")
        answers = story.ask(CLIENT, VIP)
        story.check("services answer through all nodes meanwhile", "" not in pods(answers), answers)
        story.start("torii-agent-k8s-w0")
        wait_for_sessions(story, lines=0)
        until(lambda: not is_stale(story.lab, network), 20, "the route is no longer stale")
    check_tables(story)


@step(22, "kill -9 of the router's control plane, started again")
def control_plane_killed(story):
    """The packet engine goes on with what it has."""
    with story.pinging(CLIENT, FAR_POD), story.pinging(CURL_POD, FAR_POD):
        story.kill("torii-controlplane")
        answers = story.ask(CLIENT, VIP)
        story.check("services answer without a control plane", "" not in pods(answers), answers)
        story.wait_for_members(f"{VIP}/32", *ALL_NODES)
        story.start("torii-controlplane")
        wait_for_sessions(story)
        check_tables(story)


@step(23, "A node loses its power")
def node_without_power(story):
    """BFD, 50 ms x 3; its next hop leaves every group, the connections of others stay."""
    node = topology.node("k8s-w1")
    patch_service(story, '{"spec": {"externalTrafficPolicy": "Local"}}')
    story.configure("set bfd profile fast transmit-interval 50",
                    "set bfd profile fast receive-interval 50",
                    "set bfd profile fast detect-multiplier 3",
                    "set bgp peer-group CILIUM bfd profile fast")
    story.wait(ROUTER, "torii -c 'show bfd peers brief'",
               lambda text: len(re.findall(r"(?im)\bup\b", text)) == 3, "BFD watches three nodes")
    story.wait_for_members(f"{VIP}/32", *ALL_NODES)
    for name in ALL_NODES:
        story.wait(name, f"toriictl lb list | grep '^{VIP}'", r"\[LoadBalancer, Local",
                   f"{name} gives connections to its own pod", lines=1)
    with LongClient(story.lab.namespaces.name(CLIENT), VIP, connections=CONNECTIONS,
                    timeout=1) as client:
        where = {number: next(iter(names)) for number, names in client.by_server.items()}
        dead = {number for number, name in where.items() if pod_of(node.name) in name}
        story.tell(f"{CONNECTIONS} connections are open, {len(dead)} of them with {node.name}")
        begin = time.monotonic()
        story.set_cable(node.name, plugged=False)
        until(lambda: node.address not in observe.members(story.lab, f"{VIP}/32"), 15,
              "it has left the group", interval=0.01)
        seconds = time.monotonic() - begin
        story.wait_for_members(f"{VIP}/32", "k8s-ctr", "k8s-w0")
        story.check(f"out of use {1000 * seconds:.0f} ms after its cable was pulled",
                    seconds < 2, seconds)
        wait_for_places(story, node.pod_network, 0)
        story.wait(ROUTER, "torii -c 'show forwarding groups'", lambda text: node.address not in text,
                   "it is in no group of the packet engine", lines=0)
        story.run(ROUTER, "torii -c 'show ip bgp summary'", lines=16)
        answers = story.ask(CLIENT, VIP)
        story.check("all new requests are answered, by the others",
                    pods(answers) == {pod_of("k8s-ctr"), pod_of("k8s-w0")}, answers)
        # Each of those with the dead node waits in vain, one after the other.
        until(lambda: {number for number, _ in client.failures} >= dead, 60,
              "the connections with the dead node have ended")
        client.wait_for(5 * (CONNECTIONS - len(dead)), 10)
    failed = {number for number, _ in client.failures}
    story.check(f"the other {CONNECTIONS - len(dead)} connections go on, each with its own node",
                failed == dead and all(len(names) == 1 for number, names in client.by_server.items()
                                       if number not in dead), client.failures)
    story.set_cable(node.name, plugged=True)
    wait_for_sessions(story, lines=0)
    story.wait_for_members(f"{VIP}/32", *ALL_NODES)
    story.configure("delete bgp peer-group CILIUM bfd", "delete bfd profile fast")
    check_tables(story)


@contextmanager
def tcpdump(story, node):
    """What a node sees of HTTP on its interface, in a file."""
    path = story.lab.run_dir(node) / "eth1.pcap"
    path.unlink(missing_ok=True)
    command = ("tcpdump", "-i", "eth1", "--immediate-mode", "-U", "-Z", "root", "-w", str(path), "tcp port 80")
    story.tell(f"{node}# {' '.join(command)} &")
    process = Process("tcpdump", story.lab.namespaces.name(node), command, path.parent)
    process.start()
    until(lambda: "listening on" in process.log_tail(), 10, "tcpdump listens")
    try:
        yield path
    finally:
        process.stop()


def handshakes(story, path, what):
    """(source, destination) of the packets with SYN that tshark finds in a capture, in order."""
    shown = story.run(CLUSTER, f"tshark -r {path} -Y 'tcp.flags.syn == 1' -T fields -e ip.src "
                      f"-e ip.dst -e tcp.flags.str 2>/dev/null", lines=10)
    pairs = [tuple(line.split("\t")[:2]) for line in shown.splitlines() if line]
    if not pairs:
        raise StepFailed(f"tshark finds no handshake in the capture of {what}")
    return pairs


@step(24, "The way of a request, packet by packet")
def way_of_a_packet(story):
    """client -> router -> node A -> node B -> node A -> router -> client"""
    a, b = topology.node("k8s-ctr"), topology.node("k8s-w0")
    patch_service(story, '{"spec": {"externalTrafficPolicy": "Cluster"}}')
    story.scale(b.name)
    story.wait(a.name, "toriictl service list",
               lambda text: "172.20.1.76" not in text and FAR_POD in text,
               f"the only pod is on {b.name}", lines=6)
    story.wait_for_members(f"{VIP}/32", *ALL_NODES)
    story.run(ROUTER, f"torii -c 'capture eth3 protocol tcp host {CLIENT_ADDRESS} "
              f"count {CAPTURED} file walkthrough.pcapng'")
    with tcpdump(story, a.name) as on_a, tcpdump(story, b.name) as on_b:
        packets, answers = story.packets_by_node(f"{VIP}/32", lambda: story.ask(CLIENT, VIP, 12))
        story.check("every request is answered", pods(answers) == {pod_of(b.name)}, answers)
        story.check(f"some went by node A, {a.name}: {packets}", packets[a.name] > 0)
    story.run(ROUTER, "torii -c 'capture stop'")
    at_router = handshakes(story, story.lab.run_dir(ROUTER) / "capture/walkthrough.pcapng",
                           "the router's port eth3")
    story.check("1. the client asks the router for the service, 5. and is answered from there",
                set(at_router) == {(CLIENT_ADDRESS, VIP), (VIP, CLIENT_ADDRESS)}, at_router)
    at_a = handshakes(story, on_a, a.name)
    way = [(CLIENT_ADDRESS, VIP), (a.address, FAR_POD), (FAR_POD, a.address), (VIP, CLIENT_ADDRESS)]
    story.check(f"2. the router gives it to {a.name}, which sends it to the pod from its own address;"
                f" 4. the answer comes back to {a.name}, which turns it back",
                set(at_a) == set(way) and [at_a.index(pair) for pair in way]
                == sorted(at_a.index(pair) for pair in way), at_a)
    at_b = handshakes(story, on_b, b.name)
    story.check(f"3. {b.name} sees {a.name} ask its pod, and answers there",
                {(a.address, FAR_POD), (FAR_POD, a.address)} <= set(at_b), at_b)
    story.tell(f"The captures stay: {on_a}, {on_b}")
    story.check("in the whole story the router's kernel has forwarded nothing",
                observe.kernel_forwarded(story.lab) == 0)
    story.check(f"{ADVERTISEMENT} is still announced", len(places(story.lab, VIP)) == 4)
