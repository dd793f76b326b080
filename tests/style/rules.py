"""The house rules that a program can check. Each yields (rule, line, why) for one file.

An exception is written where it is needed, with its reason: `// STYLE(clock): gRPC deadlines are
absolute system time`.
"""

import re

from source import REASON_WORDS_MIN

FILE_LINES_MAX = 500

# ---- layers: adapters -> application -> domain; services share only proto/ and common/ ----------

# Of common/, what the domain may see: pure functions and values.
DOMAIN_COMMON = ("common/base/check.h", "common/base/status.h", "common/base/hash.h",
                 "common/base/ids.h", "common/base/packing.h", "common/base/utf8.h",
                 "common/bounds/field_rule.h", "common/calendar/", "common/currency/iso_4217.h",
                 "common/decimal/", "common/levels/", "common/subject/attributes.h", "common/text/")
DOMAIN_ABSL_BANNED = ("absl/synchronization/", "absl/log/", "absl/random/", "absl/flags/",
                      "absl/time/clock.h")
DOMAIN_STD_BANNED = {
    "atomic", "chrono", "condition_variable", "cstdio", "ctime", "filesystem", "fstream", "future",
    "iostream", "mutex", "random", "shared_mutex", "stop_token", "thread"}
# The programs that are made of others' parts.
COMPOSES = {("standalone", "*"), ("ctl", "imports"), ("ctl", "simulator"), ("gateway", "imports")}
DRIVERS = ("boost/", "curl/", "google/protobuf/", "grpc", "hiredis/", "libpq", "librdkafka/",
           "openssl/", "prometheus/", "rapidjson/", "spdlog/", "sqlite3", "yaml-cpp/")
# The use cases work on messages of the API where those are their types, never on a driver.
APPLICATION_DRIVERS = tuple(d for d in DRIVERS if d != "google/protobuf/")


def layers(source):
    if not source.is_cpp:
        return
    parts = source.path.split("/")
    service = parts[1] if parts[0] == "services" and len(parts) > 2 else None
    layer = parts[2] if service and len(parts) > 3 else None
    for number, include, angled in source.includes:
        why = None
        if parts[0] == "common" and include.startswith("services/"):
            why = "common/ never includes services/"
        elif service and include.startswith("services/"):
            why = _between_services(service, layer, include)
        elif layer == "domain" and not source.is_test:
            why = _domain_include(include, angled)
        elif layer == "application" and include.startswith(APPLICATION_DRIVERS):
            why = f"application/ works on ports, not on {include.split('/')[0]}"
        if why:
            yield "layers", number, f'"{include}": {why}'
    if layer == "domain" and not source.is_test:
        for number, line in enumerate(source.code, 1):
            if "NewUuid(" in line:
                yield "layers", number, "`NewUuid`: the domain holds no randomness, ids are given"


def _between_services(service, layer, include):
    other, *rest = include.removeprefix("services/").split("/")
    if other != service:
        if (service, other) in COMPOSES or (service, "*") in COMPOSES:
            return None
        return "services share only proto/ and common/"
    forbidden = {"domain": ("application", "adapters"), "application": ("adapters",)}
    if layer in forbidden and (len(rest) == 1 or rest[0] in forbidden[layer]):
        return f"{layer}/ never includes what lies further out"
    if layer == "adapters" and len(rest) == 1 and rest[0].startswith("app."):
        return "adapters/ never include the app that constructs them"
    return None


def _domain_include(include, angled):
    if include.startswith(DRIVERS) or include.endswith(".pb.h"):
        return "the domain holds no I/O, log, or protobuf"
    if include.startswith("common/") and not include.startswith(DOMAIN_COMMON):
        return f"of common/ the domain sees only {', '.join(DOMAIN_COMMON)}"
    if include.startswith(DOMAIN_ABSL_BANNED) or (angled and include in DOMAIN_STD_BANNED):
        return "the domain holds no clock, lock, thread, randomness, or I/O"
    return None


# ---- calls that are banned, and where they are at home ------------------------------------------

def _anywhere(source):
    del source
    return False


def _prints(source):
    """Programs and tests print, and so do a CHECK and a program's settings; libraries log."""
    return (source.path.startswith(("common/base/check.", "common/config/"))
            or source.path.startswith("services/ctl/") or source.path.endswith("/main.cc")
            or source.is_test)


def _written_as_people_do(source):
    """A test may say 79.5 points."""
    return source.is_test


def _owns_clock(source):
    # The command line reads "7 days ago" as the person at the terminal means it.
    return source.is_test or source.path.startswith(
        ("common/base/", "common/testing/", "services/ctl/adapters/"))


BANNED = [
    ("clock", r"absl::Now\(|\b(?:system|steady|high_resolution)_clock\b|\bgettimeofday\(|"
     r"\bclock_gettime\(|\btime\((?:nullptr|NULL|0)\)",
     _owns_clock, "time comes from the injected Clock (common/base/clock.h)"),
    ("sleep", r"\b(?:sleep_for|sleep_until|absl::SleepFor|usleep|nanosleep)\b|(?<![\w.>])sleep\(",
     lambda s: s.path.startswith("common/testing/await"), "wait for a condition with a deadline instead"),
    ("rand", r"\bstd::rand\b|(?<![\w.>:])s?rand\(|\brandom_device\b|\bmt19937(?:_64)?\b",
     lambda s: s.is_test or s.path.startswith("common/base/"),
     "randomness is seeded and injected"),
    ("catch-all", r"\bcatch\s*\(\s*\.\.\.\s*\)", _anywhere,
     "catch what you expect; anything else is a crash worth seeing"),
    # Owned at once (a private constructor), or a static that is never destroyed, are fine.
    ("raw-new", r"(?:(?P<owned>WrapUnique\(|_ptr<.*>\s*\w*\(|\.reset\(|\bstatic\b.*=)\s*\*?\s*)?"
     r"(?<!operator )\bnew\b\s*[\w:(<]",
     _anywhere, "std::make_unique, or a STYLE comment that says who deletes it"),
    ("delete-this", r"\bdelete\s+this\b", _anywhere, "no object decides its own lifetime"),
    ("detach", r"[.>]detach\(\)", _anywhere, "threads are joined by who started them"),
    ("protobuf-json", r"\bJsonStringToMessage\b", lambda s: s.is_test,
     "common/json reads JSON: protobuf's parser is lax, and quadratic on nested brackets"),
    ("swallowed", r"\.IgnoreError\(\)", lambda s: s.is_test, "an error is handled, returned, or counted"),
    ("stdout", r"\bstd::(?:cout|cerr|clog)\b|(?<![\w:])f?printf\(|\bstd::f?printf\(|\bputs\(",
     _prints, "libraries log or return; only programs print"),
    ("double-money",
     r"\b(?:double|float)\s+\w*(?:amount|price|money|points|score|cost|revenue|budget|minor|micros)",
     _written_as_people_do, "money is integer minor units, scores and points are integers in 10^-6"),
]
_BANNED = [(rule, re.compile(pattern), at_home, why) for rule, pattern, at_home, why in BANNED]


def banned(source):
    if source.path.startswith("docs/examples/"):
        return  # programs of others, who have none of what we use instead
    if source.path.endswith(".proto"):
        wanted = [entry for entry in _BANNED if entry[0] == "double-money"]
    elif source.is_cpp:
        wanted = [entry for entry in _BANNED if not entry[2](source)]
    else:
        return
    for number, line in enumerate(source.code, 1):
        # A wrapped statement is judged with the line it continues.
        begins = re.match(r"\s*\*?\s*new\b", line) and number > 1
        whole = source.code[number - 2].rstrip() + " " + line.lstrip() if begins else line
        for rule, pattern, _, why in wanted:
            match = pattern.search(whole)
            if match and not match.groupdict().get("owned"):
                yield rule, number, f"`{match[0].strip()}`: {why}"


# ---- shape --------------------------------------------------------------------------------------

_VAGUE = re.compile(r"^\s*(?:class|struct)\s+\w*?(Manager|Helper|Utils?|Impl|Data)\b(?!\s*;)")
_TEST = re.compile(r"^\s*(?:TYPED_)?(?:TEST(?:_F|_P)?|RC_GTEST_(?:FIXTURE_)?PROP)\(\s*(\w+)\s*,\s*(\w+)")
# Pictures instead of the field's words: publish, notify, emit, the caller, close, heartbeat.
_PICTURE = re.compile(r"\b(?:\w*(?:Told|Whoever|Bury|Buried|Graveyard|CameRound|ComesRound)"
                      r"(?![a-z])\w*|(?:\w+_)?(?:told|whoever|graves?|came_round)(?:_\w*)?)\b")
_CAMEL = re.compile(r"[A-Z][A-Za-z0-9]*")
_UNFINISHED = re.compile(r"\b(?:TODO|FIXME|HACK)\b|\b[Ff]or now\b")


def size(source):
    if source.path.endswith((".cc", ".h", ".py", ".sh", ".proto")):
        lines = source.text.count("\n")
        if lines > FILE_LINES_MAX:
            yield "file-size", FILE_LINES_MAX + 1, f"{lines} lines: it has two ideas in it"


def guard(source):
    if source.path.endswith(".h"):
        name = "BELLWETHER_" + re.sub(r"[^A-Z0-9]", "_", source.path.upper()) + "_"
        if f"#ifndef {name}\n#define {name}\n" not in source.text:
            yield "guard", 1, f"the header guard is {name}"


def names(source):
    if source.is_cpp:
        for number, line in enumerate(source.code, 1):
            if (match := _VAGUE.match(line)) and "AccountManager" not in line:
                yield "vague-name", number, f"`{match[1]}` says nothing; name the idea"
            if match := _PICTURE.search(line):
                yield "plain-name", number, f"`{match[0]}`: use the field's word (CONTRIBUTING.md)"


def test_names(source):
    if not source.is_cpp:
        return
    for number, line in enumerate(source.code, 1):
        # The macro's arguments may stand on the next line.
        if match := _TEST.match(line + " ".join(source.code[number:number + 1])):
            suite, name = match[1], match[2]
            if not _CAMEL.fullmatch(suite):
                yield "test-name", number, f"suite `{suite}` is not CamelCase"
            if not _CAMEL.fullmatch(name) or len(re.findall(r"[A-Z][a-z0-9]*", name)) < 2:
                yield "test-name", number, f"`{name}` does not read as a sentence in CamelCase"


def unfinished(source):
    if source.is_cpp or source.path.endswith((".proto", ".sql", ".py", ".sh", ".yaml")):
        if source.path.startswith("tests/style/"):
            return  # the rule itself and its tests
        lines = source.prose if source.is_cpp else source.lines
        for number, line in enumerate(lines, 1):
            if match := _UNFINISHED.search(line):
                yield "unfinished", number, f"`{match[0]}`: finish it or file it, do not leave it"


_OPEN_MESSAGE = re.compile(r"\bgoogle\.protobuf\.(?:Struct|Value|ListValue)\b"
                           r"|google/protobuf/struct\.proto")


def open_messages(source):
    """A field of any shape escapes every bound, and its JSON form nests without limit."""
    if source.path.endswith(".proto"):
        for number, line in enumerate(source.code, 1):
            if match := _OPEN_MESSAGE.search(line) or _OPEN_MESSAGE.search(
                    source.lines[number - 1] if line.lstrip().startswith("import") else ""):
                yield "open-message", number, f"`{match[0]}`: a field has a type of its own"


# ---- what the tree may not name -----------------------------------------------------------------

_URL = re.compile(r"\bhttps?://(\[[^\]]*\]|[A-Za-z0-9.-]+)")
_MACHINE_PATH = re.compile(r"(?<![\w.$})*-])/(?:work|tmp|root|home)/[\w.]")
HOSTS_ALLOWED = {"localhost", "0.0.0.0", "[::1]", "www.apache.org", "www.w3.org", "google.aip.dev",
                 "cloudevents.io", "json-schema.org", "connectrpc.com", "github.com",
                 # Names of XML namespaces.
                 "schemas.xmlsoap.org", "soap.sforce.com"}
_HOST_ALLOWED = re.compile(r"127\.\d+\.\d+\.\d+|(?:.*\.)?example(?:\.(?:com|org|net))?|[\w-]+")


def hosts_and_paths(source):
    # A lock repeats where packages ask for money; where they come from it does not say.
    if source.path == "LICENSE" or (
            source.path.endswith("package-lock.json") and '"resolved"' not in source.text):
        return
    for number, line in enumerate(source.lines, 1):
        for match in _URL.finditer(line):
            host = match[1].rstrip(".")
            if host not in HOSTS_ALLOWED and not _HOST_ALLOWED.fullmatch(host):
                yield "host", number, f"`{host}`: no outside host is named but those of rules.py"
        if match := _MACHINE_PATH.search(line):
            yield "machine-path", number, f"`{match[0]}…`: a path of one machine"


# ---- the sources of a target are compiled together (docs/adr/0012) ------------------------------


def test_namespace(source):
    if not source.path.endswith("_test.cc"):
        return
    own = source.path.rsplit("/", 1)[-1].removesuffix(".cc")
    opened = [(number, line) for number, line in enumerate(source.code, 1)
              if re.match(r"namespace bellwether\b", line)]
    if opened and not any(re.search(rf"::{own} \{{", line) for _, line in opened):
        yield ("test-namespace", opened[0][0],
               f"tests stand in a namespace of their file: `…::{own}`")


def exemptions(source):
    known = {entry[0] for entry in BANNED} | {
        "layers", "file-size", "guard", "vague-name", "plain-name", "test-name", "test-namespace", "unfinished",
        "host", "machine-path", "open-message", "rule-id"}
    if source.path.startswith("tests/style/"):
        return
    for number, (rule, reason) in source.exemptions.items():
        if rule not in known:
            yield "exemption", number, f"there is no rule `{rule}`"
        elif len(reason.split()) < REASON_WORDS_MIN:
            yield "exemption", number, "an exemption gives its reason"


PER_FILE = (layers, banned, size, guard, names, test_names, test_namespace, unfinished,
            open_messages, hosts_and_paths, exemptions)
