"""Routing policies of our router, with FRR and BIRD as its peers: what they send is decided about,
and what they are sent is exactly what the policy says."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from bgp_bed import NETWORKS, Bed, ToriiHub, controlplane, until  # noqa: E402
from bgp_peer import HUB_AS, Route  # noqa: E402
from bgp_peers import BirdPeer, FrrPeer  # noqa: E402
from lab.shell import run  # noqa: E402

SECONDS = 25

SETS = """
prefix_sets { name: "FIRST" entries { sequence: 5 prefix: "198.51.0.0/16" le: 24 }
              entries { sequence: 10 prefix: "192.0.2.0/24" } }
as_path_sets { name: "FRR" entries { sequence: 5 pattern: "^%d$" } }
community_sets { name: "MARKED" entries { sequence: 5 members: "65001:*" } }
""" % FrrPeer.autonomous_system

# Of FRR's routes the first, preferred; of BIRD's those that bear its community.
IMPORT = """
policies { name: "FROM-FRR" statements { sequence: 10 match { prefix_set: "FIRST" as_path_set: "FRR" }
             change { local_preference: 200 med: "+5" } }
           statements { sequence: 20 match { as_path_set: "FRR" } action: POLICY_REJECT } }
policies { name: "MARKED" statements { sequence: 10 match { community_set: "MARKED" } } }
"""

EXPORT = """
policies { name: "OUT" statements { sequence: 10 match { prefix_set: "FIRST" }
             change { prepend: [65100, 65100] med: "77"
                      communities { remove: "MARKED" add: ["65100:1", "65100:2"] }
                      large_communities { clear: true add: "65100:0:9" } } } }
"""


# Of the hub's own routes the wires and what is tagged, and not its other static route.
STATIC = """
static_routes { prefix: "203.0.113.0/25" discard: true tag: 7 }
static_routes { prefix: "203.0.113.128/25" discard: true tag: 8 }
"""
REDISTRIBUTED = """
prefix_sets { name: "WIRES" entries { sequence: 5 prefix: "10.99.0.0/16" ge: 24 le: 24 } }
policies { name: "WIRES" statements { sequence: 10 match { prefix_set: "WIRES" }
             change { communities { add: "65100:10" } } } }
policies { name: "TAGGED" statements { sequence: 10 match { tag: 7 } change { med: "+3" } } }
policies { name: "OURS" statements { sequence: 10
             match { sources: [POLICY_SOURCE_CONNECTED, POLICY_SOURCE_STATIC] } } }
"""
REDISTRIBUTE = """
redistribute { policies: "WIRES" metric: 5 }
redistribute { static: true policies: "TAGGED" metric: 5 }
"""


# FRR's third route is not taken, so that what is inside of THIRD is BIRD's.
THIRD = "198.53.0.0/16"
AGGREGATES = f"""
aggregates {{ prefix: "198.51.0.0/16" summary_only: true }}
aggregates {{ prefix: "{THIRD}" as_set: true }}
"""
AGGREGATED = """
prefix_sets { name: "FRR-3" entries { sequence: 5 prefix: "198.53.%d.0/24" } }
policies { name: "NOT-FRR-3" statements { sequence: 10 match { prefix_set: "FRR-3" } action: POLICY_REJECT }
           default_action: POLICY_ACCEPT }
policies { name: "MARKED-33" statements { sequence: 10 match { community_set: "MARKED" }
             change { med: "33" } } }
policies { name: "NOTHING" default_action: POLICY_REJECT }
""" % FrrPeer.number


class Policies(unittest.TestCase):
    """One bed for all; each test configures the hub anew and finds the sessions as they were."""

    @classmethod
    def setUpClass(cls):
        cls.bed = Bed("ibp-", ToriiHub, (FrrPeer, BirdPeer))
        cls.addClassCleanup(cls.bed.down)
        cls.bed.up()
        cls.hub = cls.bed.hub
        cls.frr, cls.bird = cls.bed.peers
        cls.hub.start()
        until(lambda: {cls.frr.address, cls.bird.address} <= cls.hub.established(), SECONDS,
              "the sessions stand")

    def hub_has(self, expected):
        """Waits until the hub accepts just these prefixes, of both peers."""
        try:
            until(lambda: {prefix for _, prefix in self.hub.routes("ipv4")} == set(expected),
                  SECONDS, "accepted")
        except TimeoutError:
            self.assertEqual({prefix for _, prefix in self.hub.routes("ipv4")}, set(expected))

    def peer_has(self, peer, expected):
        """Waits until a peer has just these routes of the hub."""
        def found():
            return {prefix: route for prefix, route in peer.routes("ipv4").items()
                    if peer.autonomous_system not in route.as_path}
        try:
            until(lambda: found() == expected, SECONDS, "told")
        except TimeoutError:
            self.assertEqual(found(), expected)

    def updates_received(self):
        """Of the hub's neighbors."""
        return {address: neighbor["received"][0]["updates"]
                for address, neighbor in self.hub.neighbors().items()}

    def test_1_import_is_decided_again_without_a_refresh(self):
        self.hub_has(self.frr.prefixes["ipv4"] + self.bird.prefixes["ipv4"])
        before = self.updates_received()
        self.hub.configure(policy=SETS + IMPORT, imports=["FROM-FRR", "MARKED"])
        self.hub_has([self.frr.prefixes["ipv4"][0]] + self.bird.prefixes["ipv4"])
        first = self.hub.paths("ipv4")[(self.frr.address, self.frr.prefixes["ipv4"][0])]
        self.assertEqual((first["local_preference"], first["med"]),
                         (["200"], [str(self.frr.med + 5)]))
        received = controlplane.ask(
            self.hub.folder, f'get_bgp_neighbor_routes {{ address: "{self.frr.address}" }}')
        # FRR tells the hub's own and BIRD's routes back, too: those are loops.
        paths = [entry["paths"][0] for entry in received["bgp_table"][0]["entries"]
                 if entry["prefix"][0] in self.frr.prefixes["ipv4"]]
        self.assertEqual([path.get("filtered") for path in paths], [None, ["true"], ["true"]])
        self.assertEqual({path["med"][0] for path in paths}, {str(self.frr.med)})
        self.hub.configure()
        self.hub_has(self.frr.prefixes["ipv4"] + self.bird.prefixes["ipv4"])
        self.assertEqual(self.updates_received(), before)

    def test_2_export_is_exact(self):
        self.hub.configure(policy=SETS + EXPORT, exports=["OUT"])
        marks = (frozenset({"65100:1", "65100:2"}), frozenset({"65100:0:9"}), 77)
        for peer, other in ((self.frr, self.bird), (self.bird, self.frr)):
            expected = {other.prefixes["ipv4"][0]: Route(
                            (HUB_AS, 65100, 65100, other.autonomous_system), *marks,
                            other.seen_by_hub().extended_communities),
                        NETWORKS["ipv4"]: Route((HUB_AS, 65100, 65100), *marks)}
            with self.subTest(peer=type(peer).__name__):
                self.peer_has(peer, expected)

    def test_3_without_a_policy_nothing_where_one_is_required(self):
        self.hub.configure(instance="ebgp_requires_policy: true ")
        self.hub_has([])
        for peer in (self.frr, self.bird):
            self.peer_has(peer, {})
        self.hub.configure(policy=SETS + IMPORT, imports=["FROM-FRR", "MARKED"],
                           instance="ebgp_requires_policy: true ")
        self.hub_has([self.frr.prefixes["ipv4"][0]] + self.bird.prefixes["ipv4"])
        self.peer_has(self.bird, {})

    def test_4_graceful_shutdown_is_asked_for(self):
        self.hub.configure(instance="graceful_shutdown: true ")
        until(lambda: all("graceful-shutdown" in " ".join(path.get("communities", []))
                          and path["local_preference"] == ["0"]
                          for (peer, _), path in self.hub.paths("ipv4").items() if peer),
              SECONDS, "what peers send is the last choice")
        route = self.bird.routes("ipv4")[NETWORKS["ipv4"]]
        self.assertEqual(route.communities, {"65535:0"})

    def test_5_redistributed_routes_are_those_of_the_policy(self):
        self.hub.configure(policy=REDISTRIBUTED, exports=["OURS"], originates=REDISTRIBUTE,
                           more=STATIC)
        wire = Route((HUB_AS,), frozenset({"65100:10"}), frozenset(), 5)
        expected = {f"10.99.{peer.number}.0/24": wire for peer in self.bed.peers}
        expected["203.0.113.0/25"] = Route((HUB_AS,), frozenset(), frozenset(), 8)
        for peer in self.bed.peers:
            self.peer_has(peer, expected)

    def has_without_med(self, peer, expected):
        """As peer_has(); whether there is a MED of 0 or none is the hub's choice."""
        def found():
            return {prefix: route.without_med() for prefix, route in peer.routes("ipv4").items()
                    if peer.autonomous_system not in route.as_path}
        try:
            until(lambda: found() == expected, SECONDS, "told")
        except TimeoutError:
            self.assertEqual(found(), expected)

    def test_5a_aggregates_stand_for_what_is_inside(self):
        self.hub.configure(policy=SETS + AGGREGATED, imports=["NOT-FRR-3"], originates=AGGREGATES)
        own, whole = Route((HUB_AS,)), self.bird.seen_by_others()
        # What aggregates all of BIRD's is of BIRD, and comes back to nobody else.
        self.has_without_med(self.frr, {
            "198.51.0.0/16": own, NETWORKS["ipv4"]: own, THIRD: whole,
            **{prefix: whole for prefix in self.bird.prefixes["ipv4"][1:]}})
        self.has_without_med(self.bird, {
            "198.51.0.0/16": own, NETWORKS["ipv4"]: own,
            self.frr.prefixes["ipv4"][1]: self.frr.seen_by_others()})
        paths = self.frr.paths("ipv4")
        for prefix, atomic in (("198.51.0.0/16", True), (THIRD, None)):
            path = paths[prefix]
            self.assertEqual((path.get("aggregatorAs"), path.get("aggregatorId"),
                              path.get("atomicAggregate")), (HUB_AS, "10.99.0.1", atomic), path)
        kernel = run("ip", "-n", self.hub.namespace, "route", "show", "198.51.0.0/16").stdout
        self.assertIn("blackhole", kernel)
        shown = self.hub.paths("ipv4")
        self.assertEqual(shown[(self.frr.address, self.frr.prefixes["ipv4"][0])]["suppressed"],
                         ["true"])
        # A session may ask for what is suppressed: FRR gets BIRD's first route as well.
        self.hub.configure(policy=SETS + AGGREGATED, imports=["NOT-FRR-3"], originates=AGGREGATES,
                           family='unsuppress_policies: "MARKED-33" ')
        first = self.bird.prefixes["ipv4"][0]
        until(lambda: first in self.frr.routes("ipv4"), SECONDS, "it is told")
        self.assertEqual(self.frr.routes("ipv4")[first].med, 33)
        self.hub.configure()
        self.has_without_med(self.bird, {NETWORKS["ipv4"]: own, **{
            prefix: self.frr.seen_by_others() for prefix in self.frr.prefixes["ipv4"]}})
        self.assertEqual(run("ip", "-n", self.hub.namespace, "route", "show",
                             "198.51.0.0/16").stdout, "")

    def test_5b_default_routes_go_by_no_policy_but_their_own(self):
        own = {"0.0.0.0/0": Route((HUB_AS,))}
        policies = {"policy": SETS + AGGREGATED, "exports": ["NOTHING"]}
        self.hub.configure(family="default_originate: true ", **policies)
        for peer in (self.frr, self.bird):
            self.has_without_med(peer, own)
        self.hub.configure(family='default_policies: "MARKED-33" ', **policies)
        for peer in (self.frr, self.bird):
            self.peer_has(peer, {"0.0.0.0/0": Route((HUB_AS,), med=33)})
        self.hub.configure(family='default_policies: "NOTHING" ', **policies)
        for peer in (self.frr, self.bird):
            self.has_without_med(peer, {})
        self.hub.configure()

    def test_6_no_session_was_lost(self):
        self.assertEqual({neighbor["established_count"][0]
                          for address, neighbor in self.hub.neighbors().items()
                          if address in (self.frr.address, self.bird.address)}, {"1"})

    def test_7_a_limit_warns_or_ends_the_session(self):
        both = {self.frr.address, self.bird.address}
        self.hub.configure(session="maximum_prefixes: 2 maximum_prefixes_warning_only: true ")
        self.hub_has(self.frr.prefixes["ipv4"] + self.bird.prefixes["ipv4"])
        self.assertLessEqual(both, self.hub.established())
        self.hub.configure(session="maximum_prefixes: 2 ")
        states = lambda: {neighbor["state"][0] for address, neighbor in self.hub.neighbors().items()
                          if address in both}
        until(lambda: states() == {"Idle (PfxCt)"}, SECONDS, "the sessions are held down")
        self.hub_has([])
        until(lambda: not self.frr.established(), SECONDS, "FRR knows it")
        self.hub.configure()
        self.hub_has(self.frr.prefixes["ipv4"] + self.bird.prefixes["ipv4"])

    def test_8_a_limit_counts_what_is_accepted_unless_it_says_force(self):
        """One of FRR's is accepted and all of BIRD's: with a limit of three both may stay, while
        FRR sends three and what it has of the hub."""
        accepted = [self.frr.prefixes["ipv4"][0]] + self.bird.prefixes["ipv4"]
        policies = {"policy": SETS + IMPORT, "imports": ["FROM-FRR", "MARKED"]}
        self.hub.configure(session="maximum_prefixes: 3 ", **policies)
        self.hub_has(accepted)
        received = lambda: int(self.hub.neighbors()[self.frr.address]["prefixes"][0]["received"][0])
        until(lambda: received() > 3, SECONDS, "FRR has sent more than three")
        self.assertIn(self.frr.address, self.hub.established())
        self.hub.configure(session="maximum_prefixes: 3 maximum_prefixes_force: true ", **policies)
        until(lambda: self.hub.neighbors()[self.frr.address]["state"] == ["Idle (PfxCt)"], SECONDS,
              "FRR's session is held down")
        self.hub.configure()
        self.hub_has(self.frr.prefixes["ipv4"] + self.bird.prefixes["ipv4"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
