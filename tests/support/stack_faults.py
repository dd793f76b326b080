"""What can happen to a full stack under load.

    for kind, strike in Faults(stack, rng).plan(20):
        struck = strike()  # it has happened, and what was stopped is started

The stack is one of two replicas of each service, under a load of facts and of commands.
"""

import time
import urllib.request

from full_stack import SERVERS
from server_process import wait_until

DOWN_SECONDS_MAX = 1.0
# A member that is silent for so long loses its partitions, and comes back as a zombie.
BUS_OPTIONS = "session.timeout.ms=6000"
TAKEN_SECONDS_MAX = 60.0
FROZEN_SECONDS = 4.0
COMMIT_SECONDS_MAX = 30.0
CUT_SECONDS = 1.5
# A backend whose transaction is on disk already, and whose client does not know.
IN_COMMIT = "query = 'COMMIT' AND wait_event = 'SyncRep'"
# They commit all the time under load.
COMMITTING = ("accounts", "opportunities", "health", "alerts")
# What only one replica does: its lease, and the counter that shows who does it.
LED = {"accounts": ("outbox-relay", "bellwether_outbox_rows_sent_total"),
       "opportunities": ("outbox-relay", "bellwether_outbox_rows_sent_total"),
       "alerts": ("alerts-webhook-e2e", "bellwether_alerts_delivery_attempts_total")}
LED_SECONDS_MAX = 60.0


class Faults:
    """Each returns once it has happened, with the name of what it happened to."""

    def __init__(self, stack, rng):
        self._stack = stack
        self._rng = rng

    def plan(self, count):
        """So many faults, each kind once before any comes again."""
        kinds = [("kill -9 health", lambda: self.kill_service("health")),
                 ("kill -9 alerts", lambda: self.kill_service("alerts")),
                 ("kill -9 gateway", lambda: self.kill_service("gateway")),
                 ("kill -9 accounts", lambda: self.kill_service("accounts")),
                 ("kill -9 opportunities", lambda: self.kill_service("opportunities")),
                 ("kill -9 of a server", lambda: self.kill_server("kafka")),
                 ("kill -9 of a server", lambda: self.kill_server("postgres")),
                 ("kill -9 of a server", lambda: self.kill_server("redis")),
                 ("restart of a server", self.restart_server),
                 ("kill -9 in COMMIT", self.kill_in_commit),
                 ("cut off in COMMIT", self.cut_in_commit),
                 ("FLUSHALL", self.forget_cache),
                 ("zombie", lambda: self.make_zombie("health")),
                 ("zombie", lambda: self.make_zombie("alerts")),
                 ("frozen past a lease", self.outlast_leases),
                 ("frozen server", lambda: self.freeze(SERVERS)),
                 ("frozen service", lambda: self.freeze(self._stack.services))]
        chosen = self._rng.sample(kinds, min(count, len(kinds)))
        return chosen + [self._rng.choice(kinds) for _ in range(count - len(chosen))]

    def kill_service(self, service):
        name = self._rng.choice(self._stack.replicas(service))
        self._stack.kill(name)
        self._pause()
        self._stack.launch(name)
        return name

    def kill_server(self, name):
        self._stack.kill(name)
        self._pause()
        self._stack.launch(name)
        self._stack.wait_server(name)
        return name

    def restart_server(self):
        name = self._rng.choice(SERVERS)
        self._stack.stop(name)
        self._stack.launch(name)
        self._stack.wait_server(name)
        return name

    def kill_in_commit(self):
        """The database dies with what is committed and not yet answered."""
        self._hold_commits()
        self.kill_server("postgres")
        self._let_commit()
        return "postgres"

    def cut_in_commit(self):
        """Connections end again and again before the COMMIT on them is answered."""
        self._hold_commits()
        cut = 0
        deadline = time.monotonic() + CUT_SECONDS
        while time.monotonic() < deadline:
            cut += int(self._stack.query("SELECT count(pg_terminate_backend(pid)) "
                                         f"FROM pg_stat_activity WHERE {IN_COMMIT}"))
        self._let_commit()
        return f"{cut} connections"

    def _hold_commits(self):
        """From here on every COMMIT waits for a standby that never comes."""
        self._configure("SET synchronous_standby_names = 'nobody'")

        def held():
            return set(self._stack.query("SELECT DISTINCT usename FROM pg_stat_activity "
                                         f"WHERE {IN_COMMIT}").split())
        wait_until(lambda: held().issuperset(COMMITTING), COMMIT_SECONDS_MAX,
                   "every service is in COMMIT")

    def _let_commit(self):
        self._configure("RESET synchronous_standby_names")

    def _configure(self, change):
        self._stack.query(f"ALTER SYSTEM {change}")
        self._stack.query("SELECT pg_reload_conf()")

    def make_zombie(self, service):
        """Silent until another has taken its partitions, and then awake again."""
        name = self._rng.choice(self._stack.replicas(service))
        before = self._taken(service)
        self._stack.freeze(name)
        try:
            wait_until(lambda: self._taken(service) > before, TAKEN_SECONDS_MAX,
                       f"another takes what {name} has")
        finally:
            self._stack.thaw(name)
        return name

    def _taken(self, processor):
        """How often partitions have been taken so far."""
        return int(self._stack.query(f"SELECT sum(epoch) FROM {processor}.stream_offsets "
                                     f"WHERE processor = '{processor}'"))

    def outlast_leases(self):
        """Silent, be it the one who publishes and sends, until others do so, and then awake again."""
        leaders = [self._leader(service) for service in LED]
        before = self._holders()
        for name in leaders:
            self._stack.freeze(name)
        try:
            wait_until(lambda: all(after > token for token, after in zip(before, self._holders())),
                       LED_SECONDS_MAX, f"others do what {leaders} did")
        finally:
            for name in leaders:
                self._stack.thaw(name)
        return ", ".join(leaders)

    def _leader(self, service):
        _, counter = LED[service]
        before = {name: self._counted(name, counter) for name in self._stack.replicas(service)}

        def leads():
            return next((name for name, count in before.items()
                         if self._counted(name, counter) > count), None)
        return wait_until(leads, LED_SECONDS_MAX, f"one of {service} leads")

    def _counted(self, name, counter):
        with urllib.request.urlopen(f"http://{self._stack.admin(name)}/metrics") as answer:
            return sum(float(line.rsplit(" ", 1)[1]) for line in answer.read().decode().splitlines()
                       if line.startswith(counter))

    def _holders(self):
        """Of each lease, a number that rises with its holder's."""
        return [int(self._stack.query(f"SELECT token FROM {service}.leases WHERE name = '{lease}'"))
                for service, (lease, _) in LED.items()]

    def freeze(self, names):
        name = self._rng.choice(names)
        self._stack.freeze(name)
        time.sleep(FROZEN_SECONDS)
        self._stack.thaw(name)
        return name

    def forget_cache(self):
        self._stack.forget_cache()
        return "redis"

    def _pause(self):
        # Where in another's work it comes back is the point: a plain wait.
        time.sleep(self._rng.uniform(0, DOWN_SECONDS_MAX))
