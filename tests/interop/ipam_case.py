"""Runs a case of LB-IPAM: pools and services go to a torii-agent that is the controller; toriictl
says what they got. A case is a folder with case.yaml: steps, groups of steps, or rows of families.
"""

import json
import re
import shutil
from pathlib import Path

import yaml

from lab.processes import Process
from lab.shell import inside, ip_batch, run
from lab.wait import until

SECONDS = 30
SATISFIED = "cilium.io/IPAMRequestSatisfied"
# Keys of a resource in a case that do not belong into its spec.
NAMING = ("kind", "name", "namespace", "created", "annotations", "labels")
FAMILIES = ("policy", "families", "ipv4_enabled", "ipv6_enabled", "want_ipv4", "want_ipv6")


def is_ipam_case(data):
    """Such a case has no BGP peers."""
    return "peers" not in data


def manifest(resource):
    """A resource as it is written in a case, as a manifest."""
    metadata = {"name": resource["name"]}
    for key, member in (("namespace", "namespace"), ("created", "creationTimestamp"),
                        ("annotations", "annotations"), ("labels", "labels")):
        if key in resource:
            metadata[member] = resource[key]
    is_service = resource["kind"] == "Service"
    return {"apiVersion": "v1" if is_service else "cilium.io/v2", "kind": resource["kind"],
            "metadata": metadata,
            "spec": {key: value for key, value in resource.items() if key not in NAMING}}


class Scene:
    """An agent with an empty folder of manifests."""

    def __init__(self, namespace, folder, programs, families):
        self.namespace, self.folder, self.programs = namespace, folder, programs
        self.manifests = folder / "manifests"
        shutil.rmtree(folder, ignore_errors=True)
        self.manifests.mkdir(parents=True)
        self.agent = Process("torii-agent", namespace, (
            programs / "torii-agent", "--node", "test-node", "--manifests", self.manifests,
            "--run-dir", folder, "--controller",
            *(word for family in ("ipv4", "ipv6")
              for word in (f"--enable-{family}", str(family in families).lower()))), folder)
        self.first_of_key = {}
        self.agent.start()

    def close(self):
        """Ends the agent."""
        self.agent.stop()

    def ctl(self, *words):
        """What toriictl prints."""
        return run(*inside(self.namespace, str(self.programs / "toriictl"), "--manifests",
                           str(self.manifests), *words)).stdout

    def get(self, *words):
        """The resources of a kind."""
        return json.loads(self.ctl("get", *words, "-o", "json"))["items"]

    def addresses(self):
        """Service -> its addresses."""
        return {f"{svc['metadata']['namespace']}/{svc['metadata']['name']}":
                {entry["ip"] for entry in
                 svc.get("status", {}).get("loadBalancer", {}).get("ingress", [])}
                for svc in self.get("svc", "-A")}

    def condition(self, words, name, kind):
        """One condition of a resource, empty when it is not there."""
        for resource in self.get(*words):
            metadata = resource["metadata"]
            if name not in (metadata["name"], f"{metadata.get('namespace')}/{metadata['name']}"):
                continue
            for condition in resource.get("status", {}).get("conditions", []):
                if condition["type"] == kind:
                    return condition
        return {}

    def run(self, steps):
        """All steps in their order."""
        for number, step in enumerate(steps, 1):
            (name, value), = step.items()
            try:
                getattr(self, f"step_{name}")(value)
            except TimeoutError as error:
                raise TimeoutError(f"step {number} ({name} {value}): {error}") from error
            self.agent.check()

    def step_apply(self, resources):
        """As `kubectl apply`."""
        for resource in resources:
            path = self.folder / "given.yaml"
            path.write_text(yaml.safe_dump(manifest(resource)))
            self.ctl("apply", "-f", str(path))
            keys = [value for name, value in resource.get("annotations", {}).items()
                    if name.endswith("sharing-key")]
            if keys and keys[0] not in self.first_of_key:
                service = f"{resource['namespace']}/{resource['name']}"
                until(lambda s=service: self.addresses()[s], SECONDS, f"{service} has an address")
                self.first_of_key[keys[0]] = min(self.addresses()[service])

    def step_delete(self, resources):
        """As `kubectl delete`."""
        for resource in resources:
            space, _, name = resource["name"].rpartition("/")
            self.ctl("delete", resource["kind"], name, *(["-n", space] if space else []))

    def step_expect_pool(self, expected):
        """Conditions of a pool."""
        def holds():
            return all(self._pool_says(expected["name"], key, value)
                       for key, value in expected.items() if key != "name")
        until(holds, SECONDS, f"pool {expected}")

    def _pool_says(self, name, key, value):
        def condition(kind):
            return self.condition(("ippool",), name, f"cilium.io/{kind}")
        if key == "PoolConflict":
            return condition(key).get("status") == value
        if key == "reason":
            return condition("PoolConflict").get("reason") == value
        if key == "all_blocks_unusable":
            return (condition("PoolConflict").get("status") == "True") == value
        return condition(key).get("message") == value

    def step_expect_metric(self, expected):
        """How many pools conflict."""
        def count():
            return sum(self.condition(("ippool",), pool["metadata"]["name"],
                                      "cilium.io/PoolConflict").get("status") == "True"
                       for pool in self.get("ippool"))
        until(lambda: count() == expected["conflicting_pools"], SECONDS, str(expected))

    def step_expect_service(self, expected):
        """Addresses and condition of a service."""
        until(lambda: self._service_is(expected), SECONDS, f"service {expected}")

    def _service_is(self, expected):
        addresses = self.addresses()
        mine = addresses[expected["name"]]
        relation = re.fullmatch(r"(same|other)\((.*)\)", expected.get("ingress", ""))
        condition = expected.get("condition")
        return (len(mine) == expected.get("count", len(mine))
                and mine == set(expected.get("ingress_set", mine))
                and (not relation or bool(mine) and
                     (mine == addresses[relation[2]]) == (relation[1] == "same"))
                and (not condition or condition["status"] == self.condition(
                    ("svc", "-A"), expected["name"], condition["type"]).get("status")))

    def step_expect_address_free(self, which):
        """No service has it."""
        address = self.first_of_key[which.removeprefix("first-address-of-")]
        # The services may be gone already when the controller has not looked yet.
        statuses = self.manifests / "status"
        until(lambda: all(f"ip: {address}\n" not in path.read_text()
                          for path in statuses.glob("Service_*.yaml")), SECONDS,
              f"{address} is free")

    def step_expect_address_used_by(self, services):
        """Exactly these have the first one's address."""
        def users():
            address = min(self.addresses()[services[0]])
            return sorted(name for name, all_of_it in self.addresses().items()
                          if address in all_of_it)
        until(lambda: users() == sorted(services), SECONDS, f"an address used by {services}")


class IpamCase:
    """One case with its agents. close() ends and removes everything."""

    def __init__(self, folder, programs, run_root, namespace):
        self.data = yaml.safe_load((Path(folder) / "case.yaml").read_text())
        self.namespace, self.programs = namespace, programs
        self.run_dir = run_root / namespace
        self.agent = None
        self.scene = None

    def open(self):
        """A namespace of its own."""
        ip_batch([f"netns add {self.namespace}"])

    def close(self):
        """Ends and removes everything."""
        if self.scene:
            self.scene.close()
        run("ip", "netns", "del", self.namespace, check=False)
        shutil.rmtree(self.run_dir, ignore_errors=True)

    def _play(self, families, steps):
        if self.scene:
            self.scene.close()
        self.scene = Scene(self.namespace, self.run_dir, self.programs, families)
        self.agent = self.scene.agent
        self.scene.run(steps)

    def run(self):
        """All that the case has, each with a new agent."""
        families = self.data.get("families_enabled", ["ipv4", "ipv6"])
        stories = [self.data.get("steps"), self.data.get("seed_document_example"),
                   *(group["steps"] for group in self.data.get("groups", []))]
        for steps in filter(None, stories):
            self._play(families, steps)
        for row in self.data.get("rows", []):
            self._run_row(dict(zip(self.data.get("columns", FAMILIES), row)))

    def _run_row(self, row):
        pool = {"kind": "CiliumLoadBalancerIPPool", "name": "p",
                "blocks": [{"cidr": "10.0.10.0/24"}, {"cidr": "fd00::/120"}]}
        service = {"kind": "Service", "namespace": "default", "name": "s", "type": "LoadBalancer",
                   "ipFamilies": row["families"]}
        if row["policy"]:
            service["ipFamilyPolicy"] = row["policy"]
        wanted = [address for address, family in (("10.0.10.0", "ipv4"), ("fd00::", "ipv6"))
                  if row[f"want_{family}"]]
        self._play([family for family in ("ipv4", "ipv6") if row[f"{family}_enabled"]], [
            {"apply": [pool, service]},
            {"expect_service": {"name": "default/s", "ingress_set": wanted, "condition":
                                {"type": SATISFIED, "status": "True"}}}])
