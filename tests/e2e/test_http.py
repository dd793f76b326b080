"""What docs/http.md says, with plain curl: its commands as they stand, every unary method of the
described API, a stream, and a list as a file."""

import json
import re
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from server_process import ROOT, ServerProcess, wait_until  # noqa: E402

PAGE = ROOT / "docs" / "http.md"
PAGE_ADDRESS = "127.0.0.1:8080"
CURL_SECONDS_MAX = 20
# What a method may say to an empty request: that something is missing, or is not there.
REFUSALS = {"invalid_argument", "not_found", "failed_precondition", "unauthenticated"}
CHANGES = ["-H", "Connect-Protocol-Version: 1", "-H", "Bellwether-Principal: wang"]
JSON = ["-H", "Content-Type: application/json"]


def documented_commands():
    return [block for block in re.findall(r"```\n(curl .*?)```", PAGE.read_text(), re.DOTALL)]


def curl(*arguments, data=None):
    """Status and body."""
    command = ["curl", "--silent", "--show-error", "--max-time", str(CURL_SECONDS_MAX),
               "--write-out", "\n%{http_code}", *arguments]
    if data is not None:
        command += ["--data-binary", data]
    run = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                         check=True, timeout=2 * CURL_SECONDS_MAX)
    body, status = run.stdout.rsplit("\n", 1)
    return int(status), body


class PlainHttp(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = ServerProcess("http")
        cls.addClassCleanup(cls.server.__exit__, None, None, None)
        cls.server.start()

    def url(self, path):
        return f"http://{self.server.http}{path}"

    def test_the_documented_commands_do_what_they_say(self):
        commands = documented_commands()
        self.assertGreater(len(commands), 1)
        for command in commands:
            command = command.replace(PAGE_ADDRESS, self.server.http)
            with self.subTest(command):
                run = subprocess.run(
                    ["bash", "-c", command.replace("curl ", "curl --fail --silent --show-error ")],
                    stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=True,
                    timeout=CURL_SECONDS_MAX)
                json.loads(run.stdout)

    def test_every_unary_method_answers(self):
        _, text = curl(self.url("/openapi.json"))
        paths = [path for path in json.loads(text)["paths"] if path.startswith("/bellwether.")]
        self.assertGreater(len(paths), 50)
        answered = 0
        for path in paths:
            with self.subTest(path):
                status, body = curl(*JSON, *CHANGES, self.url(path), data="{}")
                answer = json.loads(body)
                if status == 200:
                    answered += 1
                else:
                    self.assertIn(answer["code"], REFUSALS, body)
        self.assertGreater(answered, 10)

    def test_a_stream_says_where_its_opening_list_ends(self):
        head = b"\x00\x00\x00\x00\x16"
        message = b'{"includeOpen":true}  '
        with subprocess.Popen(
                ["curl", "--silent", "--no-buffer", "-H",
                 "Content-Type: application/connect+json", "--data-binary", "@-",
                 self.url("/bellwether.alerts.v1.AlertsService/WatchAlerts")],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE) as watch:
            watch.stdin.write(head + message)
            watch.stdin.close()
            seen = b""
            while b"WATCH_MARK_KIND_SNAPSHOT_END" not in seen:
                piece = watch.stdout.read1()
                self.assertTrue(piece, seen)
                seen += piece
            watch.kill()

    def test_a_list_is_fetched_as_a_file(self):
        status, body = curl(
            *JSON, *CHANGES, self.url("/bellwether.accounts.v1.AccountsService/CreateAccount"),
            data='{"accountId": "exported", "account": {"legalName": "Exported, \\"the\\" Ltd"}}')
        self.assertEqual(status, 200, body)

        def exported(ending):
            return curl(self.url(f"/v1/export/accounts.{ending}"))[1]
        wait_until(lambda: "accounts/exported" in exported("jsonl"), CURL_SECONDS_MAX, "is listed")
        [row] = [row for row in map(json.loads, exported("jsonl").splitlines())
                 if row["name"] == "accounts/exported"]
        self.assertEqual(row["legalName"], 'Exported, "the" Ltd')
        self.assertIn('"Exported, ""the"" Ltd"', exported("csv"))


if __name__ == "__main__":
    unittest.main()
