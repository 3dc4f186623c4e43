"""What every test on real processes wants when it fails: the ends of their logs."""

import unittest


class LogsAfterFailure(unittest.TestCase):
    """Remembers that something went wrong, for when the bed is about to go."""

    failed = False
    log_lines = 40

    @classmethod
    def processes(cls):
        """Those whose logs say why."""
        raise NotImplementedError

    def run(self, result=None):
        """As the base, and remembers."""
        before = len(result.failures) + len(result.errors)
        returned = super().run(result)
        if len(result.failures) + len(result.errors) > before:
            type(self).failed = True
        return returned

    @classmethod
    def print_logs_after_failure(cls):
        """The ends of all logs: the bed is gone when somebody reads the failure."""
        for process in cls.processes() if cls.failed else ():
            print(f"--- {process.name} (runs: {process.pid() is not None})")
            print(process.log_tail(cls.log_lines))
