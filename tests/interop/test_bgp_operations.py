"""What an operator does and looks at in the middle of a session, with every kind of peer: refresh,
counters, shutdown with a message, limits of prefixes."""

import sys
import unittest
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from bgp_bed import RouteMonitor, ToriiHub, controlplane, until  # noqa: E402
from bgp_peer import FAMILIES  # noqa: E402
from bgp_peers import BirdPeer, ExaBgpPeer, FrrPeer, GoBgpPeer, OpenBgpPeer  # noqa: E402
from hub_case import ROUTE_SECONDS, SESSION_SECONDS, HubCase  # noqa: E402

MESSAGE = "rack four moves"
# RFC 7313. ExaBGP announces it, too, but answers without markers.
ENHANCED = (FrrPeer, BirdPeer, OpenBgpPeer)


class Operations(HubCase):
    """One bed for all tests, which run in the order of their names."""

    prefix, hub_class = "ibo-", ToriiHub
    counted = {}  # when counting began: (peer, whose) -> UPDATEs by address

    @classmethod
    def prepare(cls):
        """OpenBGPD does not announce the enhanced refresh by itself; GoBGP is to be back quickly."""
        for peer in cls.peers:
            if isinstance(peer, GoBgpPeer):
                peer.port = 179
            if isinstance(peer, OpenBgpPeer):
                peer.session = replace(peer.session, lines=("announce enhanced refresh yes",))

    def counts(self, direction, name):
        """Neighbor address -> how many messages of that kind the hub has counted."""
        return {address: int(neighbor[direction][0].get(name, [0])[0])
                for address, neighbor in self.hub.neighbors().items()}

    def begin_counting(self):
        """What went over before does not count: two connections may have been there at once, and
        FRR knows nothing of what came over the one that it closed."""
        def rests():
            before = dict(self.counted)
            for peer in self.peers:
                self.counted |= {(peer, "ours"): self.our_updates(peer),
                                 (peer, "theirs"): self.their_updates(peer)}
            return self.counted == before
        until(rests, ROUTE_SECONDS, "UPDATEs to have arrived")

    def assert_same_counters(self):
        """Both ends say the same of how many UPDATEs and prefixes went over."""
        for peer in self.peers:
            with self.subTest(peer=type(peer).__name__):
                try:
                    until(lambda p=peer: self.ours(p) == self.theirs(p), ROUTE_SECONDS, "equal")
                except TimeoutError:
                    self.assertEqual(self.ours(peer), self.theirs(peer))

    def since(self, peer, whose, now):
        """UPDATEs sent and received since counting began."""
        return {address: tuple(new - old for new, old
                               in zip(now[address], self.counted[peer, whose][address]))
                for address in now}

    def their_updates(self, peer):
        """Address -> UPDATEs that a peer says it has sent and received."""
        if isinstance(peer, (BirdPeer, ExaBgpPeer)):  # they do not count messages
            return {}
        return {address: peer.updates_counted(address) for address in peer.neighbors()}

    def our_updates(self, peer):
        """The same as the hub says it, received and sent."""
        if isinstance(peer, (BirdPeer, ExaBgpPeer)):
            return {}
        shown = self.hub.neighbors()
        return {address: tuple(int(shown[address][direction][0]["updates"][0])
                               for direction in ("received", "sent"))
                for address in peer.neighbors()}

    def theirs(self, peer):
        """What a peer says it has sent and received."""
        return {family: peer.prefixes_counted(family) for family in FAMILIES} | \
            self.since(peer, "theirs", self.their_updates(peer))

    def ours(self, peer):
        """What the hub says of the same, in the same words."""
        shown = self.hub.neighbors()
        found = {}
        for address, carried in peer.neighbors().items():
            neighbor = shown[address]
            for family in neighbor["prefixes"]:
                name = "ipv6" if "family" in family else "ipv4"
                received, sent = (int(family.get(word, [0])[0]) for word in ("received", "sent"))
                if name in carried:
                    found[name] = (None if isinstance(peer, GoBgpPeer) else received, sent)
        return found | self.since(peer, "ours", self.our_updates(peer))

    def test_1_both_ends_count_the_same(self):
        self.wait_for_sessions()
        self.assert_all_told()
        self.begin_counting()
        controlplane.ask(self.hub.folder, "clear_bgp { kind: SOFT_OUT }")
        for peer in self.peers:
            for address, (_, sent) in self.counted[peer, "ours"].items():
                until(lambda p=peer, a=address, n=sent: self.our_updates(p)[a][1] > n,
                      ROUTE_SECONDS, "the table once more")
        self.assert_same_counters()

    def test_2_what_we_ask_for_again_comes_again(self):
        """Between markers where the peer has them, and nothing is lost meanwhile.

        OpenBGPD 7.7 refuses, and FRR's requests as well: "AID IPv4 unicast not negotiated".
        """
        before = self.counts("received", "updates"), self.counts("received", "route_refreshes")
        routes = {family: self.hub.routes(family) for family in FAMILIES}
        with RouteMonitor(self.hub.namespace, self.bed.folder / "routes") as monitor:
            controlplane.ask(self.hub.folder, "clear_bgp { kind: SOFT_IN }")
            for peer in self.peers:
                for address, families in peer.neighbors().items():
                    if isinstance(peer, OpenBgpPeer):
                        continue
                    with self.subTest(peer=type(peer).__name__, address=address):
                        until(lambda a=address: self.counts("received", "updates")[a] >
                              before[0][a], ROUTE_SECONDS, "UPDATEs")
                        if isinstance(peer, ENHANCED):
                            until(lambda a=address, n=2 * len(families):
                                  self.counts("received", "route_refreshes")[a] ==
                                  before[1][a] + n, ROUTE_SECONDS, "two markers a family")
            for family in FAMILIES:
                self.assertEqual(self.hub.routes(family), routes[family])
        self.assertEqual(monitor.changed(), [])

    def test_3_what_peers_ask_for_again_they_get(self):
        """Of those who ask: GoBGP keeps what it was told."""
        before = self.counts("sent", "route_refreshes"), self.counts("sent", "updates")
        sessions = self.established_counts()
        for peer in self.peers:
            if not peer.refresh_in:
                continue
            with self.subTest(peer=type(peer).__name__):
                peer.refresh_in()
                until(lambda a=peer.address: self.counts("sent", "updates")[a] > before[1][a],
                      ROUTE_SECONDS, "UPDATEs")
                if isinstance(peer, (*ENHANCED, ExaBgpPeer)):
                    until(lambda a=peer.address: self.counts("sent", "route_refreshes")[a] >=
                          before[0][a] + 2, ROUTE_SECONDS, "markers")
        self.assert_all_told()
        self.assert_same_counters()
        self.assertEqual(self.established_counts(), sessions)

    def test_4_peers_say_why_they_go(self):
        """All but ExaBGP, whose message nobody can set."""
        for peer in self.peers:
            if not isinstance(peer, ExaBgpPeer):
                peer.shut_down(MESSAGE)
        for peer in self.peers:
            for address in () if isinstance(peer, ExaBgpPeer) else peer.neighbors():
                with self.subTest(peer=type(peer).__name__, address=address):
                    until(lambda a=address: self.hub.neighbors()[a].get("last_shutdown_message") ==
                          [MESSAGE], ROUTE_SECONDS, "the message")
        self.all_come_back()

    def all_come_back(self):
        """Some would wait for half a minute before they try again."""
        for peer in self.peers:
            peer.come_back()
        self.wait_for_sessions()

    def assert_heard(self, name, message=""):
        """Each peer has been told why the hub has ended the session."""
        for peer in self.peers:
            with self.subTest(peer=type(peer).__name__):
                until(lambda p=peer: p.has_heard(name, message), ROUTE_SECONDS, name)

    def test_5_we_say_why_we_go(self):
        self.hub.configure(session=f'enabled: false shutdown_message: "{MESSAGE}" ')
        self.assert_heard("Administrative Shutdown", MESSAGE)
        self.hub.configure()
        self.all_come_back()

    def test_6_who_sends_too_much_is_held_down(self):
        """Until the limit is another one."""
        self.hub.configure(session="maximum_prefixes: 2 ")
        until(lambda: {neighbor["state"][0] for neighbor in self.hub.neighbors().values()} ==
              {"Idle (PfxCt)"}, SESSION_SECONDS, "all are held down")
        self.assert_heard("Maximum Number of Prefixes Reached")
        for family in FAMILIES:
            self.assertEqual(self.hub.routes(family), {})
        self.hub.configure(session="maximum_prefixes: 100 ")
        self.all_come_back()
        self.assert_all_told()


if __name__ == "__main__":
    unittest.main(verbosity=2)
