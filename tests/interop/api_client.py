"""A client of API servers that are in namespaces."""

import ctypes
import http.client
import json
import ssl
from contextlib import contextmanager
from pathlib import Path

import yaml

ADDRESS, PORT = "127.0.0.1", 6443
CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)


class ApiError(RuntimeError):
    """The server refuses; `status` is that of HTTP."""

    def __init__(self, status, text):
        super().__init__(f"{status}: {text}")
        self.status = status


@contextmanager
def network_of(namespace):
    """This thread is in the namespace: its sockets stay there."""
    with open("/proc/self/ns/net", encoding="ascii") as here, \
            open(f"/run/netns/{namespace}", encoding="ascii") as there:
        if LIBC.setns(there.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), f"setns {namespace}")
        try:
            yield
        finally:
            LIBC.setns(here.fileno(), CLONE_NEWNET)


class ApiClient:
    """Asks the server, in one thread."""

    def __init__(self, namespace, token, tls=True):
        self.namespace = namespace
        self.tls = tls
        self.token = token
        self.connection = None
        self.kinds = {}  # by API version

    def close(self):
        """The next request connects anew."""
        if self.connection:
            self.connection.close()
        self.connection = None

    def _new_connection(self):
        if not self.tls:
            return http.client.HTTPConnection(ADDRESS, PORT, timeout=30)
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return http.client.HTTPSConnection(ADDRESS, PORT, timeout=30, context=context)

    def _send(self, method, path, body, content_type):
        if self.connection is None:
            self.connection = self._new_connection()
            with network_of(self.namespace):
                self.connection.connect()
        self.connection.request(method, path, body, {
            "Authorization": f"Bearer {self.token}", "Content-Type": content_type})
        answer = self.connection.getresponse()
        return answer.status, answer.read().decode()

    def text(self, method, path, body=None, content_type="application/json"):
        """The body of an answer of success."""
        try:
            status, text = self._send(method, path, body, content_type)
        except (OSError, http.client.HTTPException):
            self.close()
            status, text = self._send(method, path, body, content_type)
        if status >= 300:
            raise ApiError(status, text)
        return text

    def call(self, method, path, body=None, content_type="application/json"):
        """JSON there and back."""
        return json.loads(self.text(method, path, json.dumps(body) if body else None,
                                    content_type))

    def _kinds(self, version):
        """Plural and whether it has a namespace, of the kinds of an API version."""
        root = "/api" if "/" not in version else "/apis"
        if not self.kinds.get(version):
            try:
                entries = self.call("GET", f"{root}/{version}")["resources"]
            except ApiError as error:
                if error.status != 404:
                    raise
                entries = []
            self.kinds[version] = {entry["kind"]: (entry["name"], entry["namespaced"])
                                   for entry in entries if "/" not in entry["name"]}
        return self.kinds[version]

    def _in_known_version(self, resource):
        """A copy; EndpointSlices in the version that the server has (v1 is of 1.21)."""
        wanted = json.loads(json.dumps(resource))
        if resource["kind"] == "EndpointSlice" and not self._kinds(resource["apiVersion"]):
            wanted["apiVersion"] = "discovery.k8s.io/v1beta1"
            for endpoint in wanted["endpoints"]:
                endpoint["topology"] = {"kubernetes.io/hostname": endpoint.pop("nodeName")}
        return wanted

    def collection(self, resource):
        """Where resources of its kind and namespace are."""
        version, kind = resource["apiVersion"], resource["kind"]
        root = "/api" if "/" not in version else "/apis"
        plural, namespaced = self._kinds(version)[kind]
        space = resource["metadata"].get("namespace", "default")
        return f"{root}/{version}/" + (f"namespaces/{space}/" if namespaced else "") + plural

    def path(self, resource):
        """Where this one is."""
        return f"{self.collection(resource)}/{resource['metadata']['name']}"

    def get(self, resource):
        """As the server has it."""
        return self.call("GET", self.path(resource))

    def apply(self, resource):
        """Makes it, or makes the one of its name like it. A status goes after it."""
        wanted = self._in_known_version(resource)
        status = wanted.pop("status", None)
        try:
            made = self.call("POST", self.collection(wanted), wanted)
        except ApiError as error:
            if error.status != 409:
                raise
            known = self.get(wanted)
            wanted["metadata"]["resourceVersion"] = known["metadata"]["resourceVersion"]
            if wanted["kind"] == "Service" and "clusterIP" in known["spec"]:
                wanted["spec"].setdefault("clusterIP", known["spec"]["clusterIP"])
            made = self.call("PUT", self.path(wanted), wanted)
        if status:
            self.patch(made, {"status": status}, "/status")
        return made

    def patch(self, resource, change, subresource=""):
        """A merge patch."""
        return self.call("PATCH", self.path(resource) + subresource, change,
                         "application/merge-patch+json")

    def delete(self, resource):
        """It is gone afterwards."""
        self.call("DELETE", self.path(self._in_known_version(resource)))

    def ensure_namespace(self, resource):
        """The namespace of the resource, made if it is not there."""
        name = resource["metadata"].get("namespace", "default")
        try:
            self.call("POST", "/api/v1/namespaces", {
                "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        except ApiError as error:
            if error.status != 409:
                raise

    def apply_file(self, file):
        """All resources of a file."""
        for resource in yaml.safe_load_all(Path(file).read_text()):
            if resource:
                self.apply(resource)
