"""BGP roles (RFC 9234) with FRR and BIRD: a session stands between roles that fit, routes are marked
with ONLY_TO_CUSTOMER as they go down, and what went down does not come up again."""

import re
import sys
import unittest
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from bgp_bed import NETWORKS, ToriiHub, until  # noqa: E402
from bgp_peer import HUB_AS  # noqa: E402
from bgp_peers import BirdPeer, FrrPeer  # noqa: E402
from hub_case import ROUTE_SECONDS, SESSION_SECONDS, HubCase  # noqa: E402

# The other end of a session, and its name in our configuration's protocol.
OPPOSITE = {"provider": "customer", "customer": "provider", "peer": "peer"}
REFUSED_SECONDS = 5


def named(role):
    """The same in the words of the interface that configures the hub."""
    return f"local_role: BGP_ROLE_{role.upper()} local_role_strict: true "


class RoleHub(ToriiHub):
    """Our router, to which FRR is a provider and BIRD a customer at first."""

    roles = {FrrPeer.number: "customer", BirdPeer.number: "provider"}

    def start(self):
        """As the base."""
        super().start(session=self.role_of)

    def role_of(self, peer):
        """What we are to a peer."""
        return named(self.roles[peer.number])

    def become(self, **roles):
        """Other roles, by the number of the peer."""
        self.roles = {FrrPeer.number: roles["frr"], BirdPeer.number: roles["bird"]}
        self.configure(session=self.role_of)


def marks_at_frr(frr):
    """Prefix -> AS of the mark, None without."""
    return {prefix: path.get("otc") for prefix, path in frr.paths("ipv4").items()
            if str(frr.autonomous_system) not in path["aspath"]["string"].split()}


def marks_at_bird(bird):
    """The same of BIRD's table; what it refuses is not in there."""
    shown = bird.birdc("show", "route", "table", "master4", "protocol", "hub", "all")
    marks = {}
    for block in re.split(r"(?m)^(?=[0-9a-f])", shown)[1:]:
        mark = re.search(r"BGP\.otc: (\d+)", block)
        if "/" in block.split()[0]:
            marks[block.split()[0]] = int(mark[1]) if mark else None
    return marks


class Roles(HubCase):
    """One bed for all, in the order of their names."""

    prefix, hub_class, peer_classes = "iro-", RoleHub, (FrrPeer, BirdPeer)

    @classmethod
    def prepare(cls):
        """The other ends of the hub's roles."""
        cls.frr, cls.bird = cls.peers
        for peer in cls.peers:
            cls.give_role(peer, OPPOSITE[RoleHub.roles[peer.number]])

    @staticmethod
    def give_role(peer, role):
        """In the peer's own words, and strictly."""
        line = (f"local-role {role} strict-mode" if isinstance(peer, FrrPeer)
                else f"local role {role.replace('-', '_')}; require roles on;")
        peer.session = replace(peer.session, lines=(line,))

    def assert_marks(self, found, expected):
        """Waits until a peer has just these routes with these marks."""
        try:
            until(lambda: found() == expected, ROUTE_SECONDS, "told")
        except TimeoutError:
            self.assertEqual(found(), expected)

    def theirs(self, peer, mark):
        """What a peer announces, with the mark that it is to have."""
        return {prefix: mark for prefix in peer.prefixes["ipv4"]}

    def marks_at_hub(self, peer):
        """Prefix -> mark of what a peer announces to the hub."""
        return {prefix: path.get("only_to_customer", [None])[0]
                for (address, prefix), path in self.hub.paths("ipv4").items()
                if address == peer.address and prefix in peer.prefixes["ipv4"]}

    def test_1_sessions_stand_between_roles_that_fit(self):
        self.wait_for_sessions()
        said = {address: neighbor["capabilities_received"][0]["role"][0]
                for address, neighbor in self.hub.neighbors().items()}
        self.assertEqual((said[self.frr.address], said[self.bird.address]),
                         ("provider", "customer"))
        shown = self.frr.neighbor_shown()
        self.assertEqual((shown["localRole"], shown["remoteRole"]), ("provider", "customer"))

    def test_2_what_comes_from_above_is_marked(self):
        """FRR marks it on its way out, with its own AS."""
        self.assert_marks(lambda: marks_at_bird(self.bird),
                          {NETWORKS["ipv4"]: HUB_AS,
                           **self.theirs(self.frr, self.frr.autonomous_system)})

    def test_3_what_comes_from_below_is_not(self):
        self.assert_marks(lambda: marks_at_frr(self.frr),
                          {NETWORKS["ipv4"]: None, **self.theirs(self.bird, None)})

    def test_4_a_role_that_does_not_fit_is_refused(self):
        self.hub.become(frr="peer", bird="provider")
        until(lambda: self.frr.address not in self.hub.established(), SESSION_SECONDS, "it ends")
        until(lambda: "Role Mismatch" in
              self.hub.neighbors()[self.frr.address].get("last_error", [""])[0],
              SESSION_SECONDS, "our side says why")
        until(lambda: not self.frr.established(), REFUSED_SECONDS, "FRR knows it")
        self.assertIn(self.bird.address, self.hub.established())

    def test_5_between_equals_only_what_is_ours(self):
        for peer in self.peers:
            peer.stop()
            self.give_role(peer, "peer")
        self.hub.become(frr="peer", bird="peer")
        for peer in self.peers:
            peer.start()
        self.wait_for_sessions()
        for found in (lambda: marks_at_frr(self.frr), lambda: marks_at_bird(self.bird)):
            self.assert_marks(found, {NETWORKS["ipv4"]: HUB_AS})
        # All of it is there, it just does not go across.
        for peer in self.peers:
            self.assert_marks(lambda peer=peer: self.marks_at_hub(peer),
                              self.theirs(peer, str(peer.autonomous_system)))

    def test_6_a_client_of_a_route_server(self):
        """FRR is one: what it brings goes to our customer, BIRD, and the other way what is below."""
        for peer, role in ((self.frr, "rs-server"), (self.bird, "customer")):
            peer.stop()
            self.give_role(peer, role)
        self.hub.become(frr="rs_client", bird="provider")
        for peer in self.peers:
            peer.start()
        self.wait_for_sessions()
        self.assert_marks(lambda: marks_at_bird(self.bird),
                          {NETWORKS["ipv4"]: HUB_AS,
                           **self.theirs(self.frr, self.frr.autonomous_system)})
        self.assert_marks(lambda: marks_at_frr(self.frr),
                          {NETWORKS["ipv4"]: None, **self.theirs(self.bird, None)})

    def test_7_a_route_server_leaves_its_as_out(self):
        """BIRD as one: its own routes come with an empty path, which no other peer may send."""
        self.bird.stop()
        self.give_role(self.bird, "rs-server")
        self.bird.session = replace(self.bird.session, lines=(*self.bird.session.lines, "rs client;"))
        self.hub.become(frr="rs_client", bird="rs_client")
        self.bird.start()
        self.wait_for_sessions()

        def from_bird():
            return {prefix: (path.get("as_path", [""])[0], path["only_to_customer"][0])
                    for (peer, prefix), path in self.hub.paths("ipv4").items()
                    if peer == self.bird.address}
        expected = {prefix: ("", str(self.bird.autonomous_system))
                    for prefix in self.bird.prefixes["ipv4"]}
        self.assert_marks(from_bird, expected)
        self.hub.configure(session=lambda peer: self.hub.role_of(peer) + "enforce_first_as: true ")
        self.assert_marks(from_bird, {})
        self.assertIn(self.bird.address, self.hub.established())


if __name__ == "__main__":
    unittest.main(verbosity=2)
