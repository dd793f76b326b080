"""The load of end-to-end tests, and what servers say of it.

    with Feed(server, until, accounts=300, days=220) as feed:
        feed.go()
        feed.wait_accepted(1000)
        report = feed.report()
    self.assertEqual(scores(server), scores(other))

or, in steps, with another server that comes as far:

    with Commands(server, until, rate=10) as load, Commands(other, until) as shadow:
        load.go()
        report = load.halt()
        shadow.reach(report["sent"])
"""

import contextlib
import json
import os
import random
import subprocess
from datetime import datetime
from zoneinfo import ZoneInfo

from server_process import BUILD

FEED_SECONDS_MAX = 600
LIST_MAX = "100000"
ALERTS_ASKED_MAX = 500  # by one command
# Further than any load goes.
ALL = 1_000_000_000
# Of the journal, where nobody says otherwise.
PARTITIONS = 12
# Of a resource, what is the business of the server that made it.
OF_THE_SERVER = ("createTime", "updateTime")


def seed():
    """Another one each time, or that of BELLWETHER_E2E_SEED."""
    return int(os.environ.get("BELLWETHER_E2E_SEED", random.randrange(1 << 31)))


def scored_day():
    """The day of the calendar the servers keep: scores are those of a day."""
    return datetime.now(ZoneInfo("Asia/Shanghai")).date()


class Load:
    """A program of tests/e2e that goes in steps (steps.h): the same units each time, offered until
    the server has taken them all."""

    def __init__(self, program, server, *arguments):
        self._process = subprocess.Popen(
            [str(BUILD / "bin" / program), "--server", server.grpc, *map(str, arguments)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self._report = {}
        self.under_way = False  # from a step's begin to its end

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.communicate()

    def _write(self, line):
        with contextlib.suppress(BrokenPipeError):  # why it ended is reported by the reader
            self._process.stdin.write(f"{line}\n")
            self._process.stdin.flush()

    def _listen(self):
        """Takes the next line; the last of a step is its report."""
        line = self._process.stdout.readline()
        assert line, f"the load ended: {self._process.communicate()[1]}"
        report = json.loads(line)
        self._report |= report
        self.under_way = "sent" not in report

    def go(self, count=ALL):
        """Begins a step that ends when so many units have been sent, or earlier by `halt`."""
        self.under_way = True
        self._write(count)

    def halt(self):
        """Ends the step where it is; its report."""
        if self.under_way:
            self._write("halt")
        while self.under_way:
            self._listen()
        return dict(self._report)

    def reach(self, count):
        """A step to so many units; its report."""
        self.go(count)
        while self.under_way:
            self._listen()
        return dict(self._report)

    def report(self):
        """Of all units: what is left goes as fast as it is taken."""
        out, err = self._process.communicate(timeout=FEED_SECONDS_MAX)
        assert self._process.returncode == 0, f"the load failed: {err}"
        for line in out.splitlines():
            self._report |= json.loads(line)
        return self._report


class Feed(Load):
    """Facts of a portfolio."""

    def __init__(self, server, until, accounts, days, rate=0):
        """`rate` facts a second; 0: as fast as they are taken."""
        super().__init__("steady_feed", server, "--until", until, "--accounts", accounts, "--days",
                         days, "--rate", rate)

    def wait_accepted(self, count):
        """Returns when the server has accepted so many, or nearly all; how many."""
        while self.under_way and self._report.get("accepted", 0) < count:
            self._listen()
        return self._report.get("accepted", 0)


class Commands(Load):
    """Lives of accounts and opportunities."""

    def __init__(self, server, until, rate=0):
        """`rate` lives a second; 0: as fast as they are taken."""
        super().__init__("steady_commands", server, "--until", until, "--lives", ALL, "--rate",
                         rate)


def ask(server, *arguments):
    """The objects that a listing command prints, one a line."""
    return [json.loads(line) for line in server.ctl("--json", *arguments).splitlines()]


def scores(server):
    """Of every account: its score, and what is known of it."""
    return {row["account"]: (row.get("scoreMicros"), row.get("confidenceMicros"), row.get("bandId"),
                             row.get("attributes"))
            for row in ask(server, "health", "rank", "--limit", LIST_MAX)}


def alerts(server):
    """Every case there has been, with where it stands: rule, subject, state and level."""
    return sorted((row["ruleId"], row["subject"], row["state"], row["level"])
                  for row in ask(server, "alerts", "list", "--all", "--limit", LIST_MAX))


def with_timelines(asked, rows):
    """These alerts, each with its timeline; `asked` runs a listing command and returns its rows."""
    ids = [row["name"].split("/", 1)[1] for row in rows]
    found = []
    for begin in range(0, len(ids), ALERTS_ASKED_MAX):
        found += asked("alerts", "get", *ids[begin:begin + ALERTS_ASKED_MAX])
    return found


def resources(server, kind):
    """The accounts, or the opportunities, as they stand; an etag shows how often each changed."""
    return {row["name"]: {field: value for field, value in row.items() if field not in OF_THE_SERVER}
            for row in ask(server, kind, "list", "--limit", LIST_MAX)}


def changes(server):
    """Of every account and opportunity the versions that the journal has, each where it came first."""
    found = {}
    for partition in range(PARTITIONS):
        for record in ask(server, "journal", "tail", "--partition", str(partition), "--from", "0"):
            entry = json.loads(record["entryJson"])
            if (change := entry.get("subject_changed")) is not None:
                subject = (change["subject_type"], change["subject_id"])
                versions = found.setdefault(subject, [])
                if change["entity_version"] not in versions:
                    versions.append(change["entity_version"])
    return found
