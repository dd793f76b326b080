"""`./dev reset --data …`: what a stack holds is gone, it begins anew, and nothing else is touched."""

import json
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from front_door import FrontDoor  # noqa: E402
from server_process import BUILD, ROOT, ctl_at, free_port  # noqa: E402

EXAMPLE = ROOT / "docs" / "examples" / "import"


class DevReset(unittest.TestCase):
    def run(self, result=None):
        with FrontDoor("dev-reset", BUILD / "bin" / "bellwether") as self.door:
            self.http = f"127.0.0.1:{free_port()}"
            self.grpc = f"127.0.0.1:{free_port()}"
            return super().run(result)

    def dev(self, command, *arguments, expect=0):
        return self.door.dev(command, "--detach", "--http", self.http, "--grpc", self.grpc,
                             *arguments, expect=expect)

    def accounts(self):
        return [json.loads(line)["name"]
                for line in ctl_at(self.grpc, "--json", "accounts", "list").splitlines()]

    def test_all_data_are_gone_and_the_tables_are_imported_again(self):
        self.dev("up", "--data", str(EXAMPLE))
        self.door.dev("down")
        self.dev("up", "--data", "none")
        ctl_at(self.grpc, "emit", "--account", "acme", "--kind", "account_manager_changed",
               "--set", "current=wu", "--wait")
        folders = sorted(path.name for path in (self.door.run_dir / "data").iterdir())
        self.assertEqual(len(folders), 2)
        built = self.door.server.stat().st_mtime

        said = self.dev("reset", "--data", str(EXAMPLE))
        self.assertRegex(said, r"(?m)^stop +\d")
        for folder in folders:
            self.assertRegex(said, rf"(?m)^delete +\.bellwether/run/data/{folder}  \d")
        self.assertRegex(said, r"(?m)^import +by mapping example: 3 accounts, ")
        self.assertEqual(len(self.accounts()), 3)
        self.assertNotIn("acme", ctl_at(self.grpc, "health", "rank"))
        self.assertFalse((self.door.run_dir / "data" / "none").exists())
        self.assertEqual(self.door.server.stat().st_mtime, built)

    def test_where_nothing_was_it_is_like_up(self):
        said = self.dev("reset", "--data", "none")
        self.assertIn("nothing was running", said)
        self.assertRegex(said, r"(?m)^delete +nothing: \.bellwether/run/data is not there$")
        self.assertIn("Bellwether is up", said)

    def test_wrong_usage_stops_and_deletes_nothing(self):
        self.dev("up", "--data", "none")
        pid = self.door.pid()
        inside = self.door.run_dir / "data" / "none"
        for arguments, said in (((), "reset wants --data"),
                                (("--data", "no/such"), "there is no 'no/such'"),
                                (("--data", "none", "--force"), "reset does not know '--force'"),
                                (("--data", str(inside)), "lies in what reset deletes")):
            self.assertIn(said, self.door.dev("reset", *arguments, expect=2))
            self.assertEqual(self.door.pid(), pid)
            self.assertTrue(inside.is_dir())

    def test_a_link_that_leads_elsewhere_is_not_followed(self):
        elsewhere = self.door.root / "elsewhere"
        (elsewhere / "none").mkdir(parents=True)
        self.door.run_dir.mkdir(parents=True)
        data = self.door.run_dir / "data"
        data.symlink_to(elsewhere)
        said = self.door.dev("reset", "--data", "none", expect=1)
        self.assertIn("outside .bellwether: nothing was deleted", said)
        self.assertTrue((elsewhere / "none").is_dir())

        # One below is deleted as the link that it is.
        data.unlink()
        data.mkdir()
        (data / "demo").symlink_to(elsewhere)
        self.dev("reset", "--data", "none")
        self.assertFalse((data / "demo").is_symlink())
        self.assertTrue((elsewhere / "none").is_dir())


if __name__ == "__main__":
    unittest.main()
