#!/usr/bin/env python3
"""The lab's command. `lab.py --help` tells what it can do."""

import argparse
import os
import sys
from pathlib import Path

# Run as a script, this folder is first on the path; the package is found from the one above it.
sys.path[0] = str(Path(__file__).resolve().parents[1])

from lab import demo, topology  # noqa: E402
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
    """Run a command on a host of the lab."""
    if not lab.namespaces.exists(arguments.host):
        raise KeyError(f"no host {arguments.host!r}; there are: "
                       + ", ".join(topology.namespace_names()))
    line = inside(lab.namespaces.name(arguments.host), *arguments.command)
    os.execvp(line[0], line)


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


def command_demo(lab, arguments):
    """Bring the lab up as far as step 9a and show traffic flowing through it."""
    del arguments
    demo.show(lab)


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
            if name in ("command_kill", "command_start"):
                sub.add_argument("process")
            if name == "command_exec":
                sub.add_argument("host")
                sub.add_argument("command", nargs=argparse.REMAINDER)
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
