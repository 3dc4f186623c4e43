#!/usr/bin/env python3
"""The lab's command. `lab.py --help` tells what it can do."""

import argparse
import os
import sys
from pathlib import Path

# Run as a script, this folder is first on the path; the package is found from the one above it.
sys.path[0] = str(Path(__file__).resolve().parents[1])

from lab import demo, picture, soak, topology, walkthrough  # noqa: E402
from lab.shell import CommandFailed, inside  # noqa: E402
from lab.processes import ProcessFailed  # noqa: E402
from lab.system import Lab  # noqa: E402


def command_up(lab, arguments):
    """Bring the lab up: router configured, no BGP on the nodes yet (steps 1 and 2)."""
    del arguments
    print("Bringing up the lab: a router, three nodes with their pods, a client.", flush=True)
    lab.up()
    print("The lab is up.")


def command_down(lab, arguments):
    """Remove the lab."""
    del arguments
    lab.down()
    print("The lab is gone.")


def command_status(lab, arguments):
    """Show which processes run and who answers whom."""
    del arguments
    if not lab.namespaces.any_exists():
        print("The lab is down.")
        return
    for process in lab.processes():
        print(f"{process.name:28} {process.namespace:32} {process.pid() or 'does not run'}")
    for source in (topology.CURL_POD, topology.CLIENT):
        for node, pod in topology.web_pods():
            answer = "answers" if lab.fetch(source, pod.address) else "no answer"
            print(f"{source} -> {pod.name} ({pod.address} on {node.name}): {answer}")


def command_exec(lab, arguments):
    """Run a command on a host of the lab, or on "cluster", where toriictl asks all agents."""
    host = arguments.host
    if host != topology.CLUSTER and not lab.namespaces.exists(host):
        raise KeyError(f"no host {host!r}; there are: "
                       + ", ".join([topology.CLUSTER, *topology.namespace_names()]))
    line = lab.words_for(host, *arguments.command)
    environment = lab.environment(host)
    os.environ["PATH"] = environment["PATH"]  # where execvpe looks
    os.execvpe(line[0], line, environment)


def command_shell(lab, arguments):
    """Open the router's shell, or run it with the words given (-c 'show bgp summary')."""
    line = inside(lab.namespaces.name(topology.ROUTER), str(lab.program("torii")), "--run-dir",
                  str(lab.run_dir(topology.ROUTER)), *arguments.words)
    os.execvp(line[0], line)


def command_apply_manifests(lab, arguments):
    """Give the agents the manifests (step 3)."""
    del arguments
    lab.apply_manifests()


def command_set_static_routes(lab, arguments):
    """Route all pod addresses through the router on every node (step 9a)."""
    del arguments
    lab.namespaces.set_static_routes()


def command_kill(lab, arguments):
    """Kill a process as a crash would (SIGKILL)."""
    lab.process(arguments.process).kill()


def command_start(lab, arguments):
    """Start a process that does not run."""
    lab.process(arguments.process).start()


def command_restart_agents(lab, arguments):
    """End the agents in order and start them with these options of torii-agent."""
    lab.restart_agents(*arguments.options)


def command_unplug(lab, arguments):
    """Pull a node's cable out of its switch: what a node without power is like."""
    lab.namespaces.set_cable(topology.host(arguments.host), plugged=False)


def command_plug(lab, arguments):
    """Put it back."""
    lab.namespaces.set_cable(topology.host(arguments.host), plugged=True)


def command_walkthrough(lab, arguments):
    """Bring the lab up and tell the whole walkthrough, each step with what was to be seen."""
    del arguments
    sys.exit(walkthrough.tell(lab))


def command_soak(lab, arguments):
    """Bring the lab up and do random faults to it; after each everything has to be well."""
    seed = arguments.seed if arguments.seed is not None else int.from_bytes(os.urandom(4), "big")
    sys.exit(soak.run(lab, seed, arguments.minutes))


def command_picture(lab, arguments):
    """Draw topology, sessions, routes and packets per second as they are now."""
    for path in picture.write(lab, Path(arguments.file)):
        print(path)


def command_demo(lab, arguments):
    """Bring the lab up as far as step 9a and show traffic flowing through it."""
    del arguments
    demo.show(lab)


REST = {"nargs": argparse.REMAINDER}
ARGUMENTS = {  # command -> what it takes
    "kill": {"process": {}}, "start": {"process": {}}, "plug": {"host": {}}, "unplug": {"host": {}},
    "soak": {"--seed": {"type": int}, "--minutes": {"type": float, "default": 3}},
    "picture": {"file": {"nargs": "?", "default": "picture.svg"}},
    "restart_agents": {"options": REST}, "exec": {"host": {}, "command": REST},
}


def parse():
    """The command line."""
    parser = argparse.ArgumentParser(prog="lab.py", description=__doc__)
    parser.add_argument("--prefix", default=topology.DEFAULT_PREFIX, help="of the namespaces")
    parser.add_argument("--build", help="build folder whose programs are used")
    parser.add_argument("--device", choices=("xdp", "kernel"), help="driver of the router's ports")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, function in sorted(globals().items()):
        if name.startswith("command_"):
            sub = commands.add_parser(name[8:].replace("_", "-"), help=function.__doc__)
            sub.set_defaults(function=function)
            for argument, options in ARGUMENTS.get(name[8:], {}).items():
                sub.add_argument(argument, **options)
    arguments, words = parser.parse_known_args()
    arguments.words = words
    # The shell's own options are not ours to know.
    if arguments.words and arguments.command != "shell":
        parser.error(f"unknown arguments: {' '.join(arguments.words)}")
    return arguments


def main():
    """Runs one command; what goes wrong is said in a sentence, not in a traceback."""
    arguments = parse()
    if os.geteuid() != 0:
        sys.exit("The lab makes network namespaces: run it as root.")
    lab = Lab(arguments.prefix, arguments.build, arguments.device)
    try:
        arguments.function(lab, arguments)
    except (CommandFailed, ProcessFailed, TimeoutError, KeyError) as error:
        sys.exit(f"lab: {error.args[0]}")


if __name__ == "__main__":
    main()
