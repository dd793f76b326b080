"""The house style, executable: check_style.py [ROOT]

Checks every file that git knows or would add, prints `file:line: [rule] why` for each violation and
exits 1 if there is one. The rules are in rules.py (one file) and tree_rules.py (across files).
"""

import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from rules import PER_FILE  # noqa: E402
from source import Source  # noqa: E402
from tree_rules import PER_TREE  # noqa: E402

FILE_BYTES_MAX = 2 * 1024 * 1024  # larger ones are data, not source


def read_tree(root):
    listed = subprocess.run(
        ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        check=True, capture_output=True).stdout.decode()
    sources = []
    for path in sorted(set(filter(None, listed.split("\0")))):
        file = root / path
        if not file.is_file() or file.stat().st_size > FILE_BYTES_MAX:
            continue
        try:
            sources.append(Source(path, file.read_text(encoding="utf-8")))
        except UnicodeDecodeError:
            continue  # binary
    return sources


def violations(sources):
    """(path, line, rule, why) of every violation, in the order of the tree."""
    found = []
    for source in sources:
        for check in PER_FILE:
            for rule, number, why in check(source):
                if not source.exempt(rule, number):
                    found.append((source.path, number, rule, why))
    for check in PER_TREE:
        for path, rule, number, why in check(sources):
            found.append((path, number, rule, why))
    return sorted(found)


def main(root):
    sources = read_tree(root)
    found = violations(sources)
    for path, number, rule, why in found:
        print(f"{path}:{number}: [{rule}] {why}")
    print(f"{len(sources)} files, {len(found)} violations")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()))
