"""One lab: its namespaces and its processes, with the operations the command and the tests use."""

import json
import os
import shutil
import sys
from pathlib import Path

from lab import topology
from lab.namespaces import Namespaces
from lab.processes import Process
from lab.shell import inside, run
from lab.wait import until

SOURCE_ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = SOURCE_ROOT / "config/examples/manifests"
RUN_ROOT = Path("/run/torii")
ROUTER_PROGRAMS = ("torii-dataplane", "torii-controlplane", "torii-mgmtd")


class Lab:
    """The whole lab under one prefix. Settings survive in a file: each command is its own process."""

    def __init__(self, prefix=topology.DEFAULT_PREFIX, build=None, device=None):
        self.prefix = prefix
        self.namespaces = Namespaces(prefix)
        saved = self._saved_settings()
        self.build = Path(build or saved.get("build") or SOURCE_ROOT / "build/release").resolve()
        self.device = device or saved.get("device") or "xdp"
        self.manifests = RUN_ROOT / f"{prefix}manifests"
        self.agent_options = tuple(saved.get("agent_options", ()))  # of those started from now on
        self.in_front = ()  # words before the command of each of our daemons

    # --- files -------------------------------------------------------------------------------

    def run_dir(self, host):
        """Sockets, logs and ids of a host's processes."""
        return RUN_ROOT / f"{self.prefix}{host}"

    def program(self, name):
        """The path of one of our programs."""
        return self.build / "bin" / name

    def _settings_file(self):
        return RUN_ROOT / f"{self.prefix}lab.json"

    def _saved_settings(self):
        try:
            return json.loads(self._settings_file().read_text())
        except (FileNotFoundError, ValueError):
            return {}

    def _write_settings(self):
        RUN_ROOT.mkdir(parents=True, exist_ok=True)
        settings = {"build": str(self.build), "device": self.device,
                    "agent_options": self.agent_options}
        self._settings_file().write_text(json.dumps(settings) + "\n")

    def _write_router_config(self, with_bgp):
        """The example configuration, with the kind of driver asked for on the router's ports."""
        config = json.loads((SOURCE_ROOT / "config/examples/router.json").read_text())
        if not with_bgp:
            del config["torii-bgp:bgp"]
        config["torii-platform:platform"]["port"] = [
            {"name": s.router_port, self.device: s.router_device} for s in topology.SWITCHES]
        path = self.run_dir(topology.ROUTER) / "router.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(config, indent=2) + "\n")

    # --- processes ---------------------------------------------------------------------------

    def router_processes(self):
        """The router's three daemons, in the order they are started in."""
        folder = self.run_dir(topology.ROUTER)
        extra = {"torii-mgmtd": ("--config", folder / "router.json",
                                 "--yang-dir", SOURCE_ROOT / "config/yang")}
        return [Process(name, self.namespaces.name(topology.ROUTER),
                        (*self.in_front, self.program(name), "--run-dir", folder,
                         *extra.get(name, ())), folder)
                for name in ROUTER_PROGRAMS]

    def agent(self, node):
        """The agent of a node."""
        folder = self.run_dir(node)
        command = (*self.in_front, self.program("torii-agent"), "--node", node, "--manifests",
                   self.manifests, "--run-dir", folder, *self.agent_options)
        return Process(f"torii-agent-{node}", self.namespaces.name(node), command, folder)

    def agents(self):
        """The agents of all nodes."""
        return [self.agent(node.name) for node in topology.NODES]

    def web_servers(self):
        """The pods' HTTP servers."""
        script = Path(__file__).with_name("whoami.py")
        return [Process(pod.name, self.namespaces.name(pod.name),
                        (sys.executable, script, "--hostname", pod.name),
                        self.run_dir("pods")) for _, pod in topology.web_pods()]

    def processes(self):
        """Every process of the lab."""
        return [*self.router_processes(), *self.agents(), *self.web_servers()]

    def process(self, name):
        """A process by its name."""
        for candidate in self.processes():
            if candidate.name == name:
                return candidate
        names = ", ".join(p.name for p in self.processes())
        raise KeyError(f"no process {name!r} in the lab; there are: {names}")

    # --- the lab -----------------------------------------------------------------------------

    def up(self, with_router=True, with_agents=True, plain_router=False, with_bgp=True):
        """Step 1 and 2: everything runs, the router is configured, the nodes know no BGP yet.

        Without `with_bgp` the router has its ports and addresses only: step 1.
        """
        self.down()
        self._write_settings()
        self.manifests.mkdir(parents=True, exist_ok=True)
        self.namespaces.create(plain_router)
        started = self.web_servers()
        if with_router:
            self._write_router_config(with_bgp)
            started += self.router_processes()
        if with_agents:
            started += self.agents()
        for process in started:
            process.start()
        until(self.pods_answer_on_their_node, 20, "each pod answers its own node")
        if with_router:
            until(self.router_ready, 30, "the router's ports are up with their addresses")
        for process in started:
            process.check()

    def down(self):
        """Removes everything, also what is left of a lab that came up by half."""
        for process in self.processes():
            process.stop()
        self.namespaces.remove()
        for host in (*topology.namespace_names(), "pods", "manifests"):
            shutil.rmtree(self.run_dir(host), ignore_errors=True)
        self._settings_file().unlink(missing_ok=True)

    def balances(self):
        """Whether the agents balance the services' connections."""
        return "nft" in self.agent_options

    def restart_agents(self, *options):
        """All of them, in order and with other options."""
        self.agent_options = options
        self._write_settings()
        for agent in self.agents():
            agent.stop()
            agent.start()

    def write_manifest(self, name, text):
        """A file of the folder that the agents follow, which appears whole or not at all."""
        partial = self.manifests / f".{name}"
        partial.write_text(text)
        partial.rename(self.manifests / name)

    def apply_manifests(self):
        """Step 3, as `kubectl apply`."""
        for source in sorted(EXAMPLES.glob("*.yaml")):
            self.write_manifest(source.name, source.read_text())

    def write_nodes(self):
        """The nodes as Kubernetes knows them before any BGP: without the label for it."""
        label = '    enable-bgp: "true"\n'
        self.write_manifest("nodes.yaml", (EXAMPLES / "nodes.yaml").read_text().replace(label, ""))

    def router_ready(self):
        """The control plane has put every address on its TAP and the packet engine forwards."""
        shown = self.command(topology.ROUTER, "ip", "-br", "address").stdout
        # A TAP whose carrier never changed is UNKNOWN; without carrier it would be DOWN.
        return all(any(line.split()[0] == s.router_port and line.split()[1] in ("UP", "UNKNOWN")
                       and f"{s.router_address}/24" in line
                       for line in shown.splitlines()) for s in topology.SWITCHES)

    def pods_answer_on_their_node(self):
        """Every pod's server listens, seen from its own node."""
        return all(self.fetch(node.name, pod.address) for node, pod in topology.web_pods())

    # --- asking ------------------------------------------------------------------------------

    def environment(self, host):
        """With it our programs find, on this host, each other and the resources of the cluster.

        `CLUSTER` is no host: from there the agents of all nodes are asked.
        """
        nodes = [node.name for node in topology.NODES]
        asked = nodes if host == topology.CLUSTER else [host]
        return {**os.environ, "PATH": f"{self.build}/bin:{os.environ.get('PATH', '')}",
                "TORII_RUN_DIR": ":".join(str(self.run_dir(name)) for name in asked),
                "TORII_MANIFESTS": str(self.manifests)}

    def words_for(self, host, *command):
        """The command line that runs a command there."""
        return list(command) if host == topology.CLUSTER else inside(self.namespaces.name(host),
                                                                     *command)

    def command(self, host, *command, check=True, timeout=30):
        """Runs a command on a host of the lab."""
        return run(*inside(self.namespaces.name(host), *command), check=check, timeout=timeout)

    def fetch(self, source, address, seconds=1):
        """The answer of the server at `address` to a request from `source`; "" when there is none."""
        return self.command(source, "curl", "-s", "--max-time", str(seconds),
                            f"http://{address}/", check=False).stdout

    def torii(self, *lines):
        """What the router's shell prints for one or more command lines."""
        words = [word for line in lines for word in ("-c", line)]
        return self.command(topology.ROUTER, str(self.program("torii")), "--run-dir",
                            str(self.run_dir(topology.ROUTER)), *words).stdout

    def toriictl(self, node, *words):
        """What toriictl prints on a node."""
        return self.command(node, str(self.program("toriictl")), "--run-dir",
                            str(self.run_dir(node)), *words).stdout
