"""What the tests of a hub among its peers have in common."""

from bgp_bed import NETWORKS, Bed, until
from bgp_peer import FAMILIES, HUB_AS, Route
from bgp_peers import PEERS
from logs_after_failure import LogsAfterFailure

SESSION_SECONDS = 25  # GoBGP waits for some seconds between its attempts
ROUTE_SECONDS = 10


class HubCase(LogsAfterFailure):
    """One bed for the tests of a class, which run in the order of their names."""

    prefix = None
    hub_class = None
    peer_classes = PEERS

    @classmethod
    def setUpClass(cls):
        cls.bed = Bed(cls.prefix, cls.hub_class, cls.peer_classes)
        cls.hub, cls.peers = cls.bed.hub, cls.bed.peers
        cls.addClassCleanup(cls.bed.down)
        cls.addClassCleanup(cls.print_logs_after_failure)
        cls.failed = True
        cls.prepare()
        cls.bed.up()
        cls.hub.start()
        cls.failed = False

    @classmethod
    def prepare(cls):
        """Changes of the peers before they start."""

    @classmethod
    def processes(cls):
        """All of them."""
        return cls.bed.processes()

    def expected_at(self, peer, family, with_networks=True):
        """Prefix -> Route that a peer has to get from the hub."""
        expected = {prefix: other.seen_by_others() for other in self.peers if other is not peer
                    for prefix in other.prefixes[family]}
        if with_networks:
            expected[NETWORKS[family]] = Route((HUB_AS,))
        return expected

    def assert_told(self, peer, family, with_networks=True):
        """Waits until a peer has just what it has to get."""
        expected = self.expected_at(peer, family, with_networks)

        def differences():
            # Its own routes may come back to it; it is its own business to refuse them.
            found = {prefix: route for prefix, route in peer.routes(family).items()
                     if peer.autonomous_system not in route.as_path}
            if NETWORKS[family] in found:  # whether it has a MED of 0 or none is the hub's choice
                found[NETWORKS[family]] = found[NETWORKS[family]].without_med()
            return {prefix: (found.get(prefix), expected.get(prefix))
                    for prefix in found.keys() | expected.keys()
                    if found.get(prefix) != expected.get(prefix)}
        try:
            until(lambda: not differences(), ROUTE_SECONDS, "told")
        except TimeoutError as error:
            self.fail(f"{type(peer).__name__} {family}: (found, expected): {differences()} {error}")

    def assert_all_told(self, with_networks=True):
        """As assert_told(), for everybody."""
        for peer in self.peers:
            for family in FAMILIES:
                with self.subTest(peer=type(peer).__name__, family=family):
                    self.assert_told(peer, family, with_networks)

    def established_counts(self):
        """Neighbor address -> how often its session has come up."""
        return {address: neighbor.get("established_count")
                for address, neighbor in self.hub.neighbors().items()}

    def wait_for_sessions(self, peers=None):
        """Until both ends of each session say that it stands."""
        addresses = {address for peer in peers or self.peers for address in peer.neighbors()}
        until(lambda: addresses <= self.hub.established(), SESSION_SECONDS,
              f"the hub has sessions with {addresses}")
        for peer in peers or self.peers:
            until(peer.established, ROUTE_SECONDS, f"{type(peer).__name__} has a session")

    def check_withdrawal(self):
        """Each peer takes a route of each family back, and nobody has it any more."""
        for peer in self.peers:
            for family in FAMILIES:
                peer.take_back(family)
        self.assert_all_told()
