"""deploy/packages.txt names all that compiling needs: what a machine that has been worked on holds
beside it would be missing on a fresh one.
"""

import re
import subprocess
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("common", "services", "tests", "proto")
INCLUDED = re.compile(r'^#include <([^>]+)>', re.MULTILINE)
MODULE = re.compile(r"pkg_check_modules\(\w+ REQUIRED IMPORTED_TARGET ([\w+-]+)\)")
DEPENDENCY = re.compile(r"[a-z0-9][a-z0-9+.-]+")
# Come with g++ itself.
COMPILER = {"libc6-dev", "linux-libc-dev", "libcrypt-dev"}


def output_of(*command):
    return subprocess.run(command, check=True, text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE).stdout


def sources(*patterns):
    for folder in SOURCES:
        for pattern in patterns:
            yield from (ROOT / folder).rglob(pattern)


def include_folders():
    triplet = output_of("gcc", "-print-multiarch").strip()
    postgres = output_of("pkg-config", "--variable=includedir", "libpq").strip()
    return [Path("/usr/include"), Path("/usr/include") / triplet, Path(postgres)]


def packages_of(paths):
    """By path. All of the paths belong to packages, or dpkg-query fails."""
    owners = {}
    for line in output_of("dpkg-query", "-S", *map(str, paths)).splitlines():
        packages, _, path = line.rpartition(": ")
        owners[path] = packages.split(",")[0].split(":")[0]
    return owners


def dependencies_of(packages):
    """What is installed with them for certain: their own, not those of their dependencies."""
    depends = output_of("dpkg-query", "-W", "-f", "${Depends},", *packages)
    return {DEPENDENCY.match(one.strip()).group() for one in depends.split(",")
            if one.strip() and "|" not in one}


class PackageList(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        lines = (ROOT / "deploy" / "packages.txt").read_text().splitlines()
        fields = [line.split() for line in lines if line and not line.startswith("#")]
        # One with a command may come from elsewhere than a package.
        listed = {field[1] for field in fields if field[0] == "build" and len(field) == 2}
        cls.installed = listed | dependencies_of(sorted(listed)) | COMPILER

    def check(self, wanted):
        """wanted: path -> who asks for it."""
        owners = packages_of(sorted(wanted))
        missing = {f"{package} ({wanted[path]})" for path, package in owners.items()
                   if package not in self.installed}
        self.assertEqual(missing, set(), "not in deploy/packages.txt")

    def test_names_the_package_of_every_header_we_include(self):
        folders = include_folders()
        wanted = {}
        for source in sources("*.h", "*.cc"):
            for header in INCLUDED.findall(source.read_text()):
                for folder in folders:
                    if (folder / header).exists():
                        wanted[str(folder / header)] = f"{header} in {source.relative_to(ROOT)}"
                        break
        self.assertGreater(len(wanted), 20)
        self.check(wanted)

    def test_names_the_package_of_every_library_we_ask_pkg_config_for(self):
        wanted = {}
        for source in (*(ROOT / "cmake").glob("*.cmake"), *sources("CMakeLists.txt", "*.cmake")):
            for module in MODULE.findall(source.read_text()):
                folder = output_of("pkg-config", "--variable=pcfiledir", module).strip()
                wanted[f"{folder}/{module}.pc"] = f"{module} in {source.relative_to(ROOT)}"
        self.assertGreater(len(wanted), 5)
        self.check(wanted)


if __name__ == "__main__":
    unittest.main()
