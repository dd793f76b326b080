"""The servers of deploy/dev/postgres.sh: made once, kept over restarts, a role and a schema a service."""

import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import unittest

SCRIPT = "deploy/dev/postgres.sh"
DATABASE = "bellwether"


class PostgresServerTest(unittest.TestCase):
    def setUp(self):
        build = pathlib.Path(os.environ.get("BELLWETHER_BUILD_DIR", "build")) / "test-data"
        build.mkdir(parents=True, exist_ok=True)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="postgres-sh-", dir=build)).absolute()
        self.addCleanup(shutil.rmtree, self.folder)
        self.addCleanup(self.call, "postgres_stop")
        self.call("postgres_start")

    def call(self, function, *arguments, check=True):
        return subprocess.run(["bash", SCRIPT, function, str(self.folder), *arguments],
                              env={**os.environ, "POSTGRES_SCRATCH": "1"}, check=check, text=True,
                              stdout=subprocess.PIPE, timeout=120).stdout.strip()

    def port(self):
        return (self.folder / "port").read_text().strip()

    def as_service(self, service, sql, password=None):
        """What a service's role gets for `sql`: (exit code, output)."""
        password = password or (self.folder / "passwords" / service).read_text()
        done = subprocess.run(
            ["psql", "-X", "-At", "-h", "127.0.0.1", "-p", self.port(), "-U", service, "-d", DATABASE,
             "-c", sql],
            env={**os.environ, "PGPASSWORD": password}, text=True, capture_output=True, check=False)
        return done.returncode, (done.stdout + done.stderr).strip()

    def test_a_service_owns_its_schema_and_sees_no_other(self):
        for service in ("accounts", "alerts"):
            self.call("postgres_create_service", service)
        self.call("postgres_create_service", "accounts")  # again: nothing changes
        self.assertEqual(self.as_service("accounts", "CREATE TABLE t (x int)"), (0, "CREATE TABLE"))
        self.assertEqual(self.as_service("accounts", "SELECT schemaname FROM pg_tables "
                                                     "WHERE tablename = 't'"), (0, "accounts"))
        for forbidden in ("SELECT * FROM accounts.t", "CREATE TABLE accounts.u (x int)",
                          "CREATE TABLE public.u (x int)", "CREATE SCHEMA own",
                          "CREATE ROLE other", "CREATE TEMP TABLE u (x int)"):
            code, text = self.as_service("alerts", forbidden)
            self.assertNotEqual(code, 0, forbidden)
            self.assertIn("permission denied", text)
        code, text = self.as_service("alerts", "SELECT 1", password="wrong")
        self.assertNotEqual(code, 0)
        self.assertIn("password authentication failed", text)

    def test_what_was_committed_survives_a_stop_and_a_kill(self):
        self.call("postgres_create_service", "health")
        self.as_service("health", "CREATE TABLE t (x int)")
        port = self.port()
        self.as_service("health", "INSERT INTO t VALUES (1)")
        self.call("postgres_stop")
        self.assertEqual(self.call("postgres_pid", check=False), "")
        self.call("postgres_stop")  # of what does not run: nothing to do
        self.call("postgres_start")
        self.assertEqual(self.port(), port)
        self.as_service("health", "INSERT INTO t VALUES (2)")
        os.kill(int(self.call("postgres_pid")), signal.SIGKILL)
        self.call("postgres_start")
        self.assertEqual(self.as_service("health", "SELECT sum(x) FROM t"), (0, "3"))
        self.call("postgres_start")  # of what runs: nothing to do
        self.assertEqual(self.as_service("health", "SHOW fsync"), (0, "on"))
        self.assertEqual(self.as_service("health", "SHOW synchronous_commit"), (0, "on"))
        self.assertEqual(self.as_service("health", "SELECT 'B' < 'a'"), (0, "t"))

    def test_passwords_are_for_the_owner_alone(self):
        self.call("postgres_create_service", "gateway")
        for file in (self.folder / "passwords").iterdir():
            self.assertEqual(file.stat().st_mode & 0o077, 0, file)
        self.assertNotIn((self.folder / "passwords" / "gateway").read_text(),
                         self.call("postgres_url"))


if __name__ == "__main__":
    unittest.main()
