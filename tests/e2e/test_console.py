"""The web console in a real browser on a running bellwether: the tests of
services/gateway/console/e2e/real. Skipped, and said so, where there is no Node or no Chromium."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from console_on_system import try_console, why_no_console  # noqa: E402
from server_process import BUILD, ServerProcess, wait_until  # noqa: E402

# A portfolio that is there in seconds, in which some accounts are badly off.
OPTIONS = ("--demo", "--demo-accounts", "60", "--demo-days", "200",
           "--gateway-console", str(BUILD / "console"))
FILLED_SECONDS_MAX = 180


class ConsoleOnARunningSystem(unittest.TestCase):
    def test_what_the_pages_promise_holds_on_it(self):
        if why := why_no_console():
            self.skipTest(f"the console was not tried on a running system: {why}")
        with ServerProcess("console", OPTIONS) as server:
            server.start()
            wait_until(lambda: " firing " in server.ctl("alerts", "list"), FILLED_SECONDS_MAX,
                       "an alert of the demo")
            try_console(server.http, server.folder / "browser")


if __name__ == "__main__":
    unittest.main()
