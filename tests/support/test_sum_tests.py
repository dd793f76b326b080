"""The sums of `./dev test`: what is counted, and what never passes silently."""

import contextlib
import io
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "deploy" / "dev"))
import sum_tests  # noqa: E402


class SumOfATestRun(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.results = Path(folder.name)

    def leave(self, label, programs, cases):
        """programs: name -> ctest status; cases: program -> XML of its cases."""
        (self.results / label).mkdir()
        body = "".join(f'<testcase name="{n}" status="{s}"/>' for n, s in programs.items())
        (self.results / f"{label}.ctest.xml").write_text(f"<testsuite>{body}</testsuite>")
        for program, xml in cases.items():
            (self.results / label / f"{program}.xml").write_text(f"<testsuites>{xml}</testsuites>")

    def run_main(self):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            status = sum_tests.main(self.results)
        return status, out.getvalue().splitlines()

    def test_counts_cases_over_labels_and_not_programs(self):
        two = '<testcase classname="A" name="x" status="run" result="completed"/>' * 2
        self.leave("unit", {"a_test": "run"}, {"a_test": two})
        self.leave("e2e", {"b_test": "run"}, {"b_test": two})
        status, lines = self.run_main()
        self.assertEqual((status, lines[-1]), (0, "4 passed, 0 failed"))

    def test_names_a_failed_case_and_fails(self):
        self.leave("unit", {"a_test": "fail"}, {
            "a_test": '<testcase classname="A" name="x"><failure message="m"/></testcase>'
                      '<testcase classname="A" name="y" status="run"/>'})
        status, lines = self.run_main()
        self.assertEqual((status, lines[-1]), (1, "1 passed, 1 failed"))
        self.assertIn("  a_test: A.x", lines)

    def test_counts_a_crash_without_results_as_one_failure(self):
        self.leave("unit", {"a_test": "fail"}, {})
        self.assertEqual(self.run_main()[1][-1], "0 passed, 1 failed")

    def test_counts_a_crash_after_passed_cases_as_one_failure(self):
        self.leave("unit", {"a_test": "fail"}, {"a_test": '<testcase name="x" status="run"/>'})
        status, lines = self.run_main()
        self.assertEqual((status, lines[-1]), (1, "1 passed, 1 failed"))

    def test_counts_half_written_results_as_one_failure(self):
        self.leave("unit", {"a_test": "fail"}, {})
        (self.results / "unit" / "a_test.xml").write_text("<testsuites><testcase")
        self.assertEqual(self.run_main()[1][-1], "0 passed, 1 failed")

    def test_fails_a_program_that_passed_without_cases(self):
        self.leave("unit", {"a_test": "run"}, {})
        self.assertEqual(self.run_main()[0], 1)

    def test_says_skipped_and_disabled_cases_aloud(self):
        self.leave("unit", {"a_test": "run"}, {
            "a_test": '<testcase name="x" status="run"/>'
                      '<testcase name="y" status="run" result="skipped"><skipped/></testcase>'
                      '<testcase name="DISABLED_z" status="notrun" result="suppressed"/>'})
        status, lines = self.run_main()
        self.assertEqual((status, lines[-1]), (0, "1 passed, 0 failed, 2 skipped"))
        self.assertIn("SKIPPED:", lines)

    def test_fails_when_no_test_ran(self):
        self.leave("unit", {}, {})
        status, lines = self.run_main()
        self.assertEqual(status, 1)
        self.assertIn("no test ran", lines)


if __name__ == "__main__":
    unittest.main()
