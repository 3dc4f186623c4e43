"""Running commands, here and in a namespace."""

import subprocess


class CommandFailed(RuntimeError):
    """A command ended with another status than 0; the message holds what it said."""


def run(*command, check=True, timeout=30):
    """Runs a command and returns its CompletedProcess with text output."""
    result = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)
    if check and result.returncode != 0:
        said = (result.stdout + result.stderr).strip()
        raise CommandFailed(f"{' '.join(command)}: status {result.returncode}: {said}")
    return result


def ip_batch(lines, namespace=None):
    """Runs many `ip` commands in one process: bringing up the lab takes about a hundred."""
    command = ["ip", *(["-n", namespace] if namespace else []), "-batch", "-"]
    result = subprocess.run(command, input="\n".join(lines) + "\n", capture_output=True, text=True,
                            timeout=30, check=False)
    if result.returncode != 0:
        raise CommandFailed(f"ip -batch in {namespace}: {result.stderr.strip()}")


def inside(namespace, *command):
    """The command line that runs `command` in a namespace."""
    return ["ip", "netns", "exec", namespace, *command]
