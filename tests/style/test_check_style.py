"""Each rule fires on what it forbids, stays silent on what it allows, and can be exempted."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from check_style import violations  # noqa: E402
from source import Source  # noqa: E402

CATALOGUE = Source("docs/rules.md", "| A3 | RFM |\n| R13 | yellow | health |\n| R14 | red | end |\n")


def rules(path, text):
    return [rule for _, _, rule, _ in violations([Source(path, text)])
            if rule not in ("readme", "rule-id", "guard")]


def tree(*sources):
    return [(path, rule) for path, _, rule, _ in violations([CATALOGUE, *sources])]


class Layers(unittest.TestCase):
    def test_domain_sees_only_std_absl_itself_and_pure_common(self):
        for include in ('"grpcpp/grpcpp.h"', '"sqlite3.h"', '"spdlog/spdlog.h"', "<mutex>",
                        '"common/bus/bus.h"', '"common/base/clock.h"', '"absl/time/clock.h"',
                        '"bellwether/events/v1/fact.pb.h"', '"absl/synchronization/mutex.h"',
                        '"boost/asio.hpp"', '"services/health/application/query.h"',
                        '"services/health/app.h"'):
            with self.subTest(include):
                self.assertEqual(rules("services/health/domain/a.cc", f"#include {include}\n"),
                                 ["layers"])
        for include in ("<vector>", '"absl/time/time.h"', '"common/base/status.h"',
                        '"common/calendar/calendar.h"', '"services/health/domain/b.h"'):
            with self.subTest(include):
                self.assertEqual(rules("services/health/domain/a.cc", f"#include {include}\n"), [])
        self.assertEqual(
            rules("services/health/domain/a_test.cc", '#include "common/testing/clock.h"\n'), [])

    def test_domain_is_given_its_ids(self):
        path = "services/health/domain/a.cc"
        self.assertEqual(rules(path, '#include "common/base/ids.h"\nIsValidId(id);\n'), [])
        self.assertEqual(rules(path, "return NewUuid();\n"), ["layers"])

    def test_application_sees_ports_and_never_adapters_or_drivers(self):
        path = "services/health/application/a.cc"
        self.assertEqual(rules(path, '#include "services/health/adapters/b.h"\n'), ["layers"])
        self.assertEqual(rules(path, '#include "sqlite3.h"\n'), ["layers"])
        self.assertEqual(rules(path, '#include "common/store/store.h"\n'), [])

    def test_services_never_include_each_other_but_standalone_sees_all(self):
        text = '#include "services/alerts/app.h"\n'
        self.assertEqual(rules("services/health/app.cc", text), ["layers"])
        self.assertEqual(rules("services/standalone/app.cc", text), [])
        self.assertEqual(rules("services/alerts/main.cc", text), [])
        self.assertEqual(rules("services/alerts/adapters/x.cc", text), ["layers"])

    def test_common_never_includes_services(self):
        self.assertEqual(rules("common/bus/a.cc", '#include "services/health/app.h"\n'), ["layers"])


class TestNamespaces(unittest.TestCase):
    def test_a_test_file_keeps_its_names_to_itself(self):
        path = "common/bus/bus_test.cc"
        self.assertEqual(rules(path, "namespace bellwether::bus {\n"), ["test-namespace"])
        self.assertEqual(rules(path, "namespace bellwether::bus::bus_test {\n"), [])
        self.assertEqual(
            rules(path, "namespace bellwether::bus {\n}\nnamespace bellwether::bus::bus_test {\n"), [])
        self.assertEqual(rules("common/bus/bus.cc", "namespace bellwether::bus {\n"), [])


class BannedCalls(unittest.TestCase):
    FORBIDDEN = {
        "clock": "auto t = absl::Now();",
        "sleep": "std::this_thread::sleep_for(x);",
        "rand": "int x = std::rand();",
        "catch-all": "} catch (...) {",
        "raw-new": "auto* x = new Thing(1);",
        "delete-this": "delete this;",
        "detach": "thread_.detach();",
        "protobuf-json": "auto s = util::JsonStringToMessage(text, &m);",
        "swallowed": "tx->Rollback().IgnoreError();",
        "stdout": "std::cout << 1;",
        "double-money": "double order_amount = 0;",
    }

    def test_each_is_found_in_code(self):
        for rule, line in self.FORBIDDEN.items():
            with self.subTest(rule):
                self.assertEqual(rules("common/bus/a.cc", line + "\n"), [rule])

    def test_examples_for_others_do_without_what_we_use_instead(self):
        for rule, line in self.FORBIDDEN.items():
            with self.subTest(rule):
                self.assertEqual(rules("docs/examples/a/b.cc", line + "\n"), [])

    def test_comments_and_strings_are_not_code(self):
        for rule, line in self.FORBIDDEN.items():
            with self.subTest(rule):
                text = f'// {line}\n/* {line}\n{line} */\nf("{line}");\nf(R"x({line})x");\n'
                self.assertEqual(rules("common/bus/a.cc", text), [])

    def test_an_exemption_with_a_reason_is_honoured_on_its_line_or_above(self):
        for rule, line in self.FORBIDDEN.items():
            with self.subTest(rule):
                reason = f"// STYLE({rule}): the reason in words"
                self.assertEqual(rules("common/bus/a.cc", f"{line}  {reason}\n"), [])
                self.assertEqual(
                    rules("common/bus/a.cc", f"{reason}\n// that goes on.\n{line}\n"), [])
                self.assertEqual(rules("common/bus/a.cc", f"{reason}\n\n{line}\n"), [rule])

    def test_an_exemption_needs_a_known_rule_and_a_reason(self):
        self.assertEqual(rules("common/bus/a.cc", "// STYLE(clock): because\n"), ["exemption"])
        self.assertEqual(rules("common/bus/a.cc", "// STYLE(clocks): the reason in words\n"),
                         ["exemption"])

    def test_home_places_are_allowed(self):
        self.assertEqual(rules("common/base/clock.cc", "return absl::Now();\n"), [])
        self.assertEqual(rules("common/bus/bus_test.cc", "auto end = absl::Now() + x;\n"), [])
        self.assertEqual(rules("services/ctl/print.cc", "std::cout << 1;\n"), [])

    def test_sleeping_is_banned_in_tests_too(self):
        self.assertEqual(rules("common/bus/bus_test.cc", "absl::SleepFor(x);\n"), ["sleep"])

    def test_new_that_is_owned_at_once_or_never_destroyed_is_allowed(self):
        for line in ("auto x = absl::WrapUnique(new Bus(1));", "std::unique_ptr<Bus> x(new Bus);",
                     "return std::unique_ptr<Bus>(new Bus(1));",
                     "static const auto& table = *new Table();", "x.reset(new Bus);"):
            with self.subTest(line):
                self.assertEqual(rules("common/bus/a.cc", line + "\n"), [])
        self.assertEqual(
            rules("common/bus/a.cc", "static const Table& t =\n    *new Table();\n"), [])

    def test_money_in_protos_is_no_double(self):
        self.assertEqual(rules("proto/a.proto", "  double amount = 1;\n"), ["double-money"])
        self.assertEqual(rules("proto/a.proto", "  double latitude = 1;\n"), [])


class OpenMessages(unittest.TestCase):
    def test_a_field_of_any_shape_is_named(self):
        for line in ("  google.protobuf.Struct extra = 1;", "  repeated google.protobuf.Value v = 2;",
                     "  map<string, google.protobuf.ListValue> m = 3;",
                     'import "google/protobuf/struct.proto";'):
            with self.subTest(line):
                self.assertEqual(rules("proto/a.proto", line + "\n"), ["open-message"])

    def test_other_messages_and_comments_are_not(self):
        for line in ("  google.protobuf.Timestamp time = 1;", "  Value value = 2;",
                     "  google.protobuf.Int64Value count = 3;", "// never google.protobuf.Struct",
                     'import "google/protobuf/timestamp.proto";'):
            with self.subTest(line):
                self.assertEqual(rules("proto/a.proto", line + "\n"), [])
        self.assertEqual(rules("common/a.cc", "google::protobuf::Struct x;\n"), [])


class Shape(unittest.TestCase):
    def test_test_names_read_as_sentences(self):
        path = "common/bus/bus_test.cc"
        self.assertEqual(rules(path, "TEST(Bus, KeepsOrder) {\n"), [])
        self.assertEqual(rules(path, "TEST_F(Bus, Works) {\n"), ["test-name"])
        self.assertEqual(rules(path, "TEST(Bus, keeps_order) {\n"), ["test-name"])
        self.assertEqual(rules(path, "TEST(bus_test, KeepsOrder) {\n"), ["test-name"])
        self.assertEqual(rules(path, "TEST(Bus,\n     Works) {\n"), ["test-name"])

    def test_files_beyond_the_limit_are_named(self):
        self.assertEqual(rules("common/bus/a.cc", "\n" * 500), [])
        self.assertEqual(rules("common/bus/a.cc", "\n" * 501), ["file-size"])

    def test_vague_names_are_named(self):
        self.assertEqual(rules("common/bus/a.cc", "class BusManager {\n"), ["vague-name"])
        self.assertEqual(rules("common/bus/a.cc", "struct Database {\n"), [])

    def test_names_are_words_of_the_field(self):
        for line in ("void WasTold();", "class KafkaGraveyard {", "Time told_at_;",
                     "TEST(Decide, TellsThoseWhoWereTold) {", "void CameRound();"):
            self.assertEqual(rules("common/bus/a.cc", line + "\n"), ["plain-name"], line)
        for line in ("int engraved;", "// who was told", '"told"', "size_t Tell();"):
            self.assertEqual(rules("common/bus/a.cc", line + "\n"), [], line)

    def test_header_guards_spell_the_path(self):
        wrong = "#ifndef A_H\n#define A_H\n"
        right = "#ifndef BELLWETHER_COMMON_BUS_A_H_\n#define BELLWETHER_COMMON_BUS_A_H_\n"
        self.assertIn(("common/bus/a.h", "guard"), tree(Source("common/bus/a.h", wrong)))
        self.assertNotIn(("common/bus/a.h", "guard"), tree(Source("common/bus/a.h", right)))

    def test_unfinished_work_is_named(self):
        self.assertEqual(rules("common/bus/a.cc", "// TODO(x): later\n"), ["unfinished"])

    def test_outside_hosts_and_machine_paths_are_named(self):
        self.assertEqual(rules("deploy/a.sh", "get https:/" + "/packages.somewhere.io/x\n"), ["host"])
        self.assertEqual(rules("deploy/a.sh", "get http://127.0.0.1:80/ http://crm.example/x\n"), [])
        self.assertEqual(rules("deploy/a.sh", "cd /" + "home/me\n"), ["machine-path"])
        self.assertEqual(rules("deploy/a.sh", "cd $ROOT/work/x src/tmp/y\n"), [])

    def test_a_lock_may_say_who_asks_for_money_but_not_where_packages_come_from(self):
        funding = '"url": "https:/' + '/give.somewhere.io/x"\n'
        self.assertEqual(rules("deploy/package-lock.json", funding), [])
        self.assertEqual(rules("deploy/package-lock.json", '"resolved": ' + funding), ["host"])


class WholeTree(unittest.TestCase):
    README = Source("services/alerts/README.md", "owns publishes consumes invariants fails")

    def test_rule_ids_exist_in_the_catalogue(self):
        unknown = Source("common/a.cc", "// R99 fires.\n")
        known = Source("common/a.cc", "// A3 and R13 hold. 0xA9, X509, A3.1 and R are no ids.\n")
        self.assertIn(("common/a.cc", "rule-id"), tree(unknown))
        self.assertEqual(tree(known), [])

    def test_shipped_rules_are_named_by_a_test(self):
        shipped = Source("services/alerts/rules/r.yaml", "- rule_id: R13\n")
        self.assertIn((shipped.path, "rule-test"), tree(self.README, shipped))
        for text in ('// R13\n', 'TEST(AlertRules, R13FiresBelowEighty) {}\n', 'Load("R13");\n'):
            with self.subTest(text):
                test = Source("services/alerts/r_test.cc", text)
                self.assertEqual(tree(self.README, shipped, test), [])

    def test_folders_have_a_readme_and_services_answer_in_it(self):
        code = Source("services/alerts/domain/a.cc", "\n")
        self.assertEqual(tree(code), [("services/alerts/README.md", "readme")])
        self.assertEqual(tree(code, self.README), [])
        short = Source("services/alerts/README.md", "alerts")
        self.assertEqual(tree(code, short), [("services/alerts/README.md", "readme")])


if __name__ == "__main__":
    unittest.main()
