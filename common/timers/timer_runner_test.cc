// Runners that are stepped, on a simulated clock topic and a real store whose faults are chosen.
#include "common/timers/timer_runner.h"

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/bus/topics.h"
#include "common/store/testing/test_database.h"
#include "common/stream/testing/faulty_store.h"
#include "common/stream/testing/sim_bus.h"
#include "common/testing/fake_clock.h"
#include "gmock/gmock.h"

namespace bellwether::timers::timer_runner_test {
namespace {

using stream::testing::CommitFate;
using stream::testing::FaultyStore;
using stream::testing::SimBus;
using stream::testing::SimClient;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr Kind kPlain{"test.plain"};
constexpr Kind kUrgent{"test.urgent", /*urgent=*/true};
constexpr Kind kUnhandled{"test.unhandled"};
const absl::Time kStart = absl::FromUnixSeconds(1'800'000'000);

// Counts firings in a row for each subject, so that what is rolled back does not count.
class Effects final : public Handler {
 public:
  absl::Status Fire(store::Transaction& transaction, const Fired& fired) override {
    const std::string& id = fired.timer.subject.id;
    if (failing.contains(id)) {
      ++failures;
      return absl::UnavailableError("what it depends on is away");
    }
    if (set_again && fired.timer.payload != "again") {
      RETURN_IF_ERROR(Set(transaction, kPlain,
                          {fired.timer.subject, fired.timer.due + absl::Seconds(10), "again"}));
    }
    fired_last = fired;
    return transaction
        .Execute(
            "INSERT INTO effects (position, subject, due_micros, backfill) VALUES "
            "((SELECT COUNT(*) FROM effects), $1, $2, $3)",
            {id, absl::ToUnixMicros(fired.timer.due), int64_t{fired.backfill}})
        .status();
  }
  void Committed(int64_t count) override { committed += count; }

  std::set<std::string> failing;
  bool set_again = false;
  int failures = 0;
  int64_t committed = 0;
  Fired fired_last;
};

class TimerRunnerTest : public ::testing::Test {
 protected:
  // One process.
  struct Replica {
    Replica(const store::testing::TestDatabase& database, SimBus& bus, const Clock& wall)
        : real(database.Open()), client(bus), store(*real), wall_clock(wall) {
      Restart();
    }
    void Restart() {
      runner = std::make_unique<TimerRunner>(
          TimerRunnerPorts{store, client, wall_clock, metrics},
          TimerRunnerOptions{.service = "test"},
          std::vector<KindHandler>{{kPlain, &effects}, {kUrgent, &effects}});
    }

    const std::unique_ptr<store::Store> real;
    SimClient client;
    FaultyStore store;
    const Clock& wall_clock;
    metrics::Registry metrics;
    Effects effects;
    std::unique_ptr<TimerRunner> runner;
  };

  TimerRunnerTest() {
    bus_.CreateTopic(bus::kClockTopic, 1);
    EXPECT_TRUE(CreateTables(*store_).ok());
    EXPECT_TRUE(Commit([](store::Transaction& transaction) {
                  return transaction
                      .Execute(
                          "CREATE TABLE effects (position BIGINT NOT NULL, subject TEXT NOT "
                          "NULL, due_micros BIGINT NOT NULL, backfill BIGINT NOT NULL)")
                      .status();
                }).ok());
  }

  template <typename Write>
  absl::Status Commit(Write write) {
    auto transaction = store_->Begin();
    RETURN_IF_ERROR(transaction.status());
    RETURN_IF_ERROR(write(**transaction));
    return (*transaction)->Commit();
  }
  void SetTimer(const std::string& id, absl::Duration after, const Kind& kind = kPlain) {
    EXPECT_TRUE(Commit([&](store::Transaction& transaction) {
                  return Set(transaction, kind, {{"case", id}, kStart + after});
                }).ok());
  }
  // The round at `after`, at the moment of it.
  void Tick(absl::Duration after) {
    wall_.Set(std::max(wall_.Now(), kStart + after));
    Append({.time = kStart + after});
  }
  void Append(const journal::ClockRound& round) {
    bus_.Append(bus::kClockTopic, 0, journal::EncodeClockRound(round));
  }
  // Subjects, in the order they fired in.
  std::vector<std::string> FiredSubjects() {
    const auto reading = *store_->BeginRead();
    std::vector<std::string> subjects;
    const auto rows = reading->Query("SELECT subject FROM effects ORDER BY position");
    for (const store::Row& row : *rows) subjects.push_back(row.Text(0));
    return subjects;
  }
  int64_t TimersLeft() {
    const auto reading = *store_->BeginRead();
    return (*reading->Query("SELECT COUNT(*) FROM timers"))[0].Int(0);
  }
  static std::string ReasonOf(const absl::Status& status) {
    const auto detail = DetailOf(status);
    return detail.has_value() ? detail->reason : status.ToString();
  }

  const store::testing::TestDatabase database_;
  const std::unique_ptr<store::Store> store_ = database_.Open();
  SimBus bus_;
  bellwether::testing::FakeClock wall_{kStart};
  Replica one_{database_, bus_, wall_};
  Replica two_{database_, bus_, wall_};
};

TEST_F(TimerRunnerTest, FiresWhenTheClockHasReachedTheDueInstantAndOnce) {
  SetTimer("a", absl::Seconds(10));
  Tick(absl::Seconds(10) - absl::Microseconds(1));
  ASSERT_TRUE(one_.runner->Step().ok());
  EXPECT_THAT(FiredSubjects(), IsEmpty());
  Tick(absl::Seconds(12));
  ASSERT_TRUE(one_.runner->Step().ok());
  EXPECT_THAT(FiredSubjects(), ElementsAre("a"));
  EXPECT_EQ(one_.effects.fired_last.timer.due, kStart + absl::Seconds(10));
  EXPECT_EQ(one_.effects.fired_last.reached, kStart + absl::Seconds(12));
  EXPECT_EQ(one_.effects.committed, 1);
  Tick(absl::Seconds(13));
  ASSERT_TRUE(one_.runner->Step().ok());
  EXPECT_THAT(FiredSubjects(), ElementsAre("a"));
  EXPECT_EQ(TimersLeft(), 0);
  EXPECT_THAT(one_.metrics.Expose(),
              HasSubstr("bellwether_timers_delay_seconds_sum{kind=\"test.plain\"} 2\n"));
}

TEST_F(TimerRunnerTest, FiresInOrderHoweverManyAreDueAtOnce) {
  std::vector<std::string> expected;
  ASSERT_TRUE(Commit([&](store::Transaction& transaction) {
                std::vector<Timer> timers;
                for (int i = 0; i < 600; ++i) {
                  const std::string id = absl::StrCat(1'000 + i);
                  expected.push_back(id);
                  timers.push_back({{"case", id}, kStart + absl::Seconds(i / 3)});
                }
                std::reverse(timers.begin(), timers.end());
                return SetAll(transaction, kPlain, timers);
              }).ok());
  Tick(absl::Hours(1));
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(one_.runner->Step().ok());
  EXPECT_EQ(FiredSubjects(), expected);
}

TEST_F(TimerRunnerTest, OneThatWasCancelledOrSetAnewDoesNotFireAsItWas) {
  SetTimer("a", absl::Seconds(10));
  SetTimer("b", absl::Seconds(10));
  ASSERT_TRUE(Commit([](store::Transaction& transaction) {
                return Cancel(transaction, kPlain, {"case", "a"});
              }).ok());
  SetTimer("b", absl::Seconds(20));
  Tick(absl::Seconds(19));
  ASSERT_TRUE(one_.runner->Step().ok());
  EXPECT_THAT(FiredSubjects(), IsEmpty());
  Tick(absl::Seconds(20));
  ASSERT_TRUE(one_.runner->Step().ok());
  EXPECT_THAT(FiredSubjects(), ElementsAre("b"));
}

TEST_F(TimerRunnerTest, OneThatIsCancelledAfterItWasFoundDoesNotFire) {
  SetTimer("a", absl::Seconds(10));
  one_.store.fault = [&, first = true](absl::string_view call) mutable {
    if (call != "Begin" || !std::exchange(first, false)) return absl::OkStatus();
    return Commit([](store::Transaction& transaction) {
      return Cancel(transaction, kPlain, {"case", "a"});
    });
  };
  Tick(absl::Seconds(10));
  ASSERT_TRUE(one_.runner->Step().ok());
  EXPECT_THAT(FiredSubjects(), IsEmpty());
}

TEST_F(TimerRunnerTest, AHandlerMaySetItsTimerAgain) {
  SetTimer("a", absl::Seconds(10));
  one_.effects.set_again = true;
  Tick(absl::Seconds(10));
  ASSERT_TRUE(one_.runner->Step().ok());
  EXPECT_EQ(TimersLeft(), 1);
  Tick(absl::Seconds(20));
  ASSERT_TRUE(one_.runner->Step().ok());
  EXPECT_THAT(FiredSubjects(), ElementsAre("a", "a"));
  EXPECT_EQ(TimersLeft(), 0);
}

TEST_F(TimerRunnerTest, OneThatFailsKeepsNoneBackAndIsTriedAgainLater) {
  for (const char* id : {"a", "b", "c"}) SetTimer(id, absl::Seconds(10));
  one_.effects.failing = {"b"};
  Tick(absl::Seconds(10));
  ASSERT_TRUE(one_.runner->Step().ok());
  EXPECT_THAT(FiredSubjects(), ElementsAre("a", "c"));
  one_.effects.failures = 0;
  // After one second, then two, then four.
  for (const int wait : {1, 2, 4}) {
    wall_.Advance(absl::Seconds(wait) - absl::Microseconds(1));
    Append({.time = wall_.Now()});
    ASSERT_TRUE(one_.runner->Step().ok());
    EXPECT_EQ(std::exchange(one_.effects.failures, 0), 0) << wait;
    wall_.Advance(absl::Microseconds(1));
    Append({.time = wall_.Now()});
    ASSERT_TRUE(one_.runner->Step().ok());
    EXPECT_EQ(std::exchange(one_.effects.failures, 0), 1) << wait;
  }
  one_.effects.failing.clear();
  wall_.Advance(absl::Seconds(8));
  Append({.time = wall_.Now()});
  ASSERT_TRUE(one_.runner->Step().ok());
  EXPECT_THAT(FiredSubjects(), ElementsAre("a", "c", "b"));
  EXPECT_THAT(one_.metrics.Expose(),
              HasSubstr("bellwether_timers_failed_total{kind=\"test.plain\"} 4"));
}

TEST_F(TimerRunnerTest, OneThatNobodyHandlesIsKept) {
  SetTimer("a", absl::Seconds(9), kUnhandled);
  SetTimer("b", absl::Seconds(10));
  Tick(absl::Seconds(10));
  ASSERT_TRUE(one_.runner->Step().ok());
  EXPECT_THAT(FiredSubjects(), ElementsAre("b"));
  EXPECT_EQ(TimersLeft(), 1);
}

TEST_F(TimerRunnerTest, WithoutAClockTimersWaitAndReadySaysSoAndThenTheyFireInOrder) {
  SetTimer("b", absl::Seconds(20));
  SetTimer("a", absl::Seconds(10));
  ASSERT_TRUE(one_.runner->Step().ok());
  wall_.Advance(absl::Seconds(60));
  ASSERT_TRUE(one_.runner->Step().ok());
  EXPECT_TRUE(one_.runner->Ready().ok()) << "60 s of silence are allowed";
  wall_.Advance(absl::Seconds(1));
  ASSERT_TRUE(one_.runner->Step().ok());
  EXPECT_EQ(ReasonOf(one_.runner->Ready()), "TIMERS_WAIT_FOR_CLOCK");
  EXPECT_THAT(FiredSubjects(), IsEmpty());
  Tick(absl::Seconds(62));
  ASSERT_TRUE(one_.runner->Step().ok());
  EXPECT_TRUE(one_.runner->Ready().ok());
  EXPECT_THAT(FiredSubjects(), ElementsAre("a", "b"));
}

TEST_F(TimerRunnerTest, ASilentClockIsNoTroubleWhileNothingWaits) {
  SetTimer("a", absl::Hours(10));
  wall_.Advance(absl::Hours(1));
  ASSERT_TRUE(one_.runner->Step().ok());
  EXPECT_TRUE(one_.runner->Ready().ok());
}

TEST_F(TimerRunnerTest, UrgentOnesGoByTheWallClockAfterASilence) {
  SetTimer("plain", absl::Seconds(10));
  SetTimer("urgent", absl::Seconds(70), kUrgent);
  Tick(absl::Seconds(9));
  ASSERT_TRUE(one_.runner->Step().ok());
  wall_.Set(kStart + absl::Seconds(69));  // 60 s of silence
  ASSERT_TRUE(one_.runner->Step().ok());
  wall_.Set(kStart + absl::Seconds(70) - absl::Microseconds(1));
  ASSERT_TRUE(one_.runner->Step().ok());
  EXPECT_THAT(FiredSubjects(), IsEmpty()) << "not due yet by any clock";
  wall_.Set(kStart + absl::Seconds(71));
  ASSERT_TRUE(one_.runner->Step().ok());
  EXPECT_THAT(FiredSubjects(), ElementsAre("urgent"));
  EXPECT_EQ(one_.effects.fired_last.reached, kStart + absl::Seconds(71));
}

TEST_F(TimerRunnerTest, UrgentOnesGoByTheJournalsClockWhileThereIsOne) {
  SetTimer("urgent", absl::Seconds(70), kUrgent);
  Tick(absl::Seconds(30));
  ASSERT_TRUE(one_.runner->Step().ok());
  wall_.Set(kStart + absl::Seconds(90));  // 60 s of silence
  ASSERT_TRUE(one_.runner->Step().ok());
  EXPECT_THAT(FiredSubjects(), IsEmpty());
}

TEST_F(TimerRunnerTest, UrgentOnesGoOnWhileTheBusIsAway) {
  SetTimer("urgent", absl::Seconds(70), kUrgent);
  one_.client.fault = [](absl::string_view) { return absl::UnavailableError("no broker"); };
  wall_.Set(kStart + absl::Seconds(71));
  ASSERT_TRUE(one_.runner->Step().ok());
  EXPECT_THAT(FiredSubjects(), ElementsAre("urgent"));
  EXPECT_TRUE(absl::IsUnavailable(one_.runner->Ready()));
}

TEST_F(TimerRunnerTest, WhatIsDueInAPastSaysSo) {
  SetTimer("a", absl::Hours(1));
  SetTimer("b", absl::Hours(2));
  SetTimer("c", absl::Hours(3));
  wall_.Set(kStart + absl::Hours(1'000));
  Append({.time = kStart + absl::Hours(1), .backfill = true, .past_until = std::nullopt});
  ASSERT_TRUE(one_.runner->Step().ok());
  wall_.Advance(absl::Minutes(10));
  ASSERT_TRUE(one_.runner->Step().ok());
  EXPECT_TRUE(one_.runner->Ready().ok()) << "a past has its own pace";
  // The past ended, and the journal is live, before anybody looked again.
  Append({.time = wall_.Now(), .past_until = kStart + absl::Hours(2)});
  ASSERT_TRUE(one_.runner->Step().ok());
  const auto reading = *store_->BeginRead();
  const auto rows = *reading->Query("SELECT subject, backfill FROM effects ORDER BY position");
  std::map<std::string, int64_t> backfill;
  for (const store::Row& row : rows) backfill[row.Text(0)] = row.Int(1);
  EXPECT_THAT(backfill, ElementsAre(std::pair("a", 1), std::pair("b", 1), std::pair("c", 0)));
}

TEST_F(TimerRunnerTest, ATimerFiresOnceWhateverBecomesOfTheCommit) {
  int due = 0;
  for (const CommitFate fate :
       {CommitFate::kAborted, CommitFate::kUnavailable, CommitFate::kUnknownRolledBack,
        CommitFate::kUnknownCommitted, CommitFate::kCrashAfterCommit}) {
    const std::string id = absl::StrCat(++due);
    SetTimer(id, absl::Seconds(10 * due));
    Tick(absl::Seconds(10 * due));
    one_.store.fate = [&, fate] {
      one_.store.fate = nullptr;
      return fate;
    };
    one_.runner->Step().IgnoreError();
    one_.Restart();
    wall_.Advance(absl::Seconds(2));
    ASSERT_TRUE(one_.runner->Step().ok());
    EXPECT_EQ(FiredSubjects().size(), static_cast<size_t>(due)) << static_cast<int>(fate);
    EXPECT_EQ(FiredSubjects().back(), id);
  }
}

TEST_F(TimerRunnerTest, TwoReplicasFireEachTimerOnce) {
  constexpr int kTimers = 400;
  for (int i = 0; i < kTimers; ++i) SetTimer(absl::StrCat(i), absl::Milliseconds(i));
  Tick(absl::Seconds(10));
  const auto run = [](Replica& replica) {
    for (int i = 0; i < 4; ++i) EXPECT_TRUE(replica.runner->Step().ok());
  };
  std::thread other([&] { run(two_); });
  run(one_);
  other.join();
  EXPECT_EQ(TimersLeft(), 0);
  EXPECT_EQ(FiredSubjects().size(), size_t{kTimers});
  EXPECT_EQ(one_.effects.committed + two_.effects.committed, kTimers);
}

// Two replicas, timers set, set anew and cancelled, commits that come to every end, crashes: what
// is set when its instant passes fires exactly once, and nothing else does.
TEST_F(TimerRunnerTest, UnderRandomFaultsEveryTimerFiresExactlyOnce) {
  for (uint32_t seed = 1; seed <= 8; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    std::mt19937 random(seed);
    const auto below = [&](int end) {
      return std::uniform_int_distribution<int>(0, end - 1)(random);
    };
    absl::Duration clock = absl::Hours(seed);
    std::set<std::pair<std::string, absl::Time>> set, cancelled;
    std::map<std::string, absl::Time> present;
    const auto has_fired = [&](const std::string& id, absl::Time due) {
      const auto reading = *store_->BeginRead();
      const auto rows =
          *reading->Query("SELECT COUNT(*) FROM effects WHERE subject = $1 AND due_micros = $2",
                          {id, absl::ToUnixMicros(due)});
      return rows[0].Int(0);
    };
    // What stood there is no longer to fire, unless it has.
    const auto forget = [&](const std::string& id) {
      const auto found = present.find(id);
      if (found == present.end()) return;
      if (has_fired(id, found->second) == 0) cancelled.emplace(id, found->second);
      present.erase(found);
    };
    for (int step = 0; step < 120; ++step) {
      const std::string id = absl::StrCat(seed, "-", below(10));
      Replica& replica = below(2) == 0 ? one_ : two_;
      switch (below(6)) {
        case 0:
        case 1: {
          forget(id);
          const absl::Duration after = clock + absl::Milliseconds(1 + below(5'000));
          SetTimer(id, after);
          present[id] = kStart + after;
          set.emplace(id, kStart + after);
          cancelled.erase({id, kStart + after});
          break;
        }
        case 2:
          ASSERT_TRUE(Commit([&](store::Transaction& transaction) {
                        return Cancel(transaction, kPlain, {"case", id});
                      }).ok());
          forget(id);
          break;
        case 3:
          clock += absl::Milliseconds(below(3'000));
          Tick(clock);
          break;
        case 4:
          replica.store.fate = [&, left = below(3)]() mutable {
            const CommitFate fates[] = {CommitFate::kAborted, CommitFate::kUnavailable,
                                        CommitFate::kUnknownCommitted,
                                        CommitFate::kUnknownRolledBack};
            return left-- > 0 ? fates[below(4)] : CommitFate::kCommitted;
          };
          if (below(3) == 0) replica.Restart();
          [[fallthrough]];
        default:
          replica.runner->Step().IgnoreError();
          replica.store.fate = nullptr;
      }
    }
    for (int i = 0; i < 12; ++i) {
      clock += absl::Minutes(1);  // past every backoff
      Tick(clock);
      ASSERT_TRUE(one_.runner->Step().ok());
      ASSERT_TRUE(two_.runner->Step().ok());
    }
    EXPECT_EQ(TimersLeft(), 0);
    for (const auto& [id, due] : set) {
      EXPECT_EQ(has_fired(id, due), cancelled.contains({id, due}) ? 0 : 1) << id << " " << due;
    }
  }
}

}  // namespace
}  // namespace bellwether::timers::timer_runner_test
