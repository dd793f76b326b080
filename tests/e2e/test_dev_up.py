"""`./dev up --data DIR`: a folder of tables becomes accounts and facts, once, and faults are said."""

import json
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from front_door import FrontDoor  # noqa: E402
from server_process import BUILD, ROOT, free_port  # noqa: E402

EXAMPLE = ROOT / "docs" / "examples" / "import"


class DevUp(unittest.TestCase):
    def run(self, result=None):
        with FrontDoor("dev-up", BUILD / "bin" / "bellwether") as self.door:
            self.http = f"127.0.0.1:{free_port()}"
            self.grpc = f"127.0.0.1:{free_port()}"
            return super().run(result)

    def up(self, data, expect=0):
        return self.door.dev("up", "--detach", "--data", str(data), "--http", self.http,
                             "--grpc", self.grpc, expect=expect)

    def accounts(self):
        run = subprocess.run(
            [str(BUILD / "bin" / "bellwetherctl"), "--server", self.grpc, "--json", "accounts",
             "list"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=True,
            timeout=60)
        return sorted(json.loads(line)["shortName"] or json.loads(line)["legalName"]
                      for line in run.stdout.splitlines())

    def tables(self, name, **texts):
        folder = self.door.root / name
        shutil.copytree(EXAMPLE, folder)
        for file, text in texts.items():
            (folder / f"{file}.csv").write_text(text)
        return folder

    def test_a_folder_is_imported_by_its_mapping_and_what_is_wrong_with_it_is_said(self):
        said = self.up(EXAMPLE)
        self.assertRegex(said, r"(?m)^import +by mapping example: 3 accounts, 0 opportunities, "
                               r"4 facts, shifted by \d+ days$")
        self.assertRegex(said, r"(?m)^import +NOT complete: .*3 rows were refused.*; ")
        self.assertIn("Bellwether is up", said)
        self.assertEqual(len(self.accounts()), 3)
        self.assertRegex(self.door.dev("status"), r"^ready, pid \d+")

    def test_a_second_start_imports_nothing_twice(self):
        self.up(EXAMPLE)
        before = self.accounts()
        self.door.dev("down")
        said = self.up(f"{EXAMPLE}/")
        self.assertRegex(said, r"(?m)^import +nothing: this folder was imported before$")
        self.assertEqual(self.accounts(), before)

    def test_folders_of_the_same_name_do_not_mix(self):
        header = (EXAMPLE / "customers.csv").read_text().splitlines()[0]
        self.assertIn("customer", header)
        self.up(EXAMPLE)
        self.door.dev("down")
        one = (EXAMPLE / "customers.csv").read_text().splitlines(keepends=True)
        orders = (EXAMPLE / "orders.csv").read_text().splitlines(keepends=True)
        other = self.tables("other/import", customers="".join(one[:2]), orders=orders[0])
        self.up(other)
        self.assertEqual(len(self.accounts()), 1)

    def test_a_folder_without_a_mapping_ends_it_at_once_and_says_why(self):
        empty = self.door.root / "empty"
        empty.mkdir()
        said = self.up(empty, expect=1)
        self.assertIn("holds neither mapping.yaml nor all tables of a shipped mapping", said)
        self.assertIn("ended before it was ready", said)
        self.assertIsNone(self.door.pid())

    def test_a_folder_that_is_not_there_is_wrong_usage(self):
        self.assertIn("there is no 'no/such'", self.up("no/such", expect=2))


if __name__ == "__main__":
    unittest.main()
