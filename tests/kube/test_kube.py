"""Agents with a real API server: kube-apiserver and etcd of Debian. Not part of plain ./test."""

import os
import shutil
import signal
import sys
import time
import unittest
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / name) for name in ("support", "interop")]

from lab_test import SOURCE_ROOT  # noqa: E402
from api_case import ApiCase, service  # noqa: E402
from api_neighbors import Neighbors  # noqa: E402
from apiserver import ApiError, ApiServer, built_program  # noqa: E402
from lab.processes import Process  # noqa: E402
from lab.wait import until  # noqa: E402

PROGRAMS = Path(os.environ.get("TORII_BUILD", SOURCE_ROOT / "build/release")) / "bin"
RUN_ROOT = Path("/run/torii")
CASES = SOURCE_ROOT / "tests/interop/cases"
LEASE = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
         "metadata": {"name": "torii-controller", "namespace": "kube-system"}}
POOL = {"apiVersion": "cilium.io/v2", "kind": "CiliumLoadBalancerIPPool",
        "metadata": {"name": "pool"}, "spec": {"blocks": [{"cidr": "172.16.1.0/24"}]}}
LOAD_BALANCER = {"type": "LoadBalancer", "selector": {"app": "a"}, "ports": [{"port": 80}]}


class Kube(unittest.TestCase):
    """One server for all; each test takes away what it made."""

    @classmethod
    def setUpClass(cls):
        cls.server = ApiServer(built_program(), "tk-api", RUN_ROOT / "tk-api")
        cls.addClassCleanup(cls.server.close)
        began = time.monotonic()
        cls.server.open()
        print(f"the server is ready after {time.monotonic() - began:.1f} s, "
              f"{cls.server.memory()} MiB", flush=True)
        cls.server.install(SOURCE_ROOT / "config/kubernetes")
        cls.api = cls.server.admin

    def case(self, name):
        """A case of tests/interop, open."""
        case = ApiCase(CASES / name, PROGRAMS, RUN_ROOT, f"tk-{name}", self.server)
        self.addCleanup(case.close)
        case.open()
        return case

    def services_case(self):
        """Where the first address of the pool is announced to a peer."""
        case = self.case("services")
        case.step_start_peer({"name": "plain", "definition": "plain"})
        case.step_apply(["cluster.yaml", "advertisements.yaml", "pool.yaml",
                         "cluster-service.yaml"])
        self.wait_for_routes(case, ["172.16.1.1/32"])
        return case

    @staticmethod
    def wait_for_routes(case, prefixes, seconds=30):
        """Until the peer has exactly these."""
        peer = case.peers["plain"]
        until(lambda: sorted(route["prefix"] for route in peer.routes("ipv4/unicast")) == prefixes,
              seconds, f"the peer has {prefixes}")

    def make(self, resource):
        """For this test alone."""
        self.api.apply(resource)
        self.addCleanup(self.take_away, resource)

    def take_away(self, resource):
        """Also when it is gone already."""
        try:
            self.api.delete(resource)
        except ApiError as error:
            if error.status != 404:
                raise

    def test_definitions_have_defaults_and_limits(self):
        peer = {"apiVersion": "cilium.io/v2", "kind": "CiliumBGPPeerConfig",
                "metadata": {"name": "checked"}, "spec": {"timers": {}, "gracefulRestart": {
                    "enabled": False}}}
        self.make(peer)
        spec = self.api.get(peer)["spec"]
        self.assertEqual(spec["timers"], {"connectRetryTimeSeconds": 120, "holdTimeSeconds": 90,
                                          "keepAliveTimeSeconds": 30})
        peer["spec"]["timers"]["holdTimeSeconds"] = 2
        with self.assertRaisesRegex(ApiError, "greater than or equal to 3"):
            self.api.apply(peer)

    def test_cases_of_the_folder_give_the_same_routes(self):
        for name in ("services", "attributes", "settings", "instances"):
            with self.subTest(name):
                case = self.case(name)
                try:
                    case.run()
                except Exception:
                    print(case.agent.log_tail(40))
                    raise
                finally:
                    case.close()

    def test_what_was_deleted_while_nobody_looked_is_withdrawn(self):
        case = self.services_case()
        os.kill(case.agent.pid(), signal.SIGSTOP)
        try:
            case.step_delete(["cluster-service.yaml"])
            self.make(POOL | {"metadata": {"name": "other"}, "spec": {"disabled": True}})
            self.server.compact()
            self.server.restart()
        finally:
            os.kill(case.agent.pid(), signal.SIGCONT)
        self.wait_for_routes(case, [], 60)
        log = case.agent.log_file.read_text()
        self.assertIn("removed Service everywhere", log)

    def test_routes_stay_while_the_server_is_away(self):
        case = self.services_case()
        peer = case.peers["plain"]
        self.server.server.kill()
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            self.assertEqual(len(peer.routes("ipv4/unicast")), 1)
        case.until_log("Connection refused")
        self.server.start()
        case.apply(service("second", LOAD_BALANCER))
        self.wait_for_routes(case, ["172.16.1.1/32", "172.16.1.2/32"], 60)
        until(lambda: "resolved: https" in case.agent.log_file.read_text(), 60, "all is well again")

    def test_a_token_that_is_refused_is_read_anew(self):
        case = self.services_case()
        token_file = case.kubeconfig.with_suffix(".token")
        good = token_file.read_text()
        token_file.write_text("not.a.token")
        self.server.restart()
        case.until_log("401: Unauthorized")
        self.assertEqual(len(case.peers["plain"].routes("ipv4/unicast")), 1)
        token_file.write_text(good)
        case.apply(service("second", LOAD_BALANCER))
        self.wait_for_routes(case, ["172.16.1.1/32", "172.16.1.2/32"], 90)

    def test_an_agent_that_may_not_read_secrets_says_so_and_waits(self):
        case = self.case("services")
        binding = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
                   "metadata": {"name": "torii-agent", "namespace": "kube-system"}}
        before = self.api.get(binding)
        self.api.delete(binding)
        try:
            case.agent.stop()
            case.agent.start()
            case.until_log('403: secrets is forbidden')
            self.assertNotIn("start instance", case.agent.log_tail(3))
        finally:
            before["metadata"] = binding["metadata"]
            self.api.apply(before)

    def controller(self, name):
        """A process that stands for election."""
        run_dir = RUN_ROOT / f"tk-{name}"
        run_dir.mkdir(parents=True, exist_ok=True)
        kubeconfig = self.server.kubeconfig(run_dir / "kubeconfig", "torii-controller")
        process = Process(name, self.server.namespace, (
            PROGRAMS / "torii-agent", "--node", name, "--kubeconfig", kubeconfig, "--controller",
            "--run-dir", run_dir), run_dir)
        self.addCleanup(shutil.rmtree, run_dir)
        self.addCleanup(process.stop)
        process.start()
        return process

    def addresses(self):
        """Of all services, by name."""
        found = {}
        for item in self.api.call("GET", "/api/v1/namespaces/default/services")["items"]:
            for ingress in item["status"]["loadBalancer"].get("ingress", []):
                found[item["metadata"]["name"]] = ingress["ip"]
        return found

    def holder(self):
        """Who leads, as the lease says."""
        return self.api.get(LEASE)["spec"]["holderIdentity"].split("_")[0]

    def test_nodes_tell_each_other_of_their_drains(self):
        neighbors = Neighbors(self.server, PROGRAMS, RUN_ROOT, "tk-drain")
        self.addCleanup(neighbors.close)  # also when it fails
        neighbors.open()
        neighbors.check()
        lease = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
                 "metadata": {"name": "there", "namespace": "torii-drain"}}
        self.assertEqual(self.api.get(lease)["metadata"]["ownerReferences"][0]["kind"], "Node")
        neighbors.close()
        self.take_away(lease)  # there is no garbage collection here

    def test_another_controller_takes_over_when_the_leader_is_killed(self):
        self.make(POOL)
        # The lease of the controllers before, which were not asked to give it back.
        self.take_away(LEASE)
        controllers = {name: self.controller(name) for name in ("c1", "c2", "c3")}
        for number in range(20):
            self.make(service(f"before-{number}", LOAD_BALANCER))
        until(lambda: len(self.addresses()) == 20, 30, "20 services have addresses")
        before = self.addresses()
        leader = self.holder()
        # In the middle of its work, however fast it is: some come when it is gone.
        for number in range(10):
            self.make(service(f"during-{number}", LOAD_BALANCER))
        controllers[leader].kill()
        killed = time.monotonic()
        for number in range(10, 20):
            self.make(service(f"during-{number}", LOAD_BALANCER))
        until(lambda: len(self.addresses()) == 40, 40, "the new leader goes on")
        print(f"took over {time.monotonic() - killed:.1f} s after kill -9", flush=True)
        self.assertLess(time.monotonic() - killed, 15 + 4 + 5)
        self.assertNotEqual(self.holder(), leader)
        after = self.addresses()
        self.assertEqual(len(set(after.values())), 40, after)
        self.assertEqual({name: after[name] for name in before}, before)

    def test_a_leader_that_was_frozen_gives_nothing_twice(self):
        self.make(POOL)
        self.take_away(LEASE)
        controllers = {name: self.controller(name) for name in ("c1", "c2")}
        self.make(service("first", LOAD_BALANCER))
        until(lambda: len(self.addresses()) == 1, 30, "somebody leads")
        frozen = controllers[self.holder()]
        os.kill(frozen.pid(), signal.SIGSTOP)
        try:
            for number in range(10):
                self.make(service(f"later-{number}", LOAD_BALANCER))
            until(lambda: len(self.addresses()) == 11, 40, "the other one goes on")
        finally:
            os.kill(frozen.pid(), signal.SIGCONT)
        before = self.addresses()
        for number in range(10):
            self.make(service(f"last-{number}", LOAD_BALANCER))
        until(lambda: len(self.addresses()) == 21, 30, "all have addresses")
        after = self.addresses()
        self.assertEqual(len(set(after.values())), 21)
        self.assertEqual({name: after[name] for name in before}, before)

    def test_statuses_are_as_the_definitions_want_them(self):
        self.make(POOL)
        self.take_away(LEASE)
        self.controller("c1")
        self.make(service("one", LOAD_BALANCER))
        until(lambda: self.addresses() == {"one": "172.16.1.0"}, 30, "it has an address")

        def conditions():
            status = self.api.get(POOL).get("status", {})
            return {c["type"]: c["message"] for c in status.get("conditions", [])}
        until(lambda: conditions().get("cilium.io/IPsUsed") == "1", 30, "the pool tells its use")
        self.assertEqual(conditions(), {
            "cilium.io/PoolConflict": "", "cilium.io/IPsTotal": "256",
            "cilium.io/IPsAvailable": "255", "cilium.io/IPsUsed": "1"})
        # Somebody else's condition stays, and an address that somebody took away comes back.
        one = service("one", LOAD_BALANCER)
        self.api.call("PATCH", self.api.path(one) + "/status", {"status": {
            "loadBalancer": {"ingress": None}, "conditions": [{
                "type": "theirs", "status": "True", "reason": "r", "message": "m",
                "lastTransitionTime": "2026-01-01T00:00:00Z"}]}},
                      "application/strategic-merge-patch+json")
        until(lambda: self.addresses() == {"one": "172.16.1.0"}, 30, "it has its address again")
        types = {c["type"] for c in self.api.get(one)["status"]["conditions"]}
        self.assertEqual(types, {"theirs", "cilium.io/IPAMRequestSatisfied"})
        # Not ours any more.
        self.api.patch(one, {"spec": {"type": "ClusterIP"}})
        until(lambda: "ingress" not in self.api.get(one)["status"]["loadBalancer"], 30,
              "it is released")


if __name__ == "__main__":
    unittest.main(verbosity=2)
