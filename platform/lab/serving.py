"""A lab in full service: sessions, imported routes, and a load balancer's address on all nodes."""

from lab import observe, topology
from lab.system import EXAMPLES
from lab.wait import until

VIP = "172.16.1.1"
OPTIONS = ("--controller", "--datapath", "nft", "--import", f"{topology.POD_NETWORK} le 24")
STEPS = EXAMPLES.parent / "walkthrough"


def bring_up(lab, policy="Local"):
    """Everything up, `policy` is the service's externalTrafficPolicy."""
    lab.agent_options = OPTIONS
    lab.up()
    lab.apply_manifests()
    service = (STEPS / "webpod.yaml").read_text().replace(
        "type: ClusterIP", f"type: LoadBalancer\n  externalTrafficPolicy: {policy}")
    lab.write_manifest("webpod.yaml", service)
    for name in ("pool.yaml", "advertisement.yaml"):
        lab.write_manifest(name, (STEPS / name).read_text())
    wait_until_served(lab)


def serving(lab):
    """Names of the nodes that the packet engine gives connections to."""
    names = {node.address: node.name for node in topology.NODES}
    return {names[address] for address in observe.members(lab, f"{VIP}/32")}


def wait_until_served(lab, seconds=60):
    """Until all nodes have a session, serve the address and reach each other's pods."""
    wanted = {node.name for node in topology.NODES}
    until(lambda: observe.established(lab) == len(wanted), seconds, "three sessions")
    until(lambda: serving(lab) == wanted, seconds, "all nodes serve the address")
    until(lambda: all(lab.fetch(topology.CURL_POD, pod.address)
                      for _, pod in topology.web_pods()), seconds, "curl-pod reaches every pod")
