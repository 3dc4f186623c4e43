"""What protects and shapes a session, with FRR at its other end: MD5, GTSM, local-as, capabilities,
route refresh and shutdown messages."""

import json
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import bgp_bed  # noqa: E402
import controlplane  # noqa: E402
from bgp_bed import Bed, ToriiHub, until  # noqa: E402
from bgp_peer import HUB_AS, Session  # noqa: E402
from bgp_peers import FrrPeer  # noqa: E402
from lab.shell import run  # noqa: E402

LOCAL_AS = 64999
PASSWORD = "canary-4711"
SESSION_SECONDS = 25
# A session that is not wanted has not come up in this time; others need a second or two.
REFUSED_SECONDS = 5


class GuardedFrr(FrrPeer):
    """FRR that signs its segments, looks at the hops, and sends all paths."""

    hub_as = LOCAL_AS
    session = Session(password=PASSWORD, ttl_security=True, add_paths=True)


class GuardedHub(ToriiHub):
    """Our router with the same session."""

    def configure(self, networks=True, password=PASSWORD, more="", global6=True):
        peer = self.peers[0]
        address6 = f'addresses: "{peer.hub6}/64"' if global6 else ""
        controlplane.configure(self.folder, f"""
            hostname: "hub" router_id: "10.99.0.1"
            interfaces {{ name: "to{peer.number}" enabled: true addresses: "{peer.hub4}/24"
                          {address6} }}
            bgp {{ as: {HUB_AS} router_id: "10.99.0.1" hold_time: 9 keepalive: 3 connect_retry: 1
                   graceful_restart: GRACEFUL_RESTART_RESTART restart_time: 30 stale_time: 60
                   long_lived_stale_time_max: 600
                   families {{ family: IPV4_UNICAST networks {{
                       prefix: "{bgp_bed.NETWORKS['ipv4']}" unconditional: true }} }}
                   families {{ family: IPV6_UNICAST networks {{
                       prefix: "{bgp_bed.NETWORKS['ipv6']}" unconditional: true }} }}
                   neighbors {{ address: "{peer.address}" session {{
                       remote_as: {peer.autonomous_system} password: "{password}" ttl_security: 1
                       local_as: {LOCAL_AS} local_as_no_prepend: true local_as_replace_as: true
                       add_paths {{ family: IPV4_UNICAST receive: true }} {more} }} }} }}""")

    def neighbor(self):
        """Our description of the session."""
        reply = controlplane.ask(self.folder, "get_bgp_neighbors { }")
        return reply["bgp_neighbors"][0]["neighbors"][0]

    def is_up(self):
        """Whether we say so."""
        return self.neighbor()["state"] == ["Established"]


class FrrSessions(unittest.TestCase):
    """One bed for all, in the order of their names."""

    @classmethod
    def setUpClass(cls):
        cls.bed = Bed("fs", GuardedHub, (GuardedFrr,))
        cls.hub, cls.frr = cls.bed.hub, cls.bed.peers[0]
        cls.addClassCleanup(cls.bed.down)
        cls.bed.up()
        cls.hub.start()

    def wait_until_up(self):
        until(lambda: self.hub.is_up() and self.frr.established(), SESSION_SECONDS, "session")

    def test_1_a_signed_session_over_one_hop_with_another_as(self):
        """Neither side would take it without the key, nor with a TTL below 255."""
        self.wait_until_up()
        theirs = self.frr.neighbor_shown()
        self.assertEqual(theirs["remoteAs"], LOCAL_AS)
        until(lambda: bgp_bed.NETWORKS["ipv4"] in self.frr.routes("ipv4"), 10, "our route")
        route = self.frr.routes("ipv4")[bgp_bed.NETWORKS["ipv4"]]
        self.assertEqual(route.as_path, (LOCAL_AS,), "replace-as")
        until(lambda: len(self.hub.routes("ipv4")) == len(self.frr.prefixes["ipv4"]), 10, "theirs")
        for route in self.hub.routes("ipv4").values():
            self.assertEqual(route.as_path, (self.frr.autonomous_system,), "no-prepend")

    def test_2_capabilities_are_understood_both_ways(self):
        """What FRR says of our OPEN, and we of its."""
        theirs = self.frr.neighbor_shown()["neighborCapabilities"]
        for name in ("4byteAs", "extendedMessage", "enhancedRouteRefresh", "gracefulRestart",
                     "longLivedGracefulRestart"):
            self.assertEqual(theirs[name], "advertisedAndReceived", name)
        self.assertEqual(theirs["hostName"]["rcvHostName"], "hub")
        self.assertEqual(theirs["addPath"]["ipv4Unicast"]["txAdvertised"], True)
        ours = self.hub.neighbor()["capabilities_received"][0]
        for name in ("four_octet_as", "extended_message", "enhanced_route_refresh", "long_lived",
                     "route_refresh", "old_route_refresh"):
            self.assertEqual(ours[name], ["true"], name)
        self.assertIn("IPV4_UNICAST", ours["add_path_send"])
        self.assertEqual(ours["host_name"], [theirs["hostName"]["advHostName"]])

    def test_3_refreshes_lose_nothing(self):
        """Asked for by either side, between markers, while the session stays."""
        before = self.frr.neighbor_shown()
        routes = len(self.hub.routes("ipv4"))
        controlplane.ask(self.hub.folder, "clear_bgp { kind: SOFT }")
        self.frr.refresh_in()
        markers = before["messageStats"]["routeRefreshRecv"]
        # A request and two pairs of markers for each family of ours, a pair for FRR's request.
        until(lambda: self.frr.neighbor_shown()["messageStats"]["routeRefreshRecv"] >= markers + 8, 10,
              "requests and markers")
        until(lambda: int(self.hub.neighbor()["received"][0].get("route_refreshes", [0])[0]) >= 5,
              10, "FRR's request and markers")
        self.assertEqual(len(self.hub.routes("ipv4")), routes)
        self.assertIn(bgp_bed.NETWORKS["ipv4"], self.frr.routes("ipv4"))
        after = self.frr.neighbor_shown()
        self.assertEqual(after["connectionsEstablished"], before["connectionsEstablished"])
        self.assertEqual(after["messageStats"]["notificationsRecv"],
                         before["messageStats"]["notificationsRecv"])

    def test_4_updates_are_counted_as_the_other_side_counts_them(self):
        """And bytes that never arrived are counted by nobody."""
        gap = self.uncounted()
        self.assertGreaterEqual(gap[0], 0)
        before = int(self.hub.neighbor()["sent"][0]["updates"][0])
        controlplane.ask(self.hub.folder, "clear_bgp { kind: SOFT }")
        self.frr.refresh_in()
        until(lambda: int(self.hub.neighbor()["sent"][0]["updates"][0]) > before, 10, "more of them")
        until(lambda: self.uncounted() == gap, 10, f"as many more on both sides: {gap}")

    def uncounted(self):
        """UPDATEs sent and received that FRR has not counted, once both have settled.

        Of a connection that loses a collision after it was established, FRR forgets the counts.
        """
        def difference():
            ours, theirs = self.hub.neighbor(), self.frr.neighbor_shown()["messageStats"]
            return (int(ours["sent"][0]["updates"][0]) - theirs["updatesRecv"],
                    int(ours["received"][0]["updates"][0]) - theirs["updatesSent"])

        def settled():
            first = difference()
            return first if first == difference() else None
        return until(settled, 10, "counts that stand still")

    def test_5_shutdown_messages_of_both_sides(self):
        """RFC 9003."""
        self.frr.configure(f"neighbor {self.frr.hub} shutdown message rack four moves")
        until(lambda: self.hub.neighbor().get("last_shutdown_message") == ["rack four moves"], 10,
              "FRR's message")
        self.frr.configure(f"no neighbor {self.frr.hub} shutdown")
        self.wait_until_up()
        self.hub.configure(more='enabled: false shutdown_message: "new kernel"')
        until(lambda: self.frr.neighbor_shown().get("lastShutdownDescription") == "new kernel", 10,
              "our message")
        self.hub.configure()
        self.wait_until_up()

    def test_6_clear_ends_the_session_and_it_comes_again(self):
        """Told by a NOTIFICATION."""
        before = self.frr.neighbor_shown()
        established = before["connectionsEstablished"]
        told = before["messageStats"]["notificationsRecv"]
        controlplane.ask(self.hub.folder, f'clear_bgp {{ address: "{self.frr.address}" }}')
        until(lambda: self.frr.neighbor_shown()["connectionsEstablished"] > established,
              SESSION_SECONDS, "a second session")
        self.wait_until_up()
        self.assertGreater(self.frr.neighbor_shown()["messageStats"]["notificationsRecv"], told)
        self.assertEqual(self.hub.neighbor()["last_reset_reason"], ["User reset"])

    def test_7_ipv6_goes_by_the_link_local_address_where_there_is_no_other(self):
        """Over a session between IPv4 addresses."""
        network = bgp_bed.NETWORKS["ipv6"]

        def next_hops():
            hops = self.frr.paths("ipv6").get(network, {}).get("nexthops", [])
            return [(hop["ip"], hop["accessible"]) for hop in hops]
        until(lambda: next_hops() == [(self.frr.hub6, True)], 10, "the global address")
        self.hub.configure(global6=False)
        link = f"to{self.frr.number}"
        until(lambda: "global" not in self.addresses6(link), 10, "it is taken away")
        controlplane.ask(self.hub.folder, f'clear_bgp {{ address: "{self.frr.address}" }}')
        of_the_link = self.addresses6(link)["link"]
        until(lambda: next_hops() == [(of_the_link, True)], SESSION_SECONDS, "the link's address")
        self.hub.configure()
        until(lambda: "global" in self.addresses6(link), 10, "it is there again")
        controlplane.ask(self.hub.folder, f'clear_bgp {{ address: "{self.frr.address}" }}')
        until(lambda: next_hops() == [(self.frr.hub6, True)], SESSION_SECONDS, "the global address")

    def addresses6(self, interface):
        """Scope -> address of an interface of the hub."""
        shown = json.loads(run("ip", "-n", self.hub.namespace, "-6", "-j", "address", "show",
                               interface).stdout)
        return {info["scope"]: info["local"] for link in shown for info in link["addr_info"]}

    def test_8_another_key_keeps_it_down(self):
        """Until it is right again."""
        self.hub.configure(password="another")
        end = time.monotonic() + REFUSED_SECONDS
        until(lambda: self.assertFalse(self.hub.is_up()) or time.monotonic() > end,
              REFUSED_SECONDS + 5, "nothing")
        self.hub.configure()
        self.wait_until_up()
        self.assertNotIn(PASSWORD, self.hub.process.log_tail(10000))


if __name__ == "__main__":
    unittest.main(verbosity=2)
