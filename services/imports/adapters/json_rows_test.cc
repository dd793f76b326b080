#include "services/imports/adapters/json_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace bellwether::imports::json_rows_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// "line: cell|cell" of each row, "line:position:column:REASON" of each fault.
std::vector<std::string> Read(std::string text, std::vector<std::string> may_lack = {}) {
  TextSource source(std::move(text));
  JsonRows rows(source, std::move(may_lack));
  std::vector<std::string> read;
  Row row;
  RowProblem problem;
  while (true) {
    switch (rows.Next(row, problem)) {
      case RowSource::Result::kEnd:
        EXPECT_TRUE(rows.status().ok()) << rows.status();
        return read;
      case RowSource::Result::kMalformed:
        read.push_back(absl::StrCat(problem.line, ":", problem.position, ":", problem.column, ":",
                                    problem.reason));
        break;
      case RowSource::Result::kRow:
        read.push_back(absl::StrCat(
            row.line, ": ", absl::StrJoin(row.cells, "|", [](std::string* out, const Cell& cell) {
              absl::StrAppend(out, cell.text);
            })));
    }
  }
}

TEST(JsonRows, NamesItsColumnsInTheOrderOfTheirFirstMention) {
  EXPECT_THAT(Read("\xEF\xBB\xBF{\"a\": 1.50, \"b\": \"x\"}\r\n\n{\"c\": true, \"a\": null}"),
              ElementsAre("1: a|b|c", "1: 1.50|x|", "3: ||true"));
}

TEST(JsonRows, TakesWhatTheMappingDeclaresForColumnsThatNoLineNames) {
  EXPECT_THAT(Read("{\"a\": 1}\n", {"note"}), ElementsAre("1: note|a", "1: |1"));
}

TEST(JsonRows, RefusesALineAndNothingElse) {
  EXPECT_THAT(Read("{\"a\": 1}\n[1]\n{\"a\": {\"b\": 1}}\n{\"a\": 1\n{\"a\": 1, \"a\": 2}\n"
                   "{\"a\": \"\xFF\"}\n{\"b\": [], \"a\": 2}\n{\"a\": 3}\n"),
              ElementsAre("1: a|b", "1: 1|", "2:0::MALFORMED_JSON", "3:2:a:NESTED_VALUE",
                          "4:0::MALFORMED_JSON", "5:0::MALFORMED_JSON", "6:0::MALFORMED_JSON",
                          "7:2:b:NESTED_VALUE", "8: 3|"));
}

TEST(JsonRows, RefusesALineThatIsTooLongAndReadsOn) {
  const std::string longest = absl::StrCat("{\"a\": \"", std::string(kRowBytesMax - 9, 'x'), "\"}");
  EXPECT_THAT(Read(absl::StrCat(longest, "\n", longest, " \n{\"a\": 1}\n")),
              ElementsAre("1: a", absl::StrCat("1: ", std::string(kRowBytesMax - 9, 'x')),
                          "2:0::ROW_TOO_LONG", "3: 1"));
}

TEST(JsonRows, GoesDeepNowhere) {
  EXPECT_THAT(Read(absl::StrCat("{\"a\": 1}\n{\"a\": ", std::string(30'000, '['), "\n")),
              ElementsAre("1: a", "1: 1", "2:0::MALFORMED_JSON"));
}

TEST(JsonRows, OfNothingAreNone) {
  EXPECT_THAT(Read(""), IsEmpty());
  EXPECT_THAT(Read("\n \n", {"a"}), IsEmpty());
}

TEST(JsonRows, LeavesAloneWhatIsNamedTooLate) {
  std::string text;
  for (size_t i = 0; i < kLinesOfNamesMax; ++i) absl::StrAppend(&text, "{\"a\": 1}\n");
  const auto rows = Read(absl::StrCat(text, "{\"late\": 2, \"a\": 3}\n"));
  EXPECT_EQ(rows.front(), "1: a");
  EXPECT_EQ(rows.back(), "1001: 3");
}

}  // namespace
}  // namespace bellwether::imports::json_rows_test
