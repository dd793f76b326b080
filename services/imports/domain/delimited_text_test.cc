#include "services/imports/domain/delimited_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace bellwether::imports::delimited_text_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Reading {
  std::vector<std::vector<std::string>> rows;
  std::vector<int64_t> lines;
  std::vector<RowProblem> problems;
};

Reading ReadAll(absl::string_view text, TextFormat format = {}) {
  TextSource source((std::string(text)));
  RowReader reader(source, std::move(format));
  Reading reading;
  Row row;
  RowProblem problem;
  while (true) {
    const RowReader::Result result = reader.Next(row, problem);
    if (result == RowReader::Result::kEnd) return reading;
    if (result == RowReader::Result::kMalformed) {
      reading.problems.push_back(problem);
      continue;
    }
    reading.lines.push_back(row.line);
    reading.rows.emplace_back();
    for (const Cell& cell : row.cells) reading.rows.back().push_back(cell.text);
  }
}

const TextFormat kBlanks{.layout = TextLayout::kBlankSeparated};

TEST(DelimitedText, TakesLineFeedsCarriageReturnsAndAMissingLastLineEnd) {
  const Reading reading = ReadAll(
      "\xEF\xBB\xBF"
      "a,b\r\nc,d\ne,f");
  EXPECT_THAT(reading.rows,
              ElementsAre(ElementsAre("a", "b"), ElementsAre("c", "d"), ElementsAre("e", "f")));
  EXPECT_THAT(reading.lines, ElementsAre(1, 2, 3));
  EXPECT_THAT(reading.problems, IsEmpty());
}

TEST(DelimitedText, KeepsDelimitersQuotesAndLineEndsInsideQuotes) {
  const Reading reading = ReadAll("\"a,1\",\"say \"\"hi\"\"\",\"two\r\nlines\"\nnext,row,x\n");
  EXPECT_THAT(reading.rows, ElementsAre(ElementsAre("a,1", "say \"hi\"", "two\r\nlines"),
                                        ElementsAre("next", "row", "x")));
  EXPECT_THAT(reading.lines, ElementsAre(1, 3));
}

TEST(DelimitedText, KeepsEmptyCellsAndSkipsEmptyLines) {
  const Reading reading = ReadAll("a,,\n\n\r\n,b,\"\"\n");
  EXPECT_THAT(reading.rows, ElementsAre(ElementsAre("a", "", ""), ElementsAre("", "b", "")));
  EXPECT_THAT(reading.lines, ElementsAre(1, 4));
}

TEST(DelimitedText, NamesLineAndPositionOfAMalformedRowAndGoesOn) {
  const Reading reading = ReadAll("a,b\nc,d\"e\n\"f\"g,h\ni,j\n");
  EXPECT_THAT(reading.rows, ElementsAre(ElementsAre("a", "b"), ElementsAre("i", "j")));
  ASSERT_EQ(reading.problems.size(), 2);
  EXPECT_EQ(reading.problems[0].reason, "QUOTE_IN_PLAIN_CELL");
  EXPECT_EQ(reading.problems[0].line, 2);
  EXPECT_EQ(reading.problems[0].position, 4);
  EXPECT_EQ(reading.problems[1].reason, "TEXT_AFTER_QUOTE");
  EXPECT_EQ(reading.problems[1].line, 3);
  EXPECT_EQ(reading.problems[1].position, 4);
}

TEST(DelimitedText, GivesUpOnlyTheLineOfAnUnclosedQuote) {
  const Reading reading = ReadAll("a,\"b\nc,d\ne,f\n");
  EXPECT_THAT(reading.rows, ElementsAre(ElementsAre("c", "d"), ElementsAre("e", "f")));
  ASSERT_EQ(reading.problems.size(), 1);
  EXPECT_EQ(reading.problems[0].reason, "UNCLOSED_QUOTE");
  EXPECT_EQ(reading.problems[0].line, 1);
}

TEST(DelimitedText, AQuoteThatSwallowedLinesIsReportedWhereItOpensAndTheLinesAreRead) {
  const Reading reading =
      ReadAll("1,\"Anda,x\n2,Anda,x\n3,Anda,x\n4,\"Tiancheng, Ltd.\",x\n5,Anda,x\n");
  EXPECT_THAT(reading.rows,
              ElementsAre(ElementsAre("2", "Anda", "x"), ElementsAre("3", "Anda", "x"),
                          ElementsAre("4", "Tiancheng, Ltd.", "x"), ElementsAre("5", "Anda", "x")));
  EXPECT_THAT(reading.lines, ElementsAre(2, 3, 4, 5));
  ASSERT_EQ(reading.problems.size(), 1);
  EXPECT_EQ(reading.problems[0].reason, "UNCLOSED_QUOTE");
  EXPECT_EQ(reading.problems[0].line, 1);
  EXPECT_EQ(reading.problems[0].position, 3);
}

TEST(DelimitedText, AnOpenQuoteInTheLastLineTakesNothingWithIt) {
  const Reading reading = ReadAll("a,b\nc,\"d\n");
  EXPECT_THAT(reading.rows, ElementsAre(ElementsAre("a", "b")));
  ASSERT_EQ(reading.problems.size(), 1);
  EXPECT_EQ(reading.problems[0].line, 2);
}

TEST(DelimitedText, ARowGivenUpGivesUpItsFirstLineOnly) {
  TextSource source("1,\"open\n2,b\n3,c\"\n4,d\n");
  RowReader reader(source, {});
  Row row;
  RowProblem problem;
  ASSERT_EQ(reader.Next(row, problem), RowSource::Result::kRow);
  EXPECT_EQ(row.line_count, 3);
  reader.GiveUpRow();
  ASSERT_EQ(reader.Next(row, problem), RowSource::Result::kRow);
  EXPECT_EQ(row.line, 2);
  EXPECT_EQ(row.cells[1].text, "b");
}

TEST(DelimitedText, TakesTheDelimiterThatTheFirstLineSays) {
  const Reading reading = ReadAll("sep=;\r\na;b,c\n");
  EXPECT_THAT(reading.rows, ElementsAre(ElementsAre("a", "b,c")));
  EXPECT_THAT(reading.lines, ElementsAre(2));
  // Said by a byte order mark before it too, and in capitals; a longer line says nothing.
  EXPECT_THAT(ReadAll("\xEF\xBB\xBFSEP=|\nx|y\n").rows, ElementsAre(ElementsAre("x", "y")));
  EXPECT_THAT(ReadAll("sep=;;\n").rows, ElementsAre(ElementsAre("sep=;;")));
}

TEST(DelimitedText, RecognisesTheDelimiterWhereAskedTo) {
  const TextFormat recognised{.delimiter = kRecognisedDelimiter};
  EXPECT_THAT(ReadAll("a;b;c\n1,5;2;3\n", recognised).rows,
              ElementsAre(ElementsAre("a", "b", "c"), ElementsAre("1,5", "2", "3")));
  EXPECT_THAT(ReadAll("a\tb\n", recognised).rows, ElementsAre(ElementsAre("a", "b")));
  EXPECT_THAT(ReadAll("\"x;y;z\",b\n", recognised).rows, ElementsAre(ElementsAre("x;y;z", "b")));
  EXPECT_THAT(ReadAll("alone\n", recognised).rows, ElementsAre(ElementsAre("alone")));
}

TEST(DelimitedText, TakesAnotherQuoteOrNone) {
  EXPECT_THAT(ReadAll("'a,1',b\"c\n", {.quote = '\''}).rows,
              ElementsAre(ElementsAre("a,1", "b\"c")));
  EXPECT_THAT(ReadAll("5\" pipe,\"x\n", {.quote = '\0'}).rows,
              ElementsAre(ElementsAre("5\" pipe", "\"x")));
}

TEST(DelimitedText, ReadsTablesLargerThanItHolds) {
  std::string text;
  for (int i = 0; i < 40'000; ++i) absl::StrAppend(&text, i, ",\"two\nlines\"\r\n");
  const Reading reading = ReadAll(text);
  ASSERT_EQ(reading.rows.size(), 40'000);
  EXPECT_THAT(reading.rows.back(), ElementsAre("39999", "two\nlines"));
  EXPECT_EQ(reading.lines.back(), 79'999);
  EXPECT_THAT(reading.problems, IsEmpty());
}

TEST(DelimitedText, SkipsALineThatIsLongerThanItHolds) {
  const Reading reading = ReadAll(absl::StrCat("a,b\n", std::string(3'000'000, 'x'), "\nc,d\n"));
  EXPECT_THAT(reading.rows, ElementsAre(ElementsAre("a", "b"), ElementsAre("c", "d")));
  EXPECT_THAT(reading.lines, ElementsAre(1, 3));
  ASSERT_EQ(reading.problems.size(), 1);
  EXPECT_EQ(reading.problems[0].reason, "ROW_TOO_LONG");
}

TEST(DelimitedText, RefusesWhatIsNotText) {
  const Reading reading =
      ReadAll(absl::StrCat("ok\n", "\xC3\x28\n", std::string("a\0b\n", 4), "bare\rreturn\nfine\n"));
  EXPECT_THAT(reading.rows, ElementsAre(ElementsAre("ok"), ElementsAre("fine")));
  ASSERT_EQ(reading.problems.size(), 3);
  EXPECT_EQ(reading.problems[0].reason, "NOT_UTF8");
  EXPECT_EQ(reading.problems[1].reason, "NOT_UTF8");
  EXPECT_EQ(reading.problems[2].reason, "BARE_CARRIAGE_RETURN");
}

TEST(DelimitedText, BoundsRowsAndCells) {
  const std::string longest(kRowBytesMax, 'x');
  EXPECT_THAT(ReadAll(longest).problems, IsEmpty());
  const Reading too_long = ReadAll(absl::StrCat(longest, "y\nshort\n"));
  EXPECT_THAT(too_long.rows, ElementsAre(ElementsAre("short")));
  ASSERT_EQ(too_long.problems.size(), 1);
  EXPECT_EQ(too_long.problems[0].reason, "ROW_TOO_LONG");

  const std::string most(kCellsMax - 1, ',');
  EXPECT_THAT(ReadAll(most).problems, IsEmpty());
  const Reading too_many = ReadAll(absl::StrCat(most, ",\nshort\n"));
  EXPECT_THAT(too_many.rows, ElementsAre(ElementsAre("short")));
  ASSERT_EQ(too_many.problems.size(), 1);
  EXPECT_EQ(too_many.problems[0].reason, "TOO_MANY_CELLS");
}

TEST(BlankSeparatedText, SplitsAtRunsOfBlanksAndSkipsBlankLines) {
  const Reading reading = ReadAll(
      " 00004 0001 19970101  2   29.33\r\n   \r\n\t00021\t0002 19970101  3   63.34", kBlanks);
  EXPECT_THAT(reading.rows, ElementsAre(ElementsAre("00004", "0001", "19970101", "2", "29.33"),
                                        ElementsAre("00021", "0002", "19970101", "3", "63.34")));
  EXPECT_THAT(reading.lines, ElementsAre(1, 3));
}

TEST(BlankSeparatedText, AMalformedLineDoesNotStopTheRest) {
  const Reading reading = ReadAll("a b\nc\rd\ne f\n", kBlanks);
  EXPECT_THAT(reading.rows, ElementsAre(ElementsAre("a", "b"), ElementsAre("e", "f")));
  ASSERT_EQ(reading.problems.size(), 1);
  EXPECT_EQ(reading.problems[0].reason, "BARE_CARRIAGE_RETURN");
  EXPECT_EQ(reading.problems[0].position, 2);
}

TEST(IsText, KnowsTheEdgesOfUtf8) {
  EXPECT_TRUE(IsText("plain, 中文, \xF0\x9F\x90\x91, \xF4\x8F\xBF\xBF"));
  EXPECT_FALSE(IsText("\xC0\xAF"));          // overlong
  EXPECT_FALSE(IsText("\xE0\x80\x80"));      // overlong
  EXPECT_FALSE(IsText("\xED\xA0\x80"));      // surrogate
  EXPECT_FALSE(IsText("\xF4\x90\x80\x80"));  // past the last code point
  EXPECT_FALSE(IsText("\xE4\xB8"));          // cut off
}

}  // namespace
}  // namespace bellwether::imports::delimited_text_test
