"""Running the load generator phase by phase."""

import json
import subprocess


class WrongResult(Exception):
    """A device lost a session or a route."""


class Load:
    """The load generator in a namespace; `options` has build, scale and patience."""

    def __init__(self, namespace, workload, options):
        command = ["ip", "netns", "exec", namespace, options.build / "bin/torii_bgpload", workload,
                   "--scale", str(options.scale), "--patience", str(options.patience)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)
        self.read()  # ready

    def read(self):
        """The next line it prints."""
        line = self.process.stdout.readline()
        if not line:
            raise WrongResult("the load generator ended")
        return json.loads(line)

    def begin(self):
        """Lets it begin the next phase; read() has its outcome."""
        try:
            self.process.stdin.write("\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise WrongResult("the load generator ended between two phases") from None

    def phase(self):
        """Lets it run the next phase; its outcome."""
        self.begin()
        return self.read()

    def end(self):
        """Ends it."""
        self.process.kill()
        self.process.wait()
