"""Stops of deploy/dev wait for the process itself, and an interruption for what was just started."""

import os
import shutil
import signal
import subprocess
import tempfile
import unittest
from pathlib import Path

from server_process import ROOT

CALL_SECONDS_MAX = 60
PARTS = ("steps", "packages", "servers", "kafka", "postgres")


def shell(script, *arguments):
    lines = [f'set -euo pipefail; ROOT="{ROOT}"; cd "$ROOT"']
    lines += [f"source deploy/dev/{part}.sh" for part in PARTS]
    return subprocess.run(["bash", "-c", "\n".join([*lines, script]), "test", *map(str, arguments)],
                          check=False, timeout=CALL_SECONDS_MAX).returncode


class ServerStops(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="stops-")).resolve()
        self.addCleanup(shutil.rmtree, self.folder)

    def launch(self, program, pid_file, stop):
        """A server that removes its pid file on SIGTERM, and ends a moment later."""
        pid_file.parent.mkdir(parents=True, exist_ok=True)
        script = self.folder / "server.properties"
        script.write_text(f"trap 'rm {pid_file}; sleep 1; exit 0' {stop}\n"
                          f"echo $$ >{pid_file}\n"
                          "while true; do sleep 0.05; done\n")
        process = subprocess.Popen([program, script], cwd=pid_file.parent)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        while not (pid_file.exists() and pid_file.read_text().endswith("\n")):
            self.assertIsNone(process.poll())
        return process

    def assert_ended(self, process):
        # Asked without waiting: the stop has waited.
        self.assertEqual(os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
                         .si_status, 0)

    def test_a_broker_is_waited_for_until_its_process_has_ended(self):
        broker = self.launch("bash", self.folder / "broker.pid", "TERM")
        self.assertEqual(shell('kafka_stop "$1"', self.folder), 0)
        self.assert_ended(broker)

    def test_postgresql_is_waited_for_until_its_process_has_ended(self):
        program = self.folder / "bin" / "postgres"
        program.parent.mkdir()
        shutil.copy(shutil.which("bash"), program)
        server = self.launch(program, self.folder / "data" / "postmaster.pid", "INT")
        self.assertEqual(
            shell('POSTGRES_BIN="$1/bin"; postgres_stop "$1"', self.folder), 0)
        self.assert_ended(server)

    def test_who_interrupts_a_start_finds_the_server_noted(self):
        noted = self.folder / "redis.pid"
        # The interruption comes while the process is there and its pid file is not.
        status = shell('process_began() { kill -TERM "$$"; printf 1; }\n'
                       'server_start redis "$1" "$(free_port)" sleep 1000', self.folder)
        pid = int(noted.read_text().split()[0])
        self.addCleanup(os.kill, pid, signal.SIGKILL)
        self.assertEqual(status, -signal.SIGTERM)


if __name__ == "__main__":
    unittest.main()
