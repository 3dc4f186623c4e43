"""What is recorded of sessions with FRR and BIRD: a BMP station with a decoder of its own, and MRT
files that bgpdump reads."""

import json
import signal
import subprocess
import sys
import time
import unittest
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from bgp_bed import NETWORKS, SOURCE_ROOT, Bed, ToriiHub, controlplane, until  # noqa: E402
from bgp_peer import FAMILIES, HUB_AS  # noqa: E402
from bgp_peers import BirdPeer, FrrPeer  # noqa: E402
from lab.processes import Process  # noqa: E402
from lab.shell import run  # noqa: E402

PORT = 5000
SESSION_SECONDS = 25
TOLD_SECONDS = 10


class RecordingHub(ToriiHub):
    """Our router with a station and, if asked, MRT files."""

    def configure(self, networks=True, recording=""):
        interfaces = "".join(
            f'interfaces {{ name: "to{peer.number}" enabled: true addresses: "{peer.hub4}/24" '
            f'addresses: "2001:db8:99:{peer.number}::1/64" }}\n' for peer in self.peers)
        neighbors = "".join(
            f'neighbors {{ address: "{address}" session {{ remote_as: {peer.autonomous_system} }} }}\n'
            for peer in self.peers for address in peer.neighbors())
        families = "".join(
            f"families {{ family: {family.upper()}_UNICAST networks {{ prefix: "
            f'"{NETWORKS[family]}" unconditional: true }} }}\n' for family in FAMILIES)
        controlplane.configure(self.folder, f"""
            hostname: "hub" router_id: "10.99.0.1" {interfaces}
            bgp {{ as: {HUB_AS} router_id: "10.99.0.1" hold_time: 9 keepalive: 3 connect_retry: 1
                   {families}{neighbors}
                   bmp_stations {{ name: "one" address: "{self.peers[0].address}" port: {PORT}
                                   statistics_interval: 5 }}
                   {recording} }}""")

    def station(self):
        """What it says of its station."""
        return controlplane.ask(self.folder, "get_bmp { }")["bmp_stations"][0]["stations"][0]


class Station:
    """The station's process, and what it has been told."""

    def __init__(self, namespace, address, folder):
        self.file = folder / "told"
        self.process = Process("bmp-station", namespace,
                               (SOURCE_ROOT / "tests/support/bmp_station.py", address, PORT,
                                self.file), folder)

    def messages(self):
        """Of the last connection."""
        lines = [json.loads(line) for line in self.file.read_text().splitlines()]
        begin = max((index for index, line in enumerate(lines) if line["kind"] == "connected"),
                    default=0)
        return lines[begin:]

    def kinds(self, kind):
        """Those of one kind."""
        return [message for message in self.messages() if message["kind"] == kind]

    def routes(self):
        """(Peer, prefix) -> AS path, as a station that believes it all has them."""
        routes = {}
        for message in self.messages():
            if message["kind"] == "peer-down":
                routes = {key: path for key, path in routes.items() if key[0] != message["peer"]}
            if message["kind"] != "route-monitoring":
                continue
            for prefix in message["withdrawn"]:
                routes.pop((message["peer"], prefix), None)
            for prefix in message["announced"]:
                routes[message["peer"], prefix] = tuple(message["as_path"])
        # Our router takes none with its own AS in the path, and they are told before that.
        return {key: path for key, path in routes.items() if HUB_AS not in path}


def bgpdump(file):
    """Its lines, split."""
    result = run("bgpdump", "-q", "-m", str(file))
    return [line.split("|") for line in result.stdout.splitlines()]


class Recording(unittest.TestCase):
    """One bed for all tests, which run in the order of their names."""

    @classmethod
    def setUpClass(cls):
        cls.bed = Bed("trc-", RecordingHub, (FrrPeer, BirdPeer))
        cls.hub, (cls.frr, cls.bird) = cls.bed.hub, cls.bed.peers
        cls.station = Station(cls.frr.namespace, cls.frr.address, cls.bed.folder / "station")
        cls.disk = cls.bed.folder / "disk"
        cls.addClassCleanup(cls.clean_up)
        cls.bed.up()
        cls.disk.mkdir()
        run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(cls.disk))
        cls.hub.start()

    @classmethod
    def clean_up(cls):
        """Prints the logs, too, for whoever reads a failure."""
        for process in cls.bed.processes():
            print(f"--- {process.name}\n{process.log_tail(15)}")
        cls.station.process.stop()
        cls.bed.down()
        run("umount", str(cls.disk), check=False)

    def known(self):
        """(Peer, prefix) -> AS path, as our router has them of its peers."""
        return {key: route.as_path for family in FAMILIES
                for key, route in self.hub.routes(family).items()}

    @staticmethod
    def withdraw(peer, family, number):
        """Takes one of a peer's routes back for good, and returns it."""
        prefix = peer.prefixes[family].pop(number)
        peer.withdraw(family, prefix)
        return prefix

    def wait_until_up(self):
        """All sessions, with all routes."""
        count = sum(len(peer.prefixes[family]) for peer in self.bed.peers for family in FAMILIES)
        # In this order: an End-of-RIB between the two questions takes stale routes away.
        until(lambda: not any(map(self.hub.stale, FAMILIES)) and len(self.known()) == count,
              SESSION_SECONDS, f"{count} routes of peers")

    def wait_until_told(self):
        """The station knows what the router knows."""
        until(lambda: self.known() and self.station.routes() == self.known(), TOLD_SECONDS,
              "the station knows all routes")
        self.assertEqual(self.station.kinds("error"), [])

    def test_1_a_station_that_comes_later_is_told_everything(self):
        """Initiation, the peers, their tables, the end of each."""
        self.wait_until_up()
        self.assertNotEqual(self.hub.station()["state"], ["Up"])
        self.station.process.start()
        # Its pauses grow: it may have to wait for one.
        until(lambda: self.hub.station()["state"] == ["Up"], 65, "the station is connected")
        self.wait_until_told()
        first = self.station.messages()[1]
        self.assertEqual((first["kind"], first["name"]), ("initiation", "hub"))
        self.assertIn("Torii", first["description"])
        ups = {up["peer"]: up for up in self.station.kinds("peer-up")}
        self.assertEqual(set(ups), self.hub.established())
        up = ups[self.frr.address]
        self.assertEqual((up["as"], up["local"], up["router_id"], up["sent_id"], up["received_id"]),
                         (self.frr.autonomous_system, self.frr.hub, self.frr.address, "10.99.0.1",
                          self.frr.address))
        self.assertLess(abs(up["time"] - time.time()), 120)
        ends = defaultdict(set)
        for message in self.station.kinds("route-monitoring"):
            if message["end"]:
                ends[message["peer"]].add(message["end"])
        for peer in self.bed.peers:
            for address, families in peer.neighbors().items():
                self.assertEqual(ends[address], set(families), address)

    def test_2_changes_are_told_as_they_come(self):
        """Withdrawals, a session that ends and comes again."""
        for peer in self.bed.peers:
            self.withdraw(peer, "ipv4", 0)
        self.wait_until_up()
        self.wait_until_told()
        self.bird.stop()
        until(lambda: self.station.kinds("peer-down"), TOLD_SECONDS, "the session is down")
        self.assertIn(self.station.kinds("peer-down")[0]["reason"], (1, 3, 4))
        self.bird.start()
        self.wait_until_up()
        self.wait_until_told()

    def test_3_counters_are_reported(self):
        """Every five seconds."""
        until(lambda: len(self.station.kinds("statistics")) >= 4, 15, "two reports of both")
        last = {message["peer"]: message for message in self.station.kinds("statistics")}
        for address, neighbor in self.hub.neighbors().items():
            received = sum(int(family.get("received", [0])[0]) for family in neighbor["prefixes"])
            self.assertEqual(last[address]["adj-rib-in"], received)
            self.assertEqual(last[address]["family-adj-rib-in"], last[address]["adj-rib-in"])

    def test_4_a_station_that_crashes_is_told_anew(self):
        """And one that hangs disturbs nobody."""
        self.station.process.kill()
        self.station.process.start()
        until(lambda: self.station.messages() and self.station.messages()[-1]["kind"] != "closed"
              and self.station.kinds("initiation"), 65, "the station is connected again")
        self.wait_until_told()
        pid = self.station.process.pid()
        subprocess.run(["kill", f"-{signal.SIGSTOP.value}", str(pid)], check=True)
        self.withdraw(self.frr, "ipv4", 0)
        self.wait_until_up()
        subprocess.run(["kill", f"-{signal.SIGCONT.value}", str(pid)], check=True)
        self.wait_until_told()

    def test_5_bgpdump_reads_a_table(self):
        """Every path, with its peer and AS path."""
        file = self.disk / "rib"
        reply = controlplane.ask(self.hub.folder, f'dump_bgp {{ file: "{file}" }}')["mrt_written"][0]
        self.assertEqual(int(reply["octets"][0]), file.stat().st_size)
        lines = bgpdump(file)
        paths = {(line[3], line[5]): tuple(map(int, line[6].split())) for line in lines
                 if line[3] != "0.0.0.0"}
        self.assertEqual(paths, self.known())
        self.assertEqual(len(lines), len(self.known()) + len(NETWORKS), "and our own networks")
        # A prefix has one record, however many paths.
        self.assertEqual(int(reply["records"][0]), 1 + len({line[5] for line in lines}))
        communities = {line[11] for line in lines if line[3] == self.frr.address}
        self.assertEqual(communities, {self.frr.community})

    def test_6_a_full_disk_is_an_error_and_the_old_file_stays(self):
        """Told to whoever asked, and in the state."""
        file = self.disk / "rib"
        before = file.read_bytes()
        with (self.disk / "filler").open("wb", buffering=0) as filler, self.assertRaises(OSError):
            while True:
                filler.write(bytes(4096))
        with self.assertRaisesRegex(controlplane.Refused, "cannot write .*rib: No space left"):
            controlplane.ask(self.hub.folder, f'dump_bgp {{ file: "{file}" }}')
        self.assertEqual(file.read_bytes(), before)
        state = controlplane.ask(self.hub.folder, "get_mrt { }")["mrt_state"][0]["files"][0]
        self.assertIn("No space left", state["last_error"][0])
        (self.disk / "filler").unlink()
        self.assertEqual(sorted(self.disk.iterdir()), [file])

    def test_7_bgpdump_reads_what_was_received(self):
        """Messages and changes of state, until the file is closed."""
        file = self.disk / "updates"
        self.hub.configure(recording=f'mrt_updates {{ file: "{file}" interval: 604800 }}')
        prefix = self.withdraw(self.bird, "ipv6", 0)
        self.wait_until_up()
        self.frr.stop()
        until(lambda: self.frr.address not in self.hub.established(), TOLD_SECONDS, "it is down")
        self.frr.start()
        self.wait_until_up()
        self.assertFalse(file.exists())
        self.hub.configure()
        lines = bgpdump(file)
        bird6 = self.bird.neighbor("ipv6")
        self.assertIn((bird6, "W", prefix), {(line[3], line[2], line[5]) for line in lines
                                             if line[2] == "W"})
        # It also says what it was told by us, with our AS in the path.
        announced = {line[5] for line in lines if line[2] == "A" and line[3] == self.frr.address
                     and str(HUB_AS) not in line[6].split()}
        self.assertEqual(announced, {prefix for family in FAMILIES
                                     for prefix in self.frr.prefixes[family]})
        states = [tuple(line[5:7]) for line in lines
                  if line[2] == "STATE" and line[3] == self.frr.address]
        self.assertEqual(states, [("6", "1"), ("5", "6")])

    def test_8_the_end_is_told(self):
        """By a Termination, when the router ends."""
        self.hub.stop()
        until(lambda: self.station.kinds("closed"), TOLD_SECONDS, "the connection is closed")
        self.assertEqual(self.station.messages()[-2]["kind"], "termination")
        self.assertEqual(self.station.kinds("error"), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
