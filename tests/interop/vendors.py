"""Other vendors' daemons in namespaces: run by path, private folders, ended by id."""

import json
import os
import shutil
from pathlib import Path

from lab.processes import Process
from lab.shell import inside, run
from lab.wait import until

GOBGP_CONFIG = """\
[global.config]
  as = 65001
  router-id = "{address}"
  port = -1
[[neighbors]]
  [neighbors.config]
    neighbor-address = "192.168.10.200"
    peer-as = 65000
  [neighbors.timers.config]
    hold-time = 9
    keepalive-interval = 3
    connect-retry = 5
  [neighbors.ebgp-multihop.config]
    enabled = true
    multihop-ttl = 2
  [neighbors.graceful-restart.config]
    enabled = true
    restart-time = 15
    notification-enabled = true
  [[neighbors.afi-safis]]
    [neighbors.afi-safis.config]
      afi-safi-name = "ipv4-unicast"
    [neighbors.afi-safis.mp-graceful-restart.config]
      enabled = true
"""


class Frr:
    """Daemons of FRR with one configuration for all."""

    def __init__(self, namespace, folder, daemons=("zebra", "bgpd")):
        self.namespace, self.folder = namespace, folder
        self.processes = [self._daemon(name) for name in daemons]

    def _daemon(self, name):
        # Each daemon takes from the one file what is its own and says what it does not know.
        command = (f"/usr/lib/frr/{name}", "-f", self.folder / "frr.conf", "-z",
                   self.folder / "zserv.api", "-i", self.folder / f"{name}.own-pid",
                   "--vty_socket", self.folder, "-P", "0", "-u", "frr", "-g", "frr")
        if name == "bfdd":
            command += ("--bfdctl", self.folder / "bfdd.sock")
        return Process(name, self.namespace, command, self.folder)

    def start(self, config):
        """Starts what does not run and waits for the command sockets."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "frr.conf").write_text(config)
        (self.folder / "vtysh.conf").touch()
        shutil.chown(self.folder, "frr", "frr")
        for process in self.processes:
            if process.pid():
                continue
            socket = self.folder / f"{process.name}.vty"
            socket.unlink(missing_ok=True)
            process.start()
            until(socket.exists, 15, f"{process.name} listens on {socket}")

    def stop(self):
        """Ends all."""
        for process in reversed(self.processes):
            process.stop()

    def show(self, *lines):
        """What vtysh prints for lines."""
        commands = [word for line in lines for word in ("-c", line)]
        return run(*inside(self.namespace, "vtysh", "--vty_socket", str(self.folder),
                           "--config_dir", str(self.folder), *commands)).stdout


class GoBgp:
    """GoBGP with its command line client."""

    def __init__(self, namespace, folder, restarted=True):
        self.namespace, self.folder = namespace, folder
        # -r: after a start it says in its OPEN that it restarted, as Cilium's does. It then waits for
        # peers without graceful restart, too.
        command = ("/usr/bin/gobgpd", *(["-r"] if restarted else []), "-f", folder / "gobgpd.toml", "-t", "toml",
                   "--api-hosts", "127.0.0.1:50051", "--pprof-disable")
        self.process = Process("gobgpd", namespace, command, folder)

    def start(self, config):
        """Starts it and waits until it answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "gobgpd.toml").write_text(config)
        self.process.start()
        until(lambda: "Router-ID" in self.gobgp("global"), 15, "gobgpd answers")

    def stop(self):
        """Ends it."""
        self.process.stop()

    def gobgp(self, *words):
        """What its command line client prints."""
        return run(*inside(self.namespace, "gobgp", *words)).stdout


class ExaBgp:
    """ExaBGP: what it hears goes to a file, and a FIFO takes commands."""

    def __init__(self, namespace, folder):
        self.folder = folder
        self.fifo, self.heard = folder / "commands", folder / "heard.json"
        command = ("/usr/bin/env", "exabgp.daemon.user=root", "exabgp.api.cli=false",
                   "exabgp.tcp.bind=", "exabgp.log.level=WARNING", "/usr/sbin/exabgp",
                   folder / "exabgp.conf")
        self.process = Process("exabgp", namespace, command, folder)

    def start(self, neighbors):
        """Starts it with the text of its neighbors."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for file in (self.fifo, self.heard):
            file.unlink(missing_ok=True)
        os.mkfifo(self.fifo)
        self.heard.touch()
        pipe = Path(__file__).with_name("exabgp_pipe.py")
        (self.folder / "exabgp.conf").write_text(f"""process pipe {{
  run /usr/bin/python3 -B {pipe} {self.fifo} {self.heard};
  encoder json;
}}
template {{ neighbor told {{
  api {{ processes [ pipe ]; neighbor-changes; receive {{ parsed; update; }} }}
}} }}
{neighbors}""")
        self.process.start()

    def stop(self):
        """Ends it."""
        self.process.stop()

    def command(self, line):
        """One line of its API."""
        with os.fdopen(os.open(self.fifo, os.O_RDWR | os.O_NONBLOCK), "w") as fifo:
            fifo.write(line + "\n")

    def events(self):
        """What it has heard of its neighbors."""
        # It quotes what it was sent, whatever is in there.
        return [json.loads(line, strict=False) for line in self.heard.read_text().split("\n")
                if line.startswith("{")]


class GoBgpNode(GoBgp):
    """GoBGP on a lab's node with the settings Cilium gives its own: it dials and never listens."""

    def __init__(self, lab, node):
        super().__init__(lab.namespaces.name(node.name), lab.run_dir(node.name) / "gobgp")
        self.node = node

    def start(self, config=GOBGP_CONFIG):
        """Starts it and announces the node's pod network."""
        super().start(config.format(address=self.node.address))
        self.gobgp("global", "rib", "add", self.node.pod_network, "origin", "igp", "nexthop",
                   self.node.address)
