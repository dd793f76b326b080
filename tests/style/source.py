"""A file of the tree as the rules see it: its lines, its code without comments, its comments."""

import re
from functools import cached_property

# In order: raw string, string, character, line comment, block comment.
_TOKEN = re.compile(
    r'R"(?P<tag>[^()\s\\]{0,16})\(.*?\)(?P=tag)"'
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])*'"
    r"|//[^\n]*"
    r"|/\*.*?\*/",
    re.DOTALL)
_EXEMPTION = re.compile(r"(?://|#|--)\s*STYLE\(([a-z-]+)\):\s*(.*)")
_INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
REASON_WORDS_MIN = 3  # an exemption that gives no real reason is a violation itself


def _blank(text):
    return re.sub(r"[^\n]", " ", text)


class Source:
    def __init__(self, path, text):
        self.path = path  # relative to the root, with slashes
        self.text = text
        self.lines = text.split("\n")

    @property
    def is_cpp(self):
        return self.path.endswith((".cc", ".h"))

    @property
    def is_test(self):
        return (self.path.endswith(("_test.cc", "_bench.cc"))
                or "/testing/" in self.path or self.path.startswith("tests/"))

    @cached_property
    def code(self):
        """Lines of C++ with comments, strings and characters blanked."""
        return _TOKEN.sub(lambda match: _blank(match[0]), self.text).split("\n")

    @cached_property
    def prose(self):
        """Lines of C++ with only comments, strings and characters left."""
        kept, at = [], 0
        for match in _TOKEN.finditer(self.text):
            kept += [_blank(self.text[at:match.start()]), match[0]]
            at = match.end()
        return "".join(kept + [_blank(self.text[at:])]).split("\n")

    @cached_property
    def includes(self):
        """(line number, path, angled) of every include."""
        found = []
        for number, line in enumerate(self.lines, 1):
            if match := _INCLUDE.match(line):
                found.append((number, match[2], match[1] == "<"))
        return found

    @cached_property
    def exemptions(self):
        """line number -> (rule, reason) of each `// STYLE(rule): reason`."""
        return {number: (match[1], match[2].strip())
                for number, line in enumerate(self.lines, 1)
                if (match := _EXEMPTION.search(line))}

    def exempt(self, rule, number):
        """An exemption stands on the line itself or in the comment directly above it."""
        if self.exemptions.get(number, ("",))[0] == rule:
            return True
        above = number - 1
        while above >= 1 and self.lines[above - 1].lstrip().startswith(("//", "#", "--")):
            if self.exemptions.get(above, ("",))[0] == rule:
                return True
            above -= 1
        return False
