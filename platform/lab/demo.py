"""What ./run shows: the lab comes up, BGP is applied, and packets take the fast path."""

from lab import topology
from lab.observe import established
from lab.wait import until


def all_web_pods_answer(lab, source):
    """Whether every webpod answers a request from `source`."""
    return all(lab.fetch(source, pod.address) for _, pod in topology.web_pods())


def _curl_all(lab, source):
    for node, pod in topology.web_pods():
        answer = lab.fetch(source, pod.address).splitlines()
        said = " | ".join(answer[i] for i in (0, 3)) if len(answer) > 3 else "no answer"
        print(f"  {source} -> {pod.address} on {node.name}: {said}")


def show(lab):
    """The demonstration, from nothing to traffic."""
    print("Bringing up the lab: a router, three nodes with their pods, a client.", flush=True)
    lab.up()
    print("\nBefore BGP, curl-pod reaches only the pod on its own node:", flush=True)
    _curl_all(lab, topology.CURL_POD)
    print("\nApplying the Cilium BGP manifests on the nodes and the static pod route (step 9a).",
          flush=True)
    lab.apply_manifests()
    until(lambda: established(lab) == len(topology.NODES), 60, "three BGP sessions are Established")
    lab.namespaces.set_static_routes()
    until(lambda: all_web_pods_answer(lab, topology.CURL_POD), 20, "every webpod answers curl-pod")
    forwarding = lab.namespaces.sysctl(topology.ROUTER, "net.ipv4.ip_forward")
    print(f"Linux forwarding in the router is {'on' if forwarding != '0' else 'off'}: "
          "what crosses it crosses the packet engine.")
    print("\nPort counters before:\n" + lab.torii("show interfaces"))
    print("Requests through the router:")
    _curl_all(lab, topology.CURL_POD)
    _curl_all(lab, topology.CLIENT)
    print("\nPort counters after:\n" + lab.torii("show interfaces"))
    print(lab.torii("show bgp summary"))
    print("Try next:\n"
          "  ./run shell -c 'show bgp'\n"
          "  ./run exec k8s-ctr ping -c 3 172.20.2.68\n"
          "  ./run shell\n"
          "and ./run down when done.")
