"""Random faults, one after the other, from a seed: after each of them everything has to be well."""

import random
import time
from dataclasses import dataclass

from lab import invariants, observe, serving, topology
from lab.wait import until

RECOVERY_SECONDS = 60
HOLD_SECONDS = 9    # of the manifests
MEMORY_KIB = 16384  # more than at first, of one process
FILES = 16          # likewise, open ones


class SoakFailed(AssertionError):
    """What was not well, and how to come there again."""


@dataclass(frozen=True)
class Fault:
    """Something that happens to a lab, and is over when `act` returns. It may cost these sessions."""

    name: str
    act: object
    costs: frozenset = frozenset()


def _all_sessions():
    return frozenset(node.address for node in topology.NODES)


def _kill(lab, process):
    lab.process(process).kill()
    lab.process(process).start()


def _unplug(lab, node):
    lab.namespaces.set_cable(node, plugged=False)
    until(lambda: node.name not in serving.serving(lab), 20, f"{node.name} is left out")
    lab.namespaces.set_cable(node, plugged=True)


def _flap(lab, node):
    for plugged in (False, True) * 5:
        lab.namespaces.set_cable(node, plugged)


def _cut_port(lab, switch):
    lab.namespaces.set_router_cable(switch, plugged=False)
    until(lambda: not [n for n in topology.NODES if n.switch == switch.name
                       and n.name in serving.serving(lab)], 20, "nodes behind it are left out")
    lab.namespaces.set_router_cable(switch, plugged=True)


def _without_service(lab):
    path = lab.manifests / "webpod.yaml"
    text = path.read_text()
    path.unlink()
    until(lambda: not serving.serving(lab), 20, "the service is withdrawn")
    lab.write_manifest("webpod.yaml", text)


def _change_policy(lab):
    path = lab.manifests / "webpod.yaml"
    text = path.read_text()
    old, new = ("Local", "Cluster") if "externalTrafficPolicy: Local" in text else ("Cluster", "Local")
    lab.write_manifest("webpod.yaml", text.replace(f"externalTrafficPolicy: {old}",
                                                   f"externalTrafficPolicy: {new}"))


def _change_hash(lab):
    other = "l3" if "ECMP by l4" in lab.torii("show forwarding") else "l4"
    lab.torii("configure", f"set forwarding ecmp hash {other}", "commit")


def _clear_sessions(lab):
    for node in topology.NODES:
        lab.torii(f"clear bgp {node.address}")


def faults():
    """All there are."""
    every = _all_sessions()
    found = [
        Fault("the control plane is killed", lambda lab: _kill(lab, "torii-controlplane"), every),
        Fault("the packet engine is killed", lambda lab: _kill(lab, "torii-dataplane")),
        Fault("the management daemon is killed", lambda lab: _kill(lab, "torii-mgmtd")),
        Fault("the service goes and comes", _without_service),
        Fault("the service's traffic policy changes", _change_policy),
        Fault("the hash changes", _change_hash),
        Fault("all sessions are cleared", _clear_sessions, every),
    ]
    for node in topology.NODES:
        own = frozenset({node.address})
        found += [
            Fault(f"the agent of {node.name} is killed",
                  lambda lab, n=node: _kill(lab, f"torii-agent-{n.name}"), own),
            Fault(f"{node.name} loses its power", lambda lab, n=node: _unplug(lab, n), own),
            Fault(f"the link of {node.name} flaps", lambda lab, n=node: _flap(lab, n), own),
        ]
    for switch in topology.SWITCHES[:2]:
        behind = frozenset(n.address for n in topology.NODES if n.switch == switch.name)
        found.append(Fault(f"the router's port {switch.router_port} loses its link",
                           lambda lab, s=switch: _cut_port(lab, s), behind))
    return found


def _footprints(lab):
    """Process -> (memory in use in KiB, open files, its id)."""
    found = {}
    for process in (*lab.router_processes(), *lab.agents()):
        pid = process.pid()
        if pid is None:
            raise SoakFailed(f"{process.name} does not run; its log ends:\n{process.log_tail()}")
        found[process.name] = *observe.footprint(process), pid
    return found


class Soak:
    """Faults on a lab that is in full service, and what has to be so after each."""

    def __init__(self, lab, seed, write=print):
        self._lab, self._seed, self._write = lab, seed, write
        self._random = random.Random(seed)
        self._first = {}  # id of a process -> its footprint when it was first at rest
        self._excused = {}  # peer -> until when its session may be lost
        self.steps = 0

    def run(self, seconds):
        """Until the time is over. SoakFailed names seed, step and what was not well."""
        ends = time.monotonic() + seconds
        self._rest("at the beginning")
        while time.monotonic() < ends:
            fault = self._random.choice(faults())
            self.steps += 1
            begin = time.monotonic()
            before = observe.drops(self._lab)
            try:
                fault.act(self._lab)
                serving.wait_until_served(self._lab, RECOVERY_SECONDS)
                self._rest(f"after {fault.name}")
                self._check_sessions(before, fault, begin)
            except (AssertionError, TimeoutError) as error:
                raise SoakFailed(f"seed {self._seed}, step {self.steps}, {fault.name}: "
                                 f"{error}") from error
            self._write(f"{self.steps:4} {fault.name:45} well after "
                        f"{time.monotonic() - begin:5.1f} s")

    def _rest(self, when):
        """All tables agree, nothing is stale, nobody grows."""
        last = []

        def agree():
            last[:] = invariants.differences(self._lab)
            return not last

        try:
            until(agree, RECOVERY_SECONDS, f"all tables agree {when}")
        except TimeoutError as error:
            raise SoakFailed(f"{error}; {last}") from error
        for name, (memory, files, pid) in _footprints(self._lab).items():
            at_first = self._first.setdefault(pid, (memory, files))
            if memory > at_first[0] + MEMORY_KIB or files > at_first[1] + FILES:
                raise SoakFailed(f"{name} grows: {memory} KiB, {files} files; at first {at_first}")

    def _check_sessions(self, before, fault, begin):
        """Only those that the fault touches may have gone down; a killed control plane counts anew."""
        after = observe.drops(self._lab)
        # Of a session that was cut off for less than its hold time TCP may say so only later.
        self._excused.update({peer: time.monotonic() + HOLD_SECONDS for peer in fault.costs})
        lost = {peer for peer, count in after.items() if int(count) > int(before.get(peer, 0))
                and self._excused.get(peer, 0) < begin}
        if lost:
            raise SoakFailed(f"sessions lost without a cause: {sorted(lost)}")


def run(lab, seed, minutes):
    """The whole of it; the exit status."""
    print(f"Bringing up the lab. Seed {seed}: the same faults in the same order come of it.",
          flush=True)
    serving.bring_up(lab)
    soak = Soak(lab, seed, lambda text: print(text, flush=True))
    try:
        soak.run(60 * minutes)
    except SoakFailed as error:
        print(f"FAILED: {error}")
        return 1
    print(f"{soak.steps} faults in {minutes:g} minutes: after each of them RIB, packet engine, kernels "
          "and nftables agreed, nothing was stale, no session was lost without a cause, nobody grew.")
    return 0
