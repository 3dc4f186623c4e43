"""Steps 10 to 18: addresses of services."""

import re

from lab import topology
from lab.walkthrough.routes import (BALANCING, CLUSTER, CLUSTER_IP, IMPORT, ROUTER,
                                    wait_for_sessions)
from lab.walkthrough.steps import step
from lab.walkthrough.story import pod_of, pods, seen_by_pods

CLIENT = topology.CLIENT
CLIENT_ADDRESS = topology.CLIENT_HOST.address
VIP = "172.16.1.1"
ADVERTISEMENT = "bgp-advertisements-lb-exip-webpod"
ALL_NODES = tuple(node.name for node in topology.NODES)
MANY = 48


def patch_service(story, patch):
    """kubectl patch"""
    story.run(CLUSTER, f"toriictl patch svc webpod -p '{patch}'")


def advertise(story, old, new):
    """kubectl edit, with an editor that types by itself."""
    story.run(CLUSTER, f'KUBE_EDITOR="sed -i s/{old}/{new}/" '
              f"toriictl edit cbgpadvert {ADVERTISEMENT}")


def wait_for_kernel(story, address, *nodes):
    """Until the router's kernel has one route with these next hops."""
    wanted = sorted(topology.node(name).address for name in nodes)
    story.wait(ROUTER, f"ip route show {address}",
               lambda text: sorted(re.findall(r"via (\S+)", text)) == wanted and "proto bgp" in text,
               f"the kernel has {len(nodes)} next hops")


@step(10, "A pool of addresses, and a service of type LoadBalancer")
def pool(story):
    """LB-IPAM: the first and the last address are not given."""
    story.run(CLUSTER, "toriictl get svc")
    story.run(CLUSTER, "toriictl apply -f config/examples/walkthrough/pool.yaml")
    story.wait(CLUSTER, "toriictl get ippool", r"^cilium-pool +false +False +254 ",
               "254 addresses are available")
    patch_service(story, '{"spec": {"type": "LoadBalancer"}}')
    story.wait(CLUSTER, "toriictl get svc webpod",
               r"^webpod +LoadBalancer +10\.96\.252\.129 +172\.16\.1\.1 ",
               "EXTERNAL-IP is 172.16.1.1")
    story.wait(CLUSTER, "toriictl get ippool", r"^cilium-pool +false +False +253 ",
               "253 addresses are available")


@step(11, "The service's address is announced by all nodes")
def announced(story):
    """One prefix, three paths, one group of three next hops."""
    story.run(CLUSTER, "toriictl apply -f config/examples/walkthrough/advertisement.yaml")
    policies = story.wait("k8s-w1", "toriictl bgp route-policies", "LoadBalancerIP",
                          "the node has a policy for it")
    story.expect("of the name that Cilium gives it", policies,
                 r"^65001 +tor-switch-ipv4-Service-webpod-default-LoadBalancerIP +export "
                 r"+192\.168\.10\.200/32 +172\.16\.1\.1/32 \(32\.\.32\) +accept")
    line = f"torii -c 'show ip bgp {VIP}/32'"
    shown = story.wait(ROUTER, line, lambda text: text.count("multipath") == 3,
                       "three paths, all of them used", lines=20)
    story.expect("with the reason of the best one", shown, r"Paths: \(3 available, best #\d",
                 r"valid, external, multipath, best \((Router ID|Older Path)\)")
    story.tell("Which of them came first is chance. With compare-router-id it does not matter:")
    story.configure("set bgp bestpath compare-router-id true")
    story.wait(ROUTER, line,
               r"192\.168\.10\.100 from .*\n.*valid, external, multipath, best \(Router ID\)",
               "the lowest router ID is best", lines=20)
    wait_for_kernel(story, VIP, *ALL_NODES)
    story.wait_for_members(f"{VIP}/32", *ALL_NODES)
    groups = story.run(ROUTER, "torii -c 'show forwarding groups'")
    rows = r"\n +".join([r"^ *\d+ +1 +192\.168\.10\.100 .*", r"192\.168\.10\.101 .*",
                        r"192\.168\.20\.100 .*"])
    story.expect("in one group", groups, rows)


@step(12, "Two pods, externalTrafficPolicy Cluster")
def policy_cluster(story):
    """A node without a pod translates twice and takes it back on the way home."""
    story.scale("k8s-w1", "k8s-w0")
    story.wait("k8s-ctr", "toriictl service list",
               lambda text: "172.20.0.28" not in text and "172.20.2.68" in text,
               "k8s-ctr has no pod of its own any more")
    for source in (CLIENT, ROUTER):
        answers = story.ask(source, VIP, MANY)
        story.check(f"every request from the {source} is answered, by both pods",
                    pods(answers) == {pod_of("k8s-w0"), pod_of("k8s-w1")}, answers)
        if source == CLIENT:
            story.check("some came by k8s-ctr, which put its own address in place of the client's",
                        topology.node("k8s-ctr").address in seen_by_pods(answers), answers)
            story.check("where the pod is on the node, it sees the client",
                        CLIENT_ADDRESS in seen_by_pods(answers), answers)
    packets, answers = story.packets_by_node(f"{VIP}/32", lambda: story.ask(CLIENT, VIP, MANY))
    story.check(f"packets went to all three nodes: {packets}", min(packets.values()) > 0)
    story.check("and every request was answered", "" not in pods(answers), answers)


@step(13, "externalTrafficPolicy Local")
def policy_local(story):
    """Only nodes with a pod announce the address, so nobody has to hide the client's."""
    patch_service(story, '{"spec": {"externalTrafficPolicy": "Local"}}')
    story.wait_for_members(f"{VIP}/32", "k8s-w1", "k8s-w0")
    wait_for_kernel(story, VIP, "k8s-w1", "k8s-w0")
    answers = story.ask(CLIENT, VIP)
    story.check("both pods answer, every time",
                pods(answers) == {pod_of("k8s-w0"), pod_of("k8s-w1")}, answers)
    story.check("they see the client's own address", seen_by_pods(answers) == {CLIENT_ADDRESS},
                answers)


@step(14, "What ECMP looks at: L3, then L4, while it runs")
def hash_policy(story):
    """fib_multipath_hash_policy of Linux, in the packet engine."""
    for policy in ("l3", "l4"):
        story.configure(f"set forwarding ecmp hash {policy}")
        story.run(ROUTER, "torii -c 'show forwarding' | grep ECMP")
        packets, answers = story.packets_by_node(f"{VIP}/32", lambda: story.ask(CLIENT, VIP, MANY))
        story.run(ROUTER, f"torii -c 'show forwarding route {VIP}/32'")
        used = {name for name, count in packets.items() if count > 0}
        if policy == "l3":
            story.check(f"one client and one address: always the same node: {packets}",
                        len(used) == 1 and len(pods(answers) - {""}) == 1, answers)
        else:
            story.check(f"many connections: both nodes: {packets}",
                        used == {"k8s-w0", "k8s-w1"} and len(pods(answers)) == 2, answers)
        story.check("every request was answered", "" not in pods(answers), answers)


@step(15, "The ClusterIP is announced instead")
def cluster_ip(story):
    """As `kubectl edit ciliumbgpadvertisement`."""
    story.scale(*ALL_NODES)
    advertise(story, "LoadBalancerIP", "ClusterIP")
    story.wait(ROUTER, f"torii -c 'show ip bgp {VIP}/32'", "not in table",
               "172.16.1.1 is withdrawn")
    story.wait_for_members(f"{VIP}/32")
    story.wait(ROUTER, "ip route", lambda text: VIP not in text, "also from the kernel", lines=0)
    wait_for_kernel(story, CLUSTER_IP, *ALL_NODES)
    story.wait_for_members(f"{CLUSTER_IP}/32", *ALL_NODES)
    services = story.run(CLUSTER, "toriictl get svc webpod -o wide")
    story.expect("the service has both addresses", services,
                 r"^webpod +LoadBalancer +10\.96\.252\.129 +172\.16\.1\.1 ")


@step(16, "A ClusterIP from outside: refused, then allowed")
def from_outside(story):
    """bpf.lbExternalClusterIP"""
    listed = f"toriictl lb list | grep '^{CLUSTER_IP}'"
    before = story.run("k8s-w1", listed)
    story.expect("the table says non-routable", before, r"\[ClusterIP, non-routable\]")
    for source in (CLIENT, ROUTER):
        story.unanswered(source, CLUSTER_IP)
    story.tell("helm upgrade --set bpf.lbExternalClusterIP=true; rollout restart ds/cilium")
    with story.pinging(CLIENT, "172.20.2.68"):
        story.restart_agents(*BALANCING, "--import", IMPORT, "--external-cluster-ip=true")
        wait_for_sessions(story, lines=0)
        after = story.wait("k8s-w1", listed, r"\[ClusterIP\]", "non-routable has gone")
        for node in topology.NODES:
            story.wait(node.name, listed, r"\[ClusterIP\]", f"also on {node.name}", lines=0)
    story.check("nothing else differs",
                sorted(re.sub(r"\(\d+\)|, non-routable", "", before).split())
                == sorted(re.sub(r"\(\d+\)", "", after).split()), after)
    story.wait(ROUTER, f"curl -s -m 1 http://{CLUSTER_IP}/", "^Hostname: webpod",
               "the router is answered", lines=5)
    answers = story.ask(CLIENT, CLUSTER_IP)
    story.check("and the client, every time, by all pods",
                pods(answers) == {pod.name for _, pod in topology.web_pods()}, answers)


@step(17, "ClusterIP, internalTrafficPolicy Cluster, two pods")
def internal_cluster(story):
    """The answer goes back through the node that translated."""
    story.scale("k8s-ctr", "k8s-w1")
    story.wait("k8s-w0", "toriictl service list",
               lambda text: "172.20.2.68" not in text and "172.20.0.28" in text,
               "the two pods are those on k8s-ctr and k8s-w1", lines=5)
    story.wait_for_members(f"{CLUSTER_IP}/32", *ALL_NODES)
    packets, answers = story.packets_by_node(f"{CLUSTER_IP}/32",
                                             lambda: story.ask(CLIENT, CLUSTER_IP, MANY))
    story.check("every request is answered",
                pods(answers) == {pod_of("k8s-ctr"), pod_of("k8s-w1")}, answers)
    story.check(f"through every node: {packets}", min(packets.values()) > 0)
    by_w0 = {pod for pod, seen in answers if seen == topology.node("k8s-w0").address}
    story.check("k8s-w0, which has no pod, translated for both pods, and back",
                by_w0 == {pod_of("k8s-ctr"), pod_of("k8s-w1")}, answers)


@step(18, "internalTrafficPolicy Local")
def internal_local(story):
    """Only nodes with a pod announce it, and each gives it to its own pod."""
    patch_service(story, '{"spec": {"internalTrafficPolicy": "Local"}}')
    story.wait_for_members(f"{CLUSTER_IP}/32", "k8s-ctr", "k8s-w1")
    wait_for_kernel(story, CLUSTER_IP, "k8s-ctr", "k8s-w1")
    story.wait("k8s-ctr", f"toriictl lb list | grep '^{CLUSTER_IP}'",
               lambda text: "InternalLocal" in text and "172.20.1.76" not in text,
               "the table has the node's own pod only")
    packets, answers = story.packets_by_node(f"{CLUSTER_IP}/32",
                                             lambda: story.ask(CLIENT, CLUSTER_IP, MANY))
    story.check("every request is answered, and no node put its address in",
                set(answers) == {(pod_of(name), CLIENT_ADDRESS) for name in ("k8s-ctr", "k8s-w1")},
                answers)
    story.check(f"each node got the packets of its own pod: {packets}", all(
        (answers[pod_of(name), CLIENT_ADDRESS] > 0) == (packets.get(name, 0) > 0)
        for name in ALL_NODES))
