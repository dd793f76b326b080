"""The examples for those who send facts (docs/examples/senders), run as their pages say."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from datetime import datetime, timezone
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from server_process import ROOT, ServerProcess, wait_until  # noqa: E402

EXAMPLES = ROOT / "docs" / "examples" / "senders"
PAGE = ROOT / "docs" / "senders.md"
SENDER_SECONDS_MAX = 120
BUILD_SECONDS_MAX = 600  # two cores that do other things
FETCH_ATTEMPTS_MAX = 3
FOLD_SECONDS_MAX = 20
# Debian's, which has the packages that the example names, whatever else is first on the path.
PYTHON = "/usr/bin/python3"


def order(fact_id, amount_minor=100_000):
    return json.dumps({
        "specversion": "1.0", "type": "bellwether.fact.order_placed.v1", "source": "crm/example",
        "id": fact_id, "subject": "acme",
        "time": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "datacontenttype": "application/json",
        "data": {"order_placed": {"amount": {"amount_minor": amount_minor,
                                             "currency_code": "CNY"}}}}).encode()


def commands_of(page, language):
    """The shell commands of a page that name an example."""
    blocks = [each.split("```")[0] for each in page.read_text().split("```sh\n")[1:]]
    [block] = [each for each in blocks if f"send_facts.{language}" in each]
    return block


class Sender:
    """What every example does; `send` of each runs it."""

    def test_counts_every_answer_and_names_what_was_rejected(self):
        with ServerProcess(self.name) as server:
            server.start()
            sent = self.send(server.grpc, [order("o-1"), order("o-2"), b"no event", b"\xff\xfe",
                                           order("o-3", amount_minor="much")])
            self.assertEqual(sent.stdout, b"2 accepted, 3 rejected, 0 unanswered\n", sent.stderr)
            self.assertEqual(sent.returncode, 1)
            self.assertIn(b"line 3: MALFORMED_JSON", sent.stderr)
            self.assertIn(b"line 4: MALFORMED_JSON", sent.stderr)
            self.assertIn(b"line 5: ", sent.stderr)

    def test_what_is_sent_again_counts_once(self):
        with ServerProcess(self.name) as server:
            server.start()
            lines = [order(f"o-{n}") for n in range(50)]
            for _ in range(2):
                sent = self.send(server.grpc, lines)
                self.assertEqual(sent.stdout, b"50 accepted, 0 rejected, 0 unanswered\n",
                                 sent.stderr)
                self.assertEqual(sent.returncode, 0)

            def orders():
                shown = json.loads(server.ctl("--json", "health", "get", "acme"))
                return [int(metric.get("valueMicros", 0)) // 1_000_000
                        for metric in shown.get("metrics", [])
                        if metric["metric"] == "orders.count_365d"]
            wait_until(lambda: orders() == [50], FOLD_SECONDS_MAX, "50 orders counted")


class PythonSender(Sender, unittest.TestCase):
    name = "python-sender"

    def setUp(self):
        # The messages in Python, as the example's head says.
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.messages = folder.name
        protos = sorted(str(path) for path in (ROOT / "proto" / "bellwether").rglob("*.proto"))
        subprocess.run(["protoc", "-I", str(ROOT / "proto"), f"--python_out={self.messages}",
                        *protos], check=True)

    def send(self, grpc, lines):
        return subprocess.run(
            [PYTHON, str(EXAMPLES / "send_facts.py"), grpc], input=b"\n".join(lines),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=SENDER_SECONDS_MAX,
            env=os.environ | {"PYTHONPATH": self.messages})

    def test_says_so_when_nobody_answers(self):
        server = ServerProcess("python-sender")
        sent = subprocess.run(
            [PYTHON, "-c",
             "import runpy, sys, time; time.sleep = lambda _: None;"
             f"sys.argv[1:] = ['{server.grpc}'];"
             f"runpy.run_path(r'{EXAMPLES / 'send_facts.py'}', run_name='__main__')"],
            input=order("o-1"), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            timeout=SENDER_SECONDS_MAX, env=os.environ | {"PYTHONPATH": self.messages})
        self.assertEqual(sent.stdout, b"0 accepted, 0 rejected, 1 unanswered\n", sent.stderr)
        self.assertEqual(sent.returncode, 1)
        self.assertIn(b"UNAVAILABLE", sent.stderr)


class CppSender(Sender, unittest.TestCase):
    name = "cpp-sender"

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.program = Path(folder.name) / "send_facts"
        build = commands_of(PAGE, "cc").split("OUT/send_facts 127")[0].replace("OUT", folder.name)
        subprocess.run(["bash", "-euc", build], cwd=ROOT, check=True, timeout=BUILD_SECONDS_MAX)

    def send(self, grpc, lines):
        return subprocess.run([str(self.program), grpc], input=b"\n".join(lines),
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=SENDER_SECONDS_MAX)


class JavaSender(Sender, unittest.TestCase):
    name = "java-sender"

    @classmethod
    def setUpClass(cls):
        for command in ("mvn", "javac"):
            if shutil.which(command) is None:
                raise unittest.SkipTest(f"the Java example was not run: there is no {command}")
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        project = Path(folder.name) / "java"
        shutil.copytree(EXAMPLES / "java", project, ignore=shutil.ignore_patterns("target"))
        cls.target = project / "target"
        # Maven's downloads fail now and then.
        for attempt in range(1, FETCH_ATTEMPTS_MAX + 1):
            built = subprocess.run(["mvn", "-q", "-B", "-f", str(project / "pom.xml"),
                                    f"-Dprotos={ROOT / 'proto'}", "package"],
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                   timeout=BUILD_SECONDS_MAX)
            if built.returncode == 0:
                return
            print(f"maven failed (attempt {attempt} of {FETCH_ATTEMPTS_MAX})\n{built.stdout}",
                  flush=True)
        raise AssertionError("the Java example could not be built")

    def send(self, grpc, lines, *options):
        return subprocess.run(
            ["java", *options, "-cp", f"{self.target}/send-facts-1.jar:{self.target}/lib/*",
             "SendFacts", grpc], input=b"\n".join(lines), stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, timeout=SENDER_SECONDS_MAX)

    def test_says_so_when_nobody_answers(self):
        server = ServerProcess(self.name)
        sent = self.send(server.grpc, [order("o-1")], "-Dsend.pause.seconds=0")
        self.assertEqual(sent.stdout, b"0 accepted, 0 rejected, 1 unanswered\n", sent.stderr)
        self.assertEqual(sent.returncode, 1)
        self.assertIn(b"UNAVAILABLE", sent.stderr)


if __name__ == "__main__":
    unittest.main()
