"""`./dev down`: asks, waits, insists; and stops nothing that is not its server."""

import os
import shutil
import signal
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from front_door import FrontDoor  # noqa: E402

PATIENCE_SECONDS = "1"


class DevDown(unittest.TestCase):
    def run(self, result=None):
        with FrontDoor("dev-down", shutil.which("sleep")) as self.door:
            return super().run(result)

    def launch(self, stubborn=False):
        """A server that runs until SIGTERM, or ignores that."""
        def before():
            # What a process ignores it goes on ignoring as another program.
            signal.signal(signal.SIGTERM, signal.SIG_IGN if stubborn else signal.SIG_DFL)
        process = subprocess.Popen([str(self.door.server), "1000"], preexec_fn=before)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.write_pid(process.pid)
        return process

    def write_pid(self, pid):
        self.door.run_dir.mkdir(parents=True, exist_ok=True)
        self.door.pid_file.write_text(f"{pid}\n")
        (self.door.run_dir / "addresses").write_text("127.0.0.1:1 127.0.0.1:2\n")

    def assert_forgotten(self):
        self.assertFalse(self.door.pid_file.exists())
        self.assertFalse((self.door.run_dir / "addresses").exists())

    def test_a_server_that_obeys_sigterm_is_not_killed(self):
        server = self.launch()
        said = self.door.dev("down")
        self.assertEqual(server.wait(), -signal.SIGTERM)
        self.assertNotIn("SIGKILL", said)
        self.assertRegex(said, r"^stop +\d+\.\d s\n$")
        self.assert_forgotten()

    def test_a_server_that_ignores_sigterm_is_killed_after_its_deadline_and_that_is_said(self):
        server = self.launch(stubborn=True)
        said = self.door.dev("down", BELLWETHER_STOP_SECONDS_MAX=PATIENCE_SECONDS)
        self.assertEqual(server.wait(), -signal.SIGKILL)
        self.assertRegex(said, r"not gone 1 s after SIGTERM: SIGKILL")
        self.assertRegex(said, r"(?m)^stop +\d+\.\d s$")
        self.assert_forgotten()

    def test_without_a_server_it_says_so(self):
        self.assertIn("nothing was running", self.door.dev("down"))

    def test_a_pid_that_is_another_programs_by_now_is_left_alone(self):
        other = subprocess.Popen([shutil.which("sleep"), "1000"])
        self.addCleanup(other.wait)
        self.addCleanup(other.kill)
        self.write_pid(other.pid)
        self.assertIn("nothing was running", self.door.dev("down"))
        self.assertIsNone(other.poll())
        self.assert_forgotten()


if __name__ == "__main__":
    unittest.main()
