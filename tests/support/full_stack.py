"""The full stack under test: every server and service a process that can be killed or frozen.

    with FullStack("chaos") as stack:
        stack.start()                       # Kafka, PostgreSQL, Redis, then every service
        stack.kill("health-1")              # SIGKILL, also "kafka", "postgres", "redis"
        stack.launch("health-1")            # the same folder and ports
        stack.freeze("postgres"); stack.thaw("postgres")
        stack.wait_ready()
        stack.ctl("health", "verify")       # through either gateway

The command lines and configurations are those of `./dev up --stack full` (deploy/dev/full.sh), but
the processes are children of the test and end with it. The folder lies under build/e2e; it is
removed when the test passes and kept, and named, when it does not.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from server_process import BUILD, ROOT, ServerFailed, ctl_at, die_with_parent, http_ready, wait_until

SERVERS = ("kafka", "postgres", "redis")
_LISTED = [line.split() for line in (ROOT / "deploy/services.txt").read_text().splitlines()
           if line[:1].isalpha()]
STORES = tuple(name for name, _ in _LISTED)
# What `./dev up --stack full` starts: the gateway last.
STARTED = tuple(f"{name}-{replica}" for name, count in (*_LISTED[1:], _LISTED[0])
                for replica in range(1, int(count) + 1))
# Two of each; the gateways last, as there.
SERVICES = tuple(f"{service}-{replica}" for service in (*STORES[1:], STORES[0])
                 for replica in (1, 2))
SERVER_SECONDS_MAX = 120.0
READY_SECONDS_MAX = 120.0
STOP_SECONDS_MAX = 30.0
SCRIPT_SECONDS_MAX = 120.0
LOG_LINES_SHOWN = 15


def script(*arguments, **environment):
    """Runs a function of deploy/dev; what it printed."""
    run = subprocess.run([str(ROOT / "dev"), "call", *map(str, arguments)], cwd=ROOT, text=True,
                         env={**os.environ, **environment},
                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                         timeout=SCRIPT_SECONDS_MAX)
    if run.returncode != 0:
        raise ServerFailed(f"{arguments[0]}: exit {run.returncode}\n{run.stdout}{run.stderr}")
    return run.stdout


class FullStack:
    def __init__(self, name, services=SERVICES, settings=None, bus_options=""):
        """`settings` adds lines of YAML to the configuration of a service: {"health": "…"};
        `bus_options` what follows the "?" of the bus's URL."""
        base = BUILD / "e2e"
        base.mkdir(parents=True, exist_ok=True)
        self.folder = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=base))
        self.services = services
        self.settings = settings or {}
        self._bus_options = bus_options
        self._processes = {}
        self._ports = {}
        (self.folder / "services").mkdir()

    def __enter__(self):
        return self

    def __exit__(self, error_type, error, trace):
        for name in [*reversed(self.services), *reversed(SERVERS)]:
            if self.running(name):
                self.thaw(name)
                self.kill(name)
        if error_type is None:
            shutil.rmtree(self.folder)
        else:
            print(f"kept for a look: {self.folder}\n{self.log_tails()}")

    def replicas(self, service):
        return [name for name in self.services if name.rsplit("-", 1)[0] == service]

    @property
    def grpc(self):
        """Of the gateways, who take calls in turn."""
        return ",".join(f"127.0.0.1:{self.port(name)}" for name in self.replicas("gateway"))

    def admin(self, name):
        return f"127.0.0.1:{self.port(f'{name}-admin')}"

    def port(self, name):
        if name not in self._ports:
            self._ports[name] = script("full_port", self.folder, name)
        return self._ports[name]

    def running(self, name):
        return name in self._processes and self._processes[name].poll() is None

    def start(self):
        self.start_servers()
        self.start_services()

    def start_servers(self):
        for name in SERVERS:
            if not self.running(name):
                self.launch(name)
        for name in SERVERS:
            self.wait_server(name)
        self.make_stores()

    def make_stores(self):
        """A database with a role and a schema for each service. Idempotent."""
        folder = self.folder / "postgres"
        exists = script("postgres_psql", folder, "postgres", "-At", "-c",
                        "SELECT 1 FROM pg_database WHERE datname = 'bellwether'")
        if not exists.strip():
            script("postgres_psql", folder, "postgres", "-c", "CREATE DATABASE bellwether")
        for service in STORES:
            script("postgres_create_service", folder, service)

    def start_services(self):
        for name in self.services:
            self.launch(name)
        self.wait_ready()

    def launch(self, name):
        """Starts one process and does not wait for it."""
        assert not self.running(name), f"{name} started twice"
        command, log = self._command(name)
        environment = {**os.environ, "POSTGRES_SCRATCH": "1", "POSTGRES_PARENT_DEATH_SIGNAL": "INT"}
        with open(log, "ab") as output:
            self._processes[name] = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=output,
                stderr=output, preexec_fn=die_with_parent)

    def _command(self, name):
        folder = self.folder / name
        if name == "kafka":
            folder.mkdir(exist_ok=True)
            return ["deploy/kafka/broker", "run", str(folder), self.port("kafka"),
                    self.port("kafka-controller")], folder / "start.log"
        if name == "postgres":
            if not (folder / "data").exists():
                script("postgres_init", folder)
                (folder / "port").write_text(self.port("postgres") + "\n")
            return ["bash", "deploy/dev/postgres.sh", "postgres_serve", str(folder),
                    self.port("postgres")], folder / "start.log"
        if name == "redis":
            folder.mkdir(exist_ok=True)
            return ["redis-server", "deploy/dev/redis.conf", "--port", self.port("redis"), "--dir",
                    str(folder)], folder / "redis.log"
        configuration = self.folder / "services" / f"{name}.yaml"
        if not configuration.exists():
            text = script("full_configuration", self.folder, name, "true",
                          BELLWETHER_FULL_SERVICES=" ".join(self.services))
            if self._bus_options:
                text = text.replace(self.kafka_url, f"{self.kafka_url}?{self._bus_options}")
            configuration.write_text(text + self.settings.get(name.rsplit("-", 1)[0], ""))
        program = BUILD / "bin" / f"bellwether-{name.rsplit('-', 1)[0]}"
        return [str(program), "--config", str(configuration)], self.log(name)

    def log(self, name):
        """The file of a service's log, one JSON object a line."""
        return self.folder / "services" / f"{name}.log"

    def wait_server(self, name):
        """Until it answers. PostgreSQL refuses for a while after a kill, and is asked again."""
        def answers():
            if not self.running(name):
                self.launch(name)
            return subprocess.run(self._probe(name), cwd=ROOT, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL).returncode == 0
        wait_until(answers, SERVER_SECONDS_MAX, f"{name} answers")

    def _probe(self, name):
        if name == "kafka":
            return ["deploy/kafka/broker", "await", str(self.folder / name),
                    str(self._processes[name].pid)]
        if name == "postgres":
            return [str(ROOT / "dev"), "call", "postgres_ready", str(self.folder / name)]
        return [str(ROOT / "dev"), "call", "redis_answers", self.port(name)]

    def ready(self, name):
        if not self.running(name):
            raise ServerFailed(f"{name} ended by itself, exit "
                               f"{self._processes[name].returncode}\n{self.log_tail(name)}")
        return http_ready(self.admin(name))

    def wait_ready(self, seconds_max=READY_SECONDS_MAX):
        for name in self.services:
            wait_until(lambda name=name: self.ready(name), seconds_max, f"{name} is ready")

    def pids(self, name):
        """PostgreSQL is a process for each connection; the others are one."""
        main = self._processes[name].pid
        if name != "postgres":
            return [main]
        children = []
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(")")[2].split()
            except OSError:
                continue  # it ended meanwhile
            if int(fields[1]) == main:
                children.append(int(stat.parent.name))
        return [main, *children]

    def _signal(self, name, number):
        for pid in self.pids(name):
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass  # it ended meanwhile

    def kill(self, name):
        """SIGKILL: nothing is flushed, nobody is notified."""
        self._signal(name, signal.SIGKILL)
        self._processes[name].wait()

    def stop(self, name, seconds_max=STOP_SECONDS_MAX):
        """SIGTERM (PostgreSQL: SIGINT); it must end in time, a service with exit code 0."""
        process = self._processes[name]
        process.send_signal(signal.SIGINT if name == "postgres" else signal.SIGTERM)
        try:
            status = process.wait(seconds_max)
        except subprocess.TimeoutExpired:
            self.kill(name)
            raise ServerFailed(f"{name} still there {seconds_max} s after it was asked to stop\n"
                               f"{self.log_tail(name)}") from None
        if name in self.services and status != 0:
            raise ServerFailed(f"{name}: exit {status} after SIGTERM\n{self.log_tail(name)}")

    def freeze(self, name):
        self._signal(name, signal.SIGSTOP)

    def thaw(self, name):
        self._signal(name, signal.SIGCONT)

    def forget_cache(self):
        """FLUSHALL: all that Redis held is gone."""
        subprocess.run(["redis-cli", "-p", self.port("redis"), "flushall"], check=True,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

    @property
    def kafka_url(self):
        return f"kafka://127.0.0.1:{self.port('kafka')}"

    def query(self, sql):
        """What PostgreSQL answers, as text; the superuser asks."""
        return script("postgres_psql", self.folder / "postgres", "bellwether", "-At", "-c",
                      sql).strip()

    def ctl(self, *arguments, **options):
        return ctl_at(self.grpc, *arguments, **options)

    def log_tail(self, name):
        log = self.log(name)
        lines = log.read_text(errors="replace").splitlines() if log.exists() else ["(no log)"]
        return "\n".join([f"last of the log of {name}:", *lines[-LOG_LINES_SHOWN:]])

    def log_tails(self):
        return "\n".join(self.log_tail(name) for name in self.services)
