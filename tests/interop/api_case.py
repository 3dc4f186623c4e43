"""Runs a case of tests/interop with the resources at an API server instead of in a folder."""

import re
import shutil

import yaml

from agent_case import Case
from api_client import PORT, ApiClient, ApiError
from lab.processes import Process
from lab.shell import ip_batch, run
from lab.wait import until

# The wire between the server and the agent.
IN_A_FILE = re.compile(r"^[^ ]+, document \d+, ")
SERVER_ADDRESS, AGENT_ADDRESS = "198.18.99.1", "198.18.99.2"


class ApiCase(Case):
    """The steps are those of Case; only what applies and deletes resources is another."""

    def __init__(self, folder, programs, run_root, namespace, server):
        super().__init__(folder, programs, run_root, namespace)
        self.server = server
        self.applied = {}
        self.refused = []  # what the server says of wrong manifests
        kubeconfig = self.run_dir / "kubeconfig"
        words = list(self.agent.command)
        at = words.index("--manifests")
        words[at:at + 2] = ["--kubeconfig", kubeconfig]
        self.agent = Process("torii-agent", namespace, tuple(words), self.run_dir)
        self.kubeconfig = kubeconfig

    def open(self):
        """As with a folder, and a wire to the server."""
        agent, self.agent = self.agent, _Nobody()
        super().open()
        self.agent = agent
        ip_batch([f"link add api type veth peer name {self.namespace} netns "
                  f"{self.server.namespace}", "link set api up",
                  f"address add {AGENT_ADDRESS}/30 dev api"], self.namespace)
        ip_batch([f"link set {self.namespace} up",
                  f"address add {SERVER_ADDRESS}/30 dev {self.namespace}"], self.server.namespace)
        account = "torii-controller" if self.data.get("controller") else "torii-agent"
        self.server.kubeconfig(self.kubeconfig, account, SERVER_ADDRESS)
        self.agent.start()

    def close(self):
        """Ends everything; the server is as before."""
        for resource in self.applied.values():
            self.server.admin.delete(resource)
        self.applied.clear()
        super().close()

    def resource_words(self):
        """Where toriictl finds the resources."""
        return "--kubeconfig", self.kubeconfig

    def step_apply(self, files):
        """As `kubectl apply`."""
        for file in files:
            for resource in self._resources(file):
                try:
                    self.apply(resource)
                except ApiError as error:
                    if error.status != 422:
                        raise
                    self.refused.append(str(error))

    def step_expect_conditions(self, expected):
        """As with a folder, but no file is named, and the server may have refused it itself."""
        wanted = [IN_A_FILE.sub("", condition) for condition in expected]
        if self.refused:
            refused, self.refused = self.refused, []
            # The rule stands at the end of both.
            if not all(any(condition.rsplit(": ", 1)[1] in text for text in refused)
                       for condition in wanted):
                raise AssertionError(f"expected: {wanted}\nrefused: {refused}")
            return
        super().step_expect_conditions(wanted)

    def step_delete(self, files):
        """As `kubectl delete`."""
        for file in files:
            for resource in self._resources(file):
                self.delete(resource)

    def apply(self, resource):
        """One of them."""
        self.server.admin.ensure_namespace(resource)
        self.server.admin.apply(resource)
        self.applied[self._name(resource)] = resource

    def delete(self, resource):
        """One of them."""
        self.server.admin.delete(resource)
        del self.applied[self._name(resource)]

    @staticmethod
    def _name(resource):
        metadata = resource["metadata"]
        return resource["kind"], metadata.get("namespace"), metadata["name"]

    def until_log(self, text, seconds=30):
        """Until the agent says so."""
        until(lambda: text in self.agent.log_file.read_text(), seconds, f"the agent says: {text}")


class FakeServer:
    """tests/support/fake_cluster.h as a process, in a namespace that it makes."""

    def __init__(self, programs, namespace, run_dir):
        self.namespace = namespace
        self.process = Process("api-server", namespace,
                               (programs / "torii_fake_cluster_server", PORT), run_dir)
        self.admin = ApiClient(namespace, "nobody", tls=False)

    def open(self):
        """Until it answers."""
        ip_batch([f"netns add {self.namespace}"])
        ip_batch(["link set lo up"], self.namespace)
        self.process.start()
        until(lambda: self.admin.text("GET", "/readyz") == "ok", 15, "the server answers")

    def close(self):
        """Ends and removes everything."""
        self.admin.close()
        self.process.stop()
        run("ip", "netns", "del", self.namespace, check=False)
        shutil.rmtree(self.process.run_dir, ignore_errors=True)

    @staticmethod
    def kubeconfig(path, _account, address):
        """A file for an agent."""
        path.write_text(yaml.safe_dump({
            "current-context": "test", "users": [],
            "contexts": [{"name": "test", "context": {"cluster": "test"}}],
            "clusters": [{"name": "test",
                          "cluster": {"server": f"http://{address}:{PORT}"}}]}))


class _Nobody:
    """In place of an agent that is started later."""

    def start(self):
        """Nothing."""


def service(name, spec, namespace="default"):
    """A Service."""
    return {"apiVersion": "v1", "kind": "Service",
            "metadata": {"name": name, "namespace": namespace}, "spec": spec}
