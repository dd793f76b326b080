"""docs/spreadsheet.md, run as it stands: its commands print what it shows, whatever day it is."""

import re
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from server_process import BUILD, ROOT, ServerFailed, ServerProcess, wait_until  # noqa: E402

PAGE = ROOT / "docs" / "spreadsheet.md"
EXAMPLE = ROOT / "docs" / "examples" / "spreadsheet"
MODEL = ["--health-model", "orders-only"]
# Cuts and alerts of the past come a little after it.
SHOWN_SECONDS_MAX = 60
MORE = "…\n"


def examples():
    """[(command, what it prints)] of the page's console blocks."""
    found = []
    for block in PAGE.read_text().split("```console\n")[1:]:
        for part in block.split("```")[0].split("$ bellwetherctl ")[1:]:
            command, printed = part.split("\n", 1)
            found.append((command, printed))
    return found


def without_days(text):
    return re.sub(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}", "DAY", text)


class SpreadsheetGuide(unittest.TestCase):
    def test_prints_what_the_page_shows(self):
        self.assertGreater(len(examples()), 3)
        with ServerProcess("spreadsheet-guide", ["--import", str(EXAMPLE), *MODEL]) as server:
            server.start()
            for command, printed in examples():
                expected = without_days(printed)

                def shown(command=command, expected=expected):
                    run = subprocess.run(
                        [str(BUILD / "bin" / "bellwetherctl"), "--server", server.grpc,
                         *command.split()], cwd=ROOT, stdin=subprocess.DEVNULL,
                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, timeout=60)
                    self.printed = without_days(run.stdout)
                    if expected.endswith(MORE):
                        return self.printed.startswith(expected.removesuffix(MORE))
                    return self.printed == expected
                with self.subTest(command):
                    try:
                        wait_until(shown, SHOWN_SECONDS_MAX, command)
                    except ServerFailed:  # what it printed instead says more
                        self.assertEqual(self.printed, expected)


if __name__ == "__main__":
    unittest.main()
