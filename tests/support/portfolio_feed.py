"""The load of end-to-end tests, and what servers say of it.

    with Feed(server, until, accounts=300, days=220) as feed:
        feed.wait_accepted(1000)
        report = feed.report()
    self.assertEqual(scores(server), scores(other))
"""

import json
import os
import random
import signal
import subprocess
from datetime import datetime
from zoneinfo import ZoneInfo

from server_process import BUILD

FEED_SECONDS_MAX = 600
LIST_MAX = "100000"


def seed():
    """Another one each time, or that of BELLWETHER_E2E_SEED."""
    return int(os.environ.get("BELLWETHER_E2E_SEED", random.randrange(1 << 31)))


def scored_day():
    """The day of the calendar the servers keep: scores are those of a day."""
    return datetime.now(ZoneInfo("Asia/Shanghai")).date()


class Feed:
    """The load: the same facts each time, offered until the server has taken them all."""

    def __init__(self, server, until, accounts, days, rate=0):
        """`rate` facts a second; 0: as fast as they are taken."""
        self._process = subprocess.Popen(
            [str(BUILD / "bin" / "steady_feed"), "--server", server.grpc, "--until", until,
             "--accounts", str(accounts), "--days", str(days), "--rate", str(rate)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self._said = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.communicate()

    def wait_accepted(self, count):
        """Returns when the server has accepted so many, or nearly all; how many."""
        while self._said.get("accepted", 0) < count and (line := self._process.stdout.readline()):
            self._said |= json.loads(line)
        return self._said.get("accepted", 0)

    def hurry(self):
        """From here on as fast as facts are taken."""
        self._process.send_signal(signal.SIGUSR1)

    @property
    def running(self):
        return self._process.poll() is None

    def report(self):
        out, err = self._process.communicate(timeout=FEED_SECONDS_MAX)
        assert self._process.returncode == 0, f"steady_feed failed: {err}"
        for line in out.splitlines():
            self._said |= json.loads(line)
        return self._said


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
