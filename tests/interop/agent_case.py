"""Runs a case: manifests go to a torii-agent, GoBGP speakers are its peers, and say what they got.

A case is a folder with case.yaml (addresses, peers, steps) and manifests/. Agent and peers share a
namespace that has all the addresses; the peers listen and the agent dials.
"""

import base64
import json
import re
import shutil
import time
from pathlib import Path

import yaml

from cli_view import expected_rows, seen_rows
from lab.processes import Process
from lab.shell import inside, ip_batch, run
from lab.wait import until

NODE = "test-node"
SECONDS = 30
API_PORT = 50051
ORIGINS = {0: "igp", 1: "egp", 2: "incomplete"}
STATES = ("", "IDLE", "CONNECT", "ACTIVE", "OPENSENT", "OPENCONFIRM", "ESTABLISHED")
# Attribute types of RFC 4271, RFC 1997, RFC 4760, RFC 8092.
ORIGIN, AS_PATH, NEXT_HOP, LOCAL_PREF, COMMUNITIES, MP_REACH, LARGE_COMMUNITIES = \
    1, 2, 3, 5, 8, 14, 32
# Of a table of them, or alone.
BACKEND = re.compile(r'"concat": \["([0-9a-f.:]+)", \d+\]|"dnat": {[^}]*"addr": "([0-9a-f.:]+)"')
WELL_KNOWN = {0xFFFFFF01: "no-export", 0xFFFFFF02: "no-advertise",
              0xFFFFFF03: "no-export-subconfed", 0xFFFF0000: "planned-shut",
              0xFFFF029A: "blackhole", 0xFFFFFF04: "no-peer"}


class Peer:
    """One GoBGP speaker of a case."""

    def __init__(self, definition, namespace, folder, api_port):
        self.namespace = namespace
        self.api_port = api_port
        self.config = folder / f"{definition['name']}.json"
        self.config.write_text(json.dumps(self._settings(definition)))
        self.process = Process(f"gobgpd-{definition['name']}", namespace, (
            "/usr/bin/gobgpd", "-f", self.config, "-t", "json", "--api-hosts",
            f"127.0.0.1:{api_port}", "--pprof-disable"), folder)

    @staticmethod
    def _settings(definition):
        listen = definition["listen"]
        return {
            "global": {"config": {
                "as": definition["asn"], "router-id": definition["router_id"],
                "port": listen[0]["port"],
                "local-address-list": [entry["address"] for entry in listen]}},
            "neighbors": [Peer._neighbor(n) for n in definition["neighbors"]]}

    @staticmethod
    def _neighbor(neighbor):
        graceful = neighbor.get("graceful_restart", False)
        return {
            "config": {"neighbor-address": neighbor["address"], "peer-as": neighbor["asn"],
                       "auth-password": neighbor.get("password", "")},
            "transport": {"config": {"passive-mode": neighbor.get("passive", False)}},
            "graceful-restart": {"config": {"enabled": graceful, "restart-time": 120}},
            "afi-safis": [{"config": {"afi-safi-name": family},
                           "mp-graceful-restart": {"config": {"enabled": graceful}}}
                          for family in neighbor["families"]]}

    def start(self):
        """Until it answers its own command line."""
        self.process.start()
        until(lambda: self.ask("global")["asn"], 15, f"{self.process.name} answers")

    def stop(self):
        """Ends it."""
        self.process.stop()

    def ask(self, *words):
        """A JSON answer of its command line."""
        return json.loads(run(*inside(self.namespace, "gobgp", "-p", str(self.api_port), "-j",
                                      *words)).stdout or "{}")

    def sessions(self):
        """What it knows of its neighbors, in the words of the cases."""
        found = []
        for neighbor in self.ask("neighbor"):
            state, timers = neighbor.get("state", {}), neighbor.get("timers", {}).get("state", {})
            hold = timers.get("negotiated_hold_time", 0)
            found.append({
                "peer_address": state.get("neighbor_address"),
                "router_id": state.get("router_id", ""),
                "peer_asn": str(state.get("peer_asn")),
                "state": STATES[state.get("session_state", 0)],
                "keepalive": str(int(timers.get("keepalive_interval", 0))),
                "hold": str(int(hold)),
                "gr_restart_time": str(restart_time(state.get("remote_cap", [])))})
        return found

    def routes(self, family):
        """Its table, a row for each path."""
        table = self.ask("global", "rib", "-a", family.split("/", maxsplit=1)[0])
        return [route(prefix, path) for prefix, paths in table.items() for path in paths]


def restart_time(capabilities):
    """The restart time of a GoBGP capability list, 0 without one: field 2 of the message, in the
    encoding of protocol buffers."""
    for capability in capabilities:
        if capability["type_url"].endswith("GracefulRestartCapability"):
            octets = iter(base64.b64decode(capability.get("value", "")))
            for key in octets:
                if key & 7:
                    break
                number = varint(octets)
                if key >> 3 == 2:
                    return number
    return 0


def varint(octets):
    """A number of seven bits an octet, the lowest first."""
    number = shift = 0
    for octet in octets:
        number |= (octet & 0x7F) << shift
        shift += 7
        if octet < 0x80:
            break
    return number


def route(prefix, path):
    """A path as the cases write it; what is absent is left out."""
    attributes = {attribute["type"]: attribute for attribute in path["attrs"]}
    reach = attributes.get(MP_REACH)
    next_hop = (reach or attributes.get(NEXT_HOP, {})).get("nexthop")
    row = {"prefix": prefix, "next_hop": next_hop, "origin": ORIGINS[attributes[ORIGIN]["value"]],
           "as_path": [asn for segment in attributes.get(AS_PATH, {}).get("as_paths") or []
                       for asn in segment["asns"]],
           "carried_in": "MP_REACH_NLRI" if reach else "NLRI+NEXT_HOP"}
    if LOCAL_PREF in attributes:
        row["local_pref"] = attributes[LOCAL_PREF]["value"]
    if COMMUNITIES in attributes:
        row["communities"] = [WELL_KNOWN.get(c, f"{c >> 16}:{c & 0xFFFF}")
                              for c in attributes[COMMUNITIES]["communities"]]
    if LARGE_COMMUNITIES in attributes:
        row["large_communities"] = [f"{c['ASN']}:{c['LocalData1']}:{c['LocalData2']}"
                                    for c in attributes[LARGE_COMMUNITIES]["value"]]
    return row


def in_order(rows):
    """Rows in an order that depends on nothing but what they say."""
    return sorted(rows, key=lambda row: json.dumps(row, sort_keys=True))


def agent_words(data):
    """The options of a case for the agent. Its IPAM mode is what its CiliumNode says."""
    options = {name: value for name, value in data.get("agent_options", {}).items()
               if name != "ipam"}
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    words += ["--datapath", "nft"] if data.get("data_path") else []
    return words + (["--controller"] if data.get("controller") else [])


def contains(actual, wanted):
    """Objects may have more members, and lists more items."""
    if isinstance(wanted, dict):
        return isinstance(actual, dict) and all(
            contains(actual.get(key), value) for key, value in wanted.items())
    if isinstance(wanted, list):
        return isinstance(actual, list) and all(
            any(contains(item, value) for item in actual) for value in wanted)
    return actual == wanted


def frontends(namespace):
    """Address -> "drop", "refuse" or the backends that clients outside get, of the table that the
    agent has made: the last rule of a chain is for them."""
    listing = run(*inside(namespace, "nft", "-j", "list", "table", "inet", "torii"), check=False)
    if listing.returncode:
        return {}
    entries = json.loads(listing.stdout)["nftables"]
    last = {entry["rule"]["chain"]: json.dumps(entry["rule"]["expr"]) for entry in entries
            if "rule" in entry}
    made = {}
    for entry in entries:
        services = entry.get("map", {})
        if not services.get("name", "").startswith("services"):
            continue
        for key, verdict in services.get("elem", []):
            target = verdict.get("goto", {}).get("target", "drop")
            backends = sorted(set(sum(BACKEND.findall(last.get(target, "")), ())) - {""})
            dropped = target not in ("drop", "refuse") and not backends
            made[key["concat"][0]] = backends or ("drop" if dropped else target)
    return made


def add_address(address, device, length=None):
    """A command of `ip`."""
    return (f"address add {address}" + (f"/{length}" if length else "") + f" dev {device}"
            + (" nodad" if ":" in address else ""))


class Case:
    """One case with all its processes. close() ends and removes everything."""

    def __init__(self, folder, programs, run_root, namespace):
        self.folder = Path(folder)
        self.data = yaml.safe_load((self.folder / "case.yaml").read_text())
        self.namespace = namespace
        self.programs = programs
        self.run_dir = run_root / namespace
        self.manifests = self.run_dir / "manifests"
        self.agent = Process("torii-agent", namespace, (
            programs / "torii-agent", "--node", NODE, "--manifests", self.manifests, "--run-dir",
            self.run_dir, *agent_words(self.data)), self.run_dir)
        self.peers = {}
        # A gateway is no address of the node itself.
        self.peers_apart = (self.folder / "system").is_dir()
        self.peer_namespace = namespace + "-p" if self.peers_apart else namespace

    def open(self):
        """The namespaces with the addresses, and the agent without any manifest."""
        self.manifests.mkdir(parents=True)
        ip_batch([f"netns add {self.namespace}"])
        if self.peers_apart:
            self._open_peers()
        else:
            ip_batch(["link set lo up", *(add_address(address, "lo")
                                          for address in self.data["addresses"])], self.namespace)
        self.agent.start()

    def _open_peers(self):
        """A link for the addresses of each family: they are of one /24 or /64. The agent's ends
        are down until the case adds devices."""
        ip_batch([f"netns add {self.peer_namespace}"])
        for space in (self.namespace, self.peer_namespace):
            ip_batch(["link set lo up"], space)
        theirs = {entry["address"] for peer in self.data["peers"].values()
                  for entry in peer["listen"]}
        for number, family in enumerate((4, 6), 1):
            ip_batch([f"link add test{number} type veth peer name peer{number} "
                      f"netns {self.peer_namespace}"], self.namespace)
            ip_batch([f"link set peer{number} up"], self.peer_namespace)
            for address in self.data["addresses"]:
                if (":" in address) == (family == 6):
                    end, space = ((f"peer{number}", self.peer_namespace) if address in theirs
                                  else (f"test{number}", self.namespace))
                    ip_batch([add_address(address, end, 64 if family == 6 else 24)], space)

    def step_system_state_add(self, added):
        """Devices that come up, or routes."""
        for file in added["files"]:
            for entry in yaml.safe_load_all((self.folder / "system" / file).read_text()):
                if added["table"] == "devices":
                    ip_batch([f"link set {entry['name']} up"], self.namespace)
                else:
                    ip_batch([self._route("replace", entry)], self.namespace)

    def step_system_state_delete(self, deleted):
        """Devices that go down, or routes."""
        for file in deleted["files"]:
            for entry in yaml.safe_load_all((self.folder / "system" / file).read_text()):
                if deleted["table"] == "devices":
                    ip_batch([f"link set {entry['name']} down"], self.namespace)
                else:
                    ip_batch([self._route("del", entry)], self.namespace)

    @staticmethod
    def _route(what, entry):
        metric = f" metric {entry['priority']}" if "priority" in entry else ""
        return (f"route {what} {entry['dst']} via {entry['gw']} dev test{entry['linkindex']}"
                + metric)

    def close(self):
        """Ends and removes everything."""
        # An agent that still has peers would drain first.
        for process in [*(peer.process for peer in self.peers.values()), self.agent]:
            process.stop()
        run("ip", "netns", "del", self.namespace, check=False)
        if self.peers_apart:
            run("ip", "netns", "del", self.peer_namespace, check=False)
        shutil.rmtree(self.run_dir, ignore_errors=True)

    def run(self):
        """All steps in their order. What is not met in time is a TimeoutError that says what."""
        for number, step in enumerate(self.data["steps"], 1):
            (name, value), = step.items()
            action = getattr(self, f"step_{name}", None)
            if action is None:
                raise KeyError(f"{self.folder}: step {number}: {name} is not known")
            try:
                action(value)
            except TimeoutError as error:
                raise TimeoutError(f"{self.folder.name}: step {number} ({name}): {error}") from error
            self.agent.check()

    def step_apply(self, files):
        """As `kubectl apply`: a resource replaces the one of its kind and name."""
        for file in files:
            for resource in self._resources(file):
                path = self._manifest(resource)
                partial = path.with_name("." + path.name)
                partial.write_text(yaml.safe_dump(resource))
                partial.rename(path)

    def step_delete(self, files):
        """As `kubectl delete`."""
        for file in files:
            for resource in self._resources(file):
                self._manifest(resource).unlink()

    def _resources(self, file):
        text = (self.folder / "manifests" / file).read_text()
        return [resource for resource in yaml.safe_load_all(text) if resource]

    def _manifest(self, resource):
        metadata = resource["metadata"]
        words = (resource["kind"], metadata.get("namespace"), metadata["name"])
        return self.manifests / f"{'-'.join(word for word in words if word)}.yaml"

    def step_start_peer(self, start):
        """A new speaker; its command line listens on a port of its own."""
        definition = {**self.data["peers"][start["definition"]], "name": start["name"]}
        peer = Peer(definition, self.peer_namespace, self.run_dir, API_PORT + len(self.peers))
        self.peers[start["name"]] = peer
        peer.start()

    def step_stop_peer(self, name):
        """The speaker is gone."""
        self.peers[name].stop()

    def step_peer_announces(self, announced):
        """A route of the peer's own."""
        peer = self.peers[announced["peer"]]
        family = "ipv6" if ":" in announced["prefix"] else "ipv4"
        run(*inside(self.peer_namespace, "gobgp", "-p", str(peer.api_port), "global", "rib", "add",
                    announced["prefix"], "-a", family))

    def step_wait_state(self, wanted):
        """Until a session is in the state."""
        def is_there():
            return any(s["peer_address"] == wanted["neighbor"] and s["state"] == wanted["state"]
                       for s in self.peers[wanted["peer"]].sessions())
        until(is_there, SECONDS, f"{wanted['neighbor']} is {wanted['state']}")

    def step_expect_sessions(self, expected):
        """Until the speaker's neighbors are exactly these."""
        self._until_equal(self.peers[expected["at_peer"]].sessions, expected["exactly"])

    def step_expect_routes(self, expected):
        """Until the speaker has exactly these routes."""
        peer = self.peers[expected["at_peer"]]
        self._until_equal(lambda: peer.routes(expected["family"]), expected.get("exactly") or [])

    def step_wait(self, span):
        """Nothing for a while: what follows must hold then."""
        deadline = time.monotonic() + float(span.removesuffix("s"))
        until(lambda: time.monotonic() > deadline, SECONDS, "time passes")

    def step_expect_cli_table(self, expected):
        """Until toriictl says what the table says. Details of a peer are not in our contract."""
        view = expected["view"]
        if "detailed" in view:
            return
        rows = expected_rows(view.split()[0], (self.folder / expected["file"]).read_text())
        self._until_equal(lambda: seen_rows(view, self._agent_says), rows)

    def step_reload_peer(self, reloaded):
        """The speaker with another configuration."""
        old = self.peers[reloaded["name"]]
        old.stop()
        definition = {**self.data["peers"][reloaded["definition"]], "name": reloaded["name"]}
        self.peers[reloaded["name"]] = Peer(definition, old.namespace, self.run_dir, old.api_port)
        self.peers[reloaded["name"]].start()

    def step_wait_received(self, wanted):
        """Until the agent has so many routes from a peer."""
        def has_them():
            return any(peer["peer-address"] == wanted["peer"] and
                       sum(f["received"] for f in peer["families"]) == wanted["routes"]
                       for peer in self._agent_says("peers"))
        until(has_them, SECONDS, f"the agent has {wanted['routes']} routes of {wanted['peer']}")

    def step_expect_conditions(self, expected):
        """Until the agent has exactly these things to say about its manifests."""
        self._until_equal(lambda: self._agent_says("conditions"), expected)

    def resource_words(self):
        """Where toriictl finds the resources."""
        return "--manifests", self.manifests

    def _resource(self, which):
        """What toriictl says of one, nothing if it says that there is none."""
        answer = run(*inside(self.namespace, str(self.programs / "toriictl"),
                             *map(str, self.resource_words()), "-o", "json", "get", which["kind"],
                             which["name"]), check=False)
        return json.loads(answer.stdout) if answer.returncode == 0 else {}

    def step_expect_resource(self, expected):
        """Until it has at least this."""
        seen = []

        def has_it():
            seen[:] = [self._resource(expected)]
            return contains(seen[0], expected["has"])
        try:
            until(has_it, SECONDS, "")
        except TimeoutError:
            raise TimeoutError(f"not within {SECONDS} s\nexpected: {expected['has']}\n"
                               f"seen:     {seen}") from None

    def step_expect_no_resource(self, which):
        """Until there is none."""
        until(lambda: not self._resource(which), SECONDS, f"there is no {which}")

    def step_expect_frontends(self, expected):
        """Until the kernel's table has these addresses: what becomes of a connection to each, or
        which backends there are."""
        def seen():
            made = frontends(self.namespace)
            return [{address: made.get(address)} for address in expected]
        self._until_equal(seen, [{address: sorted(what) if isinstance(what, list) else what}
                                 for address, what in expected.items()])

    def _agent_says(self, *words):
        answer = run(*inside(self.namespace, str(self.programs / "toriictl"), "--run-dir",
                             str(self.run_dir), "-o", "json", "bgp", *words)).stdout
        return json.loads(answer)[NODE]

    @staticmethod
    def _until_equal(ask, expected):
        seen = []

        def equal():
            seen[:] = in_order(ask())
            return seen == in_order(expected)
        try:
            until(equal, SECONDS, "")
        except TimeoutError:
            raise TimeoutError(f"not within {SECONDS} s\nexpected: {in_order(expected)}\n"
                               f"seen:     {seen}") from None
