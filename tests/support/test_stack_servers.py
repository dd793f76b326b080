"""The servers of the full stack as ./dev starts and stops them: deploy/dev/{redis,prometheus,
alertmanager}.sh, each on real ones."""

import json
import os
import shutil
import subprocess
import tempfile
import threading
import unittest
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from server_process import BUILD, ROOT, free_port, wait_until

CALL_SECONDS_MAX = 90
PARTS = ("steps", "packages", "servers", "redis", "prometheus", "alertmanager")


def call(function, *arguments):
    """Runs a function of the shell parts; returns its exit code and what it said."""
    script = f'set -euo pipefail; ROOT="{ROOT}"; cd "$ROOT"\n'
    script += "".join(f"source deploy/dev/{part}.sh\n" for part in PARTS)
    script += '"$@"'
    done = subprocess.run(["bash", "-c", script, "test", function, *map(str, arguments)],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
                          timeout=CALL_SECONDS_MAX)
    return done.returncode, done.stdout


def fetch(port, path, body=None):
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data=body,
                                     headers={"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=5) as response:
        return json.loads(response.read() or "null")


class StackServers(unittest.TestCase):
    def setUp(self):
        base = BUILD / "servers"
        base.mkdir(parents=True, exist_ok=True)
        self.folder = Path(tempfile.mkdtemp(prefix="stack-", dir=base))
        self.port = free_port()
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def must(self, function, *arguments):
        code, said = call(function, *arguments)
        self.assertEqual(code, 0, f"{function} {arguments}: {said}")
        return said.strip()

    def start(self, name, *arguments):
        self.addCleanup(call, f"{name}_stop", self.folder)
        self.must(f"{name}_start", self.folder, self.port, *arguments)
        self.must(f"{name}_await_ready", self.folder, self.port)

    def test_redis_starts_once_in_its_folder_and_stops(self):
        self.start("redis")
        pid = int(self.must("server_of", "redis", self.folder))
        code, said = call("redis_start", self.folder, free_port())
        self.assertEqual((code, f"already runs in {self.folder}, pid {pid}" in said), (1, True), said)
        self.must("redis_stop", self.folder)
        self.assertEqual(call("process_began", pid)[0], 1)
        self.assertEqual(call("redis_stop", self.folder)[0], 1)

    def test_a_port_in_use_is_refused(self):
        self.start("redis")
        other = self.folder / "other"
        code, said = call("redis_start", other, self.port)
        self.assertEqual((code, f"port {self.port} is in use" in said), (1, True), said)
        self.assertFalse((other / "redis.pid").exists())

    def test_a_server_that_ends_at_once_is_reported_with_its_log(self):
        (self.folder / "redis.pid").write_text("")
        code, _ = call("server_start", "redis", self.folder, self.port, "redis-server",
                       "--no-such-option", "x")
        self.assertEqual(code, 0)
        code, said = call("redis_await_ready", self.folder, self.port)
        self.assertEqual((code, "redis did not become ready" in said), (1, True), said)
        self.assertIn("no-such-option", said)

    def test_another_process_with_the_pid_of_a_dead_server_is_left_alone(self):
        (self.folder / "redis.pid").write_text(f"{os.getpid()} 1\n")
        self.assertEqual(call("redis_stop", self.folder)[0], 1)  # and this test goes on
        self.assertFalse((self.folder / "redis.pid").exists())

    def test_prometheus_scrapes_its_configured_targets(self):
        class Metrics(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"bellwether_test_figure 42\n")

            def log_message(self, *args):
                pass

        exporter = HTTPServer(("127.0.0.1", 0), Metrics)
        threading.Thread(target=exporter.serve_forever, daemon=True).start()
        self.addCleanup(exporter.server_close)
        self.addCleanup(exporter.shutdown)
        code, said = call("prometheus_start", self.folder, self.port, "health@nowhere")
        self.assertEqual((code, "SERVICE=HOST:PORT" in said), (1, True), said)
        self.start("prometheus", f"health=127.0.0.1:{exporter.server_port}",
                   f"alerts=127.0.0.1:{free_port()}")

        def result_of(query):
            answer = fetch(self.port, "/api/v1/query?query=" + urllib.parse.quote(query))
            return answer["data"]["result"]

        found = wait_until(lambda: result_of("bellwether_test_figure"), 60, "a first scrape")
        self.assertEqual(found[0]["metric"]["service"], "health")
        self.assertEqual(found[0]["value"][1], "42")
        wait_until(lambda: result_of('up{service="alerts"} == 0'), 60, "a target that is down")

    def test_alertmanager_shows_what_is_posted_to_it(self):
        self.start("alertmanager")
        fetch(self.port, "/api/v2/alerts",
              json.dumps([{"labels": {"alertname": "Test", "account": "acme"}}]).encode())
        alerts = wait_until(lambda: fetch(self.port, "/api/v2/alerts"), 10, "the alert")
        self.assertEqual(alerts[0]["labels"]["account"], "acme")
        self.assertEqual(alerts[0]["receivers"], [{"name": "null"}])


if __name__ == "__main__":
    unittest.main()
