"""The Connect bridge against the protocol's own conformance suite."""

import json
import os
import re
import shutil
import subprocess
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
BUILD = Path(os.environ.get("BELLWETHER_BUILD_DIR", "build")).resolve()
MODULE = "connectrpc.com/conformance"
VERSION = "v1.0.7"
TOOLS = BUILD / f"conformance-{VERSION}"
SECONDS_MAX = 300
CASES = 292


def build_suite() -> Path:
    """Builds the suite's programs and the descriptors of its service; gives the folder."""
    TOOLS.mkdir(exist_ok=True)
    for program in ("connectconformance", "referenceserver"):
        if not (TOOLS / program).exists():
            subprocess.run(["go", "install", f"{MODULE}/cmd/{program}@{VERSION}"],
                           env=os.environ | {"GOBIN": str(TOOLS)}, check=True)
    module = json.loads(subprocess.run(
        ["go", "mod", "download", "-json", f"{MODULE}@{VERSION}"],
        check=True, capture_output=True, text=True).stdout)["Dir"]
    protos = [f"connectrpc/conformance/v1/{name}.proto" for name in ("service", "server_compat")]
    subprocess.run(
        ["protoc", f"-I{module}/proto", "--include_imports",
         f"--descriptor_set_out={TOOLS / 'conformance.binpb'}", *protos],
        check=True)
    return TOOLS


@unittest.skipUnless(shutil.which("go"), "no Go here: the Connect conformance suite is NOT run")
class ConnectConformance(unittest.TestCase):
    def test_passes_every_case_of_the_suite(self):
        tools = build_suite()
        run = subprocess.run(
            [str(tools / "connectconformance"), "--mode", "server",
             "--conf", str(HERE / "connect.yaml"), "--",
             str(BUILD / "bin" / "connect_bridge_server"),
             str(tools / "conformance.binpb"), str(tools / "referenceserver")],
            capture_output=True, text=True, timeout=SECONDS_MAX)
        summary = re.search(r"(\d+) passed, (\d+) failed", run.stdout + run.stderr)
        self.assertIsNotNone(summary, run.stdout + run.stderr)
        self.assertEqual((summary.group(1), summary.group(2)), (str(CASES), "0"),
                         run.stdout + run.stderr)
        self.assertEqual(run.returncode, 0)


if __name__ == "__main__":
    unittest.main()
