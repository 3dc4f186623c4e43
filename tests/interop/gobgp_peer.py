"""GoBGP as a peer of a hub."""

import base64
import json

from bgp_peer import FAMILIES, Peer, Route
from vendors import GoBgp

ROUTE_TARGET = 2  # subtype of an extended community
CEASE = {"Maximum Number of Prefixes Reached": 1, "Administrative Shutdown": 2}
HARD_RESET = 9


class GoBgpPeer(Peer):
    """GoBGP as Cilium has it: it only dials, and after a start waits for the hub's End-of-RIB."""

    number, autonomous_system = 4, 65004
    port = -1  # 179: it listens, too

    def __init__(self, namespace, folder):
        super().__init__(namespace, folder)
        self.bgp = GoBgp(namespace, self.folder)
        self.process = self.bgp.process

    def _config(self):
        families = "".join(f"""
  [[neighbors.afi-safis]]
    [neighbors.afi-safis.config]
      afi-safi-name = "{family}-unicast"
    [neighbors.afi-safis.mp-graceful-restart.config]
      enabled = true
""" for family in self.session.families)
        password = f'auth-password = "{self.session.password}"' if self.session.password else ""
        more = "".join(f"  {line}\n" for line in self.session.lines)
        if self.session.ttl_security:
            more += "  [neighbors.ttl-security.config]\n    enabled = true\n    ttl-min = 255\n"
        if self.session.add_paths:
            more += "  [neighbors.add-paths.config]\n    send-max = 8\n"
        return f"""[global.config]
  as = {self.autonomous_system}
  router-id = "{self.address}"
  port = {self.port}
{self._bandwidth_policy()}
[[neighbors]]
  [neighbors.config]
    neighbor-address = "{self.hub}"
    peer-as = {self.hub_as}
    {password}
  [neighbors.timers.config]
    hold-time = 9
    keepalive-interval = 3
    connect-retry = 1
    idle-hold-time-after-reset = 1
  [neighbors.graceful-restart.config]
    enabled = true
    restart-time = 30
    notification-enabled = true
{more}{families}"""

    def _bandwidth_policy(self):
        """By prefix and next hop: its client has no working word for a link bandwidth."""
        announcements = [more for more in self.more if more.bandwidth]
        if not announcements:
            return ""
        sets = "".join(f"""[[defined-sets.prefix-sets]]
  prefix-set-name = "{more.prefix}"
  [[defined-sets.prefix-sets.prefix-list]]
    ip-prefix = "{more.prefix}"
""" for more in {more.prefix: more for more in announcements}.values())
        change = "[policy-definitions.statements.actions.bgp-actions.set-ext-community"
        return sets + """[global.apply-policy.config]
  export-policy-list = ["BANDWIDTH"]
  default-export-policy = "accept-route"
[[policy-definitions]]
  name = "BANDWIDTH"
""" + "".join(f"""
  [[policy-definitions.statements]]
    [policy-definitions.statements.conditions.match-prefix-set]
      prefix-set = "{more.prefix}"
    [policy-definitions.statements.conditions.bgp-conditions]
      next-hop-in-list = ["{more.next_hop}/32"]
    [policy-definitions.statements.actions]
      route-disposition = "accept-route"
    {change}]
      options = "add"
      {change}.set-ext-community-method]
        communities-list = ["lb:{self.autonomous_system}:{more.bandwidth * 125000}"]
""" for more in announcements)

    def start(self):
        """Starts it and gives it its routes."""
        self.bgp.start(self._config())
        for family in FAMILIES:
            for prefix in self.prefixes[family]:
                self._rib("add", family, prefix, "origin", "igp", "nexthop", self.next_hop(family),
                          "med", str(self.med), "community", self.community,
                          "large-community", self.large, "rt", self.route_target)
        for more in self.more:
            self._rib("add", "ipv4", more.prefix, *self._words(more))

    def _rib(self, verb, family, prefix, *words):
        self.bgp.gobgp("global", "rib", verb, "-a", family, prefix, *words)

    def _words(self, more):
        return ["origin", "igp", "nexthop", more.next_hop,
                "identifier", str(1 + self.more.index(more))]
    def stop(self):
        """Ends it."""
        self.bgp.stop()

    def established(self):
        """Whether it says so itself."""
        return "ESTABLISHED" in self.bgp.gobgp("neighbor", self.hub)

    def routes(self, family):
        """Prefix -> Route of what the hub tells it."""
        shown = json.loads(self.bgp.gobgp("neighbor", self.hub, "adj-in", "-a", family, "-j"))
        paths = shown if isinstance(shown, list) else [p for entry in shown.values() for p in entry]
        return {path["nlri"]["prefix"]: _gobgp_route(path["attrs"]) for path in paths}

    def withdraw(self, family, prefix):
        """Takes one of its own routes back."""
        self._rib("del", family, prefix)

    def withdraw_more(self, more):
        """Takes back one of those."""
        self._rib("del", "ipv4", more.prefix, *self._words(more))

    def _shown(self):
        return json.loads(self.bgp.gobgp("neighbor", self.hub, "-j"))

    def updates_counted(self, address):
        """As Peer."""
        counts = self._shown()["state"]["messages"]
        return counts["sent"]["update"], counts["received"]["update"]

    def prefixes_counted(self, family):
        """As Peer. It counts what it has, not what it sends."""
        return None, self._shown()["afi_safis"][FAMILIES.index(family)]["state"]["received"]

    def shut_down(self, message):
        """As Peer, but for a moment only: with `disable` it loses the message."""
        self.bgp.gobgp("neighbor", self.hub, "reset", "--reason", message)

    def come_back(self):
        """As Peer. After a reset it would be idle for half a minute."""
        self.stop()
        self.start()

    def has_heard(self, name, message=""):
        """As Peer. It does not look into a Hard Reset (RFC 8538)."""
        hard = bytes((6, CEASE[name])) + (bytes([len(message)]) + message.encode() if message else b"")
        lines = [json.loads(line) for line in self.process.log_tail(20).splitlines()]
        told = [base64.b64decode(line["Data"]) for line in lines
                if line["msg"] == "received notification" and line.get("Subcode") == HARD_RESET]
        return bool(told) and told[-1].startswith(hard)

    refresh_in = None  # it keeps what it was told, so it never asks

    def refresh_out(self):
        """Sends everything again."""
        self.bgp.gobgp("neighbor", self.hub, "softresetout")


def _gobgp_route(attributes):
    by_type = {attribute["type"]: attribute for attribute in attributes}
    communities = by_type.get(8, {}).get("communities", [])
    large = by_type.get(32, {}).get("value", [])
    return Route(
        tuple(number for segment in by_type[2]["as_paths"] for number in segment["asns"]),
        frozenset(f"{number >> 16}:{number & 0xffff}" for number in communities),
        frozenset(f"{c['ASN']}:{c['LocalData1']}:{c['LocalData2']}" for c in large),
        by_type.get(4, {}).get("metric"),
        frozenset(f"RT:{c['value']}" for c in by_type.get(16, {}).get("value", [])
                  if c["subtype"] == ROUTE_TARGET))
