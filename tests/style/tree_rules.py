"""The house rules that need more than one file: rule ids, tests of shipped rules, READMEs."""

import re

CATALOGUE = "docs/rules.md"
# A rule id of the business domain, standing alone in a comment, a string or YAML.
_RULE_ID = re.compile(r"(?<![\w.#/-])([AHLOFX]\d{1,2}|R\d{2})(?![\w.-]*\w)")
# The same inside a CamelCase test name: FiresR13WhenTheScoreFalls.
_RULE_IN_NAME = re.compile(r"\bTEST(?:_F|_P)?\(\s*(\w+)\s*,\s*(\w+)")
_CATALOGUE_ROW = re.compile(r"^\|\s*([AHLOFXR]\d{1,2})\s*\|")
_SHIPPED_RULE = re.compile(r"^\s*(?:-\s*)?(?:rule_)?id:\s*[\"']?(R\d{2})\b")
# What a service's README answers.
# The rest of services/ are programs and libraries that own no state.
PROGRAMS = ("services/ctl", "services/imports", "services/simulator", "services/standalone")
README_ANSWERS = ("owns", "publishes", "consumes", "invariants", "fail")


def catalogue(sources):
    page = next((s for s in sources if s.path == CATALOGUE), None)
    if page is None:
        return None
    return {match[1] for line in page.lines if (match := _CATALOGUE_ROW.match(line))}


def rule_ids(sources):
    """Every rule id that code, tests, protos and configuration name is one of the catalogue."""
    known = catalogue(sources)
    if known is None:
        yield CATALOGUE, "rule-id", 1, "the catalogue of rule ids is missing"
        return
    for source in sources:
        if source.is_cpp:
            lines = source.prose
        elif source.path.endswith((".proto", ".sql", ".yaml")):
            lines = source.lines
        else:
            continue
        for number, line in enumerate(lines, 1):
            for match in _RULE_ID.finditer(line):
                if match[1] not in known and not source.exempt("rule-id", number):
                    yield (source.path, "rule-id", number,
                           f"{match[1]} is no rule of {CATALOGUE}")


def shipped_rules(sources):
    """Every alert rule that ships has a test that names it."""
    tested = set()
    for source in sources:
        if source.path.endswith("_test.cc") or (
                source.path.startswith("tests/") and not source.path.startswith("tests/style/")):
            tested |= set(re.findall(r"(?<!\w)R\d{2}(?!\d)", source.text))
            for suite, name in _RULE_IN_NAME.findall(source.text):
                tested |= set(re.findall(r"R\d{2}(?!\d)", suite + " " + name))
    for source in sources:
        if source.path.endswith((".yaml", ".yml")) and not source.path.startswith(("k8s/", "tests/")):
            for number, line in enumerate(source.lines, 1):
                if (match := _SHIPPED_RULE.match(line)) and match[1] not in tested:
                    yield source.path, "rule-test", number, f"no test names {match[1]}"


def readmes(sources):
    """Every folder of common/ and services/ says what it is."""
    pages = {s.path: s for s in sources if s.path.endswith("/README.md")}
    folders = sorted({"/".join(s.path.split("/")[:2]) for s in sources
                      if s.path.startswith(("common/", "services/")) and s.path.count("/") > 1})
    for folder in folders:
        path = f"{folder}/README.md"
        if path not in pages:
            yield path, "readme", 1, "the folder does not say what it is"
            continue
        missing = [word for word in README_ANSWERS if word not in pages[path].text.lower()]
        if folder.startswith("services/") and folder not in PROGRAMS and missing:
            yield path, "readme", 1, (
                "a service's page says what it owns, publishes and consumes, its invariants, and "
                f"what fails how; here is nothing on: {', '.join(missing)}")


PER_TREE = (rule_ids, shipped_rules, readmes)
