"""The web console in a real browser on a running bellwether: the tests of
services/gateway/console/e2e/real. Skipped, and said so, where there is no Node or no Chromium."""

import os
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from server_process import BUILD, ROOT, ServerProcess, wait_until  # noqa: E402

# A portfolio that is there in seconds, in which some accounts are badly off.
OPTIONS = ("--demo", "--demo-accounts", "60", "--demo-days", "200",
           "--gateway-console", str(BUILD / "console"))
FILLED_SECONDS_MAX = 180
SKIPPED = 77


def dev_call(*words, **environment):
    """Runs one function of deploy/dev and returns its exit code and what it said."""
    run = subprocess.run(
        [str(ROOT / "dev"), "call", *words], cwd=ROOT, env={**os.environ, **environment},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return run.returncode, run.stdout


class ConsoleOnARunningSystem(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        status, said = dev_call("prepare_console_e2e")
        if status == SKIPPED:
            raise unittest.SkipTest(f"the console was not tried on a running system: {said}")
        if status != 0:
            raise AssertionError(f"the console could not be built, exit {status}\n{said}")

    def test_what_the_pages_promise_holds_on_it(self):
        with ServerProcess("console", OPTIONS) as server:
            server.start()
            wait_until(lambda: " firing " in server.ctl("alerts", "list"), FILLED_SECONDS_MAX,
                       "an alert of the demo")
            status, said = dev_call("test_console_real",
                                    BELLWETHER_URL=f"http://{server.http}",
                                    CONSOLE_RESULTS=str(server.folder / "browser"))
            print(said)
            self.assertEqual(status, 0, said)


if __name__ == "__main__":
    unittest.main()
