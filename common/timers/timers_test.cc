// Setting, cancelling and finding timers.
#include "common/timers/timers.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/base/status.h"
#include "common/store/testing/test_database.h"
#include "common/timers/timer_rows.h"
#include "gmock/gmock.h"

namespace bellwether::timers::timers_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr Kind kOrdinary{"test.ordinary"};
constexpr Kind kUrgent{"test.urgent", /*urgent=*/true};
const absl::Time kStart = absl::FromUnixSeconds(1'800'000'000);

class TimersTest : public ::testing::Test {
 protected:
  TimersTest() { EXPECT_TRUE(CreateTables(*store_).ok()); }

  template <typename Write>
  absl::Status Commit(Write write) {
    auto transaction = store_->Begin();
    RETURN_IF_ERROR(transaction.status());
    RETURN_IF_ERROR(write(**transaction));
    return (*transaction)->Commit();
  }
  absl::Status SetOne(const Kind& kind, const Timer& timer) {
    return Commit([&](store::Transaction& transaction) { return Set(transaction, kind, timer); });
  }
  // "kind subject", of what is due at `horizon` for both classes.
  std::vector<std::string> DueAt(absl::Time horizon, int64_t count_max = 100) {
    const auto reading = *store_->BeginRead();
    const auto rows = Due(*reading, {horizon, horizon}, count_max);
    EXPECT_TRUE(rows.ok()) << rows.status();
    std::vector<std::string> due;
    for (const TimerRow& row : *rows) {
      due.push_back(absl::StrCat(row.kind, " ", row.timer.subject.id));
    }
    return due;
  }

  const std::unique_ptr<store::Store> store_ = store::testing::NewScratchStore();
};

TEST_F(TimersTest, AreDueFromTheirInstantOn) {
  ASSERT_TRUE(SetOne(kOrdinary, {{"case", "a"}, kStart}).ok());
  EXPECT_THAT(DueAt(kStart - absl::Microseconds(1)), IsEmpty());
  EXPECT_THAT(DueAt(kStart), ElementsAre("test.ordinary a"));
}

TEST_F(TimersTest, AreDueInTheOrderOfInstantSubjectAndKind) {
  const absl::Time later = kStart + absl::Microseconds(1);
  ASSERT_TRUE(SetOne(kUrgent, {{"case", "b"}, kStart}).ok());
  ASSERT_TRUE(SetOne(kOrdinary, {{"case", "b"}, kStart}).ok());
  ASSERT_TRUE(SetOne(kUrgent, {{"case", "a"}, later}).ok());
  ASSERT_TRUE(SetOne(kOrdinary, {{"case", "a"}, later}).ok());
  ASSERT_TRUE(SetOne(kOrdinary, {{"account", "z"}, later}).ok());
  EXPECT_THAT(DueAt(later), ElementsAre("test.ordinary b", "test.urgent b", "test.ordinary z",
                                        "test.ordinary a", "test.urgent a"));
  EXPECT_THAT(DueAt(later, 2), ElementsAre("test.ordinary b", "test.urgent b"));
}

TEST_F(TimersTest, OneOfAKindAndSubjectIsSetAtATime) {
  ASSERT_TRUE(SetOne(kOrdinary, {{"case", "a"}, kStart, "first"}).ok());
  ASSERT_TRUE(SetOne(kOrdinary, {{"case", "a"}, kStart + absl::Hours(1), "second"}).ok());
  EXPECT_THAT(DueAt(kStart), IsEmpty());
  const auto reading = *store_->BeginRead();
  const auto rows = *Due(*reading, {.ordinary = kStart + absl::Hours(1)}, 10);
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].timer, (Timer{{"case", "a"}, kStart + absl::Hours(1), "second"}));
}

TEST_F(TimersTest, ACancelledOneIsNotDue) {
  ASSERT_TRUE(SetOne(kOrdinary, {{"case", "a"}, kStart}).ok());
  ASSERT_TRUE(SetOne(kUrgent, {{"case", "a"}, kStart}).ok());
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(Commit([&](store::Transaction& transaction) {
                  return Cancel(transaction, kOrdinary, {"case", "a"});
                }).ok())
        << "also where none is set";
  }
  EXPECT_THAT(DueAt(kStart), ElementsAre("test.urgent a"));
}

TEST_F(TimersTest, ARolledBackOneIsNotSet) {
  {
    auto transaction = store_->Begin();
    ASSERT_TRUE(Set(**transaction, kOrdinary, {{"case", "a"}, kStart}).ok());
  }
  EXPECT_THAT(DueAt(kStart), IsEmpty());
}

TEST_F(TimersTest, APayloadHasALimit) {
  Timer timer{{"case", "a"}, kStart, std::string(kPayloadBytesMax, 'x')};
  EXPECT_TRUE(SetOne(kOrdinary, timer).ok());
  timer.payload.push_back('x');
  EXPECT_EQ(DetailOf(SetOne(kOrdinary, timer))->reason, "TIMER_PAYLOAD_TOO_LARGE");
  EXPECT_EQ(DetailOf(SetOne(kOrdinary, {{"case", "a"}, absl::InfiniteFuture()}))->reason,
            "TIMER_NEVER_DUE");
}

TEST_F(TimersTest, AmongAHundredThousandWhatIsDueIsFoundByIndex) {
  constexpr int kTimers = 100'000;
  std::vector<Timer> timers;
  timers.reserve(kTimers);
  for (int i = 0; i < kTimers; ++i) {
    timers.push_back({{"case", absl::StrCat(i)}, kStart + absl::Seconds(i)});
  }
  ASSERT_TRUE(Commit([&](store::Transaction& transaction) {
                return SetAll(transaction, kOrdinary, timers);
              }).ok());
  EXPECT_THAT(DueAt(kStart + absl::Seconds(1)), ElementsAre("test.ordinary 0", "test.ordinary 1"));

  const bool sqlite = store::testing::EngineOfThisRun() == store::testing::Engine::kSqlite;
  if (!sqlite) {
    ASSERT_TRUE(Commit([](store::Transaction& transaction) {
                  return transaction.Execute("ANALYZE timers").status();
                }).ok());
  }
  const std::string sql = absl::StrReplaceAll(
      DueSql(), {{"$1", "0"}, {"$2", absl::StrCat(absl::ToUnixMicros(kStart))}, {"$3", "256"}});
  const auto reading = *store_->BeginRead();
  const auto plan = reading->Query(absl::StrCat(sqlite ? "EXPLAIN QUERY PLAN " : "EXPLAIN ", sql));
  ASSERT_TRUE(plan.ok()) << plan.status();
  std::string text;
  for (const store::Row& row : *plan) absl::StrAppend(&text, row.Text(row.size() - 1), "\n");
  EXPECT_THAT(text, HasSubstr("timers_due"));
  EXPECT_THAT(text, Not(HasSubstr("Sort")));
  EXPECT_THAT(text, Not(HasSubstr("TEMP B-TREE")));
  EXPECT_THAT(text, Not(HasSubstr("Seq Scan")));
}

}  // namespace
}  // namespace bellwether::timers::timers_test
