"""kill -9 of bellwether under load, at random moments, changes nothing in the result.

The same facts go to two servers: one is left alone, the other is killed again and again while they
arrive. Afterwards both must say the same, to the last digit.
"""

import json
import os
import random
import subprocess
import sys
import time
import unittest
from datetime import datetime, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from server_process import BUILD, ServerProcess  # noqa: E402

KILLS_MAX = 12
KILLS_MIN = 3  # fewer would not be "under load"
# The server is left to itself for a random time in between, from mid-start to mid-work.
ALIVE_SECONDS_MAX = 3.0
FEED_SECONDS_MAX = 600
# Enough to keep a server busy for longer than it is let live.
ACCOUNTS = "500"
DAYS = "220"
# Some lives are longer than a checkpoint's interval, some shorter.
CHECKPOINTS = (["--health-checkpoint-interval", "500ms"], ["--health-checkpoint-interval", "30s"])
LIST_MAX = "100000"


def scored_day():
    """The day of the calendar the servers keep: scores are those of a day."""
    return datetime.now(ZoneInfo("Asia/Shanghai")).date()


def seed():
    return int(os.environ.get("BELLWETHER_E2E_SEED", random.randrange(1 << 31)))


class Feed:
    """The load: the same facts each time, offered until the server has taken them all."""

    def __init__(self, server, today):
        self._process = subprocess.Popen(
            [str(BUILD / "bin" / "steady_feed"), "--server", server.grpc, "--today", str(today),
             "--accounts", ACCOUNTS, "--days", DAYS],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.communicate()

    @property
    def running(self):
        return self._process.poll() is None

    def report(self):
        out, err = self._process.communicate(timeout=FEED_SECONDS_MAX)
        assert self._process.returncode == 0, f"steady_feed failed: {err}"
        return json.loads(out)


def ask(server, *arguments):
    """The objects that a listing command prints, one a line."""
    return [json.loads(line) for line in server.ctl("--json", *arguments).splitlines()]


def scores(server):
    return {row["account"]: (row.get("scoreMicros"), row.get("confidenceMicros"), row.get("bandId"))
            for row in ask(server, "health", "rank", "--limit", LIST_MAX)}


def alerts(server):
    """Every case there has been, with where it stands: rule, subject, state and level."""
    return sorted((row["ruleId"], row["subject"], row["state"], row["level"])
                  for row in ask(server, "alerts", "list", "--all", "--limit", LIST_MAX))


class KillNine(unittest.TestCase):
    def check_sound(self, server):
        """What must hold of any server, killed or not."""
        [verified] = ask(server, "health", "verify")
        self.assertEqual(int(verified.get("differenceCount", 0)), 0)
        # Accounts for which nothing counts yet are checked too, but have no rank.
        self.assertGreaterEqual(int(verified["accountsChecked"]), len(scores(server)))
        still_open = [(rule, subject) for rule, subject, state, _ in alerts(server)
                      if state != "ALERT_STATE_RESOLVED"]
        self.assertEqual(len(still_open), len(set(still_open)), "two open alerts of one rule")

    def test_under_load_loses_and_doubles_nothing(self):
        chosen = seed()
        print(f"replay with: BELLWETHER_E2E_SEED={chosen} ./dev test e2e", flush=True)
        today = scored_day()
        try:
            self.kill_and_compare(random.Random(chosen))
        except AssertionError:
            if scored_day() == today:
                raise
            # Midnight fell between the two servers: what they said is of different days.
            print("once more, midnight has passed", flush=True)
            self.kill_and_compare(random.Random(chosen))

    def kill_and_compare(self, rng):
        today = datetime.now(timezone.utc).date()  # the feed's days are those of UTC
        with ServerProcess("kill9") as killed, ServerProcess("left-alone") as alone:
            kills = 0
            killed.start()
            with Feed(killed, today) as feed:
                while feed.running and kills < KILLS_MAX:
                    # Where in its work a server is killed is the point, so this is a plain wait.
                    time.sleep(rng.uniform(0, ALIVE_SECONDS_MAX))
                    if not feed.running:
                        break
                    killed.kill()
                    kills += 1
                    killed.launch(rng.choice(CHECKPOINTS))
                    if rng.random() < 0.7:  # else the next kill may meet it while it starts
                        killed.wait_ready()
                killed.wait_ready()
                report = feed.report()
            print(f"{kills} kills: {report}", flush=True)
            self.assertGreaterEqual(kills, KILLS_MIN, "the load ended too soon to be killed under")

            alone.start()
            with Feed(alone, today) as feed:
                expected = feed.report()
            print(f"left alone: {expected}", flush=True)
            self.assertEqual(expected["duplicates"], 0)
            self.assertEqual(expected["streams"], 1)

            self.assertEqual(expected["counted"] + expected["late"] + expected["too_old"],
                             expected["facts"])
            # What still counts is still remembered; a fact that is too old to count when it
            # comes is kept as history each time it is sent.
            self.assertEqual(report["counted"] + report["late"],
                             expected["counted"] + expected["late"], "each counts exactly once")
            self.assertGreaterEqual(report["too_old"], expected["too_old"], "none is lost")
            self.assertEqual(report["conflicts"], 0)
            self.check_sound(killed)
            self.check_sound(alone)
            self.assertEqual(scores(killed), scores(alone))
            self.assertEqual(alerts(killed), alerts(alone))
            self.assertTrue(alerts(alone), "the load was meant to raise alerts")
            print(f"{len(scores(alone))} scores and {len(alerts(alone))} alerts agree", flush=True)

            # A start from what the killed one left, after a clean stop, changes nothing either.
            before = (scores(killed), alerts(killed))
            killed.stop()
            killed.start()
            self.assertEqual((scores(killed), alerts(killed)), before)


if __name__ == "__main__":
    unittest.main()
