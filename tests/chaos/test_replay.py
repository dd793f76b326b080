"""One journal has one result: folded on the embedded parts or on the full stack, by one process or
by two replicas, killed meanwhile or not, it gives the same scores, histories, conditions and
alerts, to the byte.

The journal is recorded once, with everything a living system puts into it: a past, live and late
facts, repeats, opportunities, levels, ticks. Nothing is added while it is folded again: there is no
gateway, hence no ticks, and no other service whose outbox would answer.
"""

import json
import random
import sqlite3
import subprocess
import sys
import time
import unittest
from datetime import datetime, timedelta, timezone
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from full_stack import FullStack  # noqa: E402
from portfolio_feed import Feed, seed, with_timelines  # noqa: E402
from server_process import (  # noqa: E402
    BUILD, ServerFailed, ServerProcess, ctl_at, die_with_parent, free_port, http_ready, wait_until)

ACCOUNTS = 100
DAYS = 400
# Some of them are new; facts of the others have ids that came before, with other contents.
FED_ACCOUNTS = 140
FED_DAYS = 90
EXPLAINED = timedelta(days=30)
FOLDED_SECONDS_MAX = 180.0
KILLS_STARTING = 3
KILL_SECONDS_MAX = 1.5
KILLS_FOLDING = 4
SETTINGS = "checkpoint: {interval: 500ms, records: 1000}\n"
ALERTS = "checkpoint: {interval: 500ms}\n"
MUTED = f"{SETTINGS}ship-model: false\n"


def tool(name, *arguments):
    return subprocess.run([str(BUILD / "bin" / name), *arguments], check=True, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=120).stdout


def rows(grpc, *arguments):
    return [json.loads(line) for line in ctl_at(grpc, "--json", *arguments).splitlines()]


def health_of(grpc, until):
    """Scores with their versions, every closed day, and why each score moved."""
    scores = rows(grpc, "health", "rank", "--limit", "100000")
    accounts = sorted(row["account"].split("/", 1)[1] for row in scores)
    span = ("--from", (until - EXPLAINED).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "--to", until.strftime("%Y-%m-%dT%H:%M:%SZ"))
    return {"scores": {row["account"]: row for row in scores},
            "history": {account: rows(grpc, "health", "history", account, "--limit", "1000")
                        for account in accounts},
            "reasons": {account: rows(grpc, "health", "explain", account, *span, "--limit",
                                  "1000")
                        for account in accounts}}


def alerts_of(grpc):
    """Every case there has been, and the timeline of those that were announced. When a case
    escalates is its own business: so long after it was seen, by the clock."""
    listed = rows(grpc, "alerts", "list", "--all", "--backfill", "--limit", "100000")
    alerts = {row["name"]: row for row in listed}
    announced = [row for row in listed if not row["backfill"]]
    for alert in with_timelines(partial(rows, grpc), announced):
        alerts[alert["name"]] = alert
    for alert in alerts.values():
        alert.pop("escalateTime", None)
    return alerts


class EmbeddedService:
    """One service alone on embedded parts."""

    def __init__(self, folder, service, settings):
        self.grpc = f"127.0.0.1:{free_port()}"
        self._admin = f"127.0.0.1:{free_port()}"
        configuration = folder / f"{service}.yaml"
        configuration.write_text(
            f"listen: {self.grpc}\nadmin: {self._admin}\nbus: \"embedded:{folder}/bus\"\n"
            f"store: \"sqlite:{folder}\"\n{settings}")
        self._store = folder / f"{service}.db"
        self._service = service
        with open(folder / f"{service}.log", "ab") as log:
            self._process = subprocess.Popen(
                [str(BUILD / "bin" / f"bellwether-{service}"), "--config", str(configuration)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=die_with_parent)

    def __enter__(self):
        wait_until(lambda: http_ready(self._admin), FOLDED_SECONDS_MAX, f"{self._service} is ready")
        return self

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait()

    def query(self, sql):
        with sqlite3.connect(f"file:{self._store}?mode=ro", uri=True) as store:
            return store.execute(sql).fetchall()

    def folded(self):
        [[folded]] = self.query("SELECT COALESCE(sum(next_offset), 0) FROM stream_offsets")
        return folded

    def conditions(self):
        """Of each subject the state of all its conditions, as it is stored."""
        return dict(self.query("SELECT subject, lower(hex(state)) FROM alert_subjects"))


class OneJournalHasOneResult(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.until = datetime.now(timezone.utc)
        cls.recorder = ServerProcess("recorder")
        cls.addClassCleanup(cls.recorder.__exit__, None, None, None)
        cls.recorder.start(["--demo", "--demo-accounts", str(ACCOUNTS), "--demo-days", str(DAYS),
                            "--demo-rate", "50"])
        with Feed(cls.recorder, cls.until.strftime("%Y-%m-%dT%H:%M:%SZ"), FED_ACCOUNTS,
                  FED_DAYS) as feed:
            cls.fed = feed.report()
            print(f"live facts: {cls.fed}", flush=True)
        cls.recorder.stop()
        cls.journal = f"embedded:{cls.recorder.data}/bus"
        cls.reference()

    @classmethod
    def reference(cls):
        folder = cls.recorder.folder / "reference"
        folder.mkdir()
        bus = f"embedded:{folder}/bus"
        cls.records = int(tool("copy_journal", "--from", cls.journal, "--to", bus))
        with EmbeddedService(folder, "health", MUTED) as health:
            wait_until(lambda: health.folded() == cls.records, FOLDED_SECONDS_MAX, "all is folded")
            cls.health = health_of(health.grpc, cls.until)
        cls.signals = int(tool("log_end", "--bus", bus, "--topic", "bellwether.signals.v1"))
        with EmbeddedService(folder, "alerts", ALERTS) as alerts:
            wait_until(lambda: alerts.folded() == cls.signals, FOLDED_SECONDS_MAX, "all is judged")
            cls.alerts = alerts_of(alerts.grpc)
            cls.conditions = alerts.conditions()
        print(f"{cls.records} records, {cls.signals} signals, {len(cls.health['scores'])} scores, "
              f"{len(cls.conditions)} subjects of conditions, {len(cls.alerts)} alerts", flush=True)

    def stack(self, *services):
        return FullStack("replay", services, {"health": MUTED, "alerts": ALERTS})

    def folded(self, stack, processor):
        try:
            return int(stack.query("SELECT COALESCE(sum(next_offset), 0) FROM "
                                   f"{processor}.stream_offsets WHERE processor = '{processor}'"))
        except ServerFailed:
            return 0  # the table is not made yet

    def copy(self, stack):
        copied = int(tool("copy_journal", "--from", self.journal, "--to", stack.kafka_url))
        self.assertEqual(copied, self.records)

    def check(self, stack, health, alerts):
        """What each of the replicas says, once all is folded."""
        wait_until(lambda: self.folded(stack, "health") == self.records, FOLDED_SECONDS_MAX,
                   "all is folded")
        # Signals may come twice after a kill; which of them are news is the receiver's business.
        signals = int(tool("log_end", "--bus", stack.kafka_url, "--topic",
                           "bellwether.signals.v1"))
        self.assertGreaterEqual(signals, self.signals)
        wait_until(lambda: self.folded(stack, "alerts") == signals, FOLDED_SECONDS_MAX,
                   "all is judged")
        stack.wait_ready()
        stored = stack.query("SELECT subject, encode(state, 'hex') FROM alerts.alert_subjects")
        self.assert_same({"conditions": dict(row.split("|") for row in stored.splitlines())},
                         {"conditions": self.conditions})
        for name in health:
            with self.subTest(name):
                self.assert_same(health_of(f"127.0.0.1:{stack.port(name)}", self.until),
                                 self.health)
        for name in alerts:
            with self.subTest(name):
                self.assert_same({"alerts": alerts_of(f"127.0.0.1:{stack.port(name)}")},
                                 {"alerts": self.alerts})

    def assert_same(self, said, expected):
        for kind in expected:
            self.assertEqual(sorted(said[kind]), sorted(expected[kind]), kind)
            for name in expected[kind]:
                self.assertEqual(said[kind][name], expected[kind][name], f"{kind} of {name}")

    def test_the_journal_is_worth_replaying(self):
        self.assertGreater(self.records, 10_000)
        self.assertGreater(self.fed["late"], 0)
        self.assertGreater(self.fed["conflicts"], 0)
        self.assertGreater(len(self.health["scores"]), ACCOUNTS // 2)
        self.assertTrue(self.alerts)
        self.assertTrue(self.conditions)

    def test_on_the_full_stack(self):
        with self.stack("health-1", "alerts-1") as stack:
            stack.start_servers()
            self.copy(stack)
            stack.start_services()
            self.check(stack, ["health-1"], ["alerts-1"])

    def kill(self, stack, victim):
        """And starts it again; how many records were folded."""
        stack.kill(victim)
        folded = self.folded(stack, "health")
        print(f"killed {victim} when {folded} of {self.records} were folded", flush=True)
        stack.launch(victim)
        return folded

    def test_by_one_replica_that_is_killed(self):
        self.kill_and_check("health-1", "alerts-1")

    def test_by_two_replicas_that_are_killed(self):
        self.kill_and_check("health-1", "health-2", "alerts-1", "alerts-2")

    def kill_and_check(self, *replicas):
        chosen = seed()
        print(f"replay with: BELLWETHER_E2E_SEED={chosen} ./dev test chaos", flush=True)
        rng = random.Random(chosen)
        with self.stack(*replicas) as stack:
            stack.start_servers()
            self.copy(stack)
            for name in replicas:
                stack.launch(name)
            for _ in range(KILLS_STARTING):
                # Where in its start it dies is the point: a plain wait.
                time.sleep(rng.uniform(0, KILL_SECONDS_MAX))
                self.kill(stack, rng.choice(replicas))
            under_way = 0
            for point in sorted(rng.randrange(1, self.records) for _ in range(KILLS_FOLDING)):
                wait_until(lambda point=point: self.folded(stack, "health") >= point,
                           FOLDED_SECONDS_MAX, f"{point} records are folded")
                under_way += self.kill(stack, rng.choice(replicas)) < self.records
            self.assertGreater(under_way, 0, "all was folded before the first kill")
            self.check(stack, stack.replicas("health"), stack.replicas("alerts"))


if __name__ == "__main__":
    unittest.main()
