"""`./dev` in a checkout of its own, whose server is whatever program the test puts there.

    with FrontDoor("dev-up", BUILD / "bin" / "bellwether") as door:
        door.dev("up", "--detach", "--data", "none")

Nothing is compiled and no other `./dev up` of this machine is met. The folder is removed when the
test passes and kept, and named, when it does not; a server that is left is killed.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from server_process import BUILD, ROOT

DEV_SECONDS_MAX = 400.0  # a full stack on a loaded machine


class FrontDoor:
    def __init__(self, name, server, others=()):
        """`others` are programs beside the server, and make a full stack possible."""
        base = BUILD / "e2e"
        base.mkdir(parents=True, exist_ok=True)
        self.root = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=base)).resolve()
        shutil.copy(ROOT / "dev", self.root)
        shutil.copytree(ROOT / "deploy" / "dev", self.root / "deploy" / "dev")
        for listing in ("packages.txt", "services.txt"):
            shutil.copy(ROOT / "deploy" / listing, self.root / "deploy")
        # `./dev` knows its server by the file it was started from, so a link would not do.
        self.server = self.root / "build" / "bin" / "bellwether"
        self.server.parent.mkdir(parents=True)
        shutil.copy(server, self.server)
        if others:
            for other in others:
                shutil.copy(other, self.server.parent)
            for folder in ("kafka", "postgres"):
                shutil.copytree(ROOT / "deploy" / folder, self.root / "deploy" / folder)
            # The servers that are fetched once for a checkout.
            (self.root / ".bellwether").mkdir()
            for folder in ("kafka", "unpacked"):
                (self.root / ".bellwether" / folder).symlink_to(ROOT / ".bellwether" / folder)
        (self.root / "build" / "build.ninja").touch()
        # All is built already.
        ninja = self.root / "tools" / "ninja"
        ninja.parent.mkdir()
        ninja.write_text("#!/bin/sh\n")
        ninja.chmod(0o755)
        self.run_dir = self.root / ".bellwether" / "run"
        self.pid_file = self.run_dir / "bellwether.pid"

    def __enter__(self):
        return self

    def __exit__(self, error_type, error, trace):
        if (pid := self.pid()) is not None:
            os.kill(pid, signal.SIGKILL)
        if (self.run_dir / "full" / "current").exists():
            self.dev("down")
        if error_type is None:
            shutil.rmtree(self.root)
        else:
            print(f"kept for a look: {self.root}")

    def serve_console(self):
        """What it starts serves the console as it was built in this checkout."""
        shutil.copytree(BUILD / "console", self.root / "build" / "console")

    def pid(self):
        """Of the server that `./dev` knows of, if it runs."""
        try:
            pid = int(self.pid_file.read_text())
            return pid if os.readlink(f"/proc/{pid}/exe") == str(self.server) else None
        except (FileNotFoundError, ValueError, ProcessLookupError):
            return None

    def dev(self, *arguments, expect=0, **environment):
        """Runs ./dev and returns all that it said."""
        process = self.start(*arguments, **environment)
        try:
            said, _ = process.communicate(timeout=DEV_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            # What it has begun must not go on beneath a test that has given up.
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            raise
        assert process.returncode == expect, \
            f"./dev {' '.join(arguments)}: exit {process.returncode}, not {expect}\n{said}"
        return said

    def start(self, *arguments, **environment):
        """The process of ./dev, in a session of its own."""
        return subprocess.Popen(
            [str(self.root / "dev"), *arguments], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
            env={**os.environ, "PATH": f"{self.root / 'tools'}:{os.environ['PATH']}",
                 **environment})
