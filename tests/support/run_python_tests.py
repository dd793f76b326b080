"""Runs one file of unittest cases and leaves its results where GoogleTest would leave its own.

    run_python_tests.py test_file.py

GTEST_OUTPUT=xml:<folder>/ names the folder, as `./dev test` sets it for every test program.
"""

import importlib.util
import os
import sys
import time
import unittest
import xml.etree.ElementTree as ElementTree
from pathlib import Path


class CaseRecorder(unittest.TextTestResult):
    """Keeps one <testcase> element per case."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.suite = ElementTree.Element("testsuite")
        self._begin = 0.0
        self._case = None

    def startTest(self, test):
        super().startTest(test)
        self._begin = time.monotonic()
        self._case = ElementTree.SubElement(
            self.suite, "testcase", classname=type(test).__name__,
            name=test.id().rsplit(".", 1)[-1], status="run", result="completed")

    def stopTest(self, test):
        super().stopTest(test)
        self._case.set("time", f"{time.monotonic() - self._begin:.3f}")

    def _mark(self, test, kind, message):
        # Fixtures of a class or module fail outside of any case.
        if self._case is None or not hasattr(test, "_testMethodName"):
            self._case = ElementTree.SubElement(
                self.suite, "testcase", classname="fixture", name=str(test), status="run")
        ElementTree.SubElement(self._case, kind, message=message)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._mark(test, "failure", str(err[1]))

    def addError(self, test, err):
        super().addError(test, err)
        self._mark(test, "error", str(err[1]))

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self._mark(test, "failure", f"{subtest}: {err[1]}")

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._mark(test, "skipped", reason)

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self._mark(test, "failure", "expected to fail, but passed")


def main(path: Path) -> int:
    sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    suite = unittest.defaultTestLoader.loadTestsFromModule(module)
    result = unittest.TextTestRunner(resultclass=CaseRecorder, verbosity=2).run(suite)
    output = os.environ.get("GTEST_OUTPUT", "")
    if output.startswith("xml:"):
        folder = Path(output.removeprefix("xml:"))
        folder.mkdir(parents=True, exist_ok=True)
        ElementTree.ElementTree(result.suite).write(folder / f"{path.stem}.xml")
    return 0 if result.wasSuccessful() and result.testsRun else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
