"""SIGTERM while a call is under way: probes see that the process is going, the call is answered,
and the process ends by itself.

On the embedded parts, so that the call can be held: another holder of the store's lock lets it wait.
"""

import contextlib
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from server_process import (  # noqa: E402
    BUILD, die_with_parent, http_get, http_ready, lasting_port, not_ready_because, wait_until)

READY_SECONDS_MAX = 60
SOON_SECONDS_MAX = 8  # shorter than a writer waits for the lock
END_SECONDS_MAX = 30


class Drain(unittest.TestCase):
    def setUp(self):
        base = BUILD / "e2e"
        base.mkdir(parents=True, exist_ok=True)
        self.folder = Path(tempfile.mkdtemp(prefix="drain-", dir=base))
        self.addCleanup(shutil.rmtree, self.folder)
        self.grpc = f"127.0.0.1:{lasting_port()}"
        self.http = f"127.0.0.1:{lasting_port()}"

    def test_of_a_service_program(self):
        self.drain("bellwether-alerts", "--listen", self.grpc, "--admin", self.http, "--bus",
                   f"embedded:{self.folder}/bus", "--store", f"sqlite:{self.folder}")

    def test_of_the_program_of_all_services(self):
        self.drain("bellwether", "--grpc", self.grpc, "--http", self.http, "--data", self.folder)

    def drain(self, program, *options):
        process = self.launch(program, *options)
        wait_until(lambda: http_ready(self.http), READY_SECONDS_MAX, "it is ready")
        with self.store_locked():
            call = self.launch("bellwetherctl", "--server", self.grpc, "--timeout", "60", "alerts",
                               "ack", "R13.nobody.1", "--as", "wang", stderr=subprocess.PIPE)
            wait_until(lambda: "bellwether_rpc_in_flight 1" in http_get(self.http, "/metrics")[1],
                       SOON_SECONDS_MAX, "the call is under way")
            process.send_signal(signal.SIGTERM)
            wait_until(lambda: not_ready_because(self.http, "draining"), SOON_SECONDS_MAX,
                       "it says that it is going")
            self.assertEqual(http_get(self.http, "/healthz")[0], 200)
            self.assertIsNone(process.poll(), "the call is waited for")
        _, said = call.communicate(timeout=END_SECONDS_MAX)
        self.assertIn("ALERT_NOT_FOUND", said.decode(), "it is answered as always")
        self.assertEqual(process.wait(END_SECONDS_MAX), 0)

    @contextlib.contextmanager
    def store_locked(self):
        with contextlib.closing(sqlite3.connect(self.folder / "alerts.db", timeout=READY_SECONDS_MAX,
                                                isolation_level=None)) as store:
            store.execute("BEGIN IMMEDIATE")
            yield
            store.execute("ROLLBACK")

    def launch(self, program, *options, stderr=None):
        with open(self.folder / f"{program}.log", "ab") as log:
            process = subprocess.Popen(
                [str(BUILD / "bin" / program), *map(str, options)], stdin=subprocess.DEVNULL,
                stdout=log, stderr=stderr or log, preexec_fn=die_with_parent)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process


if __name__ == "__main__":
    unittest.main()
