#include "common/outbox/relay.h"

#include <atomic>
#include <memory>

#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/bus/topics.h"
#include "common/outbox/testing/scripted_bus.h"
#include "common/store/testing/test_database.h"
#include "common/testing/await.h"
#include "common/testing/fake_clock.h"
#include "gmock/gmock.h"

namespace bellwether::outbox::relay_test {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

class RelayTest : public ::testing::Test {
 protected:
  RelayTest() { EXPECT_TRUE(CreateTables(*store_).ok()); }

  std::unique_ptr<Relay> NewRelay(
      const std::string& owner, RelayOptions options = {},
      std::unique_ptr<StampPolicy> stamp = std::make_unique<StampNow>()) {
    options.service = "test";
    options.owner = owner;
    options.delivery_wait_max = absl::Milliseconds(20);
    options.retry_wait_min = absl::Milliseconds(1);
    return std::make_unique<Relay>(*store_, bus_, clock_, registry_, std::move(stamp), options);
  }

  void AppendRow(const std::string& subject, const std::string& value, int64_t version = 1) {
    auto transaction = store_->Begin();
    const OutboxRow row{.subject = subject,
                        .entity_version = version,
                        .topic = bus::kJournalTopic,
                        .message = {subject, {{bus::kHeaderId, value}}, value},
                        .change_time = kNow - absl::Hours(24)};
    ASSERT_TRUE(Append(**transaction, {row}, clock_.Now()).ok());
    ASSERT_TRUE((*transaction)->Commit().ok());
  }

  size_t UnsentCount() { return ReadUnsent(**store_->BeginRead(), 1'000)->size(); }

  int64_t RowCount() {
    return (*store_->BeginRead())->Query("SELECT COUNT(*) FROM outbox")->at(0).Int(0);
  }

  std::string HeaderOf(const Published& published, absl::string_view name) {
    for (const bus::Header& header : published.message.headers) {
      if (header.name == name) return header.value;
    }
    return "";
  }

  std::unique_ptr<store::Store> store_ = store::testing::NewScratchStore();
  ScriptedBus bus_;
  bellwether::testing::FakeClock clock_{kNow};
  metrics::Registry registry_;
};

TEST_F(RelayTest, PublishesOnceToThePartitionOfTheKey) {
  AppendRow("accounts/a", "v1");
  const auto relay = NewRelay("one");
  EXPECT_EQ(relay->RunRound()->sent, 1u);
  EXPECT_EQ(relay->RunRound()->sent, 0u);
  const std::vector<Published> published = bus_.published();
  ASSERT_THAT(published, SizeIs(1));
  EXPECT_EQ(published[0].topic, bus::kJournalTopic);
  EXPECT_EQ(published[0].partition, PartitionOf("accounts/a", ScriptedBus::kPartitions));
  EXPECT_EQ(HeaderOf(published[0], bus::kHeaderId), "v1");
}

TEST_F(RelayTest, StampsWithNowWhileTheJournalIsLive) {
  AppendRow("a", "v");
  clock_.Advance(absl::Seconds(5));
  ASSERT_TRUE(NewRelay("one")->RunRound().ok());
  EXPECT_EQ(HeaderOf(bus_.published()[0], bus::kHeaderRecordedAt),
            absl::StrCat(absl::ToUnixMicros(kNow + absl::Seconds(5))));
  EXPECT_EQ(HeaderOf(bus_.published()[0], bus::kHeaderBackfill), "");
}

TEST_F(RelayTest, StampsWithTheTimeOfTheChangeWhileAPastIsBuilt) {
  AppendRow("a", "v");
  class OfAPast final : public StampPolicy {
    Stamp StampOf(absl::Time, absl::Time change_time) const override { return {change_time, true}; }
  };
  ASSERT_TRUE(NewRelay("one", {}, std::make_unique<OfAPast>())->RunRound().ok());
  EXPECT_EQ(HeaderOf(bus_.published()[0], bus::kHeaderRecordedAt),
            absl::StrCat(absl::ToUnixMicros(kNow - absl::Hours(24))));
  EXPECT_EQ(HeaderOf(bus_.published()[0], bus::kHeaderBackfill), "1");
}

TEST_F(RelayTest, RowsOfOneSubjectLeaveInOrder) {
  for (int i = 0; i < 10; ++i) {
    AppendRow("a", absl::StrCat("a", i));
    AppendRow("b", absl::StrCat("b", i));
  }
  EXPECT_EQ(NewRelay("one")->RunRound()->sent, 20u);
  std::vector<std::string> of_a;
  for (const std::string& value : bus_.values()) {
    if (value[0] == 'a') of_a.push_back(value);
  }
  EXPECT_THAT(of_a, ElementsAre("a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "a9"));
}

TEST_F(RelayTest, ARowThatFailsHoldsBackItsSubjectAndNoOther) {
  AppendRow("a", "a1");
  AppendRow("b", "b1");
  AppendRow("a", "a2");
  bool down = true;
  bus_.outcome = [&](const bus::Message& message) {
    return down && message.value == "a1" ? absl::UnavailableError("down") : absl::OkStatus();
  };
  const auto relay = NewRelay("one");
  const auto first = relay->RunRound();
  EXPECT_EQ(first->sent, 1u);
  EXPECT_EQ(first->failed, 2u);
  EXPECT_THAT(bus_.values(), ElementsAre("b1"));
  down = false;
  EXPECT_EQ(relay->RunRound()->sent, 2u);
  EXPECT_THAT(bus_.values(), ElementsAre("b1", "a1", "a2"));
}

TEST_F(RelayTest, AFullQueueLosesNothing) {
  for (int i = 0; i < 5; ++i) AppendRow(absl::StrCat("s", i), absl::StrCat(i));
  int room = 2;
  bus_.outcome = [&](const bus::Message&) {
    return room-- > 0 ? absl::OkStatus() : absl::ResourceExhaustedError("full");
  };
  const auto relay = NewRelay("one");
  EXPECT_EQ(relay->RunRound()->failed, 3u);
  room = 100;
  EXPECT_EQ(relay->RunRound()->sent, 3u);
  EXPECT_THAT(bus_.values(), ElementsAre("0", "1", "2", "3", "4"));
}

TEST_F(RelayTest, ABrokerAwayForLongIsGivenOneCopyOfEachRow) {
  for (const char* row : {"a1", "b1", "a2"}) AppendRow(std::string(1, row[0]), row);
  bus_.answers = false;
  const auto relay = NewRelay("one");
  for (int round = 0; round < 5; ++round) {
    EXPECT_EQ(relay->RunRound()->failed, 3u);
    EXPECT_THAT(bus_.values(), ElementsAre("a1", "b1"));
  }
  EXPECT_EQ(UnsentCount(), 3u);
  bus_.answers = true;
  bus_.AnswerHeld();
  EXPECT_EQ(relay->RunRound()->sent, 3u);
  EXPECT_EQ(UnsentCount(), 0u);
  EXPECT_THAT(bus_.values(), ElementsAre("a1", "b1", "a2"));
}

TEST_F(RelayTest, WhatTheBrokerStillHasHoldsBackItsSubjectAndNoOther) {
  AppendRow("a", "a1");
  bus_.answers = false;
  const auto relay = NewRelay("one");
  EXPECT_EQ(relay->RunRound()->failed, 1u);
  bus_.answers = true;
  AppendRow("a", "a2");
  AppendRow("b", "b1");
  AppendRow("b", "b2");
  EXPECT_EQ(relay->RunRound()->sent, 2u);
  EXPECT_THAT(bus_.values(), ElementsAre("a1", "b1", "b2"));
}

TEST_F(RelayTest, WhatTheBusGivesUpAtLastIsGivenToItAgain) {
  AppendRow("a", "v");
  bus_.answers = false;
  const auto relay = NewRelay("one");
  EXPECT_EQ(relay->RunRound()->failed, 1u);
  bus_.answers = true;
  bus_.AnswerHeld(absl::UnavailableError("timed out"));
  EXPECT_EQ(relay->RunRound()->failed, 1u) << "the round that gets the answer";
  EXPECT_EQ(relay->RunRound()->sent, 1u);
  EXPECT_THAT(bus_.values(), ElementsAre("v", "v"));
}

TEST_F(RelayTest, WhatAnotherRelayHasSentMeanwhileIsNotSentOnceMore) {
  AppendRow("a", "a1");
  bus_.answers = false;
  const auto one = NewRelay("one");
  EXPECT_EQ(one->RunRound()->failed, 1u);
  bus_.answers = true;
  clock_.Advance(absl::Minutes(1));
  EXPECT_EQ(NewRelay("two")->RunRound()->sent, 1u);
  bus_.AnswerHeld();
  AppendRow("a", "a2");
  EXPECT_EQ(one->RunRound()->sent, 1u) << "two has given the lease back";
  EXPECT_THAT(bus_.values(), ElementsAre("a1", "a1", "a2"));
}

// A store whose writing transactions fail from a given moment on: the process "dies" between
// the acknowledgement of the bus and the mark.
class DyingStore final : public store::Store {
 public:
  explicit DyingStore(store::Store& store) : store_(store) {}
  absl::StatusOr<std::unique_ptr<store::Transaction>> Begin() override {
    if (dead) return absl::UnavailableError("dead");
    return store_.Begin();
  }
  absl::StatusOr<std::unique_ptr<store::Transaction>> BeginRead() override {
    return store_.BeginRead();
  }
  absl::string_view ForUpdate() const override { return store_.ForUpdate(); }

  bool dead = false;

 private:
  store::Store& store_;
};

TEST_F(RelayTest, ACrashBetweenSendAndMarkSendsTheSameVersionAgain) {
  AppendRow("a", "version 7", 7);
  DyingStore dying(*store_);
  bus_.outcome = [&](const bus::Message&) {
    dying.dead = true;
    return absl::OkStatus();
  };
  Relay crashed(dying, bus_, clock_, registry_, std::make_unique<StampNow>(),
                {.service = "test", .owner = "one"});
  EXPECT_FALSE(crashed.RunRound().ok());
  EXPECT_EQ(UnsentCount(), 1u);

  clock_.Advance(absl::Minutes(1));  // the lease of the dead expires
  bus_.outcome = [](const bus::Message&) { return absl::OkStatus(); };
  EXPECT_EQ(NewRelay("two")->RunRound()->sent, 1u);
  EXPECT_THAT(bus_.values(), ElementsAre("version 7", "version 7"));
}

TEST_F(RelayTest, OnlyTheHolderOfTheLeasePublishes) {
  const auto one = NewRelay("one");
  const auto two = NewRelay("two");
  AppendRow("a", "v1");
  EXPECT_TRUE(one->RunRound()->leading);
  AppendRow("a", "v2");
  EXPECT_FALSE(two->RunRound()->leading);
  EXPECT_THAT(bus_.values(), ElementsAre("v1"));
  clock_.Advance(absl::Minutes(1));
  EXPECT_TRUE(two->RunRound()->leading);
  EXPECT_FALSE(one->RunRound()->leading);
  EXPECT_THAT(bus_.values(), ElementsAre("v1", "v2"));
}

TEST_F(RelayTest, ARelayOvertakenWhileSendingMarksNothing) {
  AppendRow("a", "v1");
  const auto slow = NewRelay("slow");
  const auto fast = NewRelay("fast");
  bool paused = false;
  bus_.outcome = [&](const bus::Message&) {
    if (!paused) {
      paused = true;  // the slow relay stands still here while the lease passes on
      clock_.Advance(absl::Minutes(1));
      EXPECT_EQ(fast->RunRound()->sent, 1u);
    }
    return absl::OkStatus();
  };
  EXPECT_TRUE(absl::IsAborted(slow->RunRound().status()));
  EXPECT_EQ(UnsentCount(), 0u);
}

TEST_F(RelayTest, UpkeepPrunesSentRowsAfterTheirRetention) {
  int upkeeps = 0;
  const auto relay = NewRelay("one", {.retention = absl::Hours(1),
                                      .upkeep_interval = absl::Minutes(1),
                                      .upkeep = [&](store::Transaction&, absl::Time) {
                                        ++upkeeps;
                                        return absl::OkStatus();
                                      }});
  AppendRow("a", "v1");
  ASSERT_TRUE(relay->RunRound().ok());
  EXPECT_EQ(upkeeps, 1);
  clock_.Advance(absl::Hours(1));
  ASSERT_TRUE(relay->RunRound().ok());
  EXPECT_EQ(RowCount(), 1) << "exactly the retention is not older than it";
  clock_.Advance(absl::Minutes(1));
  ASSERT_TRUE(relay->RunRound().ok());
  EXPECT_EQ(RowCount(), 0);
  EXPECT_EQ(upkeeps, 3);
  ASSERT_TRUE(relay->RunRound().ok());
  EXPECT_EQ(upkeeps, 3) << "not before the interval";
}

TEST_F(RelayTest, AWakenedRelayPublishesWithoutWaitingForItsPoll) {
  const auto relay = NewRelay("one", {.poll_interval = absl::Hours(1)});
  relay->Start();
  AppendRow("a", "v1");
  relay->Wake();
  EXPECT_TRUE(bellwether::testing::Await([&] { return bus_.published().size() == 1; }));
  AppendRow("a", "v2");
  relay->Wake();
  EXPECT_TRUE(bellwether::testing::Await([&] { return bus_.published().size() == 2; }));
  relay->Stop();
  EXPECT_TRUE(NewRelay("two")->RunRound()->leading) << "the lease was given back";
}

TEST_F(RelayTest, ARelayFindsRowsNobodyWokeItFor) {
  const auto relay = NewRelay("one", {.poll_interval = absl::Milliseconds(1)});
  relay->Start();
  AppendRow("a", "v1");
  EXPECT_TRUE(bellwether::testing::Await([&] { return bus_.published().size() == 1; }));
}

TEST_F(RelayTest, KeepsTryingUntilTheBusIsBack) {
  std::atomic<int> attempts = 0;
  bus_.outcome = [&](const bus::Message&) {
    return ++attempts < 5 ? absl::UnavailableError("down") : absl::OkStatus();
  };
  AppendRow("a", "v1");
  const auto relay = NewRelay("one");
  relay->Start();
  EXPECT_TRUE(bellwether::testing::Await([&] { return UnsentCount() == 0; }));
  relay->Stop();
  EXPECT_THAT(bus_.values(), ElementsAre("v1"));
}

TEST_F(RelayTest, MeasuresTheAgeOfTheOldestUnsentRow) {
  bus_.outcome = [](const bus::Message&) { return absl::UnavailableError("down"); };
  AppendRow("a", "v1");
  clock_.Advance(absl::Seconds(42));
  ASSERT_TRUE(NewRelay("one")->RunRound().ok());
  EXPECT_THAT(registry_.Expose(),
              ::testing::HasSubstr("bellwether_outbox_oldest_unsent_seconds{service=\"test\"} 42"));
}

}  // namespace
}  // namespace bellwether::outbox::relay_test
