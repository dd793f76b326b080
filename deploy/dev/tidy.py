"""clang-tidy over changed files: tidy.py BUILD_DIR CACHE_DIR BASE|--all

BUILD_DIR is configured without unity builds and precompiled headers: a file has to include what it
uses, and clang cannot read g++'s precompiled headers.

A changed header is judged through one file that includes it. What passed once is not judged again
until the file, a header of the tree that it includes, its compile command or .clang-tidy changes.
"""

import hashlib
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

SECONDS_PER_FILE_MAX = 600
_INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)
_NOISE = re.compile(r"^\d+ warnings? (?:and \d+ errors? )?generated\.\n", re.MULTILINE)


def git(*args):
    return subprocess.run(["git", *args], check=True, capture_output=True, text=True).stdout


def changed_files(base):
    """Changed since `base`, committed or not, and new ones git would add."""
    named = git("diff", "--name-only", "-z", base, "--", "*.cc", "*.h")
    fresh = git("ls-files", "-z", "--others", "--exclude-standard", "--", "*.cc", "*.h")
    return {path for path in (named + fresh).split("\0") if path and Path(path).is_file()}


class Tree:
    """Which files of the tree a file includes, directly and through others."""

    def __init__(self, generated):
        self.generated = generated
        self._closure = {}

    def includes(self, path):
        if path not in self._closure:
            seen, open_files = set(), [path]
            while open_files:
                text = Path(open_files.pop()).read_text(encoding="utf-8", errors="replace")
                for include in _INCLUDE.findall(text):
                    for file in (include, str(self.generated / include)):
                        if file not in seen and Path(file).is_file():
                            seen.add(file)
                            open_files.append(file)
            self._closure[path] = seen
        return self._closure[path]


def files_to_judge(commands, tree, changed):
    judged = {path for path in commands if path in changed}
    for header in sorted(path for path in changed if path.endswith(".h")):
        if any(header in tree.includes(path) for path in judged):
            continue
        beside = [header[:-2] + ".cc", header[:-2] + "_test.cc"]
        users = [p for p in beside + sorted(commands) if p in commands and header in tree.includes(p)]
        if users:
            judged.add(users[0])
        else:
            print(f"{header}: no compiled file includes it, so clang-tidy cannot see it")
    return sorted(judged)


def fingerprint(path, command, tree, constants):
    digest = hashlib.sha256(constants)
    digest.update(command.encode())
    for file in [path, *sorted(tree.includes(path))]:
        digest.update(file.encode() + b"\0" + Path(file).read_bytes())
    return digest.hexdigest()


def main(build, cache, base):
    root = Path.cwd()
    cache.mkdir(parents=True, exist_ok=True)
    entries = json.loads((build / "compile_commands.json").read_text())
    commands = {os.path.relpath(e["file"], root): e["command"] for e in entries
                if Path(e["file"]).is_relative_to(root)
                and not Path(e["file"]).is_relative_to(build)}
    tree = Tree((build / "generated").relative_to(root))
    judged = (sorted(commands) if base == "--all"
              else files_to_judge(commands, tree, changed_files(base)))
    constants = Path(".clang-tidy").read_bytes() + subprocess.run(
        ["clang-tidy", "--version"], check=True, capture_output=True).stdout

    def judge(path):
        stamp = cache / fingerprint(path, commands[path], tree, constants)
        if stamp.exists():
            return path, None
        # The compile commands are g++'s: clang does not know all of its warnings.
        run = subprocess.run(["clang-tidy", "-p", str(build), "--quiet",
                              "--extra-arg=-Wno-unknown-warning-option", path], text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             timeout=SECONDS_PER_FILE_MAX)
        if run.returncode == 0:
            stamp.touch()
        return path, run

    failed = known = 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for number, (path, run) in enumerate(pool.map(judge, judged), 1):
            print(f"{number}/{len(judged)} {path}", flush=True)
            if run is None:
                known += 1
            elif run.returncode != 0:
                failed += 1
                print(_NOISE.sub("", run.stdout), flush=True)
    print(f"{len(judged)} files judged, {known} of them unchanged since they passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]))
