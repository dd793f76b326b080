// What the parts of the mapping language make of rows (docs/mapping.md).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status.h"
#include "services/imports/testing/plan_of.h"

namespace bellwether::imports::mapping_language_test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using testing::ExpectEveryRowCounted;
using testing::FactsOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::MappingOf;
using ::testing::Pair;
using testing::PlanOf;
using testing::ProblemsOf;
using testing::TryPlan;
using ::testing::UnorderedElementsAre;

// A mapping of one table t.csv with these columns: each row becomes a sentiment whose channel is
// the text of column `out`.
std::string Columns(const std::string& columns, const std::string& more = "") {
  return MappingOf(absl::StrCat(R"yaml(
  - file_id: t
    path: t.csv
    layout: csv
    header: true
)yaml",
                                more,
                                "    columns:\n      - {name: day, kind: time, otherwise: "
                                "2026-11-03}\n",
                                columns, R"yaml(
    records:
      - kind: fact
        account_id: a
        time_column: day
        set: {sentiment_observed.channel: "out={out}"}
)yaml"));
}

// What `out` is in each row, sorted; faults as their reasons.
std::vector<std::string> Outs(const std::string& columns, const std::string& text,
                              const std::string& more = "") {
  ImportPlan plan = PlanOf(Columns(columns, more), {{"t", {text}}});
  ExpectEveryRowCounted(plan);
  std::vector<std::string> outs;
  for (const auto& event : FactsOf(plan)) {
    const std::string& channel = event.fact().sentiment_observed().channel();
    outs.push_back(channel.empty() ? "-" : channel.substr(4));
  }
  for (const PlanProblem& at : plan.rows.Problems()) outs.push_back(at.problem.reason);
  return outs;
}

// A fact of which nothing can be filled is refused.
constexpr char kUnset[] = "UNKNOWN_FACT_KIND";

TEST(NumberExpressions, CalculateExactlyAndAreEmptyWhereAnOperandIs) {
  const std::string columns = R"yaml(
      - {name: n, kind: number, decimals: 3}
      - {name: p, kind: number, decimals: 2}
      - {name: out, kind: number, product: {of: [n, p, "0.5"]}})yaml";
  EXPECT_THAT(Outs(columns, "day,n,p\n,0.125,19.99\n"), ElementsAre("1.249375"));
  EXPECT_THAT(Outs(columns, "day,n,p\n,-2,10\n"), ElementsAre("-10"));
  EXPECT_THAT(Outs(columns, "day,n,p\n,,10\n"), ElementsAre(kUnset));
  EXPECT_THAT(Outs(columns, "day,n,p\n,1.0005,1\n"), ElementsAre("TOO_MANY_DECIMALS"));
}

TEST(NumberExpressions, SumDifferenceAndSigns) {
  const std::string base = R"yaml(
      - {name: a, kind: number, decimals: 2}
      - {name: b, kind: number, decimals: 2, otherwise: "0"}
      - {name: out, kind: number, )yaml";
  const std::string table = "day,a,b\n,10.5,4\n,10.5,\n";
  EXPECT_THAT(Outs(base + "sum: {of: [a, b, \"1\"]}}", table),
              UnorderedElementsAre("15.5", "11.5"));
  EXPECT_THAT(Outs(base + "difference: {of: [a, b, a]}}", table), UnorderedElementsAre("-4", "0"));
  EXPECT_THAT(Outs(base + "negated: a}", table), ElementsAre("-10.5", "-10.5"));
  EXPECT_THAT(Outs(base + "absolute: a}", "day,a,b\n,-3,\n,3,\n"), ElementsAre("3", "3"));
}

TEST(NumberExpressions, RoundByTheRuleThatIsNamed) {
  const std::string base = R"yaml(
      - {name: a, kind: number, decimals: 3}
      - {name: out, kind: number, product: {of: [a, "1"]}, decimals: 1, rounding: )yaml";
  const std::string table = "day,a\n,0.25\n";
  EXPECT_THAT(Outs(base + "half_away}", table), ElementsAre("0.3"));
  EXPECT_THAT(Outs(base + "half_even}", table), ElementsAre("0.2"));
  EXPECT_THAT(Outs(base + "down}", "day,a\n,-0.29\n"), ElementsAre("-0.2"));
  EXPECT_THAT(Outs(base + "up}", "day,a\n,0.21\n"), ElementsAre("0.3"));
}

TEST(TimeExpressions, TellSecondsBetweenTimes) {
  const std::string columns = R"yaml(
      - {name: from, kind: time, time_of_day: "00:00"}
      - {name: to, kind: time}
      - {name: out, kind: number, seconds_between: {from: from, to: to}})yaml";
  EXPECT_THAT(Outs(columns, "day,from,to\n,2026-11-01,2026-11-02 03:00:00\n"),
              ElementsAre("97200"));
  EXPECT_THAT(Outs(columns, "day,from,to\n,2026-11-02 03:00:00,2026-11-02 02:59:59\n"),
              ElementsAre("-1"));
  EXPECT_THAT(Outs(columns, "day,from,to\n,2026-11-01,\n"), ElementsAre(kUnset));
}

TEST(TimeExpressions, PutDateAndTimeOfTwoColumnsTogether) {
  const std::string columns = R"yaml(
      - {name: d, kind: time, time_format: "%d/%m/%Y"}
      - {name: t, kind: text}
      - {name: out, kind: time, date_and_time: {date: d, time: t}})yaml";
  EXPECT_THAT(Outs(columns, "day,d,t\n,03/11/2026,09:30\n"), ElementsAre("2026-11-03T09:30:00"));
  EXPECT_THAT(Outs(columns, "day,d,t\n,03/11/2026,9 h\n"), ElementsAre("NOT_A_TIME"));
  EXPECT_THAT(Outs(columns, "day,d,t\n,03/11/2026,\n"), ElementsAre(kUnset));
}

TEST(TextExpressions, SliceCharactersNotBytes) {
  const std::string base = R"yaml(
      - {name: a, kind: text}
      - {name: out, kind: text, slice: )yaml";
  EXPECT_THAT(Outs(base + "{of: a, begin: 2, length: 2}}", "day,a\n,海川医疗\n"),
              ElementsAre("川医"));
  EXPECT_THAT(Outs(base + "{of: a, begin: 3}}", "day,a\n,CN-01\n"), ElementsAre("-01"));
  EXPECT_THAT(Outs(base + "{of: a, begin: 9}}", "day,a\n,short\n"), ElementsAre(kUnset));
}

TEST(TextExpressions, CaptureWhatAnExpressionFinds) {
  const std::string base = R"yaml(
      - {name: a, kind: text}
      - {name: out, kind: text, capture: )yaml";
  EXPECT_THAT(Outs(base + "{of: a, pattern: '^C([0-9]+)$'}}", "day,a\n,C536379\n"),
              ElementsAre("536379"));
  EXPECT_THAT(Outs(base + "{of: a, pattern: '[A-Z]+'}}", "day,a\n,12AB34\n"), ElementsAre("AB"));
  EXPECT_THAT(Outs(base + "{of: a, pattern: '^C([0-9]+)$'}}", "day,a\n,X1\n"),
              ElementsAre("NOT_CAPTURED"));
  EXPECT_THAT(Outs(base + "{of: a, pattern: '^C([0-9]+)$', optional: true}, otherwise: none}",
                   "day,a\n,X1\n"),
              ElementsAre("none"));
  EXPECT_EQ(DetailOf(TryPlan(Columns(base + "{of: a, pattern: '(('}}"), {}).status())->reason,
            "BAD_MAPPING");
}

TEST(TextExpressions, JoinTextsAndTakeTheFirstThatIsThere) {
  const std::string base = R"yaml(
      - {name: a, kind: text}
      - {name: b, kind: text}
      - {name: out, kind: text, )yaml";
  EXPECT_THAT(Outs(base + "text: \"{a}/{b}\"}", "day,a,b\n,x,y\n,x,\n"),
              UnorderedElementsAre("x/y", kUnset));
  EXPECT_THAT(Outs(base + "first_of: {of: [b, a]}}", "day,a,b\n,x,y\n,x,\n"),
              UnorderedElementsAre("y", "x"));
}

TEST(Choice, TakesTheFirstCaseThatHolds) {
  const std::string columns = R"yaml(
      - {name: n, kind: number}
      - name: out
        kind: text
        otherwise: small
        choice:
          cases:
            - {when: [{column: n, at_least: "100"}], value: "large {n}"}
            - {when: [{column: n, at_least: "10"}], value: medium})yaml";
  EXPECT_THAT(Outs(columns, "day,n\n,100\n,99\n,9\n"),
              UnorderedElementsAre("large 100", "medium", "small"));
}

TEST(Cells, MissingWordsAndDefaults) {
  const std::string columns = R"yaml(
      - {name: out, kind: text, missing: [N/A, "-"], otherwise: unknown})yaml";
  EXPECT_THAT(Outs(columns, "day,out\n,N/A\n,-\n,x\n"),
              UnorderedElementsAre("unknown", "unknown", "x"));
  const std::string required = R"yaml(
      - {name: out, kind: text, required: true, missing: [N/A]})yaml";
  EXPECT_THAT(Outs(required, "day,out\n,N/A\n"), ElementsAre("MISSING_VALUE"));
}

TEST(Cells, ReadNumbersAsTheyAreWritten) {
  const auto number = [](const std::string& format, const std::string& cell) {
    return Outs(absl::StrCat("\n      - {name: out, kind: number, decimals: 2, number_format: ",
                             format, "}"),
                absl::StrCat("day,out\n,\"", cell, "\"\n"));
  };
  EXPECT_THAT(number("{decimal_mark: \",\", group_mark: \".\"}", "1.234,50"),
              ElementsAre("1234.5"));
  EXPECT_THAT(number("{group_mark: \",\", marks: [\"¥\"]}", "¥1,234"), ElementsAre("1234"));
  EXPECT_THAT(number("{accounting: true}", "(33.52)"), ElementsAre("-33.52"));
  EXPECT_THAT(number("{exponent: true}", "1.2E+3"), ElementsAre("1200"));
  EXPECT_EQ(
      DetailOf(TryPlan(Columns("\n      - {name: out, kind: number, number_format: {decimal_mark: "
                               "\",\", group_mark: \",\"}}"),
                       {})
                   .status())
          ->reason,
      "BAD_MAPPING");
}

TEST(Cells, FollowTheCurrencyOfTheirRow) {
  const std::string columns = R"yaml(
      - {name: amount, kind: number, currency: "{ccy}"}
      - {name: ccy, kind: text, required: true}
      - {name: out, kind: text, text: "{amount} {ccy}"})yaml";
  EXPECT_THAT(Outs(columns, "day,amount,ccy\n,10000,JPY\n,10.25,CNY\n,1.234,KWD\n"),
              UnorderedElementsAre("10000 JPY", "10.25 CNY", "1.234 KWD"));
  EXPECT_THAT(Outs(columns, "day,amount,ccy\n,100.5,JPY\n,1.234,CNY\n"),
              ElementsAre("TOO_MANY_DECIMALS", "TOO_MANY_DECIMALS"));
}

// Amounts in minor units, of the field itself.
std::vector<std::string> Amounts(const std::string& column, const std::string& text) {
  ImportPlan plan = PlanOf(MappingOf(absl::StrCat(R"yaml(
  - file_id: t
    path: t.csv
    layout: csv
    header: true
    columns:
      - {name: day, kind: time, otherwise: 2026-11-03}
      - )yaml",
                                                  column, R"yaml(
      - {name: ccy, kind: text}
    records:
      - kind: fact
        account_id: a
        time_column: day
        set:
          order_placed.amount.amount_minor: "{amount}"
          order_placed.amount.currency_code: "{ccy}"
)yaml")),
                           {{"t", {text}}});
  std::vector<std::string> amounts;
  for (const auto& event : FactsOf(plan)) {
    const auto& money = event.fact().order_placed().amount();
    amounts.push_back(absl::StrCat(money.amount_minor(), " ", money.currency_code()));
  }
  for (const PlanProblem& at : plan.rows.Problems()) {
    amounts.push_back(absl::StrCat(at.problem.column, " ", at.problem.reason));
  }
  return amounts;
}

TEST(Amounts, ScaleByTheCurrencySetBesideThem) {
  const std::string table = "day,amount,ccy\n,10000,JPY\n,10000,CNY\n";
  for (const char* column : {"{name: amount, kind: number, scale: 2}",
                             "{name: amount, kind: number, currency: \"{ccy}\"}"}) {
    EXPECT_THAT(Amounts(column, table), UnorderedElementsAre("10000 JPY", "1000000 CNY")) << column;
  }
  EXPECT_THAT(Amounts("{name: amount, kind: number, scale: 2}", "day,amount,ccy\n,0.5,JPY\n"),
              ElementsAre("amount TOO_MANY_DECIMALS"));
  EXPECT_THAT(
      Amounts("{name: amount, kind: number, currency: \"{ccy}\"}", "day,amount,ccy\n,1.234,KWD\n"),
      ElementsAre("1234 KWD"));
  // Millions; and amounts that are in minor units already.
  EXPECT_THAT(
      Amounts("{name: amount, kind: number, scale: 8}", "day,amount,ccy\n,1.5,CNY\n,1.5,JPY\n"),
      UnorderedElementsAre("150000000 CNY", "1500000 JPY"));
  EXPECT_THAT(Amounts("{name: amount, kind: number}", "day,amount,ccy\n,500,JPY\n,500,CNY\n"),
              UnorderedElementsAre("500 JPY", "500 CNY"));
  // Without a currency of its own an amount is one of the reporting currency.
  EXPECT_THAT(Amounts("{name: amount, kind: number, scale: 2}", "day,amount,ccy\n,5,\n"),
              ElementsAre("500 "));
}

// Rows of t.csv for which the conditions hold.
std::vector<std::string> Held(const std::string& when, const std::string& text) {
  return Outs(R"yaml(
      - {name: s, kind: text}
      - {name: n, kind: number, decimals: 2}
      - {name: d, kind: time}
      - {name: out, kind: text})yaml",
              text, absl::StrCat("    when: [", when, "]\n"));
}

TEST(Conditions, TestTextsNumbersAndTimes) {
  const std::string table =
      "day,s,n,d,out\n"
      ",won,10.0,2026-11-03,1\n"
      ",Lost,9.99,2026-11-02,2\n"
      ",,,,3\n";
  EXPECT_THAT(Held("{column: s, equals: won}", table), ElementsAre("1"));
  EXPECT_THAT(Held("{column: s, one_of: [won, Lost]}", table), UnorderedElementsAre("1", "2"));
  EXPECT_THAT(Held("{column: s, equals: won, negate: true}", table),
              UnorderedElementsAre("2", "3"));
  EXPECT_THAT(Held("{column: s}", table), UnorderedElementsAre("1", "2"));
  EXPECT_THAT(Held("{column: s, empty: true}", table), ElementsAre("3"));
  EXPECT_THAT(Held("{column: s, prefix: Lo}", table), ElementsAre("2"));
  EXPECT_THAT(Held("{column: s, matches: '(?i)LOST|w.n'}", table), UnorderedElementsAre("1", "2"));
  EXPECT_THAT(Held("{column: n, equals: \"10\"}", table), ElementsAre("1"));
  EXPECT_THAT(Held("{column: n, at_least: \"10\"}", table), ElementsAre("1"));
  EXPECT_THAT(Held("{column: n, below: \"10\"}", table), ElementsAre("2"));
  EXPECT_THAT(Held("{column: n, above: \"9.99\", at_most: \"10\"}", table), ElementsAre("1"));
  EXPECT_THAT(Held("{column: d, at_least: 2026-11-03}", table), ElementsAre("1"));
  EXPECT_THAT(Held("{column: d, at_most: 2026-11-02}", table), ElementsAre("2"));
  EXPECT_THAT(Held("{column: d, above: 2026-11-02}", table), ElementsAre("1"));
  EXPECT_THAT(Held("{any_of: [{column: s, equals: won}, {column: s, empty: true}]}", table),
              UnorderedElementsAre("1", "3"));
}

TEST(Conditions, EveryRowPassedOverIsCountedByTheOneThatDidNotHold) {
  ImportPlan plan =
      PlanOf(Columns("\n      - {name: out, kind: text}\n      - {name: n, kind: number}",
                     "    when: [{column: out, one_of: [x, y]}, {column: n, at_least: \"5\"}]\n"),
             {{"t", {"day,out,n\n,x,5\n,z,9\n,x,1\n,y,4\n,z,1\n"}}});
  ExpectEveryRowCounted(plan);
  EXPECT_THAT(plan.rows.files()[0].skipped,
              UnorderedElementsAre(Pair("out is x or y", 2), Pair("n is at least 5", 2)));
  EXPECT_EQ(plan.rows.files()[0].made, 1);
}

TEST(Conditions, FaultsOfTheMappingAreFoundBeforeAnyRow) {
  for (const char* when :
       {"{column: nothing}", "{column: n, at_least: many}", "{column: d, below: soon}",
        "{column: s, matches: '['}", "{column: s, equals: a, one_of: [b]}"}) {
    EXPECT_FALSE(
        TryPlan(Columns("\n      - {name: s, kind: text}\n      - {name: n, kind: "
                        "number}\n      - {name: d, kind: time}\n      - {name: out, kind: "
                        "text}",
                        absl::StrCat("    when: [", when, "]\n")),
                {})
            .ok())
        << when;
  }
}

TEST(Header, AColumnNamedTwiceIsRefusedWhereItIsMeant) {
  const std::string mapping = Columns("\n      - {name: out, kind: text}");
  const auto twice = TryPlan(mapping, {{"t", {"day,out,other,out\n,a,b,c\n"}}});
  EXPECT_EQ(DetailOf(twice.status())->reason, "COLUMN_TWICE");
  EXPECT_THAT(std::string(twice.status().message()), HasSubstr("t.csv:1:15"));
  EXPECT_TRUE(TryPlan(mapping, {{"t", {"day,out,other,other\n,a,b,c\n"}}}).ok());
  // Blanks around a name do not make it another.
  EXPECT_EQ(DetailOf(TryPlan(mapping, {{"t", {"day,out, out\n"}}}).status())->reason,
            "COLUMN_TWICE");
}

TEST(Header, AMissingColumnIsNamedWithThoseThatAreThere) {
  const auto other = TryPlan(Columns("\n      - {name: out, kind: text}"),
                             {{"t", {"day;out;amount\n2026-11-03;a;1\n"}}});
  EXPECT_EQ(DetailOf(other.status())->reason, "MISSING_COLUMN");
  EXPECT_THAT(std::string(other.status().message()), HasSubstr("delimiter"));
  EXPECT_THAT(std::string(other.status().message()), HasSubstr("day;out;amount"));
}

TEST(Rows, OfSeparatorsOnlyArePassedOverAndCounted) {
  ImportPlan plan = PlanOf(Columns("\n      - {name: out, kind: text}"),
                           {{"t", {"day,out\n,a\n,\n\n   \n , \xE3\x80\x80\n,b\n"}}});
  ExpectEveryRowCounted(plan);
  EXPECT_EQ(plan.rows.files()[0].rows, 2);
  EXPECT_EQ(plan.rows.files()[0].blank, 3);
  EXPECT_THAT(ProblemsOf(plan), IsEmpty());
}

TEST(Rows, AnOpenQuoteThatMakesARowTooShortGivesTheLinesBack) {
  ImportPlan plan = PlanOf(Columns("\n      - {name: out, kind: text}"),
                           {{"t", {"day,out\n,\"a\n,b\n,c\"\n,d\n"}}});
  EXPECT_EQ(FactsOf(plan).size(), 2) << "a cell with line ends is one";
  ImportPlan open =
      PlanOf(Columns("\n      - {name: out, kind: text}\n      - {name: x, kind: text}"),
             {{"t", {"day,out,x\n,\"a\n,b,1\n,c,\"\n,d,2\n"}}});
  EXPECT_THAT(ProblemsOf(open), Contains(HasSubstr("t.csv:2:")));
  EXPECT_THAT(open.rows.files()[0].made, 2) << "lines 3 and 5";
}

}  // namespace
}  // namespace bellwether::imports::mapping_language_test
