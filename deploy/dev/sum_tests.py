"""Sums up one `./dev test` run: sum_tests.py RESULTS_DIR

RESULTS_DIR holds, per label, `<label>.ctest.xml` (ctest's verdict per program) and `<label>/*.xml`
(the cases of each program, as GoogleTest and tests/support/run_python_tests.py write them). A
program that failed without a failed case (a crash, a time-out, a sanitizer) counts as one failure.
The last line is `N passed, N failed[, N skipped]`; the exit code is 0 only when something passed
and nothing failed.
"""

import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import NamedTuple


class Sum(NamedTuple):
    passed: int
    failures: list[str]
    skips: list[str]


def read_cases(folder: Path) -> tuple[int, dict[str, list[str]], list[str]]:
    """Passed cases, failed ones by program, and skipped ones."""
    passed, failures, skips = 0, {}, []
    for path in sorted(folder.glob("*.xml")):
        program = path.stem
        try:
            root = ElementTree.parse(path).getroot()
        except ElementTree.ParseError as error:  # the program died while writing it
            failures.setdefault(program, []).append(f"{program}: unreadable results ({error})")
            continue
        for case in root.iter("testcase"):
            name = f"{program}: {case.get('classname')}.{case.get('name')}"
            if case.find("failure") is not None or case.find("error") is not None:
                failures.setdefault(program, []).append(name)
            elif case.get("status") == "notrun" or case.get("result") == "suppressed":
                skips.append(f"{name} (disabled)")
            elif case.find("skipped") is not None or case.get("result") == "skipped":
                skips.append(name)
            else:
                passed += 1
    return passed, failures, skips


def sum_up(results: Path) -> Sum:
    passed, failures, skips = 0, [], []
    for verdict in sorted(results.glob("*.ctest.xml")):
        label = verdict.name.removesuffix(".ctest.xml")
        label_passed, by_program, label_skips = read_cases(results / label)
        passed += label_passed
        skips += label_skips
        for program in ElementTree.parse(verdict).getroot().iter("testcase"):
            name, status = program.get("name"), program.get("status")
            if status == "fail":
                by_program.setdefault(name, [f"{name}: failed outside of its cases"])
            elif status != "run":
                skips.append(f"{name} (whole program: {status})")
            elif not list((results / label).glob(f"{name}*.xml")):
                by_program.setdefault(name, [f"{name}: passed but reported no cases"])
        for cases in by_program.values():
            failures += cases
    return Sum(passed, failures, skips)


def main(results: Path) -> int:
    total = sum_up(results)
    for title, names in (("Failed", total.failures), ("SKIPPED", total.skips)):
        if names:
            print(f"\n{title}:", *names, sep="\n  ")
    print()
    if not total.passed and not total.failures:
        print("no test ran")
    line = f"{total.passed} passed, {len(total.failures)} failed"
    print(line + (f", {len(total.skips)} skipped" if total.skips else ""))
    return 0 if total.passed and not total.failures else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
