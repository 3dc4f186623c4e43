"""A hub with one wire to each peer: our router there, or FRR to see that a test itself is right."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

SOURCE_ROOT = Path(__file__).resolve().parents[2]
for folder in ("platform", "tests/support"):
    sys.path.insert(0, str(SOURCE_ROOT / folder))

import controlplane  # noqa: E402
from bgp_peer import FAMILIES, HUB_AS, Route  # noqa: E402
from bgp_peers import PEERS  # noqa: E402
from lab.processes import Process  # noqa: E402
from lab.shell import inside, ip_batch, run  # noqa: E402
from lab.wait import until  # noqa: E402
from vendors import Frr  # noqa: E402

NETWORKS = {"ipv4": "192.0.2.0/24", "ipv6": "2001:db8:ff::/48"}


class ToriiHub:
    """torii-controlplane alone: it needs no packet engine to speak BGP."""

    def __init__(self, namespace, folder, peers):
        self.namespace, self.folder, self.peers = namespace, folder, peers
        program = Path(os.environ.get("TORII_BUILD", SOURCE_ROOT / "build/release")) / "bin"
        self.process = Process("torii-controlplane", namespace,
                               (program / "torii-controlplane", "--run-dir", folder), folder)
        self.processes = [self.process]

    def start(self, networks=True, **policies):
        """Starts it and configures it as soon as it answers."""
        self.process.start()
        until(lambda: self.configure(networks, **policies) or True, 15,
              "the hub takes its configuration")

    def configure(self, networks=True, policy="", imports=(), exports=(), instance="", session="",
                  originates="", more="", listens=False, without=None, family=""):
        """All peers, and its own networks or none. `policy` is what the policies of the names in
        `imports` and `exports` are made of; `instance`, `session`, `originates` (of IPv4) and `more`
        are further configuration, and `family` is that of each family of a session. A session's may
        be asked for by a function of the peer. If it
        only listens it has no neighbors but a range for each, of one address, and no policies.
        One peer may be left out."""
        self.sessions = session if callable(session) else lambda _: session
        names = "".join([f'import_policies: "{name}" ' for name in imports] +
                        [f'export_policies: "{name}" ' for name in exports]) + family
        interfaces = "".join(
            f'interfaces {{ name: "to{peer.number}" enabled: true addresses: "{peer.hub4}/24" '
            f'addresses: "{peer.hub6}/64" }}\n' for peer in self.peers)
        families = "".join(
            f"families {{ family: {family.upper()}_UNICAST " + (
                f'networks {{ prefix: "{NETWORKS[family]}" unconditional: true }}'
                if networks else "") + (originates if family == "ipv4" else "") + "}\n"
            for family in FAMILIES)
        neighbors = self._ranges() if listens else "".join(
            self._neighbor(peer, address, names) for peer in self.peers if peer is not without
            for address in peer.neighbors())
        controlplane.configure(self.folder, f"""
            hostname: "hub" router_id: "10.99.0.1" {interfaces} {more}
            policy {{ {policy} }}
            bgp {{ {instance} as: {HUB_AS} router_id: "10.99.0.1" hold_time: 9 keepalive: 3 connect_retry: 1
                   graceful_restart: GRACEFUL_RESTART_RESTART restart_time: 30 stale_time: 60
                   {families}{neighbors} }}""")

    def _neighbor(self, peer, address, policies):
        families = "".join(f"families {{ family: {family.upper()}_UNICAST enabled: true {policies}}} "
                           for family in FAMILIES)
        return (f'neighbors {{ address: "{address}" session {{ {self.sessions(peer)} '
                f"remote_as: {peer.remote_as} {families}}} }}\n")

    def _ranges(self):
        families = "".join(f"families {{ family: {family.upper()}_UNICAST enabled: true }} "
                           for family in FAMILIES)
        return "".join(f"""
            peer_groups {{ name: "of{peer.number}" session {{ {self.sessions(peer)} {families}
                           remote_as_kind: REMOTE_AS_EXTERNAL }} }}
            dynamic_neighbors {{ prefix: "10.99.{peer.number}.0/24" peer_group: "of{peer.number}" limit: 1 }}
            dynamic_neighbors {{ prefix: "2001:db8:99:{peer.number}::/64" peer_group: "of{peer.number}"
                                 limit: 1 }}""" for peer in self.peers)

    def kill(self):
        """A crash."""
        self.process.kill()

    def stop(self):
        """Ends it."""
        self.process.stop()

    def neighbors(self):
        """Address -> what it says of a neighbor."""
        reply = controlplane.ask(self.folder, "get_bgp_neighbors { }")
        return {neighbor["address"][0]: neighbor
                for neighbor in reply.get("bgp_neighbors", [{}])[0].get("neighbors", [])}

    def established(self):
        """Addresses of the neighbors that it has a session with."""
        return {address for address, neighbor in self.neighbors().items()
                if neighbor["state"] == ["Established"]}

    def paths(self, family):
        """(Peer address, prefix) -> path, as it says it."""
        reply = controlplane.ask(
            self.folder, f"get_bgp_table {{ family: {family.upper()}_UNICAST }}")
        return {(path.get("peer_address", [""])[0], entry["prefix"][0]): path
                for entry in reply["bgp_table"][0].get("entries", []) for path in entry["paths"]}

    def all_paths(self, family, peer):
        """Prefix -> paths of a peer, as it says them."""
        reply = controlplane.ask(
            self.folder, f"get_bgp_table {{ family: {family.upper()}_UNICAST }}")
        found = {entry["prefix"][0]: [path for path in entry["paths"]
                                      if path.get("peer_address") == [peer.neighbor(family)]]
                 for entry in reply["bgp_table"][0].get("entries", [])}
        return {prefix: paths for prefix, paths in found.items() if paths}

    def kernel_weights(self, prefix):
        """Next hop -> weight of its kernel's IPv4 route for a prefix."""
        shown = json.loads(run("ip", "-n", self.namespace, "-j", "route", "show", prefix).stdout)
        hops = [hop for route in shown for hop in route.get("nexthops", [route])]
        return {hop.get("gateway") or hop["via"]["host"]: hop.get("weight", 1) for hop in hops}

    def routes(self, family):
        """(Peer address, prefix) -> Route."""
        return {key: _torii_route(path) for key, path in self.paths(family).items() if key[0]}

    def stale(self, family):
        """(Peer address, prefix) of what is kept of a peer that is away."""
        return {key for key, path in self.paths(family).items() if path.get("stale") == ["true"]}

    def kernel_prefixes(self):
        """What its kernel has routes of BGP for."""
        shown = "".join(run("ip", "-n", self.namespace, version, "-o", "route", "show", "proto",
                            "bgp").stdout for version in ("-4", "-6"))
        return {line.split()[0] for line in shown.splitlines()}

    def is_converged(self):
        """Whether nothing of an earlier process is left to be confirmed."""
        return not any(
            route.get("stale") == ["true"] for family in FAMILIES
            for route in controlplane.ask(self.folder, f"get_routes {{ family: {family.upper()}"
                                          "_UNICAST }")["routes"][0].get("routes", []))


class RouteMonitor:
    """What happens to a namespace's kernel routes during a `with` block."""

    # Of no protocol's: shows that the monitor runs, and at the end that it has told everything.
    MARK = "203.0.113.1"

    def __init__(self, namespace, file):
        self.namespace, self.file, self.lines = namespace, file, []

    def __enter__(self):
        with self.file.open("wb") as out:
            self._process = subprocess.Popen(
                inside(self.namespace, "ip", "-o", "monitor", "route"), stdout=out)
        # Until it has subscribed it misses what happens.
        until(lambda: self._mark() or self._marks(), 10, "the monitor runs")
        return self

    def __exit__(self, *_):
        before = self._marks()
        self._mark()
        until(lambda: self._marks() > before, 10, "the monitor has told all")
        self._process.terminate()
        self._process.wait(10)
        self.lines = self.file.read_text().splitlines()

    def _mark(self):
        ip_batch([f"route {verb} {self.MARK} dev lo" for verb in ("add", "delete")], self.namespace)

    def _marks(self):
        return self.file.read_text().count(f"Deleted {self.MARK}")

    def changed(self):
        """What was said of BGP routes."""
        return [line for line in self.lines if "proto bgp" in line]

    def removed(self):
        """The BGP routes that went, be it for a moment."""
        return [line for line in self.changed() if line.startswith("Deleted")]


def _torii_route(path):
    words = lambda name: frozenset(path.get(name, []))
    med = path.get("med")
    return Route(tuple(map(int, path.get("as_path", [""])[0].split())), words("communities"),
                 words("large_communities"), int(med[0]) if med else None,
                 words("extended_communities"))


class FrrHub:
    """FRR with the same sessions and networks."""

    def __init__(self, namespace, folder, peers):
        self.namespace, self.peers = namespace, peers
        self.frr = Frr(namespace, folder)
        self.processes = self.frr.processes

    def _config(self):
        sessions = [(peer, address) for peer in self.peers for address in peer.neighbors()]
        neighbors = "".join(f""" neighbor {address} remote-as {peer.autonomous_system}
 neighbor {address} timers 3 9
 neighbor {address} timers connect 1
 neighbor {address} advertisement-interval 0
""" for peer, address in sessions)
        families = "".join(
            f" address-family {family} unicast\n  network {NETWORKS[family]}\n" + "".join(
                f"  neighbor {address} activate\n" for peer, address in sessions
                if family in peer.neighbors()[address]) + " exit-address-family\n"
            for family in FAMILIES)
        return f"""frr defaults traditional
log stdout
service integrated-vtysh-config
router bgp {HUB_AS}
 bgp router-id 10.99.0.1
 no bgp ebgp-requires-policy
 no bgp network import-check
 no bgp default ipv4-unicast
 bgp graceful-restart
 coalesce-time 0
{neighbors}{families}exit
"""

    def start(self):
        """Sets the addresses that our own router would set, and starts it."""
        lines = [line for peer in self.peers for line in (
            f"address add {peer.hub4}/24 dev to{peer.number}",
            f"address add 2001:db8:99:{peer.number}::1/64 dev to{peer.number}",
            f"link set to{peer.number} up")]
        ip_batch(lines, self.namespace)
        self.frr.start(self._config())

    def stop(self):
        """Ends it."""
        self.frr.stop()

    def established(self):
        """Addresses of the neighbors that it has a session with."""
        shown = json.loads(self.frr.show("show bgp neighbors json"))
        return {address for address, neighbor in shown.items()
                if isinstance(neighbor, dict) and neighbor.get("bgpState") == "Established"}


def make_namespaces(names, folder):
    """Empty ones, and an empty folder with one for the hub: what an earlier run left goes."""
    remove_namespaces(names)
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "hub").mkdir(parents=True)
    ip_batch([f"netns add {name}" for name in names])
    for name in names:
        ip_batch(["link set lo up"], name)
        run("ip", "netns", "exec", name, "sysctl", "-q", "-w",
            "net.ipv6.conf.default.accept_dad=0", "net.ipv6.conf.all.accept_dad=0")


def remove_namespaces(names):
    """Those that are there."""
    for name in names:
        run("ip", "netns", "delete", name, check=False)


def lay_wire(hub, peer, *addresses):
    """From the hub's namespace to the peer's, which gets addresses on it."""
    ip_batch([f"link add to{peer.number} netns {hub.namespace} type veth "
              f"peer name eth0 netns {peer.namespace}"])
    ip_batch([*(f"address add {address} dev eth0" for address in addresses), "link set eth0 up"],
             peer.namespace)


class Bed:
    """The namespaces, the hub and all peers."""

    def __init__(self, prefix, hub_class, peer_classes=PEERS):
        self.prefix, self.folder = prefix, Path("/run/torii") / f"{prefix}bgp"
        self.peers = [peer_class(self._namespace(peer_class.__name__), self.folder /
                                 peer_class.__name__) for peer_class in peer_classes]
        self.hub = hub_class(self._namespace("hub"), self.folder / "hub", self.peers)
        self.namespaces = [node.namespace for node in (self.hub, *self.peers)]

    def _namespace(self, name):
        return f"{self.prefix}{name.lower()}"

    def up(self):
        """Makes everything and starts the peers; the hub is the caller's to start."""
        make_namespaces(self.namespaces, self.folder)
        for peer in self.peers:
            lay_wire(self.hub, peer, f"{peer.address}/24", f"{peer.second_address}/24",
                     f"{peer.address6}/64")
        for peer in self.peers:
            peer.start()

    def down(self):
        """Ends and removes everything."""
        for node in (self.hub, *self.peers):
            node.stop()
        remove_namespaces(self.namespaces)

    def processes(self):
        """All daemons, for their logs."""
        return [*self.hub.processes, *(peer.process for peer in self.peers)]
