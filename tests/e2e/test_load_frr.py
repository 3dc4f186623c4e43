"""The document's frr.conf by `load frr`, and what our router then shows beside what FRR does.

FRR's output is in `document`. What may differ between two runs (times, counters, versions) is
compared by its form and place only; each line that only one of the two has stands here.
"""

import contextlib
import difflib
import json
import re
import subprocess
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from lab_test import ROUTE_SECONDS, SESSION_SECONDS, SOURCE_ROOT, LabTest, topology, until  # noqa: E402

DOCUMENT = Path(__file__).with_name("document")
VIP = "172.16.1.1/32"

# As it stands in the document, which leaves columns out.
SUMMARY = """\
Neighbor        V   AS     MsgRcvd   MsgSent   Up/Down State/PfxRcd
192.168.10.100  4  65001        76        79  00:03:38            1
192.168.10.101  4  65001        76        79  00:03:38            1
192.168.20.100  4  65001        76        79  00:03:38            1
"""
KERNEL = """\
10.10.1.0/24 dev loop1 proto kernel scope link src 10.10.1.200
10.10.2.0/24 dev loop2 proto kernel scope link src 10.10.2.200
172.20.0.0/24 nhid 32 via 192.168.10.100 dev eth1 proto bgp metric 20
172.20.1.0/24 nhid 30 via 192.168.10.101 dev eth1 proto bgp metric 20
172.20.2.0/24 nhid 31 via 192.168.20.100 dev eth2 proto bgp metric 20
192.168.10.0/24 dev eth1 proto kernel scope link src 192.168.10.200
192.168.20.0/24 dev eth2 proto kernel scope link src 192.168.20.200
"""

# What changes from run to run, and what it is compared as.
MASKS = (
    (r"\d\d:\d\d:\d\d", "TT:TT:TT"),
    (r"[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d TT:TT:TT \d{4}", "DATE"),
    (r"(table version(?: is)?|, version) \d+", r"\1 N"),
    (r"nhid \d+", "nhid N"),
    (r"(Foreign port:) \d+", r"\1 N"),
    (r"(?m)^(?=.{29} .{10}$)(    (?:Opens|Notifications|Updates|Keepalives|Route Refresh|Capability"
     r"|Total):) +\d+ +\d+$", r"\1 SENT RECEIVED"),
)
SUMMARY_COUNTERS = ("MsgRcvd", "MsgSent", "TblVer", "Up/Down")


def masked(text):
    """The lines with what changes replaced."""
    for pattern, shown in MASKS:
        text = re.sub(pattern, shown, text)
    return [line.rstrip() for line in text.splitlines()]


def document(name):
    """What FRR prints."""
    return (DOCUMENT / f"{name}.txt").read_text()


def cells(line, header):
    """Column -> what stands in it. The first and the last begin with their headings, the others
    end with them."""
    words = list(re.finditer(r"\S+", header))
    starts = [0, words[1].start() - 1, *(word.end() for word in words[1:-1])]
    ends = [*starts[1:], None]
    return {word.group(): line[start:end] for word, start, end in zip(words, starts, ends)}


def rows(text):
    """Header, rows below it up to the first empty line."""
    lines = text[text.index("Neighbor "):].splitlines()
    end = lines.index("") if "" in lines else len(lines)
    return lines[0], lines[1:end]


class LoadFrr(LabTest):
    """In this order: loaded, pod networks, service address."""

    prefix = "tf-"

    @classmethod
    def set_up_lab(cls):
        cls.lab.up(with_bgp=False)

    def assert_same(self, name, shown, only_frr=(), only_ours=()):
        """Line by line; lines of one side are matched whole by the patterns."""
        left = {"-": [], "+": []}
        for line in difflib.ndiff(masked(document(name)), masked(shown)):
            if line[0] in left and line[2:]:
                left[line[0]].append(line[2:])
        for side, allowed in (("-", only_frr), ("+", only_ours)):
            rest = [line for line in left[side]
                    if not any(re.fullmatch(pattern, line) for pattern in allowed)]
            self.assertEqual(rest, [], f"only {'FRR' if side == '-' else 'ours'} has these:\n{shown}")

    def assert_summary(self, shown, received):
        """Each column: the document's by name, FRR's by place."""
        header, neighbors = rows(shown)
        frr_header, frr_neighbors = rows(document("summary"))
        self.assertEqual(header, frr_header)
        self.assertEqual(len(neighbors), len(frr_neighbors))
        document_header, *document_rows = (line.split() for line in SUMMARY.splitlines())
        for line, frr_line, document_row in zip(neighbors, frr_neighbors, document_rows):
            ours, frr = cells(line, header), cells(frr_line, header)
            for column, cell in ours.items():
                self.assertEqual(len(cell), len(frr[column]), (column, line))
                if column == "Up/Down":
                    self.assertRegex(cell, r"^ *\d\d:\d\d:\d\d$")
                elif column in SUMMARY_COUNTERS:
                    self.assertRegex(cell, r"^ +\d+$")
                elif column not in ("State/PfxRcd", "PfxSnt"):
                    self.assertEqual(cell, frr[column], (column, line))
            for column, value in zip(document_header, document_row):
                if column not in (*SUMMARY_COUNTERS, "State/PfxRcd"):
                    self.assertEqual(ours[column].strip(), value, (column, line))
            self.assertGreater(int(ours["MsgRcvd"]), 0)
            self.assertGreater(int(ours["MsgSent"]), 0)
            self.assertEqual(int(ours["State/PfxRcd"]), received)
            # FRR sends a path back to whom it came from, too, who drops it for its own AS.
            frr_sent = 4 if received == 1 else 5
            self.assertIn(frr_sent - int(ours["PfxSnt"]), (1,) if received == 1 else (1, 2))

    def test_1_is_loaded_and_committed(self):
        path = SOURCE_ROOT / "config/examples/frr.conf"
        said = self.lab.torii("configure", f"load frr {path}", "commit")
        self.assertRegex(said, r"(?m)^\d+ lines: \d+ mapped, \d+ with nothing to set, "
                               r"0 not supported\.$")
        self.assertIn("is in force and saved", said)
        self.lab.apply_manifests()
        expected = {node.address: "1" for node in topology.NODES}
        until(lambda: self.sessions() == expected, SESSION_SECONDS, "three sessions, a route each")
        until(lambda: all(f"B>* {node.pod_network}" in self.lab.torii("show ip route")
                          for node in topology.NODES), ROUTE_SECONDS, "all routes are in use")

    def test_2_summary(self):
        shown = self.lab.torii("show ip bgp summary")
        self.assert_summary(shown, received=1)
        volatile = (r"RIB entries \d+.*", r"Peers 3.*", r"Peer groups 1.*", r"192\.168\.\d.*")
        self.assert_same("summary", shown, volatile, volatile)

    def test_3_table(self):
        self.assert_same("bgp", self.lab.torii("show ip bgp"))

    def test_4_routes(self):
        codes = (r"Codes: .*", r"       [A-Z] - .*", r"       > - .*", r"       [tf] - .*")
        # The lab has a port more, and our own addresses are routes, too.
        more = (r"C>\* 192\.168\.30\.0/24 is directly connected, eth3, TT:TT:TT",
                r"L>\* \S+/32 is directly connected, (eth|loop)\d, TT:TT:TT")
        self.assert_same("route", self.lab.torii("show ip route"), codes, (*codes, *more))

    def test_5_kernel(self):
        shown = masked(self.lab.command(topology.ROUTER, "ip", "route").stdout)
        for line in masked(KERNEL):
            self.assertIn(line, shown)
        # What we show beside it has neither Linux's numbers of next hops nor source addresses.
        ours = self.lab.torii("show ip route | display linux").splitlines()
        for line in KERNEL.splitlines():
            self.assertIn(re.sub(r" nhid \d+| src \S+", "", line), ours)

    def test_6_neighbor(self):
        only_frr = (
            # Not asked for and not there: roles, conditional advertisement, update groups.
            r"  (Local|Remote) Role: undefined",
            r"  Configured conditional advertisements interval is 60 seconds",
            r"  Update group 1, subgroup 1", r"  Packet Queue length 0",
            r"      End-of-RIB sent after update: No",
            # Of its machine.
            r"Nexthop (global|local): fe80::.*", r"Estimated round trip time: .*",
            r"Read thread: on .*",
            # Of its peer, which is another: a GoBGP.
            r"Hostname: vm", r"    Extended Message: advertised",
            r"    Extended nexthop: received", r"                   IPv4 Unicast",
            r"    Long-lived Graceful Restart: advertised", r"    Enhanced Route Refresh: advertised",
            r"    Hostname Capability: advertised \(name: vm,.*",
            r"  Last reset TT:TT:TT,  No AFI/SAFI activated for peer",
            # We ask for several paths of a prefix only where it is configured, and wait a shorter
            # time for the peers after a restart.
            r"    AddPath:", r"      IPv4 Unicast: RX advertised",
            r"        Configured Selection Deferral Time\(sec\): 360",
            # We say more.
            r"  1 accepted prefixes",
        )
        only_ours = (
            r"    (Extended Message|Enhanced Route Refresh): advertised and received",
            r"    Long-lived Graceful Restart: advertised and received",
            r"        IPv4 Unicast, stale time 0 seconds \(preserved\)",
            r"    Hostname Capability: advertised \(name: router,domain name: n/a\) not received",
            r"        Configured Selection Deferral Time\(sec\): 15",
            r"  1 accepted prefixes, 1 received, 3 sent", r"  Last reset never",
        )
        self.assert_same("neighbor", self.lab.torii("show bgp neighbors 192.168.10.100"), only_frr,
                         only_ours)

    def test_7_service_address(self):
        partial = self.lab.manifests / ".webpod.yaml"
        partial.write_text((DOCUMENT / "webpod.yaml").read_text())
        partial.rename(self.lab.manifests / "webpod.yaml")
        until(lambda: self.lab.torii(f"show ip bgp {VIP}").count("multipath") == 3, ROUTE_SECONDS,
              "three paths of the service's address, all in use")
        self.assert_summary(self.lab.torii("show ip bgp summary"), received=2)
        # Which of the three came first is another matter each time.
        paths = (r"\*[=>] (172\.16\.1\.1/32| {13}) {4}192\.168\.\d+\.10[01] {25}0 65001 i",)
        shown = self.lab.torii("show ip bgp")
        self.assert_same("bgp_vip", shown, paths, paths)
        self.assertEqual(sorted(re.findall(r"(?m)^\*[=>] (?:172\.16\.1\.1/32|[ ]{13}) {4}(\S+) ",
                                           shown)), sorted(n.address for n in topology.NODES))

    def test_8_service_address_in_full(self):
        shown = self.lab.torii(f"show ip bgp {VIP}")
        head, *paths = re.split(r"(?m)^  65001$", shown)
        frr_head, *frr_paths = re.split(r"(?m)^  65001$", document("bgp_vip_prefix"))
        *lines, told = masked(head)
        *frr_lines, frr_told = masked(frr_head)
        best = re.compile(r"best #\d")
        self.assertEqual([best.sub("", line) for line in lines],
                         [best.sub("", line) for line in frr_lines])
        # The document's router has decided by router ID, FRR in the transcript by age.
        reason = re.compile(r", best \((Router ID|Older Path)\)")
        self.assertEqual(len(reason.findall(shown)), 1)
        plain = [sorted("\n".join(masked(reason.sub("", path))) for path in side)
                 for side in (paths, frr_paths)]
        self.assertEqual(*plain)
        chosen = paths[int(re.search(r"best #(\d)", head).group(1)) - 1]
        self.assertRegex(chosen, reason)
        # FRR tells the one that the best path came from, too.
        origin = re.search(r" from (\S+) ", chosen).group(1)
        self.assertEqual(sorted([*told.split(), origin]), sorted(frr_told.split()))

    def test_9_service_address_in_the_routing_table(self):
        self.assert_same("route_vip", self.lab.torii("show ip route 172.16.1.1"),
                         only_ours=(r"  Forwarding group \d+",))

    def test_9b_events_are_told_while_they_happen(self):
        neighbor = topology.NODES[0].address
        with self.followed_events() as lines:
            self.lab.torii(f"clear bgp {neighbor}")
            down = rf"%ADJCHANGE: neighbor {neighbor}\(\S+\) in vrf default Down User reset"
            up = rf"%ADJCHANGE: neighbor {neighbor}\(\S+\) in vrf default Up"
            until(lambda: re.search(down, lines.read_text()) and re.search(up, lines.read_text()),
                  SESSION_SECONDS, "down and up again")

    def test_9c_the_parts_of_the_router_tell_their_state(self):
        state = json.loads(self.lab.torii("show state | json"))
        self.assertGreater(int(state["torii-platform:platform"]["state"]["worker"][0]
                               ["received-packets"]), 0)
        classes = {one["name"]: int(one["packets"]) for one in
                   state["torii-punt:punt"]["state"]["class"]}
        self.assertGreater(classes["bgp"], 0)
        forwarding = state["torii-forwarding:forwarding"]["state"]
        members = [[member.get("address") for member in group["member"]]
                   for group in forwarding["group"]]
        self.assertIn(sorted(node.address for node in topology.NODES),
                      [sorted(filter(None, group)) for group in members])
        path = f"show state bgp neighbor {topology.NODES[0].address}"
        self.assertRegex(self.lab.torii(path), r"session established;")
        arp = self.lab.torii("show arp")
        for node in topology.NODES:
            self.assertRegex(arp, rf"(?m)^eth\d +{re.escape(node.address)} +\S+ +resolved")
        self.assertRegex(self.lab.torii("show ip route summary"), r"(?m)^bgp +4 +4$")
        self.assertRegex(self.lab.torii("show interfaces brief"),
                         r"(?m)^eth1 +up +default +192\.168\.10\.200/24$")
        self.assertRegex(self.lab.torii("show system processes"),
                         r"(?m)^dataplane +running +\d+ .* MB")

    # Back within a second or two of its time; what it did not change goes on.
    def test_9d_a_commit_that_cuts_its_author_off_is_undone_in_place(self):
        lost, other = topology.NODES[1], topology.NODES[2]
        seconds = 2
        process = self.lab.process("torii-mgmtd").pid()
        self.lab.namespaces.set_static_routes()
        pod = other.pods[0].address
        self.wait_for_answer(topology.CURL_POD, pod)
        with self.running_ping(topology.CURL_POD, pod) as ping:
            self.lab.torii("configure", f"delete bgp neighbor {lost.address}",
                           f"commit confirmed {seconds} comment mistake")
            began = time.monotonic()
            path = f"show configuration bgp neighbor {lost.address}"
            self.assertIn("Nothing is configured", self.lab.torii(path))
            until(lambda: "peer-group CILIUM" in self.lab.torii(path), seconds + 10, "it is undone")
            late = time.monotonic() - began - seconds
            expected = {node.address: "2" for node in topology.NODES}
            until(lambda: self.sessions() == expected, SESSION_SECONDS, "all sessions are back")
        print(f"undone {late:.2f} s after its time", file=sys.stderr)
        self.assertLess(late, 2)
        self.assertEqual(ping.lost(), 0, ping.text)
        self.assertEqual(self.lab.process("torii-mgmtd").pid(), process)

    @contextlib.contextmanager
    def followed_events(self):
        """A file with what `monitor events` prints meanwhile."""
        folder = self.lab.run_dir(topology.ROUTER)
        path = folder / "events.txt"
        with path.open("w") as file:
            process = subprocess.Popen(
                [self.lab.program("torii"), "--run-dir", folder, "-c", "monitor events"],
                stdout=file)
            try:
                until(lambda: self.lab.torii("show system sessions").count(" cli ") == 2,
                      ROUTE_SECONDS, "somebody follows the events")
                yield path
            finally:
                process.kill()
                process.wait()


if __name__ == "__main__":
    unittest.main(verbosity=2)
