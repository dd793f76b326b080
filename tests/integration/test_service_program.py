"""A service's own program: it waits for servers that are away, and ends where waiting would not help.
"""

import socket
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from full_stack import FullStack  # noqa: E402
from server_process import (  # noqa: E402
    BUILD, http_get, http_ready, lasting_port, not_ready_because, wait_until)

NAME = "accounts-1"
READY_SECONDS_MAX = 60
END_SECONDS_MAX = 30
FAILED = 3  # common/runtime/application.h


class ServiceProgram(unittest.TestCase):
    def run(self, result=None):
        with FullStack("service-program", (NAME,)) as self.stack:
            return super().run(result)

    @property
    def admin(self):
        return f"127.0.0.1:{self.stack.port(f'{NAME}-admin')}"

    def wait_end(self, process):
        try:
            return process.wait(END_SECONDS_MAX)
        finally:
            process.kill()

    def program(self, *options):
        """Beside the stack's own, with its configuration but for the options."""
        configuration = self.stack.folder / "services" / f"{NAME}.yaml"
        log = open(self.stack.folder / "services" / "second.log", "ab")
        self.addCleanup(log.close)
        return subprocess.Popen(
            [str(BUILD / "bin" / "bellwether-accounts"), "--config", str(configuration),
             "--admin", f"127.0.0.1:{lasting_port()}", *options],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def test_waits_for_its_servers_and_says_what_it_waits_for(self):
        self.configure()
        self.stack.launch(NAME)
        wait_until(self.listens, READY_SECONDS_MAX, "it answers probes")
        self.assertEqual(http_get(self.admin, "/healthz")[0], 200)
        wait_until(lambda: not_ready_because(self.admin, "the database cannot be reached"),
                   READY_SECONDS_MAX, "it says what it waits for")
        self.stack.start_servers()
        wait_until(lambda: http_ready(self.admin), READY_SECONDS_MAX, "it is ready by itself")
        self.stack.stop(NAME)

    def configure(self):
        """The URL of the store names the port of a server that has been made; it is away again."""
        self.stack.launch("postgres")
        self.stack.wait_server("postgres")
        self.stack.make_stores()
        self.stack.kill("postgres")

    def listens(self):
        try:
            return http_get(self.admin, "/healthz")
        except OSError:
            return None

    def test_ends_cleanly_on_sigterm_while_it_waits(self):
        self.configure()
        self.stack.launch(NAME)
        wait_until(self.listens, READY_SECONDS_MAX, "it answers probes")
        self.stack.stop(NAME)

    def test_ends_where_waiting_would_not_help(self):
        self.stack.start()
        with self.subTest("another number of partitions than the deployment has"):
            process = self.program("--listen", f"127.0.0.1:{lasting_port()}", "--partitions", "7")
            self.assertEqual(self.wait_end(process), FAILED)
        with self.subTest("its port is another's"), socket.create_server(("127.0.0.1", 0)) as other:
            process = self.program("--listen", f"127.0.0.1:{other.getsockname()[1]}")
            self.assertEqual(self.wait_end(process), FAILED)


if __name__ == "__main__":
    unittest.main()
