"""What happens on the wire when the manifests change under running agents."""

import re
import sys
import unittest
from pathlib import Path

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from lab_test import ROUTE_SECONDS, LabTest, topology, until  # noqa: E402

NODE = topology.node("k8s-w0")


class Manifests(LabTest):
    """Each test leaves the lab as it found it: with three sessions and all routes."""

    prefix = "tm-"

    @classmethod
    def set_up_lab(cls):
        cls.lab.up()
        cls.lab.apply_manifests()
        cls.lab.namespaces.set_static_routes()

    def setUp(self):
        self.wait_for_sessions()
        self.wait_for_all_pods()

    def edit(self, file, old, new):
        """As `kubectl edit`: the text of a manifest changes at once."""
        path = self.lab.manifests / file
        text = path.read_text()
        self.assertIn(old, text)
        partial = path.with_name("." + file)
        partial.write_text(text.replace(old, new))
        partial.rename(path)

    def known_routes(self):
        """Where the node's pod network is known in the router."""
        places = {
            "bgp": self.lab.torii("show ip bgp"),
            "rib": self.lab.torii("show ip route"),
            "packet engine": self.lab.torii("show forwarding route"),
            "kernel": self.lab.command(topology.ROUTER, "ip", "route").stdout}
        return {place for place, text in places.items() if NODE.pod_network in text}

    def resets(self):
        """How often each session came up and went down, as the router tells it."""
        found = re.findall(r"Connections established \d+; dropped \d+",
                           self.lab.torii("show ip bgp neighbors"))
        self.assertEqual(len(found), 3)
        return found

    def test_a_label_removed_withdraws_everywhere(self):
        self.assertEqual(len(self.known_routes()), 4)
        # Only one of the three nodes has this text after its label.
        label = '    enable-bgp: "true"\n    kubernetes.io/hostname: k8s-w0'
        self.edit("nodes.yaml", label, label.replace('"true"', '"false"'))
        until(lambda: not self.known_routes(), ROUTE_SECONDS, "nobody knows the route any more")
        self.assertEqual(self.sessions()[topology.node("k8s-w1").address], "1")
        self.assertEqual(self.lab.fetch(topology.CLIENT, "172.20.2.68"), "")
        self.edit("nodes.yaml", label.replace('"true"', '"false"'), label)
        until(lambda: len(self.known_routes()) == 4, 60, "the route is back everywhere")

    def test_an_advertisement_removed_withdraws_without_a_reset(self):
        before = self.resets()
        self.edit("bgp.yaml", "advertise: bgp ", "advertise: not ")
        until(lambda: not self.known_routes(), ROUTE_SECONDS, "the route is withdrawn")
        self.assertEqual(self.sessions()[NODE.address], "0")
        self.edit("bgp.yaml", "advertise: not ", "advertise: bgp ")
        until(lambda: len(self.known_routes()) == 4, ROUTE_SECONDS, "the route is back")
        self.assertEqual(self.resets(), before)

    # Step 19 of the walkthrough.
    def test_an_override_takes_effect_on_its_node_alone(self):
        other = topology.node("k8s-w1")

        def neighbor(address):
            return self.lab.torii(f"show ip bgp neighbors {address}")
        before = neighbor(other.address)
        path = self.lab.manifests / "override.yaml"
        path.write_text(yaml.safe_dump({
            "apiVersion": "cilium.io/v2", "kind": "CiliumBGPNodeConfigOverride",
            "metadata": {"name": NODE.name}, "spec": {"bgpInstances": [{
                "name": "instance-65001", "routerID": "10.9.9.9", "localASN": 65009,
                "localPort": 1179, "peers": [{
                    "name": "tor-switch", "localAddress": NODE.address, "localPort": 1790}]}]}}))

        def restore():
            path.unlink()
            until(lambda: "remote AS 65001," in neighbor(NODE.address), 60, "it is as before")
        self.addCleanup(restore)

        def overridden():
            text = neighbor(NODE.address)
            return ("remote router ID 10.9.9.9" in text and "remote AS 65009," in text and
                    "Foreign port: 1790\n" in text)
        until(overridden, 60, "the session has another router ID, AS and port")
        listening = self.lab.command(NODE.name, "ss", "-Hltn").stdout
        self.assertRegex(listening, r":1179\s")
        # kill -9: the next agent has the port at once.
        self.lab.agent(NODE.name).kill()
        self.lab.agent(NODE.name).start()
        until(lambda: overridden() and self.sessions()[NODE.address] == "1", 15, "it is back")
        after = neighbor(other.address)
        for word in ("Connections established", "remote router ID", "Foreign port"):
            self.assertEqual(re.findall(f"{word}.*", after), re.findall(f"{word}.*", before))

    def test_a_mistake_is_told_and_changes_nothing(self):
        before = self.resets()
        with self.running_ping(topology.CURL_POD, "172.20.2.68") as ping:
            self.edit("bgp.yaml", "holdTimeSeconds: 9", "holdTimeSeconds: 2")
            until(lambda: "bgp.yaml, document 2, CiliumBGPPeerConfig cilium-peer: "
                  "spec.timers.holdTimeSeconds: Invalid value: 2: "
                  "should be greater than or equal to 3"
                  in self.lab.toriictl(NODE.name, "bgp", "conditions"), ROUTE_SECONDS,
                  "the agent tells file, document, field and rule")
            self.edit("bgp.yaml", "holdTimeSeconds: 2", "holdTimeSeconds: 9")
            until(lambda: "Invalid" not in self.lab.toriictl(NODE.name, "bgp", "conditions"),
                  ROUTE_SECONDS, "the agent has nothing more to say")
        self.assertEqual(self.resets(), before)
        self.assertEqual(ping.lost(), 0, ping.text)


if __name__ == "__main__":
    unittest.main(verbosity=2)
