"""Steps 1 to 9: sessions, and routes of pods."""

import re

from lab import observe, topology
from lab.walkthrough.steps import step
from lab.walkthrough.story import pod_of, pods
from lab.wait import until

CLUSTER, CURL_POD, ROUTER = topology.CLUSTER, topology.CURL_POD, topology.ROUTER
CLUSTER_IP = "10.96.252.129"
FAR_POD = "172.20.2.68"  # on k8s-w0, behind the router's other port
SESSION_SECONDS = 60
PINGS = 50
IMPORT = f"{topology.POD_NETWORK} le 24"
BALANCING = ("--controller", "--datapath", "nft")

# The document's FRR configuration in our model.
CONFIGURATION = (
    "set bgp as 65000",
    "set bgp router-id 192.168.10.200",
    "set bgp ebgp-requires-policy false",
    "set bgp graceful-restart mode restart",
    "set bgp bestpath multipath-relax true",
    "set bgp peer-group CILIUM remote-as external",
    "set bgp neighbor 192.168.10.100 peer-group CILIUM",
    "set bgp neighbor 192.168.10.101 peer-group CILIUM",
    "set bgp neighbor 192.168.20.100 peer-group CILIUM",
    "set bgp family ipv4-unicast network 10.10.1.0/24",
    "set bgp family ipv4-unicast maximum-paths ebgp 4",
)


def others(node):
    """The other nodes."""
    return [other for other in topology.NODES if other != node]


def wait_for_sessions(story, seconds=SESSION_SECONDS, lines=16):
    """Until the router has a session with each node."""
    return story.wait(ROUTER, "torii -c 'show ip bgp summary'",
                      lambda text: all(re.search(rf"(?m)^{node.address} +4 .* \d\d:\d\d:\d\d +[1-9]",
                                                 text) for node in topology.NODES),
                      "three sessions are Established, each with routes", seconds, lines)


def wait_for_every_pod(story):
    """Until each webpod answers curl-pod."""
    until(lambda: all(story.lab.fetch(CURL_POD, pod.address) for _, pod in topology.web_pods()),
          20, "every webpod answers curl-pod")


@step(1, "The rack without BGP: only the pod on the same node answers")
def without_bgp(story):
    """Nodes route between their subnets and know nothing of each other's pods."""
    routes = story.run("k8s-ctr", "ip route")
    story.expect("the other node subnet is reached through the router", routes,
                 r"^192\.168\.20\.0/24 via 192\.168\.10\.200 dev eth1")
    story.check("there is no route to the pods of other nodes",
                not re.search(r"172\.20\.[12]\.0/24", routes), routes)
    story.run(CLUSTER, "toriictl apply -f config/examples/walkthrough/webpod.yaml")
    slices = story.run(CLUSTER, "toriictl get endpointslices")
    story.expect("the service has three pods", slices, "172.20.0.28", "172.20.1.76", "172.20.2.68")
    story.wait("k8s-ctr", "toriictl service list", CLUSTER_IP, "the node balances the service")
    said = story.run(ROUTER, "torii -c 'show ip bgp summary'", check=False)
    story.check("the router has no BGP", said == "% BGP is not configured\n", said)
    answers = story.ask(CURL_POD, CLUSTER_IP, seconds=1)
    story.check("the pod on the same node answers", answers[pod_of("k8s-ctr"), "172.20.0.247"] > 0)
    story.check("requests to the others time out", pods(answers) == {"", pod_of("k8s-ctr")}, answers)
    for node, pod in topology.web_pods():
        if node.name != "k8s-ctr":
            story.unanswered(CURL_POD, pod.address)


@step(2, "The router is configured through its shell")
def configure(story):
    """The document's frr.conf in the router's own words; saved, so it outlives a restart."""
    story.check("nothing of BGP is configured",
                "65000" not in story.silently(ROUTER, "torii -c 'show configuration'"))
    story.configure(*CONFIGURATION)
    shown = story.run(ROUTER, "torii -c 'show configuration bgp'", lines=40)
    story.expect("it is printed back", shown, "as 65000;", r"router-id 192\.168\.10\.200;",
                 "ebgp-requires-policy false;", "mode restart;", "multipath-relax true;",
                 "peer-group CILIUM {", "remote-as external;", r"neighbor 192\.168\.10\.100 {",
                 r"neighbor 192\.168\.10\.101 {", r"neighbor 192\.168\.20\.100 {",
                 r"network 10\.10\.1\.0/24;", "ebgp 4;")
    names = [process.name for process in story.lab.router_processes()]
    for name in reversed(names):
        story.kill(name)
    for name in names:
        story.start(name)
    until(story.lab.router_ready, 30, "the ports are up again")
    story.wait(ROUTER, "torii -c 'show configuration bgp'", lambda text: text == shown,
               "the same configuration after a restart of all daemons", lines=3)


@step(3, "Labels and the document's three manifests: three sessions")
def sessions(story):
    """CiliumBGPAdvertisement, CiliumBGPPeerConfig and CiliumBGPClusterConfig, unchanged."""
    names = " ".join(node.name for node in topology.NODES)
    story.run(CLUSTER, f"for node in {names}; do toriictl label node $node enable-bgp=true; done")
    applied = story.run(CLUSTER, "toriictl apply -f config/examples/manifests/bgp.yaml")
    story.expect("three resources are created", applied, "(?i)advertisement.*created",
                 "(?i)peerconfig.*created", "(?i)clusterconfig.*created")
    wait_for_sessions(story)
    way = story.run("k8s-w0", "ip route get 192.168.10.200")
    story.expect("k8s-w0 reaches 192.168.10.200 through the router's other port", way,
                 r"^192\.168\.10\.200 via 192\.168\.20\.200 dev eth1 src 192\.168\.20\.100")
    neighbor = story.run(ROUTER, "torii -c 'show ip bgp neighbors 192.168.20.100' | "
                         "grep -E 'BGP state|Local host|Foreign host|Hold time|hold time|Remote Restart'")
    story.expect("its session is between these two addresses", neighbor, "Established",
                 r"Local host: 192\.168\.10\.200", r"Foreign host: 192\.168\.20\.100")
    story.expect("hold time and keepalive are the manifest's", neighbor,
                 r"Hold time is 9.*keepalive interval is 3|hold time is 9.*keepalive interval is 3")
    story.expect("so is the time for a graceful restart", neighbor,
                 r"Remote Restart timer is 15 seconds")
    peer = story.run("k8s-w0", "toriictl bgp peers -o json")
    story.expect("also on the node", peer, '"applied-hold-time-seconds":9',
                 '"applied-keep-alive-time-seconds":3')
    keepalive = story.run("k8s-w0", "timeout 9 tcpdump -i eth1 --immediate-mode -Z root -c 1 -nv "
                          "src host 192.168.20.100 and dst port 179 2>/dev/null")
    story.expect("its packets may go two hops (ebgpMultihop)", keepalive, r"\bttl 2\b",
                 r"192\.168\.20\.100\.\d+ > 192\.168\.10\.200\.179: ")


@step(4, "The router's routing tables")
def routing_tables(story):
    """A route for each pod network, in the kernel with next-hop objects as FRR makes them."""
    ports = {"switch10": "eth1", "switch20": "eth2"}
    kernel = [rf"^{node.pod_network} nhid \d+ via {node.address} dev {ports[node.switch]} "
              r"proto bgp metric 20 *$" for node in topology.NODES]
    story.wait(ROUTER, "ip route", lambda text: all(re.search(p, text, re.M) for p in kernel),
               "proto bgp, metric 20, next-hop objects")
    objects = story.run(ROUTER, "ip nexthop")
    story.expect("the next hops are objects of the kernel", objects,
                 *(f"via {node.address} dev {ports[node.switch]}" for node in topology.NODES))
    own = [rf"^B>\* {node.pod_network} \[20/0\] via {node.address}, {ports[node.switch]}, "
           for node in topology.NODES]
    story.wait(ROUTER, "torii -c 'show ip route'", lambda text: all(re.search(p, text, re.M)
                                                                   for p in own),
               "the same in the router's own table, in use by the packet engine", lines=24)
    for node in topology.NODES:
        story.wait_for_members(node.pod_network, node.name)


@step(5, "show ip bgp summary")
def summary(story):
    """Three neighbors of AS 65001, a prefix from each."""
    shown = story.run(ROUTER, "torii -c 'show ip bgp summary'")
    story.expect("it is the document's router", shown,
                 r"identifier 192\.168\.10\.200, local AS number 65000")
    story.expect("AS 65001, messages both ways, time up, one prefix each", shown, *(
        rf"^{node.address} +4 +65001 +[1-9]\d* +[1-9]\d* +\d+ +0 +0 +\d\d:\d\d:\d\d +1 "
        for node in topology.NODES))


@step(6, "show ip bgp")
def bgp_table(story):
    """The local network and three pod networks."""
    shown = story.run(ROUTER, "torii -c 'show ip bgp'")
    story.expect("10.10.1.0/24 is local: 0.0.0.0, weight 32768, *>", shown,
                 r"^\*> +10\.10\.1\.0/24 +0\.0\.0\.0 +0 +32768 i$")
    story.expect("the pod networks are the nodes', path 65001 i, *>", shown, *(
        rf"^\*> +{node.pod_network} +{node.address} +0 65001 i$" for node in topology.NODES))


@step(7, "What the agents say of themselves")
def agents(story):
    """The tables of cilium bgp and cilium-dbg."""
    routes = story.run(CLUSTER, "toriictl bgp routes")
    story.expect("bgp routes: what each node has to announce", routes,
                 r"^Node +VRouter +Prefix +NextHop +Age +Attrs *$", *(
                     rf"^{node.name} +65001 +{node.pod_network} +0\.0\.0\.0 +\S+ +"
                     r"\[{Origin: i} {Nexthop: 0\.0\.0\.0}\]" for node in topology.NODES))
    sent = story.run(CLUSTER, "toriictl bgp routes advertised ipv4 unicast")
    story.expect("bgp routes advertised: what it has announced", sent, *(
        rf"^{node.name} +65001 +192\.168\.10\.200 +{node.pod_network} +{node.address} "
        for node in topology.NODES))
    peers = story.run(CLUSTER, "toriictl bgp peers")
    story.expect("bgp peers: established, one route advertised", peers,
                 r"^Node +Local AS +Peer AS +Peer Address +Session State +Uptime +Family +Received "
                 r"+Advertised *$", *(
                     rf"^{node.name} +65001 +65000 +192\.168\.10\.200 +established +\S+ "
                     r"+ipv4/unicast +[1-9]\d* +1 *$" for node in topology.NODES))
    policies = story.run("k8s-w1", "toriictl bgp route-policies")
    story.expect("bgp route-policies: the names that Cilium gives them", policies,
                 r"^65001 +allow-local +import +accept",
                 r"^65001 +tor-switch-ipv4-PodCIDR +export +192\.168\.10\.200/32 "
                 r"+172\.20\.1\.0/24 \(24\.\.24\) +accept")
    services = story.run("k8s-ctr", "toriictl service list")
    story.expect("service list: frontend and backends", services,
                 r"10\.96\.252\.129:80/TCP +ClusterIP +1 => 172\.20\.0\.28:80/TCP \(active\)",
                 r"2 => 172\.20\.1\.76:80/TCP \(active\)", r"3 => 172\.20\.2\.68:80/TCP \(active\)")
    slots = story.run("k8s-ctr", "toriictl lb list")
    story.expect("lb list: a line for each slot", slots,
                 r"10\.96\.252\.129:80/TCP \(0\) +0\.0\.0\.0:0 \(\d+\) \(0\) "
                 r"\[ClusterIP, non-routable\]",
                 r"10\.96\.252\.129:80/TCP \(1\) +172\.20\.0\.28:80/TCP \(\d+\) \(1\)")
    cache = story.run("k8s-ctr", "toriictl ipcache list")
    story.expect("ipcache list: where each pod is", cache,
                 r"172\.20\.0\.28/32 +identity=\d+ .*tunnelendpoint=0\.0\.0\.0 flags=<none>",
                 r"172\.20\.1\.76/32 +identity=\d+ .*tunnelendpoint=192\.168\.10\.101 ",
                 r"172\.20\.2\.68/32 +identity=\d+ .*tunnelendpoint=192\.168\.20\.100 ")


@step(8, "Pods still do not reach each other")
def still_apart(story):
    """The document's finding: the router knows all pods, the nodes do not ask it."""
    for node, pod in topology.web_pods():
        if node.name != "k8s-ctr":
            story.unanswered(CURL_POD, pod.address)
    answers = story.ask(CURL_POD, CLUSTER_IP, seconds=1)
    story.check("of the service only the pod on the same node answers",
                pods(answers) == {"", pod_of("k8s-ctr")}, answers)


def all_answer(story):
    """All pods answer through the service; what crosses the router crosses the packet engine."""
    wait_for_every_pod(story)
    answers = story.ask(CURL_POD, CLUSTER_IP)
    story.check("every request is answered, by all three pods",
                pods(answers) == {pod.name for _, pod in topology.web_pods()}, answers)
    story.check("Linux does not forward in the router",
                story.run(ROUTER, "sysctl -n net.ipv4.ip_forward") == "0\n")
    before = observe.forwarded_packets(story.lab)
    shown = story.run(CURL_POD, f"ping -q -i 0.01 -c {PINGS} {FAR_POD}")
    story.expect("no ping is lost", shown, f"{PINGS} packets transmitted, {PINGS} received")
    story.wait(ROUTER, "torii -c 'show interfaces'", lambda _: all(
        observe.forwarded_packets(story.lab)[port] >= before[port] + PINGS
        for port in ("eth1", "eth2")), "the packet engine has forwarded them, both ways")
    story.check("the router's kernel has forwarded nothing",
                observe.kernel_forwarded(story.lab) == 0)


@step(9, "The remedy: a static route, or routes that the nodes learn")
def remedy(story):
    """(a) is the document's; (b) is what Cilium does not have."""
    story.tell("(a) a static route to all pods through the router, on every node")
    for node in topology.NODES:
        story.run(node.name, f"ip route add {topology.POD_NETWORK} via {topology.gateway(node)} "
                  "proto static")
    all_answer(story)
    story.tell("(b) no static route at all; the agents put what they learn into the kernel")
    for node in topology.NODES:
        story.run(node.name, f"ip route del {topology.POD_NETWORK}")
    story.unanswered(CURL_POD, FAR_POD)
    story.restart_agents(*BALANCING, "--import", IMPORT)
    wait_for_sessions(story, lines=0)
    for node in topology.NODES:
        wanted = {other.pod_network for other in others(node)}
        story.wait(node.name, "ip route show proto 84", lambda text, w=wanted: set(
            re.findall(r"(?m)^([\d.]+/\d+)", text)) == w, "the pods of the other nodes are known")
    all_answer(story)
    received = story.run("k8s-ctr", "toriictl bgp routes received")
    own_as = rf"172\.20\.2\.0/24 .*65000 65001"
    story.expect("the path has the node's own AS, which the agent takes once (allowas-in)", received,
                 own_as)
    story.tell("or the router says its own AS in place of the node's:")
    story.configure("set bgp peer-group CILIUM as-override true")
    story.wait("k8s-ctr", "toriictl bgp routes received", r"172\.20\.2\.0/24 .*65000 65000",
               "the node's AS is not in the path any more (as-override)")
    all_answer(story)
    story.configure("delete bgp peer-group CILIUM as-override")
    story.wait("k8s-ctr", "toriictl bgp routes received", own_as, "and back", lines=0)
