"""The browser tests of services/gateway/console/e2e/real on a system that runs."""

import os
import subprocess

from server_process import ROOT

SKIPPED = 77


def _dev_call(function, **environment):
    """Runs one function of deploy/dev; its exit code and what it said."""
    run = subprocess.run(
        [str(ROOT / "dev"), "call", function], cwd=ROOT, env={**os.environ, **environment},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return run.returncode, run.stdout


def why_no_console():
    """Builds the console and its tests; why they cannot run here, or None."""
    status, said = _dev_call("prepare_console_e2e")
    assert status in (0, SKIPPED), f"the console could not be built, exit {status}\n{said}"
    return said if status == SKIPPED else None


def try_console(address, results):
    """Runs them against http://`address`; traces of failures go into the folder `results`."""
    status, said = _dev_call("test_console_real", BELLWETHER_URL=f"http://{address}",
                             CONSOLE_RESULTS=str(results))
    print(said)
    assert status == 0, said
