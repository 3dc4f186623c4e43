"""What the lab consists of, as data. Addresses, names and AS numbers are those of the walkthrough."""

from dataclasses import dataclass, field

DEFAULT_PREFIX = "torii-"
ROUTER = "router"
CLIENT = "client"
CURL_POD = "curl-pod"
CLUSTER = "cluster"  # in place of a host: where toriictl asks the agents of all nodes
POD_NETWORK = "172.20.0.0/16"
MTU = 1500


@dataclass(frozen=True)
class Switch:
    """A LAN segment: a Linux bridge in a namespace of its own, and the router's port on it."""

    name: str
    subnet: str
    router_port: str
    router_address: str

    @property
    def router_device(self):
        """The veth end the packet engine takes over. It makes a TAP named `router_port` itself."""
        return "hw-" + self.router_port


@dataclass(frozen=True)
class Pod:
    """A namespace behind a node; with `serves` it answers HTTP on port 80."""

    name: str
    address: str
    serves: bool = True


@dataclass(frozen=True)
class Host:
    """A namespace with eth1 on a switch: a Kubernetes node when it has a pod network."""

    name: str
    switch: str
    address: str
    pod_network: str = ""
    pods: tuple = field(default=())


SWITCHES = (
    Switch("switch10", "192.168.10.0/24", "eth1", "192.168.10.200"),
    Switch("switch20", "192.168.20.0/24", "eth2", "192.168.20.200"),
    Switch("switch30", "192.168.30.0/24", "eth3", "192.168.30.200"),
)

NODES = (
    Host("k8s-ctr", "switch10", "192.168.10.100", "172.20.0.0/24", (
        Pod("webpod-697b545f57-phntn", "172.20.0.28"),
        Pod(CURL_POD, "172.20.0.247", serves=False),
    )),
    Host("k8s-w1", "switch10", "192.168.10.101", "172.20.1.0/24", (
        Pod("webpod-697b545f57-hhjqw", "172.20.1.76"),
    )),
    Host("k8s-w0", "switch20", "192.168.20.100", "172.20.2.0/24", (
        Pod("webpod-697b545f57-8d2xs", "172.20.2.68"),
    )),
)

CLIENT_HOST = Host(CLIENT, "switch30", "192.168.30.100")

LOOPBACKS = {"loop1": "10.10.1.200/24", "loop2": "10.10.2.200/24"}


def switch(name):
    """The switch of this name."""
    return next(s for s in SWITCHES if s.name == name)


def host(name):
    """The node of this name, or the client; KeyError: there is none."""
    for one in (*NODES, CLIENT_HOST):
        if one.name == name:
            return one
    raise KeyError(f"no host {name!r} on a switch")


def node(name):
    """The node of this name."""
    return next(n for n in NODES if n.name == name)


def gateway(of_host):
    """The router's address on the host's subnet."""
    return switch(of_host.switch).router_address


def web_pods():
    """Every pod that serves, with the node it runs on."""
    return [(n, p) for n in NODES for p in n.pods if p.serves]


def namespace_names():
    """Every namespace of the lab, without its prefix."""
    pods = [p.name for n in NODES for p in n.pods]
    return [ROUTER, CLIENT, *(s.name for s in SWITCHES), *(n.name for n in NODES), *pods]
