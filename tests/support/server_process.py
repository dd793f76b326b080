"""A server under test as its operating system sees it: started, killed, started again.

    with ServerProcess("kill9") as server:
        server.start()                 # free ports, waits for /readyz with a deadline
        server.ctl("health", "verify")
        server.kill()                  # SIGKILL: no goodbye
        server.start()                 # the same folder and ports

Its folder lies under build/e2e; it is removed when the test passes and kept, and named, when it
does not. The server never outlives the test, however that ends.
"""

import ctypes
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("BELLWETHER_BUILD_DIR", ROOT / "build"))
READY_SECONDS_MAX = 60.0
STOP_SECONDS_MAX = 30.0
CTL_SECONDS_MAX = 60.0
LOG_LINES_SHOWN = 40
_PR_SET_PDEATHSIG = 1


class ServerFailed(AssertionError):
    """The server did not do what a server must; the message ends with its log's last lines."""


def wait_until(condition, seconds_max, what):
    """Waits for a condition with a deadline; returns what the condition returned."""
    deadline = time.monotonic() + seconds_max
    while True:
        if value := condition():
            return value
        if time.monotonic() >= deadline:
            raise ServerFailed(f"{what}: not within {seconds_max} s")
        time.sleep(0.02)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def lasting_port():
    """A free port below those the system gives to clients, so that none takes it meanwhile."""
    while True:
        port = random.randrange(20_000, 30_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def die_with_parent():
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def http_get(address, path):
    """Status and text; OSError when nobody answers."""
    try:
        with urllib.request.urlopen(f"http://{address}{path}", timeout=2) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read().decode()


def http_ready(address):
    try:
        return http_get(address, "/readyz")[0] == 200
    except OSError:
        return False


def not_ready_because(address, why):
    """Whether /readyz says 503, and `why`."""
    status, said = http_get(address, "/readyz")
    return status == 503 and why in said


def ctl_at(grpc, *arguments, expect=0, seconds_max=CTL_SECONDS_MAX):
    """Runs bellwetherctl against a server and returns what it printed."""
    run = subprocess.run(
        [str(BUILD / "bin" / "bellwetherctl"), "--server", grpc, *arguments],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        timeout=seconds_max)
    if run.returncode != expect:
        raise ServerFailed(
            f"bellwetherctl {' '.join(arguments)}: exit {run.returncode}, not {expect}\n"
            f"{run.stdout}{run.stderr}")
    return run.stdout


class ServerProcess:
    def __init__(self, name, options=(), program=None):
        """`program` is the command line before the options; the built bellwether by default."""
        base = BUILD / "e2e"
        base.mkdir(parents=True, exist_ok=True)
        self.folder = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=base))
        self.data = self.folder / "data"
        self.data.mkdir()
        self.log = self.folder / "server.log"
        self.http = f"127.0.0.1:{free_port()}"
        self.grpc = f"127.0.0.1:{free_port()}"
        self._program = program or [str(BUILD / "bin" / "bellwether")]
        self._options = list(options)
        self._process = None

    def __enter__(self):
        return self

    def __exit__(self, error_type, error, trace):
        if self.running:
            self.kill()
        if error_type is None:
            shutil.rmtree(self.folder)
        else:
            print(f"kept for a look: {self.folder}\n{self.log_tail()}")

    @property
    def running(self):
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self):
        return self._process.pid

    def start(self, options=None, seconds_max=READY_SECONDS_MAX):
        """Starts and waits until ready. `options` replace the ones given at construction."""
        self.launch(options)
        self.wait_ready(seconds_max)

    def launch(self, options=None):
        assert not self.running, "started twice"
        given = self._options if options is None else list(options)
        with open(self.log, "ab") as log:
            self._process = subprocess.Popen(
                [*self._program, "--data", str(self.data), "--http", self.http, "--grpc",
                 self.grpc, *given],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=die_with_parent)

    def wait_ready(self, seconds_max=READY_SECONDS_MAX):
        def ready_or_dead():
            if not self.running:
                raise ServerFailed(
                    f"ended before it was ready, exit {self._process.returncode}\n{self.log_tail()}")
            return self.ready()
        try:
            wait_until(ready_or_dead, seconds_max, "ready")
        except ServerFailed as failure:
            if self.running:
                raise ServerFailed(f"{failure}\n{self.log_tail()}") from None
            raise

    def ready(self):
        return http_ready(self.http)

    def kill(self):
        """SIGKILL: nothing is flushed, nobody is notified."""
        self._process.kill()
        self._process.wait()

    def stop(self, seconds_max=STOP_SECONDS_MAX):
        """SIGTERM; it must end by itself, in time, with exit code 0."""
        self._process.send_signal(signal.SIGTERM)
        try:
            status = self._process.wait(seconds_max)
        except subprocess.TimeoutExpired:
            self.kill()
            raise ServerFailed(
                f"still there {seconds_max} s after SIGTERM\n{self.log_tail()}") from None
        if status != 0:
            raise ServerFailed(f"exit {status} after SIGTERM\n{self.log_tail()}")

    def ctl(self, *arguments, **options):
        return ctl_at(self.grpc, *arguments, **options)

    def log_tail(self):
        if not self.log.exists():
            return "(no log)"
        lines = self.log.read_text(errors="replace").splitlines()
        return "\n".join(["last of its log:", *lines[-LOG_LINES_SHOWN:]])
