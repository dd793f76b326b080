"""A server that goes away after the start, dead or only silent: every kind of service says that it is
not ready, and why, and is ready again by itself once the server is back.
"""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from full_stack import FullStack  # noqa: E402
from server_process import http_get, not_ready_because, wait_until  # noqa: E402

SERVICES = ("accounts-1", "opportunities-1", "health-1", "alerts-1", "gateway-1")
NOTICED_SECONDS_MAX = 60


class LostServers(unittest.TestCase):
    def test_make_every_service_not_ready_until_they_are_back(self):
        with FullStack("lost-servers", SERVICES) as self.stack:
            self.stack.start()
            for server, why in (("kafka", "no broker answers"),
                                ("postgres", "the database cannot be reached")):
                self.stack.kill(server)
                self.wait_not_ready(why)
                self.stack.launch(server)
                self.stack.wait_server(server)
                self.stack.wait_ready()

                self.stack.freeze(server)
                self.wait_not_ready()
                self.stack.thaw(server)
                self.stack.wait_ready()

    def wait_not_ready(self, why=""):
        for name in self.stack.services:
            admin = f"127.0.0.1:{self.stack.port(f'{name}-admin')}"
            wait_until(lambda admin=admin: not_ready_because(admin, why), NOTICED_SECONDS_MAX,
                       f"{name} is not ready: {why}")
            self.assertEqual(http_get(admin, "/healthz")[0], 200, f"{name} runs")


if __name__ == "__main__":
    unittest.main()
