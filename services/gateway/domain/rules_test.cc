// Envelope, phases and the clock of a backfill. Field rules are tested through every fact they
// guard in application/fact_validation_test.cc.
#include "common/base/status.h"
#include "common/calendar/calendar.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/gateway/domain/backfill_clock.h"
#include "services/gateway/domain/event_rules.h"
#include "services/gateway/domain/journal_phase.h"

namespace bellwether::gateway::rules_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const absl::Time kNow = absl::FromUnixSeconds(1'764'000'000);
constexpr absl::Duration kAheadMax = absl::Minutes(5);

EventHeader Valid() {
  return {.id = "o-1", .source = "crm/test", .account_id = "acme", .has_time = true, .time = kNow};
}

std::string ReasonOf(const absl::Status& status) {
  const auto detail = DetailOf(status);
  return detail.has_value() ? detail->reason + "@" + detail->field : status.ToString();
}

std::string ReasonOf(const EventHeader& header) {
  return ReasonOf(CheckEventHeader(header, kNow, kAheadMax));
}

TEST(EventHeader, PassesAtItsBounds) {
  EventHeader header = Valid();
  EXPECT_EQ(ReasonOf(header), "OK");
  const std::string longest(kIdCharactersMax, 'x');
  const std::string longest_account(64, 'a');
  std::string chinese;
  for (size_t i = 0; i < kIdCharactersMax; ++i) chinese += "\u4e2d";
  header.id = chinese;
  header.source = longest;
  header.account_id = longest_account;
  header.import_run = longest_account;
  EXPECT_EQ(ReasonOf(header), "OK");
}

TEST(EventHeader, NeedsIdSourceAccountAndTime) {
  EventHeader header = Valid();
  header.id = "";
  EXPECT_EQ(ReasonOf(header), "MISSING_ID@id");
  header = Valid();
  header.source = "";
  EXPECT_EQ(ReasonOf(header), "MISSING_SOURCE@source");
  header = Valid();
  header.account_id = "";
  EXPECT_EQ(ReasonOf(header), "MISSING_ACCOUNT@account_id");
  header = Valid();
  header.has_time = false;
  EXPECT_EQ(ReasonOf(header), "MISSING_TIME@time");
}

TEST(EventHeader, IsRefusedWithWhatIsNoId) {
  const std::string too_long(kIdCharactersMax + 1, 'x');
  for (const absl::string_view id :
       {absl::string_view(too_long), absl::string_view("a b"), absl::string_view("a\n"),
        absl::string_view("\xff"), absl::string_view("\0", 1), absl::string_view("a\x7f")}) {
    EventHeader header = Valid();
    header.id = id;
    EXPECT_EQ(ReasonOf(header), "ID_INVALID@id");
    header = Valid();
    header.source = id;
    EXPECT_EQ(ReasonOf(header), "SOURCE_INVALID@source");
  }
  const std::string too_long_account(65, 'x');
  for (const absl::string_view id :
       {absl::string_view(too_long_account), absl::string_view("accounts/acme"),
        absl::string_view("\u4e2d"), absl::string_view("a b")}) {
    EventHeader header = Valid();
    header.account_id = id;
    EXPECT_EQ(ReasonOf(header), "ACCOUNT_INVALID@account_id");
    header = Valid();
    header.import_run = id;
    EXPECT_EQ(ReasonOf(header), "IMPORT_RUN_INVALID@import_run");
  }
}

TEST(EventHeader, MayBeFiveMinutesAheadAndNoMore) {
  EventHeader header = Valid();
  header.time = kNow + kAheadMax;
  EXPECT_EQ(ReasonOf(header), "OK");
  header.time = kNow + kAheadMax + absl::Microseconds(1);
  EXPECT_EQ(ReasonOf(header), "TIME_AHEAD@time");
}

TEST(EventHeader, LiesWithinTheYearsThatCanBeMeant) {
  EventHeader header = Valid();
  header.time = absl::UnixEpoch();
  EXPECT_EQ(ReasonOf(header), "OK");
  header.time = absl::UnixEpoch() - absl::Microseconds(1);
  EXPECT_EQ(ReasonOf(header), "TIME_INVALID@time");
  header.time = std::nullopt;
  EXPECT_EQ(ReasonOf(header), "TIME_INVALID@time");
}

TEST(EventSize, HasALimit) {
  EXPECT_TRUE(CheckEventSize(kEventBytesMax).ok());
  EXPECT_EQ(ReasonOf(CheckEventSize(kEventBytesMax + 1)), "TOO_LARGE@");
}

class BackfillClockTest : public ::testing::Test {
 protected:
  absl::Time At(const char* local) {
    absl::Time time;
    EXPECT_TRUE(absl::ParseTime("%Y-%m-%d %H:%M", local, calendar_.time_zone(), &time, nullptr));
    return time;
  }

  const Calendar calendar_ = *Calendar::Create({});
};

TEST_F(BackfillClockTest, NeedsNoTickBeforeTheFirstEvent) {
  BackfillClock clock(calendar_, std::nullopt);
  EXPECT_THAT(clock.AdvanceTo(At("2025-03-05 12:00"))->midnights, IsEmpty());
  EXPECT_EQ(clock.reached(), At("2025-03-05 12:00"));
}

TEST_F(BackfillClockTest, GivesEveryMidnightInBetween) {
  BackfillClock clock(calendar_, At("2025-03-05 12:00"));
  EXPECT_THAT(clock.AdvanceTo(At("2025-03-05 23:59"))->midnights, IsEmpty());
  EXPECT_THAT(clock.AdvanceTo(At("2025-03-08 00:01"))->midnights,
              ElementsAre(At("2025-03-06 00:00"), At("2025-03-07 00:00"), At("2025-03-08 00:00")));
  EXPECT_THAT(clock.AdvanceTo(At("2025-03-08 00:01"))->midnights, IsEmpty())
      << "the same instant again";
}

TEST_F(BackfillClockTest, GivesTheMidnightOfAnEventExactlyAtIt) {
  BackfillClock clock(calendar_, At("2025-03-05 12:00"));
  EXPECT_THAT(clock.AdvanceTo(At("2025-03-06 00:00"))->midnights,
              ElementsAre(At("2025-03-06 00:00")));
  EXPECT_THAT(clock.AdvanceTo(At("2025-03-06 00:00"))->midnights, IsEmpty());
}

TEST_F(BackfillClockTest, DoesNotGoBack) {
  BackfillClock clock(calendar_, std::nullopt);
  ASSERT_TRUE(clock.AdvanceTo(At("2025-03-05 12:00")).ok());
  EXPECT_EQ(ReasonOf(clock.AdvanceTo(At("2025-03-05 12:00") - absl::Microseconds(1)).status()),
            "NOT_IN_ORDER@fact.time");
  EXPECT_EQ(clock.reached(), At("2025-03-05 12:00"));
}

TEST_F(BackfillClockTest, RecordsWhatAnEarlierSessionHasPassedWhereThatEnded) {
  const absl::Time reached = At("2025-03-05 12:00");
  BackfillClock clock(calendar_, reached);
  for (const char* time : {"2025-03-01 09:00", "2025-03-05 11:59"}) {
    EXPECT_EQ(clock.AdvanceTo(At(time))->recorded_at, reached) << time;
    EXPECT_THAT(clock.AdvanceTo(At(time))->midnights, IsEmpty());
  }
  EXPECT_EQ(ReasonOf(clock.AdvanceTo(At("2025-03-05 11:58")).status()), "NOT_IN_ORDER@fact.time")
      << "each session is in order by itself";
  EXPECT_EQ(clock.AdvanceTo(At("2025-03-06 08:00"))->recorded_at, At("2025-03-06 08:00"));
  EXPECT_EQ(clock.reached(), At("2025-03-06 08:00"));
}

TEST_F(BackfillClockTest, DoesNotLeapOverHalfACentury) {
  BackfillClock clock(calendar_, absl::UnixEpoch());
  EXPECT_EQ(ReasonOf(clock.AdvanceTo(absl::UnixEpoch() + absl::Hours(24 * 20'002)).status()),
            "BACKFILL_GAP@fact.time");
  EXPECT_TRUE(clock.AdvanceTo(absl::UnixEpoch() + absl::Hours(24 * 19'999)).ok());
}

TEST(JournalPhase, OnlyGoesForward) {
  EXPECT_TRUE(Moves(JournalPhase::kEmpty, JournalPhase::kBackfilling, JournalPhase::kLive));
  EXPECT_TRUE(Moves(JournalPhase::kBackfilling, JournalPhase::kBackfilling, JournalPhase::kLive));
  EXPECT_FALSE(Moves(JournalPhase::kBackfilling, JournalPhase::kEmpty, JournalPhase::kLive));
  EXPECT_FALSE(Moves(JournalPhase::kLive, JournalPhase::kLive, JournalPhase::kLive));
  EXPECT_FALSE(Moves(JournalPhase::kLive, JournalPhase::kLive, JournalPhase::kBackfilling));
  EXPECT_FALSE(Moves(JournalPhase::kBackfilling, JournalPhase::kLive, JournalPhase::kEmpty));
  EXPECT_FALSE(MayBackfill(JournalPhase::kLive));
}

TEST(JournalPhase, IsNamed) {
  for (const char* name : {"empty", "backfilling", "live"}) {
    EXPECT_EQ(PhaseName(*PhaseNamed(name)), name);
  }
  EXPECT_EQ(PhaseNamed("dead"), std::nullopt);
}

}  // namespace
}  // namespace bellwether::gateway::rules_test
