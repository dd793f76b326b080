"""docs/webhooks.md, its example run as it stands."""

import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from server_process import ROOT, ServerFailed, ServerProcess, wait_until  # noqa: E402

PAGE = ROOT / "docs" / "webhooks.md"
SOURCES = ROOT / "docs" / "examples" / "webhooks" / "webhooks.yaml"
FOLD_SECONDS_MAX = 20


def block(language, having):
    blocks = [each.split("```")[0] for each in PAGE.read_text().split(f"```{language}\n")[1:]]
    [found] = [each for each in blocks if having in each]
    return found


class WebhooksGuide(unittest.TestCase):
    def test_the_command_prints_what_the_page_shows_and_the_fact_counts(self):
        with ServerProcess("webhooks-guide") as server:
            secrets = server.folder / "secrets"
            secrets.mkdir()
            for name in ("shop", "hubspot", "salesforce", "relay"):
                (secrets / name).write_text("0123456789abcdef0123456789abcdef\n")
            sources = server.folder / "webhooks.yaml"
            sources.write_text(SOURCES.read_text().replace("secrets/", f"{secrets}/"))
            server.start(["--gateway-webhooks-file", str(sources)])
            command = block("sh", "curl").replace("127.0.0.1:8080", server.http)

            def deliver():
                run = subprocess.run(["bash", "-euo", "pipefail", "-c", command],
                                     cwd=server.folder, capture_output=True, text=True, timeout=60)
                self.assertEqual(run.stdout, block("json", "accepted").strip(), run.stderr)

            def outcome():
                try:
                    return server.ctl("fact", "outcome", "--account", "acme", "--source",
                                      "erp/shop", "--id", "order-SO-1")
                except ServerFailed:  # not folded yet
                    return ""
            deliver()
            self.assertRegex(wait_until(outcome, FOLD_SECONDS_MAX, "the outcome"),
                             "^(counted|late|too old)")
            deliver()  # one that comes again changes nothing
            wait_until(lambda: outcome().startswith("duplicate"), FOLD_SECONDS_MAX, "a duplicate")
            self.assertNotIn("SO-1", server.ctl("dead-letters", "list"))


if __name__ == "__main__":
    unittest.main()
