"""BIRD as a peer of a hub."""

import re
import struct

from bgp_peer import FAMILIES, Peer, Route
from lab.processes import Process
from lab.shell import inside, run
from lab.wait import until


# What it calls the reasons to end a session.
BIRD_NAMES = {"Administrative Shutdown": "Administrative shutdown",
              "Maximum Number of Prefixes Reached": "Maximum number of prefixes reached"}


class BirdPeer(Peer):
    """BIRD 2: a two-octet AS, it listens and dials."""

    number, autonomous_system = 3, 65003

    def __init__(self, namespace, folder):
        super().__init__(namespace, folder)
        self.socket = self.folder / "bird.ctl"
        # -R: it recovers from a restart, and says so in its OPEN.
        command = ("/usr/sbin/bird", "-f", "-R", "-c", self.folder / "bird.conf", "-s", self.socket,
                   "-P", self.folder / "bird.own-pid")
        self.process = Process("bird", namespace, command, self.folder)

    def _static(self, family, prefix):
        community, large, target = (text.replace(":", ",") for text in (
            self.community, self.large, self.route_target))
        return _static(_name(prefix), family, prefix,
                       f"bgp_community.add(({community})); bgp_large_community.add(({large})); "
                       f"bgp_ext_community.add((rt, {target}));")

    def _static_more(self, more):
        changes = f"bgp_next_hop = {more.next_hop};"
        if more.bandwidth:
            # The transitive one: the other does not leave the AS.
            octets = struct.unpack("!I", struct.pack("!f", more.bandwidth * 125000))[0]
            changes += (f" bgp_ext_community.add((generic, {0x00040000 + self.autonomous_system:#x},"
                        f" {octets:#x}));")
        return _static(_name_more(more), "ipv4", more.prefix, changes)

    def _channel(self, family):
        lines = ["import all;"]
        # To an external peer a MED goes only if the export filter sets it.
        lines.append(f"export filter {{ if source != RTS_STATIC then reject; bgp_med = {self.med}; "
                     "accept; };")
        if self.session.add_paths:
            lines.append("add paths tx;")
        if self.more and family == "ipv4":
            lines.append("next hop keep;")  # of those that have one
        if self.session.over_ipv6 and family == "ipv4":
            lines.append("extended next hop on;")
        return f"  {family} {{ {' '.join(lines)} }};\n"

    def _session(self):
        local = self.address6 if self.session.over_ipv6 else self.address
        lines = [f"local {local} as {self.autonomous_system};",
                 f"neighbor {self.hub} as {self.hub_as};",
                 "hold time 9; keepalive time 3; connect delay time 1; connect retry time 1;",
                 "error wait time 1, 2;",
                 "graceful restart on; graceful restart time 30;"]
        if not self.session.four_octet_as:
            lines.append("enable as4 off;")
        if self.session.password:
            lines.append(f'password "{self.session.password}";')
        if self.session.ttl_security:
            lines.append("ttl security on;")
        return "".join(f"  {line}\n" for line in (*lines, *self.session.lines))

    def start(self):
        """Starts it and waits until it answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        statics = "".join(self._static(family, prefix)
                          for family in FAMILIES for prefix in self.prefixes[family])
        statics += "".join(map(self._static_more, self.more))
        (self.folder / "bird.conf").write_text(f"""log stderr all;
router id {self.address};
protocol device {{ }}
{self.session.beside}{statics}protocol bgp hub {{
{self._session()}{"".join(map(self._channel, self.session.families))}}}
""")
        self.socket.unlink(missing_ok=True)
        self.process.start()
        until(lambda: "up and running" in self.birdc("show status").lower() or
              "graceful restart" in self.birdc("show status").lower(), 15, "bird answers")
    def stop(self):
        """Ends it."""
        self.process.stop()

    def birdc(self, *words):
        """What its client prints."""
        return run(*inside(self.namespace, "birdc", "-s", str(self.socket), *words)).stdout

    def established(self):
        """Whether it says so itself."""
        return "Established" in self.birdc("show protocols hub")

    def routes(self, family):
        """Prefix -> Route of what the hub tells it."""
        table = {"ipv4": "master4", "ipv6": "master6"}[family]
        shown = self.birdc("show", "route", "table", table, "protocol", "hub", "all")
        found = {}
        for block in re.split(r"(?m)^(?=[0-9a-f])", shown)[1:]:
            value = lambda name, text=block: (re.findall(rf"{name}: (.*)", text) or [""])[0]
            pairs = re.findall(r"\((\d+), ?(\d+)\)", value("BGP.community"))
            targets = re.findall(r"\((\w+), ?(\d+), ?(\d+)\)", value("BGP.ext_community"))
            triples = re.findall(r"\((\d+), ?(\d+), ?(\d+)\)", value("BGP.large_community"))
            med = value("BGP.med")
            found[block.split()[0]] = Route(
                tuple(map(int, value("BGP.as_path").split())),
                frozenset(map(":".join, pairs)), frozenset(map(":".join, triples)),
                int(med) if med else None, frozenset(":".join(target).upper() for target in targets))
        return {prefix: route for prefix, route in found.items() if "/" in prefix}

    def withdraw(self, family, prefix):
        """Takes one of its own routes back."""
        self.birdc("disable", _name(prefix))

    def withdraw_more(self, more):
        """Takes back one of those."""
        self.birdc("disable", _name_more(more))

    def prefixes_counted(self, family):
        """As Peer."""
        channel = self.birdc("show", "protocols", "all", "hub").partition(f"Channel {family}")[2]
        received, sent = re.search(r"Routes: +(\d+) imported, (\d+) exported", channel).groups()
        return int(sent), int(received)

    def shut_down(self, message):
        """As Peer."""
        self.birdc(f'disable hub "{message}"')

    def come_back(self):
        """As Peer."""
        self.birdc("enable hub")

    def restart_sessions(self):
        """As Peer."""
        self.birdc("restart hub")

    def has_heard(self, name, message=""):
        """As Peer."""
        words = BIRD_NAMES[name] + (f': "{message}"' if message else "")
        return f"hub: Received: {words}" in self.process.log_tail(5)

    def refresh_in(self):
        """Asks the hub for everything again (RFC 2918)."""
        self.birdc("reload in hub")

    def refresh_out(self):
        """Sends everything again."""
        self.birdc("reload out hub")


def _name(prefix):
    return "own_" + re.sub(r"\W", "_", prefix)


def _name_more(more):
    return _name(f"{more.prefix}_{more.next_hop}")


def _static(name, family, prefix, changes):
    return (f"protocol static {name} {{\n  {family};\n"
            f"  route {prefix} blackhole {{ {changes} }};\n}}\n")
