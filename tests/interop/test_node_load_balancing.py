"""The node's load balancing with nftables: what clients, pods and the kernel see of it."""

import os
import socket
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from balancing_bed import (Bed, CLIENT, CLIENT_ADDRESS, CLIENT_V6, Connection,  # noqa: E402
                           Datagrams, LOCAL, NODE, NODE_INSIDE, NODE_INSIDE_V6, NODE_OUTSIDE,
                           NODE_OUTSIDE_V6, PODS, POD_PORT, REMOTE, V6, ask, inside, run, service,
                           slice_of, until)
from sctp import Association, init_arrives  # noqa: E402

PROGRAMS = Path(os.environ.get(
    "TORII_BUILD", Path(__file__).resolve().parents[2] / "build/release")) / "bin"
ALL = (*LOCAL, REMOTE)
SECONDS = 5
# Below those that the kernel gives to connections that ask for none.
STEADY_PORTS = range(21000, 21020)
SHRINKING_PORTS = range(22000, 22100)


class NodeLoadBalancing(unittest.TestCase):
    """One bed for all; every test has services and addresses of its own."""

    @classmethod
    def setUpClass(cls):
        cls.bed = Bed(PROGRAMS, Path("/run/torii/nlb"))
        cls.addClassCleanup(cls.bed.close)
        cls.bed.open()

    def tearDown(self):
        if self._outcome and not self._outcome.success:
            print(self.bed.agent.log_tail(30))
        self.bed.agent.check()

    def answers(self, address, port, count, **how):
        """What `count` connections, each from a port of its own, got."""
        return [ask(address, port, **how) for _ in range(count)]

    def serve(self, name, *endpoints, **spec):
        """A service that is up."""
        self.bed.apply(service(name, **spec), slice_of(name, *endpoints))
        until(lambda: f"/{name}/" in self.bed.ruleset(), SECONDS, f"{name} is programmed")

    def test_a_load_balancer_ip_reaches_all_and_masquerades_only_to_other_nodes(self):
        """Policy Cluster."""
        self.serve("cluster", *ALL, type="LoadBalancer", ingress=["172.16.0.1"],
                   clusterIP="10.96.0.1", port={"nodePort": 30001})
        for address, port in (("172.16.0.1", 80), (NODE_OUTSIDE, 30001)):
            answers = self.answers(address, port, 60)
            self.assertEqual({pod for pod, _ in answers}, set(ALL))
            for pod, seen in answers:
                self.assertEqual(seen, NODE_INSIDE if pod == REMOTE else CLIENT_ADDRESS)

    def test_local_keeps_the_client_and_uses_only_this_node(self):
        """Policy Local; inside the cluster its address reaches all."""
        self.serve("local", *ALL, type="LoadBalancer", ingress=["172.16.0.2"],
                   clusterIP="10.96.0.2", externalTrafficPolicy="Local")
        answers = self.answers("172.16.0.2", 80, 40)
        self.assertEqual({pod for pod, _ in answers}, set(LOCAL))
        self.assertEqual({seen for _, seen in answers}, {CLIENT_ADDRESS})
        self.assertEqual({pod for pod, _ in self.answers("172.16.0.2", 80, 60, of=NODE)}, set(ALL))

    def test_cluster_ips_are_for_the_cluster(self):
        """From the node and from pods, which may also reach themselves; not from outside."""
        self.serve("inner", *ALL, clusterIP="10.96.0.3")
        for who in (NODE, PODS[LOCAL[0]]):
            self.assertEqual({pod for pod, _ in self.answers("10.96.0.3", 80, 60, of=who)},
                             set(ALL))
        with self.assertRaises(TimeoutError):
            ask("10.96.0.3", 80, timeout=1)

    def test_the_same_source_port_goes_to_the_same_pod(self):
        """Also once the node has forgotten its connections, as another node never knew them."""
        self.serve("steady", *ALL, type="LoadBalancer", ingress=["172.16.0.4"],
                   clusterIP="10.96.0.4")
        first = {}
        for port in STEADY_PORTS:
            connection = Connection("172.16.0.4", 80, source_port=port)
            first[port] = connection.ask()[0]
            # Reset, so that the port can be used again at once.
            connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                         b"\x01\0\0\0\0\0\0\0")
            connection.close()
        self.assertEqual(set(first.values()), set(ALL))
        for port, pod in first.items():
            self.assertEqual(ask("172.16.0.4", 80, source_port=port)[0], pod)

    def test_affinity_sticks_while_endpoints_come_and_goes_with_its_endpoint(self):
        """ClientIP."""
        affinity = {"type": "LoadBalancer", "clusterIP": "10.96.0.5", "ingress": ["172.16.0.5"],
                    "sessionAffinity": "ClientIP"}
        self.serve("sticky", REMOTE, **affinity)
        self.assertEqual(ask("172.16.0.5", 80)[0], REMOTE)
        self.bed.apply(slice_of("sticky", *ALL))
        until(lambda: ask("172.16.0.5", 80, of=NODE)[0] and
              self.bed.ruleset().count("set affinity/test/sticky/") == 3, SECONDS, "three are there")
        self.assertEqual({pod for pod, _ in self.answers("172.16.0.5", 80, 20)}, {REMOTE})
        self.bed.apply(slice_of("sticky", *LOCAL))
        until(lambda: ask("172.16.0.5", 80)[0] in LOCAL, SECONDS, "it is gone")
        self.assertEqual(len({pod for pod, _ in self.answers("172.16.0.5", 80, 20)}), 1)

    def test_an_endpoint_that_leaves_takes_only_its_own(self):
        """Connections stay where they are; source ports of the others go where they went."""
        self.serve("shrinking", *ALL, type="LoadBalancer", ingress=["172.16.0.6"],
                   clusterIP="10.96.0.6")
        held = [Connection("172.16.0.6", 80, source_port=port) for port in SHRINKING_PORTS]
        before = [connection.ask()[0] for connection in held]
        self.bed.apply(slice_of("shrinking", *ALL, terminating=(REMOTE,)))
        until(lambda: REMOTE not in {pod for pod, _ in self.answers("172.16.0.6", 80, 30)}, SECONDS,
              "no new connection goes there")
        self.assertEqual([connection.ask()[0] for connection in held], before)
        moved = 0
        for connection, pod, port in zip(held, before, SHRINKING_PORTS):
            connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                         b"\x01\0\0\0\0\0\0\0")
            connection.close()
            now = ask("172.16.0.6", 80, source_port=port)[0]
            self.assertNotEqual(now, REMOTE)
            moved += pod != REMOTE and now != pod
        stayed = sum(pod != REMOTE for pod in before)
        self.assertLessEqual(moved, stayed / 10, f"of {stayed} that had no reason to")

    def test_without_endpoints_it_is_refused_at_once_and_other_ports_are_dropped(self):
        """And all endpoints that terminate are better than none."""
        self.bed.apply(service("empty", type="LoadBalancer", ingress=["172.16.0.7"],
                               clusterIP="10.96.0.7"))
        until(lambda: "172.16.0.7 . tcp . 80" in self.bed.ruleset(), SECONDS, "it is programmed")
        for who, address in ((CLIENT, "172.16.0.7"), (NODE, "10.96.0.7"), (NODE, "172.16.0.7")):
            start = time.monotonic()
            with self.assertRaises(ConnectionRefusedError):
                ask(address, 80, of=who)
            self.assertLess(time.monotonic() - start, 0.5)
        with self.assertRaises(TimeoutError):
            ask("172.16.0.7", 81, timeout=1)
        with self.assertRaises(ConnectionRefusedError):
            ask("10.96.0.7", 81, of=NODE)
        self.bed.apply(slice_of("empty", LOCAL[0], terminating=LOCAL))
        until(lambda: ask("172.16.0.7", 80)[0] == LOCAL[0], SECONDS, "the terminating one serves")

    def test_source_ranges(self):
        """Only who is in one of them."""
        self.serve("ranged", *LOCAL, type="LoadBalancer", ingress=["172.16.0.8"],
                   clusterIP="10.96.0.8", loadBalancerSourceRanges=["198.51.100.0/24"])
        with self.assertRaises(TimeoutError):
            ask("172.16.0.8", 80, timeout=1)
        self.bed.apply(service("ranged", type="LoadBalancer", ingress=["172.16.0.8"],
                               clusterIP="10.96.0.8", loadBalancerSourceRanges=[
                                   "198.51.100.0/24", "192.0.2.0/24"]))
        until(lambda: ask("172.16.0.8", 80, timeout=1)[1] == CLIENT_ADDRESS, SECONDS, "it is let in")

    def test_killing_the_agent_loses_nothing_and_what_changed_meanwhile_is_found(self):
        """kill -9; the table works on, and the next agent changes only what differs."""
        self.serve("lasting", *ALL, type="LoadBalancer", ingress=["172.16.0.9"],
                   clusterIP="10.96.0.9")
        self.serve("leaving", *ALL, type="LoadBalancer", ingress=["172.16.0.10"],
                   clusterIP="10.96.0.10")
        held = [Connection("172.16.0.9", 80) for _ in range(10)]
        for connection in held:
            self.addCleanup(connection.close)
        where = [connection.ask()[0] for connection in held]
        before = self.bed.ruleset()
        self.bed.agent.kill()
        self.answers("172.16.0.9", 80, 20)
        self.bed.delete(service("leaving"), slice_of("leaving"))
        self.bed.agent.start()
        until(lambda: self.answers("172.16.0.9", 80, 10) and "/leaving/" not in self.bed.ruleset(),
              SECONDS, "what was deleted meanwhile is gone")
        self.assertEqual([connection.ask()[0] for connection in held], where)
        with self.assertRaises(TimeoutError):
            ask("172.16.0.10", 80, timeout=1)
        # Back as it was: nothing else had changed.
        self.serve("leaving", *ALL, type="LoadBalancer", ingress=["172.16.0.10"],
                   clusterIP="10.96.0.10")
        self.assertEqual(sorted(before.splitlines()), sorted(self.bed.ruleset().splitlines()))

    def test_no_packet_is_lost_while_services_change(self):
        """Connections to one, while others come and go; its own chain stays."""
        self.serve("quiet", *ALL, type="LoadBalancer", ingress=["172.16.0.11"],
                   clusterIP="10.96.0.11")
        rules = [line for line in self.bed.ruleset().splitlines() if "chain service/test/quiet" in line]
        for number in range(20, 40):
            self.bed.apply(service(f"s{number}", clusterIP=f"10.96.1.{number}"),
                           slice_of(f"s{number}", *ALL))
            self.assertIn(ask("172.16.0.11", 80, timeout=0.5)[0], ALL)
        until(lambda: "/s39/" in self.bed.ruleset(), SECONDS, "all are there")
        for number in range(20, 40):
            self.bed.delete(service(f"s{number}"), slice_of(f"s{number}"))
            self.assertIn(ask("172.16.0.11", 80, timeout=0.5)[0], ALL)
        until(lambda: "/s39/" not in self.bed.ruleset(), SECONDS, "all are gone")
        self.assertEqual(rules, [line for line in self.bed.ruleset().splitlines()
                                 if "chain service/test/quiet" in line])

    def test_somebody_who_deletes_the_table_is_put_right_by_the_next_change(self):
        """An error of the kernel is no end: what there is gets read anew."""
        self.serve("robust", *ALL, type="LoadBalancer", ingress=["172.16.0.12"],
                   clusterIP="10.96.0.12")
        run(*inside(NODE, "nft", "delete", "table", "inet", "torii"))
        self.bed.apply(slice_of("robust", *LOCAL))
        until(lambda: ask("172.16.0.12", 80, timeout=0.5)[0] in LOCAL, SECONDS, "it is back")

    def test_ipv6(self):
        """Policy Cluster, and Local."""
        for name, policy, number in (("six", "Cluster", 1), ("six-local", "Local", 2)):
            self.bed.apply(
                service(name, type="LoadBalancer", ingress=[f"2001:db8:f00::{number}"],
                        clusterIP=f"fd00:96::{number}", externalTrafficPolicy=policy,
                        port={"nodePort": 30100 + number}),
                slice_of(name, *ALL, family="IPv6"))
            until(lambda n=name: f"/{n}/" in self.bed.ruleset(), SECONDS, f"{name} is programmed")
        for address, port in (("2001:db8:f00::1", 80), (NODE_OUTSIDE_V6, 30101)):
            answers = self.answers(address, port, 60)
            self.assertEqual({pod for pod, _ in answers}, {V6[pod] for pod in ALL})
            for pod, seen in answers:
                self.assertEqual(seen, NODE_INSIDE_V6 if pod == V6[REMOTE] else CLIENT_V6)
        answers = self.answers("2001:db8:f00::2", 80, 30)
        self.assertEqual({pod for pod, _ in answers}, {V6[pod] for pod in LOCAL})
        self.assertEqual({seen for _, seen in answers}, {CLIENT_V6})
        self.assertEqual({pod for pod, _ in self.answers("fd00:96::1", 80, 40, of=NODE)},
                         {V6[pod] for pod in ALL})
        with self.assertRaises(TimeoutError):
            ask("fd00:96::1", 80, timeout=1)

    def datagrams(self, address, port, count, **how):
        """What `count` sockets were answered."""
        answers = []
        for _ in range(count):
            client = Datagrams(address, port, **how)
            self.addCleanup(client.close)
            answers.append(client.ask())
        return answers

    def test_udp_is_spread_and_leaves_an_endpoint_that_is_gone(self):
        """A client that never stops sending would stay with it for ever."""
        self.bed.apply(service("dns", type="LoadBalancer", ingress=["172.16.0.13"],
                               clusterIP="10.96.0.13", port={"protocol": "UDP", "nodePort": 30113}),
                       slice_of("dns", *ALL, protocol="UDP"))
        until(lambda: "/dns/" in self.bed.ruleset(), SECONDS, "it is programmed")
        for address, port in (("172.16.0.13", 80), (NODE_OUTSIDE, 30113)):
            answers = self.datagrams(address, port, 40)
            self.assertEqual({pod for pod, _ in answers}, set(ALL))
            for pod, seen in answers:
                self.assertEqual(seen, NODE_INSIDE if pod == REMOTE else CLIENT_ADDRESS)
        held = [Datagrams("172.16.0.13", 80, source_port=port) for port in range(23000, 23030)]
        for client in held:
            self.addCleanup(client.close)
        before = [client.ask()[0] for client in held]
        self.assertEqual(set(before), set(ALL))
        # One that terminates keeps what it has.
        self.bed.apply(slice_of("dns", *ALL, protocol="UDP", terminating=(REMOTE,)))
        until(lambda: REMOTE not in {pod for pod, _ in self.datagrams("172.16.0.13", 80, 20)},
              SECONDS, "it gets no new ones")
        self.assertEqual([client.ask()[0] for client in held], before)
        self.bed.apply(slice_of("dns", *LOCAL, protocol="UDP"))
        until(lambda: REMOTE not in {client.ask()[0] for client in held}, SECONDS, "it has left")
        for client, pod in zip(held, before):
            self.assertIn(client.ask()[0], LOCAL if pod == REMOTE else (pod,))

    def test_udp_over_ipv6_and_without_endpoints(self):
        """An ICMP error for each datagram, until there are some."""
        self.bed.apply(service("dns6", type="LoadBalancer", ingress=["2001:db8:f00::3"],
                               clusterIP="fd00:96::3", port={"protocol": "UDP"}))
        until(lambda: "2001:db8:f00::3" in self.bed.ruleset(), SECONDS, "it is programmed")
        client = Datagrams("2001:db8:f00::3", 80)
        self.addCleanup(client.close)
        with self.assertRaises(ConnectionRefusedError):
            client.ask()
        self.bed.apply(slice_of("dns6", *ALL, protocol="UDP", family="IPv6"))
        until(lambda: "/dns6/" in self.bed.ruleset(), SECONDS, "it has endpoints")
        self.assertIn(client.ask()[0], V6.values())

    def test_sctp(self):
        """Both ways; the checksum covers the ports and is made anew. The kernel has no sockets."""
        self.bed.apply(service("signal", type="LoadBalancer", ingress=["172.16.0.14"],
                               clusterIP="10.96.0.14", port={"protocol": "SCTP"}),
                       slice_of("signal", LOCAL[0], protocol="SCTP"))
        until(lambda: "/signal/" in self.bed.ruleset(), SECONDS, "it is programmed")
        with Association(PODS[LOCAL[0]], POD_PORT) as pod, Association(CLIENT, 23100) as client:
            init_arrives(client, pod, "172.16.0.14", 80)

    def test_health_check_port(self):
        """As kube-proxy answers."""
        self.serve("checked", REMOTE, type="LoadBalancer", ingress=["172.16.0.15"],
                   clusterIP="10.96.0.15", externalTrafficPolicy="Local", healthCheckNodePort=30115)

        def status():
            return run(*inside(CLIENT, "curl", "-s", "-o", "/dev/null", "-w", "%{http_code}",
                               f"http://{NODE_OUTSIDE}:30115/"), check=False).stdout
        until(lambda: status() == "503", SECONDS, "no endpoint is here")
        self.bed.apply(slice_of("checked", *ALL))
        until(lambda: status() == "200", SECONDS, "some are here")
        self.bed.delete(service("checked"), slice_of("checked"))
        until(lambda: status() == "000", SECONDS, "nobody listens")


if __name__ == "__main__":
    unittest.main(verbosity=2)
