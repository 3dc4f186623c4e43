"""Two agents that are neighbors on a network, and follow one API server."""

import shutil

from api_case import AGENT_ADDRESS, SERVER_ADDRESS, service
from lab.processes import Process
from lab.shell import inside, ip_batch, run
from lab.wait import until

BALANCED = "172.16.1.1"


class Neighbors:
    """`here` is in the server's namespace, `there` in one of its own. Neither is a controller."""

    def __init__(self, server, programs, run_root, namespace):
        self.server, self.namespace = server, namespace
        self.spaces = {"here": server.namespace, "there": namespace}
        self.addresses = {"here": SERVER_ADDRESS, "there": AGENT_ADDRESS}
        self.run_dirs = {name: run_root / f"{namespace}-{name}" for name in self.spaces}
        self.programs = programs
        self.agents = {}
        self.applied = []

    def open(self):
        """Until both balance a service with an address that routers send to each of them."""
        ip_batch([f"netns add {self.namespace}"])
        ip_batch(["link set lo up", f"link add api type veth peer name {self.namespace} netns "
                  f"{self.server.namespace}", "link set api up",
                  f"address add {AGENT_ADDRESS}/30 dev api"], self.namespace)
        ip_batch([f"link set {self.namespace} up",
                  f"address add {SERVER_ADDRESS}/30 dev {self.namespace}"], self.server.namespace)
        for name, address in self.addresses.items():
            self._apply(self._node(name) | {"status": {
                "addresses": [{"type": "InternalIP", "address": address}]}})
        self._apply(service("balanced", {"type": "LoadBalancer", "ports": [{"port": 80}]}) | {
            "status": {"loadBalancer": {"ingress": [{"ip": BALANCED}]}}})
        for name in self.spaces:
            self._start(name)

    def close(self):
        """Ends and removes everything."""
        while self.agents:
            self.agents.popitem()[1].kill()
        for name, space in self.spaces.items():
            for table in ("inet torii", "ip torii-handover"):
                run(*inside(space, "nft", "delete", "table", *table.split()), check=False)
            shutil.rmtree(self.run_dirs[name], ignore_errors=True)
        while self.applied:
            self.server.admin.delete(self.applied.pop())
        run("ip", "netns", "del", self.namespace, check=False)

    @staticmethod
    def _node(name):
        return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}}

    def _apply(self, resource):
        self.server.admin.ensure_namespace(resource)
        self.server.admin.apply(resource)
        self.applied.append(resource)

    def _start(self, name):
        run_dir = self.run_dirs[name]
        run_dir.mkdir(parents=True, exist_ok=True)
        kubeconfig = run_dir / "kubeconfig"
        self.server.kubeconfig(kubeconfig, "torii-agent", SERVER_ADDRESS)
        self.agents[name] = Process(name, self.spaces[name], (
            self.programs / "torii-agent", "--node", name, "--kubeconfig", kubeconfig,
            "--datapath", "nft", "--drain-time", "300", "--run-dir", run_dir), run_dir)
        self.agents[name].start()
        until(lambda: BALANCED in self._table(name, "inet torii"), 20, f"{name} balances")

    def _table(self, name, table):
        return run(*inside(self.spaces[name], "nft", "list", "table", *table.split()),
                   check=False).stdout or ""

    def cordon(self, name, unschedulable):
        """`kubectl cordon`, or uncordon."""
        self.server.admin.patch(self._node(name), {"spec": {"unschedulable": unschedulable}})

    def handover(self, name):
        """What the agent does with connections that it does not know."""
        return self._table(name, "ip torii-handover")

    def check(self):
        """What one tells of its drain is what the other acts on; in the end nothing is told."""
        self.cordon("there", True)
        until(lambda: f"dup to {self.addresses['there']}" in self.handover("here"), 10,
              "the other passes on what it does not know")
        until(lambda: "drop" in self.handover("there"), 10, "it drops what it does not know")
        assert "dup" not in self.handover("there")
        until(lambda: "services-withdrawn" in self.agents["there"].log_file.read_text(), 10,
              "it drains")
        self.cordon("there", False)
        until(lambda: f"dup to {self.addresses['here']}" in self.handover("there"), 10,
              "it passes on what began elsewhere")
        until(lambda: "ttl <= 8 drop" in self.handover("here") and
              "dup" not in self.handover("here"), 15, "the other takes only what it knows")
        until(lambda: "stage=none" in self.agents["there"].log_file.read_text(), 10, "it is back")
