"""Cases of tests/interop/cases with the resources at an API server: the routes are those of a folder."""

import os
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from lab_test import SOURCE_ROOT  # noqa: E402
from api_case import ApiCase, FakeServer  # noqa: E402
from api_neighbors import Neighbors  # noqa: E402

CASES = Path(__file__).with_name("cases")
PROGRAMS = Path(os.environ.get("TORII_BUILD", SOURCE_ROOT / "build/release")) / "bin"
RUN_ROOT = Path("/run/torii")


class AgentApi(unittest.TestCase):
    """A server for each case."""

    def run_case(self, name):
        """Opens, runs and closes it; the agent's log is shown when it went wrong."""
        server = FakeServer(PROGRAMS, f"ia-{name}-s", RUN_ROOT / f"ia-{name}-s")
        self.addCleanup(server.close)
        server.open()
        case = ApiCase(CASES / name, PROGRAMS, RUN_ROOT, f"ia-{name}", server)
        self.addCleanup(case.close)
        case.open()
        try:
            case.run()
        except Exception:
            print(case.agent.log_tail(40))
            raise
        return case, server

    def test_services(self):
        self.run_case("services")

    def test_attributes(self):
        self.run_case("attributes")

    def test_instances(self):
        self.run_case("instances")

    def test_settings(self):
        self.run_case("settings")

    def test_nodes_tell_each_other_of_their_drains(self):
        server = FakeServer(PROGRAMS, "ia-drain-s", RUN_ROOT / "ia-drain-s")
        self.addCleanup(server.close)
        server.open()
        neighbors = Neighbors(server, PROGRAMS, RUN_ROOT, "ia-drain")
        self.addCleanup(neighbors.close)
        neighbors.open()
        neighbors.check()

    def test_a_server_that_ends_takes_no_route_away(self):
        case, server = self.run_case("services")
        case.step_apply(["cluster.yaml", "cluster-service.yaml"])
        expected = next(step["expect_routes"] for step in case.data["steps"]
                        if "expect_routes" in step)
        case.step_expect_routes(expected)
        server.process.kill()
        case.until_log("Connection refused")
        case.step_expect_routes(expected)
        # The next server knows nothing: that is what it says, and what is believed.
        server.process.start()
        case.step_expect_routes(expected | {"exactly": []})
        case.applied.clear()


if __name__ == "__main__":
    unittest.main(verbosity=2)
