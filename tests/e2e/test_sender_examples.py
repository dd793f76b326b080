"""The examples for those who send facts (docs/examples/senders), run as their pages say."""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from datetime import datetime, timezone
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from server_process import ROOT, ServerProcess, wait_until  # noqa: E402

EXAMPLES = ROOT / "docs" / "examples" / "senders"
SENDER_SECONDS_MAX = 120
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


class PythonSender(unittest.TestCase):
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

    def test_counts_every_answer_and_names_what_was_rejected(self):
        with ServerProcess("python-sender") as server:
            server.start()
            sent = self.send(server.grpc, [order("o-1"), order("o-2"), b"no event", b"\xff\xfe",
                                           order("o-3", amount_minor="much")])
            self.assertEqual(sent.stdout, b"2 accepted, 3 rejected, 0 unanswered\n", sent.stderr)
            self.assertEqual(sent.returncode, 1)
            self.assertIn(b"line 3: MALFORMED_JSON", sent.stderr)
            self.assertIn(b"line 4: MALFORMED_JSON", sent.stderr)
            self.assertIn(b"line 5: ", sent.stderr)

    def test_what_is_sent_again_counts_once(self):
        with ServerProcess("python-sender") as server:
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


if __name__ == "__main__":
    unittest.main()
