"""The harness of the end-to-end tests, practised on a server that misbehaves on request."""

import contextlib
import io
import os
import shutil
import signal
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from server_process import ServerFailed, ServerProcess, wait_until  # noqa: E402

PRACTICE = [sys.executable, str(Path(__file__).resolve().parent / "practice_server.py")]


def practice(*options):
    return ServerProcess("practice", options, program=PRACTICE)


class ServerUnderTest(unittest.TestCase):
    def starts(self, server):
        return len((server.data / "starts").read_text().splitlines())

    def test_is_waited_for_until_it_is_ready(self):
        with practice("--ready-after", "3") as server:
            server.start()
            self.assertTrue(server.ready())

    def test_is_given_up_on_at_the_deadline(self):
        with practice("--ready-after", "1000000") as server:
            with self.assertRaisesRegex(ServerFailed, "ready: not within 0.5 s"):
                server.start(seconds_max=0.5)

    def test_that_ends_early_is_reported_with_its_log(self):
        with practice("--fail") as server:
            with self.assertRaisesRegex(ServerFailed, "exit 4\n(.*\n)*the journal's log id"):
                server.start()

    def test_that_is_killed_starts_again_on_the_same_folder_and_ports(self):
        with practice() as server:
            server.start()
            first = (server.pid, server.http, server.data)
            server.kill()
            self.assertFalse(server.running)
            server.start()
            self.assertEqual((server.http, server.data), first[1:])
            self.assertNotEqual(server.pid, first[0])
            self.assertEqual(self.starts(server), 2)

    def test_stops_on_sigterm(self):
        with practice() as server:
            server.start()
            server.stop()
            self.assertFalse(server.running)

    def test_that_exits_with_an_error_on_sigterm_fails(self):
        with practice("--exit-code", "7") as server:
            server.start()
            with self.assertRaisesRegex(ServerFailed, "exit 7 after SIGTERM"):
                server.stop()

    def test_that_ignores_sigterm_fails_and_is_killed(self):
        with practice("--stubborn") as server:
            server.start()
            with self.assertRaisesRegex(ServerFailed, "still there 0.3 s after SIGTERM"):
                server.stop(seconds_max=0.3)
            self.assertFalse(server.running)

    def test_is_killed_and_its_folder_removed_at_the_end(self):
        with practice() as server:
            server.start()
            pid, folder = server.pid, server.folder
        self.assertFalse(folder.exists())
        with self.assertRaises(ProcessLookupError):
            os.kill(pid, 0)

    def test_folder_is_kept_and_named_when_the_test_fails(self):
        said = io.StringIO()
        with contextlib.redirect_stdout(said), self.assertRaises(ZeroDivisionError):
            with practice() as server:
                server.start()
                raise ZeroDivisionError
        self.assertIn(str(server.folder), said.getvalue())
        self.assertTrue((server.data / "starts").exists())
        self.assertFalse(server.running)
        shutil.rmtree(server.folder)

    def test_does_not_outlive_a_test_that_is_killed(self):
        script = ("import sys, signal; from server_process import ServerProcess\n"
                  f"s = ServerProcess('practice', program={PRACTICE!r}); s.start()\n"
                  "print(s.pid, s.folder, flush=True); signal.pause()\n")
        test = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True,
                                cwd=Path(__file__).resolve().parent)
        pid, folder = test.stdout.readline().split()
        self.addCleanup(shutil.rmtree, folder)
        test.send_signal(signal.SIGKILL)
        test.wait()
        test.stdout.close()

        def gone():
            try:
                state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
                return state == "Z"
            except FileNotFoundError:
                return True
        wait_until(gone, 10, "the server follows its test")


if __name__ == "__main__":
    unittest.main()
