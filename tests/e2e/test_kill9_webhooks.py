"""kill -9 while webhooks leave: nobody is left without notice, and what may come twice says so (L6)."""

import json
import subprocess
import sys
import threading
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from server_process import BUILD, ServerProcess, wait_until  # noqa: E402
from webhook_receiver import NOTIFIED, WebhookReceiver  # noqa: E402

ACCOUNTS = 40
# The server dies when so many webhooks have come, however long that takes: while it waits for the
# answer to the last of them, or at whatever it does by then.
KILLS = ((3, True), (18, False), (33, True), (55, True), (70, False))
SECONDS_MAX = 30
# What a crash interrupted is sent again when its attempt would have ended.
OPTIONS = ("--alerts-webhook-timeout", "300ms", "--gateway-tick-interval", "100ms")
MAPPING = """
mapping_id: surveys
source: e2e
time_zone: UTC
files:
  - file_id: surveys
    path: surveys.csv
    layout: csv
    header: true
    key_columns: [id]
    columns:
      - {name: id, kind: text, required: true}
      - {name: account, kind: text, required: true}
      - {name: at, kind: time, required: true}
      - {name: score, kind: number, required: true, scale: 6}
    records:
      - kind: fact
        id: "{id}"
        account_id: "{account|id}"
        time_column: at
        set: {survey_answered.kind: CSAT, survey_answered.score_micros: "{score}"}
"""


class KillNineOfASender(unittest.TestCase):
    def setUp(self):
        self.receiver = WebhookReceiver({count for count, in_flight in KILLS if in_flight})
        self.addCleanup(self.receiver.close)

    def feed(self, server):
        """Satisfaction of every account falls, so that R38 fires, and recovers. An import that the
        server did not survive is begun again: the ids are those of the first."""
        now = int(time.time())
        for name, answers in (("fall", ((90, 100 * 86400), (80, 0))), ("rise", ((100, 0),))):
            folder = server.folder / name
            folder.mkdir()
            (folder / "mapping.yaml").write_text(MAPPING)
            rows = [f"{name}-{score}-{n},account-{n},{instant(now - ago)},{score}"
                    for score, ago in answers for n in range(ACCOUNTS)]
            (folder / "surveys.csv").write_text("\n".join(["id,account,at,score", *rows, ""]))
            wait_until(lambda: imported(server, folder), SECONDS_MAX, f"import of the {name}")
            wait_until(lambda: len(states(server, "RESOLVED" if name == "rise" else "FIRING"))
                       == ACCOUNTS, SECONDS_MAX, f"alerts of the {name}")

    def kill_on_the_way(self, server, options):
        for count, in_flight in KILLS:
            self.receiver.wait_for(count)
            server.kill()
            if in_flight:
                self.receiver.answer()
            server.launch(options)

    def timelines(self, server):
        """Of every alert: the kinds of its entries; entry number n is at n - 1."""
        return {name: [entry["kind"] for entry in
                       json.loads(server.ctl("--json", "alerts", "get", name))["timeline"]]
                for name in states(server, "")}

    def test_everybody_is_notified_and_what_may_come_twice_says_so(self):
        with ServerProcess("kill9-webhooks") as server:
            webhooks = self.receiver.configure(server.folder)
            options = [*OPTIONS, "--alerts-webhooks-file", str(webhooks)]
            server.start(options)
            failures = []

            def feed():
                try:
                    self.feed(server)
                except AssertionError as failure:
                    failures.append(failure)
            feeding = threading.Thread(target=feed)
            feeding.start()
            try:
                self.kill_on_the_way(server, options)
            finally:
                feeding.join()
            self.assertEqual(failures, [])
            server.wait_ready()

            def all_are_noted():
                timelines = self.timelines(server)
                notified = sum(kind in NOTIFIED for kinds in timelines.values() for kind in kinds)
                noted = sum(kind == "TIMELINE_KIND_NOTIFIED"
                            for kinds in timelines.values() for kind in kinds)
                return timelines if notified == noted else None
            timelines = wait_until(all_are_noted, SECONDS_MAX, "every notification is noted")
            self.check(timelines)

    def check(self, timelines):
        self.assertEqual(self.receiver.faults, [])
        self.assertEqual(len(timelines), ACCOUNTS)
        owed = {f"{name}/{number}" for name, kinds in timelines.items()
                for number, kind in enumerate(kinds, 1) if kind in NOTIFIED}
        self.assertEqual(len(owed), 2 * ACCOUNTS, "each fired and was resolved")
        self.assertEqual({key for key, _, _ in self.receiver.came}, owed, "no more and no less")
        seen = set()
        last = {}
        repeats = 0
        for key, possible_repeat, kind in self.receiver.came:
            alert, number = key.rsplit("/", 1)
            self.assertEqual(timelines[alert][int(number) - 1], kind)
            if key in seen:
                repeats += 1
                self.assertEqual(possible_repeat, "true", f"{key} came again without a word")
            else:
                self.assertLess(last.get(alert, 0), int(number), f"order of {alert}")
                last[alert] = int(number)
            seen.add(key)
        in_flight = sum(held for _, held in KILLS)
        print(f"{len(KILLS)} kills, {len(self.receiver.came)} webhooks, {repeats} of them repeats",
              flush=True)
        self.assertGreaterEqual(repeats, in_flight, "what was not answered is sent again")
        self.assertLessEqual(repeats, len(KILLS), "one crash repeats one webhook")


def instant(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def imported(server, folder):
    run = subprocess.run(
        [str(BUILD / "bin" / "bellwetherctl"), "--server", server.grpc, "--timeout", "2", "import",
         str(folder / "mapping.yaml"), str(folder)],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return run.returncode == 0


def states(server, state):
    """The ids of the alerts in that state, of all of them for none; none while it is away."""
    run = subprocess.run(
        [str(BUILD / "bin" / "bellwetherctl"), "--server", server.grpc, "--timeout", "2", "--json",
         "alerts", "list", "--all", "--limit", "1000"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    if run.returncode != 0:
        return []
    rows = [json.loads(line) for line in run.stdout.splitlines()]
    return [row["name"].split("/", 1)[1] for row in rows if row["state"].endswith(state)]


if __name__ == "__main__":
    unittest.main()
