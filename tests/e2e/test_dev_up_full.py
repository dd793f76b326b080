"""`./dev up --stack full`: every service a process on the real servers, all of them to be seen, to be
killed, to be brought back, and gone after `down`; and what it begins with, tables or the demo, is
imported, scored, explained and verified as on the embedded parts."""

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
from console_on_system import try_console, why_no_console  # noqa: E402
from front_door import FrontDoor  # noqa: E402
from full_stack import STARTED  # noqa: E402
from server_process import BUILD, ROOT, ctl_at, lasting_port, wait_until  # noqa: E402

SERVERS = ("kafka", "postgres", "redis", "alertmanager", "prometheus")
PROGRAMS = [BUILD / "bin" / f"bellwether-{service}"
            for service in ("gateway", "accounts", "opportunities", "health", "alerts")]
SCRAPED_SECONDS_MAX = 60
COMMITTED_SECONDS_MAX = 90.0  # a checkpoint is due after 30 s
ALERT_SECONDS_MAX = 60
EXAMPLE = ROOT / "docs" / "examples" / "import"
DEMO_ACCOUNTS = 300
STOPPED_SECONDS_MAX = 120


def ask(url):
    with urllib.request.urlopen(url, timeout=5) as answer:
        return json.load(answer)


def runs(pid):
    """It runs, and is no zombie."""
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

    def up(self, data):
        return self.door.dev("up", "--stack", "full", "--detach", "--data", str(data), "--http",
                             self.http, "--grpc", self.grpc)

    def rows(self, *arguments):
        return [json.loads(line) for line in ctl_at(self.grpc, "--json", *arguments).splitlines()]

    def processes(self, expect=0):
        """What `status` says: {name: (state, pid, the rest)}."""
        said = {}
        for line in self.door.dev("status", expect=expect).splitlines():
            name, state, pid, rest = re.match(
                r"(\S+) +(running|ready|not ready|NOT RUNNING) +pid (\S+) *(.*)", line).groups()
            said[name] = (state, pid, rest)
        return said

    def test_every_process_is_there_is_brought_back_and_is_gone_after_down(self):
        said = self.up(EXAMPLE)
        self.assertIn("Bellwether's full stack is up", said)
        self.check_imported(said)
        self.assertIn("a full stack is running",
                      self.door.dev("up", "--detach", "--data", "none", expect=1))
        before = self.processes()
        self.assertEqual(sorted(before), sorted([*SERVERS, *STARTED]))
        self.assertEqual({before[name][0] for name in STARTED}, {"ready"})

        self.check_fact_to_alert(before)
        self.check_scraped(before)

        os.kill(int(before["health-1"][1]), signal.SIGKILL)
        os.kill(int(before["redis"][1]), signal.SIGKILL)
        for name in ("health-1", "redis"):
            wait_until(lambda name=name: not runs(before[name][1]), 10, f"{name} has ended")
            self.assertEqual(self.processes(expect=3)[name][0], "NOT RUNNING")
        # As the newcomer reads: what is missing comes back as it was.
        said = self.door.dev("up", "--stack", "full", "--detach")
        self.assertIn("nothing: this folder was imported before", said)
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

        self.check_reset(EXAMPLE)

    def check_reset(self, data):
        """The stack begins anew: what it held is gone, and what it had imported is imported again."""
        said = self.door.dev("reset", "--stack", "full", "--detach", "--data", str(data), "--http",
                             self.http, "--grpc", self.grpc)
        self.assertRegex(said, r"(?m)^delete +\.bellwether/run/full/import-\d+  \d")
        self.check_imported(said)
        self.assertNotIn("acme", ctl_at(self.grpc, "health", "rank"))

    def check_imported(self, said):
        """As docs/import.md has it: the figures of the report are those of the services."""
        for line in (r"accounts +3 found: 3 new, 0 unchanged", r"facts +4 found: 4 accepted, 0 rejected",
                     r" +4 counted, 0 late, 0 duplicates, 0 conflicts, 0 too old to count",
                     r"orders\.csv +date +NOT_A_TIME +1 +7:28 .*"):
            self.assertRegex(said, f"(?m)^{line}$")
        self.assertEqual(sorted(row["legalName"] for row in self.rows("accounts", "list")),
                         ["Bohai Cold Chain, Ltd.", "Ruiheng Precision", "海川医疗器械"])
        self.check_scored(accounts=3)

    def check_scored(self, accounts):
        """Every account has a score whose every change adds up, and a second fold agrees."""
        ranked = [row["account"].split("/", 1)[1] for row in
                  self.rows("health", "rank", "--limit", str(accounts + 1))]
        self.assertEqual(len(ranked), accounts)

        def changes():
            [explained] = self.rows("health", "explain", ranked[0])
            return explained["changes"]
        # What another replica folds is explained as committed last, which may be before the facts.
        for change in wait_until(changes, COMMITTED_SECONDS_MAX,
                                 f"why {ranked[0]} stands where it does"):
            self.assertEqual(sum(int(point["pointsMicros"]) for point in change["points"]),
                             int(change["scoreAfterMicros"]) - int(change["scoreBeforeMicros"]))

        def all_verified():
            [verified] = self.rows("health", "verify")
            self.assertEqual(verified["differenceCount"], "0")
            return verified["accountsChecked"] == str(accounts)
        # What another replica folds is verified as committed last, which may be before the facts.
        wait_until(all_verified, COMMITTED_SECONDS_MAX, "every account is verified")

    def check_fact_to_alert(self, processes):
        """Through the gateway to the fold, to a case, to Alertmanager."""
        for number, (score, ago) in enumerate(((100, "100d"), (20, "1h"))):
            ctl_at(self.grpc, "emit", "--account", "acme", "--kind", "survey_answered", "--set",
                   "kind=SURVEY_KIND_CSAT", "--set", f"score_micros={score * 1_000_000}",
                   "--id", str(number), "--time", ago, "--wait")
        self.assertIn("acme", ctl_at(self.grpc, "health", "rank"))
        address = processes["alertmanager"][2]

        def alertmanager_alerts():
            return {alert["labels"]["subject"] for alert in ask(f"http://{address}/api/v2/alerts")}
        wait_until(lambda: "acme" in alertmanager_alerts(), ALERT_SECONDS_MAX, "Alertmanager has it")
        self.assertIn("acme", {alert["subject"] for alert in self.rows("alerts", "list")})

    def check_scraped(self, processes):
        address = processes["prometheus"][2]

        def up():
            result = ask(f"http://{address}/api/v1/query?query=up%3D%3D1")["data"]["result"]
            return sorted(row["metric"]["service"] for row in result)
        expected = sorted(name.rsplit("-", 1)[0] for name in STARTED)
        wait_until(lambda: up() == expected, SCRAPED_SECONDS_MAX, "every service is scraped")

    def test_the_demo_lives_until_ctrl_c_stops_it(self):
        no_console = why_no_console()
        if not no_console:
            self.door.serve_console()
        process = self.door.start("up", "--stack", "full", "--http", self.http, "--grpc", self.grpc)
        try:
            for line in process.stdout:
                if line.startswith("Ctrl-C stops it."):
                    break
            self.check_demo()
            if no_console:
                print(f"the console was not tried on the full stack: {no_console}")
            else:
                try_console(self.http, BUILD / "e2e" / "console-full")
            pids = [pid for _, pid, _ in self.processes().values()]
            os.killpg(process.pid, signal.SIGINT)
            process.communicate(timeout=STOPPED_SECONDS_MAX)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
        self.assertEqual(process.returncode, 130)
        self.assertEqual(len(pids), len(SERVERS) + len(STARTED) + 1)  # and who plays the demo on
        self.assertFalse([pid for pid in pids if runs(pid)])

    def check_demo(self):
        """A portfolio with a past, and what was decided in it."""
        self.assertEqual(len(self.rows("accounts", "list", "--limit", "1000")), DEMO_ACCOUNTS)
        self.assertTrue(self.rows("opportunities", "list"))
        self.check_scored(DEMO_ACCOUNTS)
        past = [alert for alert in self.rows("alerts", "list", "--all", "--backfill", "--limit",
                                             "100000") if alert["backfill"]]
        self.assertIn("ALERT_STATE_RESOLVED", {alert["state"] for alert in past})
        fired = [alert for alert in past if alert.get("fireTime")]  # others only waited
        [alert] = self.rows("alerts", "get", fired[0]["name"].split("/", 1)[1])
        self.assertIn("TIMELINE_KIND_FIRED", {entry["kind"] for entry in alert["timeline"]})

    def test_a_port_that_is_taken_is_said_before_anything_starts(self):
        with socket.create_server(("127.0.0.1", int(self.http.rsplit(":", 1)[1]))):
            said = self.door.dev("up", "--stack", "full", "--detach", "--data", "none", "--http",
                                 self.http, "--grpc", self.grpc, expect=1)
        self.assertIn("--http", said)
        self.assertIn("not running", self.door.dev("status", expect=1))


if __name__ == "__main__":
    unittest.main()
