"""Other vendors' daemons in a lab's namespaces: run by path, private folders, ended by id."""

import shutil
from pathlib import Path

from lab.processes import Process
from lab.wait import until

DATA = Path(__file__).with_name("data")

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
    """zebra and bgpd of FRR in the router's namespace, with the document's configuration."""

    def __init__(self, lab):
        self.lab = lab
        self.folder = lab.run_dir("router") / "frr"
        self.processes = [self._daemon("zebra"), self._daemon("bgpd")]

    def _daemon(self, name):
        # Each daemon takes from the one file what is its own and says what it does not know.
        command = (f"/usr/lib/frr/{name}", "-f", self.folder / "frr.conf", "-z",
                   self.folder / "zserv.api", "-i", self.folder / f"{name}.own-pid",
                   "--vty_socket", self.folder, "-P", "0", "-u", "frr", "-g", "frr")
        return Process(name, self.lab.namespaces.name("router"), command, self.folder)

    def start(self):
        """Starts both and waits for their command sockets."""
        self.folder.mkdir(parents=True)
        shutil.copyfile(DATA / "frr.conf", self.folder / "frr.conf")
        (self.folder / "vtysh.conf").touch()
        shutil.chown(self.folder, "frr", "frr")
        for process in self.processes:
            process.start()
            socket = self.folder / f"{process.name}.vty"
            until(socket.exists, 15, f"{process.name} listens on {socket}")

    def stop(self):
        """Ends both."""
        for process in reversed(self.processes):
            process.stop()

    def show(self, line):
        """What vtysh prints for a line."""
        return self.lab.command("router", "vtysh", "--vty_socket", str(self.folder), "--config_dir",
                                str(self.folder), "-c", line).stdout


class GoBgpNode:
    """GoBGP with the settings Cilium gives its own: it dials and never listens."""

    def __init__(self, lab, node):
        self.lab = lab
        self.node = node
        self.folder = lab.run_dir(node.name) / "gobgp"
        config = self.folder / "gobgpd.toml"
        # -r: after a start it says in its OPEN that it restarted, as Cilium's does.
        command = ("/usr/bin/gobgpd", "-r", "-f", config, "-t", "toml", "--api-hosts",
                   "127.0.0.1:50051", "--pprof-disable")
        self.process = Process("gobgpd", lab.namespaces.name(node.name), command, self.folder)

    def start(self):
        """Starts it and announces the node's pod network."""
        self.folder.mkdir(parents=True)
        text = GOBGP_CONFIG.format(address=self.node.address)
        (self.folder / "gobgpd.toml").write_text(text)
        self.process.start()
        until(lambda: "65001" in self.gobgp("global"), 15, "gobgpd answers")
        self.gobgp("global", "rib", "add", self.node.pod_network, "origin", "igp", "nexthop",
                   self.node.address)

    def stop(self):
        """Ends it."""
        self.process.stop()

    def gobgp(self, *words):
        """What its command line client prints."""
        return self.lab.command(self.node.name, "gobgp", *words).stdout
