"""A story about a lab that is true: what a person types, what it prints, what had to be seen in it.

The steps are written once. `./run walkthrough` prints them; the end-to-end test runs the same ones.
"""

import collections
import re
import subprocess
import time
from contextlib import contextmanager

from lab import observe, topology
from lab.system import SOURCE_ROOT
from lab.wait import until

WAIT_SECONDS = 20
SHOWN_LINES = 14
RUN = "./run"  # in place of a host, what is typed in the clone
SLICE = "webpod-2zb7b"


class StepFailed(AssertionError):
    """What had to be seen was not; the message says what was."""


class Story:
    """Runs the commands of steps on a lab and tells them."""

    def __init__(self, lab, write=print):
        self.lab = lab
        self._write = write
        self._ports = 20000  # source ports of the next requests: each is used once

    # --- telling ---------------------------------------------------------------------------------

    def tell(self, text):
        """A sentence between the commands."""
        self._write(f"  {text}")

    def check(self, what, holds, seen=""):
        """What has to be so; StepFailed says `seen` if it is not."""
        self._write(f"    {'✓' if holds else '✗'} {what}")
        if not holds:
            raise StepFailed(f"{what}; seen: {seen}")

    def expect(self, what, text, *patterns):
        """Every one of the patterns is found in a text."""
        missing = [pattern for pattern in patterns if not re.search(pattern, text, re.M)]
        self.check(what, not missing, f"no {missing} in:\n{text}")

    def _typed(self, host, line):
        prompt = "$ ./run " if host == RUN else f"{host}# "
        first, *more = line.splitlines()
        self._write("\n    ".join((f"  {prompt}{first}", *more)))

    def _printed(self, text, lines):
        shown = text.rstrip("\n").splitlines()
        for line in shown[:lines]:
            self._write(f"    | {line}".rstrip())
        if len(shown) > lines:
            self._write(f"    | ... {len(shown) - lines} more lines")

    # --- commands --------------------------------------------------------------------------------

    def silently(self, host, line, check=True):
        """What a line of shell prints on a host, both streams."""
        done = subprocess.run(self.lab.words_for(host, "sh", "-c", line), cwd=SOURCE_ROOT,
                              env=self.lab.environment(host), stdin=subprocess.DEVNULL, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60,
                              check=False)
        if check and done.returncode != 0:
            raise StepFailed(f"{host}# {line}: status {done.returncode}: {done.stdout}")
        return done.stdout

    def run(self, host, line, lines=SHOWN_LINES, check=True):
        """A line of shell on a host, shown with what it prints."""
        self._typed(host, line)
        printed = self.silently(host, line, check)
        self._printed(printed, lines)
        return printed

    def wait(self, host, line, want, what, seconds=WAIT_SECONDS, lines=SHOWN_LINES):
        """The same again and again, until `want` (a pattern, or a function of the output) is met.

        Shown once, with the output that met it.
        """
        wanted = want if callable(want) else lambda text: re.search(want, text, re.M)
        printed = ""

        def met():
            nonlocal printed
            printed = self.silently(host, line, check=False)
            return wanted(printed)

        self._typed(host, line)
        begin = time.monotonic()
        try:
            until(met, seconds, what)
        except TimeoutError:
            self._printed(printed, lines)
            self.check(what, False, f"not within {seconds} s:\n{printed}")
        self._printed(printed, lines)
        self.check(what + f" ({time.monotonic() - begin:.1f} s)", True)
        return printed

    def configure(self, *lines):
        """Lines of the router's shell, committed."""
        text = "\n".join(("configure", *lines, "commit"))
        printed = self.run(topology.ROUTER, f"torii <<END\n{text}\nEND")
        self.expect("the configuration is in force", printed, "is in force")

    # --- what happens to the lab: ./run has these as commands ------------------------------------

    def kill(self, process):
        """kill -9"""
        self._typed(RUN, f"kill {process}")
        self.lab.process(process).kill()

    def start(self, process):
        """Starts it again."""
        self._typed(RUN, f"start {process}")
        self.lab.process(process).start()

    def restart_agents(self, *options):
        """As `helm upgrade` and `rollout restart`: with other options."""
        self._typed(RUN, "restart-agents " + " ".join(
            f"'{word}'" if " " in word else word for word in options))
        self.lab.restart_agents(*options)

    def set_cable(self, node, plugged):
        """A node's cable."""
        self._typed(RUN, f"{'plug' if plugged else 'unplug'} {node}")
        self.lab.namespaces.set_cable(topology.node(node), plugged)

    def scale(self, *nodes):
        """The deployment's pods are on these nodes from now on."""
        self.tell("(what Kubernetes' controllers make of `kubectl scale deployment webpod "
                  f"--replicas {len(nodes)}`)")
        ready = '"conditions":{"ready":true}'
        endpoints = [f'{{"addresses":["{pod.address}"],"nodeName":"{node.name}",{ready}}}'
                     for node, pod in topology.web_pods() if node.name in nodes]
        for node, pod in topology.web_pods():
            if node.name in nodes:
                self.lab.process(pod.name).start()
        self.run(topology.CLUSTER, f"toriictl patch endpointslice {SLICE} -p "
                 f"'{{\"endpoints\":[{','.join(endpoints)}]}}'")
        for node, pod in topology.web_pods():
            if node.name not in nodes:
                self.lab.process(pod.name).stop()
        for node, pod in topology.web_pods():
            if node.name in nodes:
                until(lambda n=node, p=pod: self.lab.fetch(n.name, p.address), WAIT_SECONDS,
                      f"{pod.name} answers its own node")

    @contextmanager
    def pinging(self, source, address):
        """Two hundred pings a second meanwhile; none may be lost."""
        self._typed(source, f"ping -i 0.005 {address} &")
        with observe.RunningPing(self.lab, source, address, "0.005") as ping:
            yield ping
        self.check(f"of {ping.sent()} pings meanwhile none was lost", ping.lost() == 0,
                   f"{ping.lost()} lost")

    # --- requests --------------------------------------------------------------------------------

    def unanswered(self, source, address):
        """One request that has to wait in vain."""
        said = self.run(source, f"curl -s -m 0.7 http://{address}/ || echo no answer")
        self.check(f"{address} is not reached", said == "no answer\n", said)

    def ask(self, source, address, count=24, seconds=2):
        """So many requests, each on a connection of its own.

        (pod, address of the client as the pod has seen it) -> answers; ("", "") -> no answer.
        """
        first, self._ports = self._ports, self._ports + count
        # One process for all of them: starting a hundred would take longer than the answers.
        line = (f"curl -s -Z --parallel-immediate -m {seconds} -H 'Connection: close' "
                f"--local-port {first}-{first + count - 1} 'http://{address}/?[1-{count}]'")
        self._typed(source, f"{line} | grep -E 'Hostname|RemoteAddr'")
        text = self.silently(source, line, check=False)
        found = collections.Counter(re.findall(
            r"Hostname: (\S+)\n(?:IP: .*\n)*RemoteAddr: ([^:\s]+)", text))
        if found.total() < count:
            found["", ""] = count - found.total()
        for (pod, seen), number in sorted(found.items()):
            self._write(f"    | {number:7} {pod or '(no answer)'} {seen}".rstrip())
        return found

    def wait_for_members(self, prefix, *nodes):
        """Until the packet engine sends to exactly these nodes what is for a prefix."""
        wanted = {topology.node(name).address for name in nodes}
        self.wait(topology.ROUTER, f"torii -c 'show forwarding route {prefix}'",
                  lambda text: set(re.findall(r" ([\d.]+) +eth\d ", text)) == wanted
                  and bool(wanted) == (f"{prefix} " in text),
                  f"the packet engine has {', '.join(nodes) or 'nobody'} for {prefix}")

    def packets_by_node(self, prefix, act):
        """Name of node -> packets sent to it while `act()` runs, and what that returns."""
        before = observe.members(self.lab, prefix)
        result = act()
        names = {node.address: node.name for node in topology.NODES}
        # The counters may be a moment behind the packets.
        last = until(lambda: self._settled(prefix), WAIT_SECONDS, "the counters stand still", 0.3)
        return {names[address]: count - before.get(address, 0)
                for address, count in last.items()}, result

    def _settled(self, prefix):
        """The counters, if they have not moved since the last look."""
        seen, self._seen = getattr(self, "_seen", None), observe.members(self.lab, prefix)
        return self._seen if seen == self._seen else None


def pods(answers):
    """Names of the pods that have answered; "" stands for no answer."""
    return {pod for pod, _ in answers}


def seen_by_pods(answers):
    """Addresses that pods have seen."""
    return {seen for _, seen in answers}


def pod_of(node):
    """The name of the webpod on a node."""
    return next(pod.name for owner, pod in topology.web_pods() if owner.name == node)
