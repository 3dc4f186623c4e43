"""A Kubernetes API server of our own: etcd and kube-apiserver in a namespace, and a client of it."""

import http.client
import json
import os
import shutil
import subprocess
from contextlib import closing
from pathlib import Path

import yaml

from api_client import PORT, ApiClient, ApiError, network_of
from lab.processes import Process
from lab.shell import ip_batch, run
from lab.wait import until

ADDRESS, ETCD_PORT = "127.0.0.1", 2379
ADMIN_TOKEN = "admin-of-the-test"


class ApiServer:
    """Lives in a namespace that it makes, if it is not there. close() ends and removes everything."""

    def __init__(self, program, namespace, run_dir):
        self.namespace = namespace
        self.run_dir = Path(run_dir)
        self.certificates = self.run_dir / "certificates"
        tokens = self.run_dir / "tokens.csv"
        key = self.run_dir / "service-account.key"
        self.etcd = Process("etcd", namespace, (
            "/usr/bin/etcd", "--data-dir", self.run_dir / "etcd", "--unsafe-no-fsync",
            "--listen-client-urls", f"http://{ADDRESS}:{ETCD_PORT}",
            "--advertise-client-urls", f"http://{ADDRESS}:{ETCD_PORT}",
            "--listen-peer-urls", f"http://{ADDRESS}:2380"), self.run_dir)
        self.server = Process("kube-apiserver", namespace, (
            program, "--etcd-servers", f"http://{ADDRESS}:{ETCD_PORT}",
            "--bind-address", "0.0.0.0", "--advertise-address", "192.0.2.1",
            "--secure-port", PORT, "--insecure-port=0", "--cert-dir", self.certificates,
            "--service-account-key-file", key, "--service-account-signing-key-file", key,
            "--service-account-issuer", "https://torii.test", "--token-auth-file", tokens,
            "--authorization-mode=RBAC", "--service-cluster-ip-range", "10.96.0.0/12",
            "--disable-admission-plugins=ServiceAccount",
            "--feature-gates=EndpointSliceTerminatingCondition=true"), self.run_dir)
        self.admin = ApiClient(namespace, ADMIN_TOKEN)
        self.tokens = tokens
        self.key = key

    def open(self):
        """Until it answers."""
        self.run_dir.mkdir(parents=True, exist_ok=True)
        if not Path(f"/run/netns/{self.namespace}").exists():
            ip_batch([f"netns add {self.namespace}"])
        ip_batch(["link set lo up"], self.namespace)
        # The address that it gives of itself has to be one of its own.
        run("ip", "-n", self.namespace, "address", "replace", "192.0.2.1/32", "dev", "lo")
        self.tokens.write_text(f"{ADMIN_TOKEN},admin,admin,system:masters\n")
        run("openssl", "genrsa", "-out", str(self.key), "2048")
        self.start()

    def start(self):
        """Both processes, until the server says that it is ready."""
        self.etcd.start()
        self.server.start()

        def ready():
            self.server.check()
            return self.admin.text("GET", "/readyz") == "ok"
        until(ready, 60, "the API server is ready")

    def install(self, folder):
        """Definitions and accounts, until the server serves them."""
        for file in sorted((folder / "crds").iterdir()):
            self.admin.apply_file(file)
        self.admin.apply_file(folder / "rbac.yaml")
        kinds = len(list((folder / "crds").iterdir()))
        until(lambda: len(self.admin.call("GET", "/apis/cilium.io/v2")["resources"]) >= kinds, 30,
              "the definitions are served")

    def restart(self):
        """The server alone: it forgets what it had watched."""
        self.server.stop()
        self.start()

    def close(self):
        """Ends and removes everything."""
        self.admin.close()
        self.server.stop()
        self.etcd.stop()
        run("ip", "netns", "del", self.namespace, check=False)
        shutil.rmtree(self.run_dir, ignore_errors=True)

    def compact(self):
        """etcd forgets all versions but the present ones."""
        def ask(path, body):
            with network_of(self.namespace):
                connection = http.client.HTTPConnection(ADDRESS, ETCD_PORT, timeout=10)
                connection.connect()
            with closing(connection):
                connection.request("POST", path, json.dumps(body))
                return json.loads(connection.getresponse().read())
        revision = ask("/v3/kv/range", {"key": "AA=="})["header"]["revision"]
        ask("/v3/kv/compaction", {"revision": revision, "physical": True})

    def memory(self):
        """Resident MiB of the server."""
        status = Path(f"/proc/{self.server.pid()}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) // 1024

    def kubeconfig(self, path, account, server_address=ADDRESS):
        """A file for a service account of kube-system; its token is in a file beside."""
        token_file = path.with_suffix(".token")
        token_file.write_text(self.token(account))
        path.write_text(yaml.safe_dump({
            "apiVersion": "v1", "kind": "Config", "current-context": "test",
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
            "clusters": [{"name": "test", "cluster": {
                "server": f"https://{server_address}:{PORT}",
                # It signed its certificate itself, for other names.
                "tls-server-name": "localhost",
                "certificate-authority": str(self.certificates / "apiserver.crt")}}],
            "users": [{"name": "test", "user": {"tokenFile": token_file.name}}]}))
        return path

    def token(self, account):
        """A new token of the service account."""
        answer = self.admin.call(
            "POST", f"/api/v1/namespaces/kube-system/serviceaccounts/{account}/token",
            {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
             "spec": {"expirationSeconds": 3600}})
        return answer["status"]["token"]


def built_program():
    """The server's program; made when it is not there. It is kept between runs, for one user."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "torii"
    builder = Path(__file__).with_name("build_apiserver")
    with subprocess.Popen([builder, cache], stdout=subprocess.PIPE, text=True) as process:
        line = ""
        for line in process.stdout:
            print(line, end="", flush=True)
    if process.returncode:
        raise RuntimeError(f"{builder} failed")
    return Path(line.strip())
