"""What is true of a lab at rest, whatever has happened to it: all tables say the same."""

import json
import re

from lab import observe, topology
from lab.shell import inside, run


def bgp_routes(lab):
    """Prefix -> next hops of the paths that BGP uses, those of peers."""
    shown = json.loads(lab.torii("show ip bgp | json"))["routes"]
    found = {}
    for prefix, paths in shown.items():
        used = [path for path in paths if path.get("bestpath") or path.get("multipath")]
        hops = {hop["ip"] for path in used for hop in path["nexthops"]} - {"0.0.0.0"}
        if hops:
            found[prefix] = frozenset(hops)
    return found


def stale_paths(lab):
    """Prefixes with a path that is kept for a peer that is away."""
    shown = json.loads(lab.torii("show ip bgp | json"))["routes"]
    return sorted(prefix for prefix, paths in shown.items() if any(p.get("stale") for p in paths))


def table_routes(lab):
    """The same of the router's table: selected routes of BGP."""
    shown = json.loads(lab.torii("show ip route | json"))
    return {prefix: frozenset(hop["ip"] for hop in entry["nexthops"] if hop["fib"])
            for prefix, entries in shown.items() for entry in entries
            if entry["protocol"] == "bgp" and entry["selected"]}


def engine_routes(lab):
    """The same of the packet engine: routes with gateways."""
    shown = json.loads(lab.torii("show forwarding route | json"))
    groups = {group["id"]: frozenset(member["address"] for member in group["members"]
                                     if member["kind"] == "NEXT_HOP_GATEWAY")
              for group in shown.get("groups", ())}
    routes = {route["prefix"]: groups.get(route["group_id"], frozenset())
              for route in shown.get("routes", ())}
    return {prefix: hops for prefix, hops in routes.items() if hops}


def kernel_routes(lab, host=topology.ROUTER, protocol="bgp"):
    """The same of a kernel."""
    found = {}
    shown = lab.command(host, "ip", "-j", "route", "show", "proto", protocol).stdout
    for route in json.loads(shown or "[]"):
        hops = [route, *route.get("nexthops", ())]
        prefix = route["dst"] if "/" in route["dst"] else route["dst"] + "/32"
        found[prefix] = frozenset(hop["gateway"] for hop in hops if "gateway" in hop)
    return found


def advertised_routes(lab, node):
    """Prefixes that a node's agent has announced."""
    shown = lab.toriictl(node.name, "bgp", "routes", "advertised", "ipv4", "unicast")
    return set(re.findall(r" ([\d.]+/\d+) ", shown))


def balanced_frontends(lab, node):
    """(frontends that the agent balances by its own words, those in the node's nftables)"""
    listed = json.loads(lab.toriictl(node.name, "service", "list", "-o", "json"))[node.name]
    told = {entry["frontend"].removesuffix("/TCP") for entry in listed
            if entry["type"] != "NodePort"}
    shown = run(*inside(lab.namespaces.name(node.name), "nft", "-j", "list", "map", "inet", "torii",
                        "services4"), check=False).stdout
    tables = [entry["map"] for entry in json.loads(shown or '{"nftables":[]}')["nftables"]
              if "map" in entry]
    keys = [element[0]["concat"] for table in tables for element in table.get("elem", ())]
    return told, {f"{address}:{port}" for address, _, port in keys}


def _compare(what, left, right, found):
    for key in sorted(set(left) | set(right)):
        one, other = left.get(key), right.get(key)
        if one != other:
            found.append(f"{what}: {key}: {sorted(one or ())} and {sorted(other or ())}")


def differences(lab):
    """What is not as it has to be, a sentence each; nothing when all is well."""
    found = []
    bgp = bgp_routes(lab)
    _compare("BGP and the router's table", bgp, table_routes(lab), found)
    _compare("BGP and the packet engine", bgp, engine_routes(lab), found)
    _compare("BGP and the kernel", bgp, kernel_routes(lab), found)
    found += [f"{prefix} is stale" for prefix in stale_paths(lab)]
    for node in topology.NODES:
        if lab.agent(node.name).pid() is None:
            continue
        for prefix in advertised_routes(lab, node):
            if prefix not in bgp:
                found.append(f"{node.name} announces {prefix}, which the router does not have")
        told, programmed = balanced_frontends(lab, node)
        if lab.balances() and told != programmed:
            found.append(f"services of {node.name}: the agent has {sorted(told)}, nftables "
                         f"{sorted(programmed)}")
    if observe.kernel_forwarded(lab):
        found.append("the router's kernel has forwarded packets")
    return found
