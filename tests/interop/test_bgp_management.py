"""Sessions with all peers, keys, several paths and policies as an engineer configures them: typed into
the router's shell, committed to torii-mgmtd, which tells the control plane."""

import os
import re
import sys
import unittest
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from bgp_bed import NETWORKS, SOURCE_ROOT, ToriiHub, until  # noqa: E402
from bgp_peer import FAMILIES, HUB_AS, Announcement, Route  # noqa: E402
from hub_case import ROUTE_SECONDS, HubCase  # noqa: E402
from lab.processes import Process  # noqa: E402
from lab.shell import inside, run  # noqa: E402

PASSWORD = "canary-4711"
MARK = "65100:1"

POLICIES = (
    "set policy prefix-set SECOND entry 5 prefix 198.52.0.0/16",
    "set policy prefix-set SECOND entry 5 le 24",
    "set policy prefix-set TWICE entry 5 prefix 198.54.0.0/16",
    "set policy prefix-set TWICE entry 5 le 24",
    "set policy policy IN statement 10 match prefix-set SECOND",
    "set policy policy IN statement 10 action reject",
    "set policy policy IN statement 20 set local-preference 150",
    "set policy policy OUT statement 10 match prefix-set TWICE",
    "set policy policy OUT statement 10 action reject",
    f"set policy policy OUT statement 20 set community add {MARK}")

INSTANCE = (
    f"set bgp as {HUB_AS}",
    "set bgp router-id 10.99.0.1",
    "set bgp timers hold-time 9",
    "set bgp timers keepalive 3",
    "set bgp timers connect-retry 1",
    "set bgp graceful-restart mode restart",
    "set bgp family ipv4-unicast maximum-paths ebgp 8",
    *(f"set bgp family {family}-unicast network {NETWORKS[family]} unconditional true"
      for family in FAMILIES),
    f"set bgp peer-group PEERS password {PASSWORD}",
    "set bgp peer-group PEERS family ipv4-unicast add-path receive true",
    *(f"set bgp peer-group PEERS family {family}-unicast {way}"
      for family in FAMILIES for way in ("import-policy IN", "export-policy OUT")))


class ManagedHub(ToriiHub):
    """Control plane and management; it needs no packet engine to speak BGP."""

    def __init__(self, namespace, folder, peers):
        super().__init__(namespace, folder, peers)
        self.programs = Path(os.environ.get("TORII_BUILD", SOURCE_ROOT / "build/release")) / "bin"
        self.mgmtd = Process("torii-mgmtd", namespace,
                             (self.programs / "torii-mgmtd", "--run-dir", folder, "--config",
                              folder / "router.json", "--yang-dir", SOURCE_ROOT / "config/yang"),
                             folder)
        self.processes = [self.process, self.mgmtd]

    def start(self):
        """Without a configuration: there is not even a file."""
        for process in self.processes:
            process.start()
        until(lambda: self.shell("show version"), 15, "the shell answers")

    def stop(self):
        """Ends both."""
        for process in reversed(self.processes):
            process.stop()

    def shell(self, *lines):
        """What the shell prints."""
        words = [word for line in lines for word in ("-c", line)]
        return run(*inside(self.namespace, str(self.programs / "torii"), "--run-dir",
                           str(self.folder), *words)).stdout

    def commit(self, *lines):
        """Changes the configuration."""
        said = self.shell("configure", *lines, "commit")
        if not re.search(r"Commit \d+ is saved", said):  # and in force where there is a daemon
            raise RuntimeError(said)


class Management(HubCase):
    """One bed for all tests, which run in the order of their names."""

    prefix, hub_class = "ibm-", ManagedHub

    @classmethod
    def prepare(cls):
        """All have the key, and two paths of a prefix of their own."""
        for peer in cls.peers:
            peer.session = replace(peer.session, password=PASSWORD, add_paths=True)
            peer.more = [Announcement(f"198.54.{peer.number}.0/24", hop)
                         for hop in (peer.address, peer.second_address)]

    def expected_at(self, peer, family, with_networks=True):
        """As the base, and as the policies have it."""
        expected = super().expected_at(peer, family) | {NETWORKS[family]: Route((HUB_AS,))}
        return {prefix: replace(route, communities=route.communities | {MARK})
                for prefix, route in expected.items() if not prefix.startswith("198.52.")}

    def test_1_typed_and_committed(self):
        wires = [line for peer in self.peers for line in (
            f"set platform port to{peer.number} kernel to{peer.number}",
            f"set interface to{peer.number} ipv4 address {peer.hub4}/24",
            f"set interface to{peer.number} ipv6 address {peer.hub6}/64")]
        neighbors = [line for peer in self.peers for address in peer.neighbors() for line in (
            f"set bgp neighbor {address} remote-as {peer.autonomous_system}",
            f"set bgp neighbor {address} peer-group PEERS")]
        self.hub.commit("set system hostname hub", *wires, *POLICIES, *INSTANCE, *neighbors)
        self.wait_for_sessions()

    def test_2_policies_are_what_decides(self):
        self.assert_all_told()
        self.assertEqual({path["local_preference"][0] for key, path in
                          self.hub.paths("ipv4").items() if key[0]}, {"150"})

    def test_3_two_paths_of_a_peer(self):
        """In the table and in the kernel."""
        for peer in self.peers:
            with self.subTest(peer=type(peer).__name__):
                prefix = peer.more[0].prefix
                both = {peer.address: 1, peer.second_address: 1}
                until(lambda p=prefix, b=both: self.hub.kernel_weights(p) == b, ROUTE_SECONDS,
                      "both paths are used")
                shown = self.hub.shell(f"show bgp {prefix}")
                self.assertIn("Paths: (2 available", shown)
                for next_hop in both:
                    self.assertIn(next_hop, shown)

    def test_4_what_the_shell_shows(self):
        """Every neighbor with as many prefixes as were taken of it, and no key."""
        found = {line.split()[0]: line.split()[9]
                 for line in self.hub.shell("show ip bgp summary").splitlines()
                 if len(line.split()) > 9 and line.split()[1] == "4"}
        # Two of three, and both paths of one; none on a session for IPv6.
        self.assertEqual(found, {address: "4" if "ipv4" in families else "0"
                                 for peer in self.peers
                                 for address, families in peer.neighbors().items()})
        for line in ("show configuration", "show bgp neighbors", "show configuration bgp"):
            shown = self.hub.shell(line)
            self.assertIn(self.peers[0].address, shown)
            self.assertNotIn(PASSWORD, shown)

    def test_5_one_key_is_changed_and_changed_back(self):
        """Of one session, and the others do not notice."""
        peer = self.peers[0]
        others = {address for address in self.hub.neighbors() if address != peer.address}
        sessions = {address: self.established_counts()[address] for address in others}
        self.hub.commit(f"set bgp neighbor {peer.address} password another")
        until(lambda: self.hub.established() == others, ROUTE_SECONDS, "it is down")
        self.hub.commit("rollback 1")
        self.wait_for_sessions()
        self.assertEqual({address: self.established_counts()[address] for address in others},
                         sessions)

    def test_6_management_may_crash(self):
        """It finds its configuration again, and nobody notices."""
        sessions = self.established_counts()
        configuration = self.hub.shell("show configuration")
        self.hub.mgmtd.kill()
        self.hub.mgmtd.start()
        until(lambda: self.hub.shell("show configuration") == configuration, 15, "the same")
        self.hub.commit("set bgp peer-group PEERS description peers")
        self.assertEqual(self.established_counts(), sessions)
        self.assert_all_told()


if __name__ == "__main__":
    unittest.main(verbosity=2)
