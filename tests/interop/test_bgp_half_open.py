"""A crowd connects and never brings an OPEN, from addresses that may be peers and from others: what it
costs our router stays small, its connections are closed soon, and peers come up meanwhile."""

import json
import os
import resource
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from bgp_bed import ToriiHub, until  # noqa: E402
from bgp_peers import FrrPeer, GoBgpPeer  # noqa: E402
from hub_case import HubCase  # noqa: E402
from lab.processes import Process  # noqa: E402
from lab.shell import ip_batch  # noqa: E402

COUNT, SOME = 1000, 50
LIMIT = 100            # of the range, as it is without being configured
SILENT_MAX = 256       # connections that have not brought an OPEN
PATIENCE = 10          # seconds
FEW = 60               # files that are open anyway, and connections on their way out
MEBIBYTES = 16         # more memory than before


class HalfOpenHub(ToriiHub):
    """FRR is a neighbor; GoBGP comes out of a range, as does the crowd at its wire."""

    def start(self):
        """As the base."""
        frr, gobgp = self.peers
        super().start(originates="", instance=f"""
            peer_groups {{ name: "RANGE" session {{ remote_as_kind: REMOTE_AS_EXTERNAL
                families {{ family: IPV6_UNICAST enabled: true }} }} }}
            dynamic_neighbors {{ prefix: "10.99.{gobgp.number}.0/24" peer_group: "RANGE" limit: {LIMIT} }}
            """, without=gobgp)

    def descriptors(self):
        """How many files it has open."""
        return len(os.listdir(f"/proc/{self.process.pid()}/fd"))

    def resident(self):
        """MiB of memory."""
        pages = int(Path(f"/proc/{self.process.pid()}/statm").read_text().split()[1])
        return pages * resource.getpagesize() / (1 << 20)


class Crowd:
    """Half-open connections from many addresses at a peer's wire."""

    def __init__(self, peer, folder):
        self.peer, self.folder = peer, folder
        self.addresses = [f"10.99.{peer.number}.{host}" for host in range(10, 250)]
        self.file = folder / f"{peer.number}.json"
        self.process = None

    def start(self, count, again):
        """Gives the namespace the addresses and connects."""
        ip_batch([f"address replace {address}/24 dev eth0" for address in self.addresses],
                 self.peer.namespace)
        self.file.unlink(missing_ok=True)
        script = Path(__file__).with_name("half_open.py")
        self.process = Process(f"half-open-{self.peer.number}", self.peer.namespace,
                               ("/usr/bin/python3", "-B", script, self.peer.hub4, 179, count,
                                self.file, again, *self.addresses), self.folder)
        self.process.start()

    def stop(self):
        """Ends it."""
        if self.process:
            self.process.stop()

    def state(self):
        """What it has told last."""
        return json.loads(self.file.read_text())


class HalfOpen(HubCase):
    """One bed for all tests, which run in the order of their names."""

    prefix, hub_class, peer_classes = "ibh-", HalfOpenHub, (FrrPeer, GoBgpPeer)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.frr, cls.gobgp = cls.peers
        for peer in cls.peers:
            peer.stop()
        cls.strangers, cls.inside = (Crowd(peer, cls.bed.folder) for peer in cls.peers)
        for crowd in (cls.strangers, cls.inside):
            cls.addClassCleanup(crowd.stop)
        cls.before = cls.hub.descriptors(), cls.hub.resident()

    def assert_small(self):
        """What it costs."""
        self.assertLess(self.hub.descriptors(), self.before[0] + SILENT_MAX + FEW)
        self.assertLess(self.hub.resident(), self.before[1] + MEBIBYTES)

    def assert_known(self, addresses):
        """Waits until nobody else is known."""
        try:
            until(lambda: self.hub.neighbors().keys() == addresses, PATIENCE + 5, "known")
        except TimeoutError:
            self.assertEqual(self.hub.neighbors(), addresses)

    def test_1_who_is_silent_is_sent_away(self):
        """After some seconds, and at once who is nobody's peer."""
        self.inside.start(SOME, "once")
        self.strangers.start(SOME, "once")
        until(lambda: self.inside.state()["open"] == SOME, 5, "all are heard out")
        until(lambda: self.strangers.state()["closed"] == SOME, 5, "strangers are not")
        self.assertLess(self.strangers.state()["longest"], 1)
        until(lambda: self.inside.state()["closed"] == SOME, PATIENCE + 5, "nobody is left")
        self.assertGreater(self.inside.state()["longest"], PATIENCE - 2)
        self.assertLess(self.inside.state()["longest"], PATIENCE + 2)
        for crowd in (self.inside, self.strangers):
            crowd.stop()
        self.assert_known({self.frr.address})

    def test_2_peers_come_up_in_the_middle_of_it(self):
        """Of a crowd that never ends."""
        for crowd in (self.inside, self.strangers):
            crowd.start(COUNT, "again")
        for crowd in (self.inside, self.strangers):
            until(lambda c=crowd: c.state()["accepted"] > COUNT, 20, "a crowd")
        self.assert_small()
        for peer in self.peers:
            peer.start()
        self.wait_for_sessions()
        self.assert_all_told()
        self.assert_small()

    def test_3_and_stay_up(self):
        """For longer than a hold time, which is 9 s."""
        ours = {peer.address for peer in self.peers}
        sessions = self.established_counts()
        accepted = self.inside.state()["accepted"]
        until(lambda: int(self.hub.neighbors()[self.frr.address]["state_seconds"][0]) > 10, 20,
              "time passes")
        until(lambda: self.inside.state()["accepted"] > accepted + COUNT, 10, "it goes on")
        self.assert_small()
        for crowd in (self.inside, self.strangers):
            crowd.stop()
        after = self.established_counts()
        self.assertEqual({address: after[address] for address in ours},
                         {address: sessions[address] for address in ours})
        self.assert_known(ours)
        until(lambda: self.hub.descriptors() < self.before[0] + 10, 10, "and their connections")


if __name__ == "__main__":
    unittest.main(verbosity=2)
