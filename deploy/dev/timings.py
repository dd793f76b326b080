"""What `./dev build --timings` prints: timings.py COMPILED ALL

COMPILED holds a line `user sys output` for every compiler run, ALL what bash's `times` says of all
children: what no compiler took was linking, protoc, ccache and ninja.
"""

import re
import sys
from collections import Counter
from pathlib import Path

_TARGET = re.compile(r"CMakeFiles/([^/]+)\.dir/")
_TIME = re.compile(r"(\d+)m([\d.]+)s")


def by_library(lines):
    """CPU seconds and objects of each library or program."""
    seconds, objects = Counter(), Counter()
    for line in lines:
        user, system, output = line.split(" ", 2)
        target = _TARGET.search(output)
        name = target[1] if target else output.strip()
        seconds[name] += float(user) + float(system)
        objects[name] += 1
    return seconds, objects


def of_children(times):
    """The second line of `times`: user and system time of all that has ended."""
    return sum(int(m) * 60 + float(s) for m, s in _TIME.findall(times.splitlines()[1]))


def main(compiled, all_children):
    lines = compiled.read_text().splitlines() if compiled.exists() else []
    seconds, objects = by_library(lines)
    total = of_children(all_children.read_text())
    print(f"{'CPU s':>8} {'objects':>8}  library")
    for name, cost in seconds.most_common():
        print(f"{cost:8.1f} {objects[name]:8}  {name}")
    spent = sum(seconds.values())
    print(f"{max(0.0, total - spent):8.1f} {'':8}  linking, protoc, cache")
    print(f"{max(total, spent):8.1f} {len(lines):8}  in all; what came from the cache is not compiled")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
