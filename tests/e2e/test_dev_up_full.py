"""`./dev up --stack full`: every service a process on the real servers, all of them to be seen, to be
killed, to be brought back, and gone after `down`."""

import json
import os
import re
import signal
import socket
import sys
import unittest
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from front_door import FrontDoor  # noqa: E402
from server_process import BUILD, ctl_at, lasting_port, wait_until  # noqa: E402

SERVERS = ("kafka", "postgres", "redis", "alertmanager", "prometheus")
SERVICES = ("accounts-1", "opportunities-1", "health-1", "health-2", "alerts-1", "alerts-2",
            "gateway-1")
PROGRAMS = [BUILD / "bin" / f"bellwether-{service}"
            for service in ("gateway", "accounts", "opportunities", "health", "alerts")]
SCRAPED_SECONDS_MAX = 60
ALERT_SECONDS_MAX = 60
STOPPED_SECONDS_MAX = 120


def ask(url):
    with urllib.request.urlopen(url, timeout=5) as answer:
        return json.load(answer)


def runs(pid):
    """It is there, and not only for whoever should ask how it ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


class DevUpFull(unittest.TestCase):
    def run(self, result=None):
        with FrontDoor("dev-up-full", BUILD / "bin" / "bellwether",
                       [*PROGRAMS, BUILD / "bin" / "bellwetherctl"]) as self.door:
            self.http = f"127.0.0.1:{lasting_port()}"
            self.grpc = f"127.0.0.1:{lasting_port()}"
            return super().run(result)

    def up(self):
        return self.door.dev("up", "--stack", "full", "--detach", "--data", "none", "--http",
                             self.http, "--grpc", self.grpc)

    def processes(self, expect=0):
        """What `status` says: {name: (state, pid, the rest)}."""
        said = {}
        for line in self.door.dev("status", expect=expect).splitlines():
            name, state, pid, rest = re.match(
                r"(\S+) +(running|ready|not ready|NOT RUNNING) +pid (\S+) *(.*)", line).groups()
            said[name] = (state, pid, rest)
        return said

    def test_every_process_is_there_is_brought_back_and_is_gone_after_down(self):
        said = self.up()
        self.assertIn("Bellwether's full stack is up", said)
        self.assertIn("a full stack is running",
                      self.door.dev("up", "--detach", "--data", "none", expect=1))
        before = self.processes()
        self.assertEqual(sorted(before), sorted([*SERVERS, *SERVICES]))
        self.assertEqual({before[name][0] for name in SERVICES}, {"ready"})

        self.check_fact_to_alert(before)
        self.check_scraped(before)

        os.kill(int(before["health-1"][1]), signal.SIGKILL)
        os.kill(int(before["redis"][1]), signal.SIGKILL)
        for name in ("health-1", "redis"):
            wait_until(lambda name=name: not runs(before[name][1]), 10, f"{name} has ended")
            self.assertEqual(self.processes(expect=3)[name][0], "NOT RUNNING")
        # As the newcomer is told: what is missing comes back as it was.
        self.door.dev("up", "--stack", "full", "--detach")
        after = self.processes()
        for name in before:
            (self.assertNotEqual if name in ("health-1", "redis") else self.assertEqual)(
                after[name][1], before[name][1], f"pid of {name}")
            self.assertEqual(after[name][2], before[name][2], f"addresses of {name}")
        self.assertIn("acme", ctl_at(self.grpc, "health", "rank"))

        said = self.door.dev("down")
        self.assertNotIn("SIGKILL", said)
        for name, (_, pid, _) in after.items():
            self.assertFalse(runs(pid), name)
        self.assertIn("not running", self.door.dev("status", expect=1))

    def check_fact_to_alert(self, processes):
        """Through the gateway to the fold, to a case, to Alertmanager."""
        for number, (score, ago) in enumerate(((100, "100d"), (20, "1h"))):
            ctl_at(self.grpc, "emit", "--account", "acme", "--kind", "survey_answered", "--set",
                   "kind=SURVEY_KIND_CSAT", "--set", f"score_micros={score * 1_000_000}",
                   "--id", str(number), "--time", ago, "--wait")
        self.assertIn("acme", ctl_at(self.grpc, "health", "rank"))
        address = processes["alertmanager"][2]

        def told():
            return {alert["labels"]["subject"] for alert in ask(f"http://{address}/api/v2/alerts")}
        wait_until(lambda: "acme" in told(), ALERT_SECONDS_MAX, "Alertmanager is told")

    def check_scraped(self, processes):
        address = processes["prometheus"][2]

        def up():
            result = ask(f"http://{address}/api/v1/query?query=up%3D%3D1")["data"]["result"]
            return sorted(row["metric"]["service"] for row in result)
        expected = sorted(name.rsplit("-", 1)[0] for name in SERVICES)
        wait_until(lambda: up() == expected, SCRAPED_SECONDS_MAX, "every service is scraped")

    def test_ctrl_c_stops_what_it_started(self):
        process = self.door.start("up", "--stack", "full", "--data", "none", "--http", self.http,
                                  "--grpc", self.grpc)
        try:
            for line in process.stdout:
                if line.startswith("Ctrl-C stops it."):
                    break
            pids = [pid for _, pid, _ in self.processes().values()]
            os.killpg(process.pid, signal.SIGINT)
            process.communicate(timeout=STOPPED_SECONDS_MAX)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
        self.assertEqual(process.returncode, 130)
        self.assertEqual(len(pids), len(SERVERS) + len(SERVICES))
        self.assertFalse([pid for pid in pids if runs(pid)])

    def test_a_port_that_is_taken_is_said_before_anything_starts(self):
        with socket.create_server(("127.0.0.1", int(self.http.rsplit(":", 1)[1]))):
            said = self.door.dev("up", "--stack", "full", "--detach", "--data", "none", "--http",
                                 self.http, "--grpc", self.grpc, expect=1)
        self.assertIn("--http", said)
        self.assertIn("not running", self.door.dev("status", expect=1))


if __name__ == "__main__":
    unittest.main()
