#include "common/log/log.h"

#include <cmath>
#include <string>
#include <vector>

#include "common/log/rate_limit.h"
#include "common/log/trace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::log_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kParent[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

class FixedClock final : public Clock {
 public:
  absl::Time Now() const override { return now; }
  absl::Time now = absl::UnixEpoch();
};

TEST(LogLine, IsOneJsonObjectWithTypedFields) {
  const std::vector<LogField> fields = {
      {"partition", 3}, {"share", 0.5}, {"ok", true}, {"by", "x"}};
  EXPECT_EQ(FormatLogLine(absl::FromUnixMicros(1'700'000'000'123'456), LogLevel::kWarning, "health",
                          "late", fields),
            R"({"ts":"2023-11-14T22:13:20.123456Z","level":"warning","service":"health",)"
            R"("message":"late","partition":3,"share":0.5,"ok":true,"by":"x"})");
}

TEST(LogLine, EscapesWhatWouldBreakTheLine) {
  const std::string line =
      FormatLogLine(absl::UnixEpoch(), LogLevel::kInfo, "s", "a\"b\\c\nd\x01", {});
  EXPECT_THAT(line, HasSubstr(R"("message":"a\"b\\c\nd\u0001")"));
  EXPECT_THAT(line, Not(HasSubstr("\n")));
}

TEST(LogLine, WritesNullForANumberThatJsonLacks) {
  const std::vector<LogField> fields = {{"x", std::nan("")}};
  EXPECT_THAT(FormatLogLine(absl::UnixEpoch(), LogLevel::kInfo, "s", "m", fields),
              HasSubstr("\"x\":null"));
}

TEST(LogLine, CarriesTheTraceOfItsThread) {
  const TraceScope scope(*ParseTraceParent(kParent));
  EXPECT_THAT(FormatLogLine(absl::UnixEpoch(), LogLevel::kInfo, "s", "m", {}),
              HasSubstr("\"trace_id\":\"4bf92f3577b34da6a3ce929d0e0e4736\""));
}

TEST(LogGate, LetsOneThroughPerIntervalAndSaysHowManyItHeldBack) {
  std::vector<std::string> lines;
  LogCapture capture([&](absl::string_view line) { lines.emplace_back(line); });
  FixedClock clock;
  LogGate gate(absl::Seconds(10), clock);
  for (int i = 0; i < 4; ++i) LogLimited(gate, LogLevel::kError, "away", {{"i", i}});
  clock.now += absl::Seconds(10) - absl::Nanoseconds(1);
  LogLimited(gate, LogLevel::kError, "away", {{"i", 4}});
  clock.now += absl::Nanoseconds(1);
  LogLimited(gate, LogLevel::kError, "away", {{"i", 5}});
  EXPECT_THAT(lines, ElementsAre(HasSubstr("\"i\":0,\"held_back\":0"),
                                 HasSubstr("\"i\":5,\"held_back\":4")));
}

TEST(TraceParent, ReadsAndWritesTheSameText) {
  const auto context = ParseTraceParent(kParent);
  ASSERT_TRUE(context.has_value());
  EXPECT_EQ(context->flags, 1);
  EXPECT_EQ(FormatTraceParent(*context), kParent);
}

TEST(TraceParent, RefusesWhatTheRecommendationRefuses) {
  for (const char* text : {
           "",
           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",    // short
           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-011",  // long for version 00
           "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",   // upper case
           "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",   // forbidden version
           "00-00000000000000000000000000000000-00f067aa0ba902b7-01",   // no trace
           "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",   // no span
           "00_4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7_01",   // separators
           "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01x",  // no separator after
       }) {
    EXPECT_FALSE(ParseTraceParent(text).has_value()) << text;
  }
}

TEST(TraceParent, ReadsALaterVersionByItsFirstParts) {
  const auto context =
      ParseTraceParent("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-later");
  ASSERT_TRUE(context.has_value());
  EXPECT_EQ(FormatTraceParent(*context), kParent);
}

TEST(TraceParent, IsEmptyForNoTrace) { EXPECT_EQ(FormatTraceParent({}), ""); }

TEST(Trace, ChildKeepsTheTraceAndDrawsItsOwnSpan) {
  const TraceContext parent = NewTrace();
  const TraceContext child = ChildOf(parent);
  EXPECT_EQ(child.trace_id, parent.trace_id);
  EXPECT_NE(child.span_id, parent.span_id);
  EXPECT_TRUE(ChildOf({}).valid());
}

TEST(TraceScope, RestoresTheOuterContext) {
  const TraceContext outer = NewTrace();
  const TraceContext inner = NewTrace();
  {
    const TraceScope outer_scope(outer);
    {
      const TraceScope inner_scope(inner);
      EXPECT_EQ(CurrentTrace(), inner);
    }
    EXPECT_EQ(CurrentTrace(), outer);
  }
  EXPECT_FALSE(CurrentTrace().valid());
}

}  // namespace
}  // namespace bellwether::log_test
