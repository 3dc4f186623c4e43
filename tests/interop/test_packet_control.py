"""What an operator does about single packets: access lists, policers, traces and captures."""

import errno
import functools
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import packets  # noqa: E402,F401 (first: it says where the others are)
from lab.shell import inside, run  # noqa: E402
from lab.wait import until  # noqa: E402
from vlan_bed import BLUE, GREEN, HOSTS, PLAIN1, PLAIN2, RED, VlanRouter, VlanTest  # noqa: E402


class PacketControl(VlanTest):
    """One router for all; each test takes back what it configured."""

    make_router = functools.partial(VlanRouter, "pc-")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for host in HOSTS:
            cls.router.until_pings(host, GREEN.address(4) if host != GREEN else RED.address(4))

    def configure(self, *lines, undo):
        """In force until the test ends."""
        self.router.commit(*lines)
        self.addCleanup(self.router.commit, *undo)

    def connect(self, host, to, port):
        """The error of a TCP connection attempt; 0: there is somebody."""
        code = (f"import socket; s = socket.socket(); s.settimeout(1)\n"
                f"try: print(s.connect_ex(('{to}', {port})))\nexcept TimeoutError: print(-1)")
        return int(self.router.on(host, "python3", "-c", code))

    def rules(self, name):
        """Packets by sequence of a list; 0: those that fitted no rule."""
        shown = self.router.show(f"access-list {name}")["lists"][0]
        counts = {rule["rule"]["sequence"]: int(rule.get("packets", 0))
                  for rule in shown.get("rules", [])}
        return counts | {0: int(shown.get("unmatched", 0))}

    def test_access_list_in(self):
        """On one VLAN: the others go on. The router's own address obeys too."""
        self.configure("set acl EDGE rule 10 action accept", "set acl EDGE rule 10 protocol icmp",
                       "set acl EDGE rule 20 action reject", "set acl EDGE rule 20 protocol tcp",
                       "set acl EDGE rule 20 destination-port 7000-7010",
                       "set interface eth1.100 acl in EDGE",
                       undo=("delete interface eth1.100 acl", "delete acl EDGE"))
        to = GREEN.address(4)
        self.assertEqual(self.router.ping(RED, to), 3)
        self.assertEqual(self.connect(RED, to, 7005), errno.EHOSTUNREACH)
        self.assertIn(self.connect(RED, to, 7011), (-1, errno.EAGAIN))
        self.assertEqual(self.connect(BLUE, to, 7011), errno.ECONNREFUSED)
        self.assertIn(self.connect(RED, RED.address(4, 1), 22), (-1, errno.EAGAIN))
        self.assertEqual(self.router.ping(RED, RED.address(4, 1)), 3)
        # ICMPv6 is another protocol, and neighbor discovery is not asked about.
        self.assertEqual(self.router.ping(RED, GREEN.address(6)), 0)
        rules = self.rules("EDGE")
        self.assertGreaterEqual(rules[10], 6)
        self.assertGreaterEqual(rules[20], 1)
        self.assertGreaterEqual(rules[0], 2)
        self.assertGreater(self.router.drops()["acl_in"], 0)
        shown = self.router.shell("show access-list EDGE")
        self.assertIn("in on eth1.100", shown)
        self.assertRegex(shown, r"20 +reject +\d+ +any +any +tcp +to 7000-7010")
        # Changed under traffic: what stays the same goes on counting.
        flow = self.router.start_ping(RED, to, "0.02")
        self.router.commit("set acl EDGE rule 30 action accept")
        self.assertEqual(self.connect(RED, to, 7011), errno.ECONNREFUSED)
        self.assertGreaterEqual(self.rules("EDGE")[10], rules[10])
        self.assertEqual(flow.end()[1], 0)

    def test_access_list_out(self):
        """By the interface a packet would leave by, both families."""
        self.configure("set acl LEAVE rule 1 action reject",
                       f"set acl LEAVE rule 1 source {RED.address(4)}/32",
                       "set acl LEAVE rule 2 action discard",
                       f"set acl LEAVE rule 2 source {RED.address(6)}/128",
                       "set acl LEAVE rule 3 action accept",
                       "set interface eth2 acl out LEAVE",
                       undo=("delete interface eth2 acl", "delete acl LEAVE"))
        for family in (4, 6):
            self.assertEqual(self.router.ping(RED, PLAIN2.address(family), 2), 0)
            self.assertEqual(self.router.ping(BLUE, PLAIN2.address(family), 2), 2)
            self.assertEqual(self.router.ping(RED, GREEN.address(family), 2), 2)
        shown = self.router.on(RED, "ping", "-c", "1", "-W", "1", PLAIN2.address(4), check=False)
        self.assertIn("Packet filtered", shown)
        rules = self.rules("LEAVE")
        self.assertEqual((rules[1], rules[2]), (3, 2))
        self.assertGreaterEqual(self.router.drops()["acl_out"], 5)

    def test_bad_access_lists_are_refused(self):
        for lines, said in ((("set acl A rule 1 action accept", "set acl A rule 1 source-port 80"),
                             "ports need protocol tcp, udp or sctp"),
                            (("set interface eth1 acl in NONE",), "there is no acl NONE"),
                            (("set acl A rule 1 source 10.0.0.0/8",), "needs action")):
            shown = run(*inside(self.router.namespace, str(self.router.bin / "torii"), "--run-dir",
                                str(self.router.run_dir), *(word for line in
                                                            ("configure", *lines, "commit check")
                                                            for word in ("-c", line))), check=False)
            self.assertIn(said, shown.stdout + shown.stderr)
            self.router.shell("configure", "discard")

    def test_policer(self):
        """A rate of our own for echo requests to the router, and the class's own again."""
        self.router.commit("set punt policer icmp rate 5", "set punt policer icmp burst 5")
        before = self.punts("icmp")
        self.assertEqual((before["rate"], before["burst"]), (5, 5))
        self.router.on(RED, "ping", "-c", "60", "-i", "0.005", "-W", "1", RED.address(4, 1),
                       check=False)
        after = self.punts("icmp")
        self.assertGreater(int(after["limited"]), int(before.get("limited", 0)) + 40)
        self.assertEqual(self.punts("arp")["rate"], 1000)
        self.router.commit("delete punt")
        self.assertEqual(self.punts("icmp")["rate"], 1000)

    def punts(self, name):
        """What is said of a class."""
        return next(one for one in self.router.show("forwarding punts")["punts"]
                    if one["punt_class"] == name)

    def test_route_counters(self):
        """Packets and octets of the routes in a prefix, of both families; of others nothing."""
        networks = {4: "10.101.0.0/24", 6: "fd00:101::/64"}
        self.configure("set forwarding route-counters prefix 10.101.0.0/16",
                       "set forwarding route-counters prefix fd00:101::/32",
                       undo=("delete forwarding route-counters",))
        for family in (4, 6):
            self.assertEqual(self.router.ping(RED, GREEN.address(family), 3), 3)
        self.assertEqual(self.router.ping(RED, PLAIN2.address(4), 3), 3)
        counts = {one["prefix"]: (int(one.get("packets", 0)), int(one.get("octets", 0)))
                  for one in self.router.show("forwarding route-counters")["routes"]}
        self.assertEqual(counts[networks[4]], (3, 3 * 84))
        self.assertEqual(counts[networks[6]], (3, 3 * 104))
        self.assertNotIn("10.2.0.0/24", counts)
        self.assertIn("10.101.0.0/24: 3 packets, 252 octets by this route",
                      self.router.shell("show forwarding route 10.101.0.0/24"))
        self.assertIn("10.101.0.0/24: 3 packets, 252 octets by this route",
                      self.router.shell(f"show ip route {GREEN.address(4)}"))
        self.router.commit("set forwarding route-counters maximum 1")
        self.assertIn("more are not counted", self.router.shell("show forwarding route-counters"))

    def test_trace(self):
        """The way of a packet through the stages, and of one that is dropped."""
        self.router.shell(f"trace count 2 source {RED.address(4)} protocol icmp")
        self.assertEqual(self.router.ping(BLUE, GREEN.address(4)), 3)  # not asked for
        self.assertIn("0 of 2 packets", self.router.shell("show trace"))
        self.assertEqual(self.router.ping(RED, GREEN.address(4)), 3)
        shown = self.router.shell("show trace")
        self.assertIn("Packet 2", shown)
        self.assertNotIn("Packet 3", shown)
        first = shown[:shown.index("Packet 2")]
        for line in (r"rx +eth1\.100, 98 octets", r"ethernet +02:00:00:00:01:64 -> ",
                     rf"ip +{RED.address(4)} -> {GREEN.address(4)}, protocol 1, TTL 64",
                     r"source +may come from here", r"route +.*attached +eth2\.100",
                     r"tx +eth2\.100, .* -> 02:00:00:00:02:65, 98 octets"):
            self.assertRegex(first, line)
        self.router.shell("trace interface eth1.100 host 10.9.9.9")
        self.router.ping(RED, "10.9.9.9", 1)
        until(lambda: "no_route" in self.router.shell("show trace"), 5, "the drop is traced")
        self.assertIn("the sender is told", self.router.shell("show trace"))

    def test_unreachables(self):
        """Of what comes in by one interface; the others go on to tell."""
        def told(host):
            shown = run(*inside(self.router.of(host), "ping", "-n", "-c1", "-W1", "10.9.9.9"),
                        check=False).stdout
            return "Destination Net Unreachable" in shown
        self.assertTrue(told(RED))
        self.assertIn("ICMP unreachables on", self.router.shell("show interfaces eth1.100"))
        self.configure("set interface eth1.100 ipv4 unreachables false",
                       undo=("delete interface eth1.100 ipv4 unreachables",))
        self.assertIn("ICMP unreachables for IPv6 only",
                      self.router.shell("show interfaces eth1.100"))
        self.assertFalse(told(RED))
        self.assertTrue(told(BLUE))

    def neighbor(self, family, address):
        """(MAC, state) of a neighbor of eth1.100 as the shell shows it."""
        what = "arp" if family == 4 else "ipv6 neighbors"
        for line in self.router.shell(f"show {what}").splitlines():
            words = line.split()
            if words[:2] == ["eth1.100", address]:
                return words[2], words[3]
        return None

    def kernel_neighbor(self, address):
        """What the kernel says of it."""
        return self.router.command("ip", "neigh", "show", "dev", "eth1.100", "to", address)

    def test_static_neighbors(self):
        """They are there without being asked, come again when they are taken away, and are gone
        with their configuration."""
        for family, address in ((4, RED.address(4, 77)), (6, RED.address(6, 77))):
            with self.subTest(family=family):
                line = f"interface eth1.100 ipv{family} neighbor {address}"
                self.router.commit(f"set {line} link-layer-address 52:54:00:00:00:77")
                until(lambda: self.neighbor(family, address) == ("52:54:00:00:00:77", "static"),
                      5, "it is static")
                self.assertIn("PERMANENT", self.kernel_neighbor(address))
                self.router.command("ip", "neigh", "del", address, "dev", "eth1.100")
                until(lambda: "PERMANENT" in self.kernel_neighbor(address), 5, "it comes again")
                self.router.command("ip", "neigh", "replace", address, "lladdr",
                                    "52:54:00:00:00:99", "dev", "eth1.100", "nud", "reachable")
                until(lambda: self.neighbor(family, address) == ("52:54:00:00:00:77", "static"),
                      5, "it is as configured again")
                self.router.commit(f"set {line} link-layer-address 52:54:00:00:00:78")
                until(lambda: self.neighbor(family, address) == ("52:54:00:00:00:78", "static"),
                      5, "it changes")
                self.router.commit(f"delete {line}")
                until(lambda: self.neighbor(family, address) is None, 5, "it is gone")
                self.assertNotIn("PERMANENT", self.kernel_neighbor(address))
        # Those of others are left alone.
        self.router.command("ip", "neigh", "replace", RED.address(4, 66), "lladdr",
                            "52:54:00:00:00:66", "dev", "eth1.100", "nud", "permanent")
        self.addCleanup(self.router.command, "ip", "neigh", "del", RED.address(4, 66), "dev",
                        "eth1.100")
        self.router.commit("set interface eth1.100 description x")
        self.assertIn("PERMANENT", self.kernel_neighbor(RED.address(4, 66)))

    def test_static_neighbors_survive_restarts(self):
        """Of the control plane, which finds them, and of the packet engine."""
        address = RED.address(4, 77)
        self.configure(f"set interface eth1.100 ipv4 neighbor {address} link-layer-address "
                       "52:54:00:00:00:77", undo=("delete interface eth1.100 ipv4 neighbor",))
        for process in self.router.processes()[:2]:
            process.stop()
            process.start()
            until(lambda: self.neighbor(4, address) == ("52:54:00:00:00:77", "static"), 30,
                  f"it is there after the restart of {process.name}")
            self.assertIn("PERMANENT", self.kernel_neighbor(address))

    def test_capture(self):
        """Into a file that tcpdump reads; with a filter, and of drops with their reason."""
        self.router.shell("capture eth1.100 protocol icmp count 6 file red.pcapng")
        self.assertEqual(self.router.ping(BLUE, GREEN.address(4)), 3)
        self.assertEqual(self.router.ping(RED, GREEN.address(4), 3), 3)
        until(lambda: not self.router.show("capture").get("running"), 5, "all have come")
        shown = self.router.shell("show capture")
        self.assertIn("Capture is complete: 6 of 6 packets", shown)
        read = self.read("red.pcapng")
        requests = [line for line in read if "ICMP echo request" in line]
        self.assertEqual((len(read), len(requests)), (6, 3), read)
        self.assertIn(f"{RED.address(4)} > {GREEN.address(4)}", requests[0])
        self.router.shell("capture eth1.100 at drop host 10.9.9.9")
        self.router.ping(RED, "10.9.9.9", 2)
        until(lambda: int(self.router.show("capture").get("packets", 0)) == 2, 5, "both came")
        self.assertIn("was stopped: 2 of 1000", self.router.shell("capture stop"))
        self.assertEqual(len(self.read("eth1.100.pcapng")), 2)
        raw = (self.router.run_dir / "capture/eth1.100.pcapng").read_bytes()
        self.assertIn(b"drop: no_route", raw)

    def test_a_capture_holds_nobody_up(self):
        """More than can be written is lost for the capture and not for its receivers."""
        self.router.shell("capture eth2 count 1000000 file all.pcapng")
        flow = self.router.start_ping(PLAIN2, PLAIN1.address(4), "0.002")
        self.assertEqual(self.router.transfer(PLAIN1, PLAIN2, 2_000_000), 2_000_000)
        answered, lost = flow.end()
        self.assertEqual(lost, 0)
        self.router.shell("capture stop")
        status = self.router.show("capture")
        self.assertGreater(int(status["packets"]), answered)
        self.assertEqual(len(self.read("all.pcapng")), int(status["packets"]))

    def read(self, name):
        """The lines of tcpdump."""
        shown = subprocess.run(["tcpdump", "-n", "-r", self.router.run_dir / "capture" / name],
                               capture_output=True, text=True, check=True)
        return shown.stdout.splitlines()


if __name__ == "__main__":
    unittest.main(verbosity=2)
