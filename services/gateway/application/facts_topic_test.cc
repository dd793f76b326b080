#include "services/gateway/application/facts_topic.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/bus/embedded_bus.h"
#include "common/bus/topics.h"
#include "common/journal/dead_letter.h"
#include "common/log/log.h"
#include "common/store/store.h"
#include "common/testing/fake_clock.h"
#include "common/testing/memory_bus.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/gateway/testing/sample_facts.h"

namespace bellwether::gateway::facts_topic_test {
namespace {

using bellwether::testing::GatedBus;
using bellwether::testing::KeptRecord;
using bellwether::testing::ReadAll;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr int32_t kPartitions = 4;
constexpr int kStepsMax = 1'000;

class KnownPhase final : public JournalRow {
 public:
  absl::StatusOr<Values> Load() override {
    RETURN_IF_ERROR(away);
    return late_looks ? Values() : values;
  }
  absl::StatusOr<Values> MoveTo(JournalPhase phase, JournalPhase from_max) override {
    RETURN_IF_ERROR(away);
    if (Moves(values.phase, from_max, phase)) values.phase = phase;
    return values;
  }
  absl::Status SetBackfilledUntil(absl::Time) override { return absl::OkStatus(); }
  absl::Status SetSemantics(journal::Semantics) override { return absl::OkStatus(); }

  absl::Status away;
  bool late_looks = false;  // they see what was before another process moved it
  Values values;
};

// Places that outlive their readers, behind a store that may be away.
class KeptOffsets final : public FactsOffsets {
 public:
  absl::StatusOr<std::optional<Place>> Load(int32_t partition) override {
    RETURN_IF_ERROR(away);
    if (before_load) before_load(partition);
    const auto found = places.find(partition);
    return found == places.end() ? std::nullopt : std::optional(found->second);
  }
  absl::Status Begin(int32_t partition, const Place& place) override {
    RETURN_IF_ERROR(away);
    Place& kept = places.try_emplace(partition, place).first->second;
    if (kept.log_id != place.log_id || kept.next_offset < place.next_offset) kept = place;
    return absl::OkStatus();
  }
  absl::Status BeginAgain(int32_t partition, const Place& place) override {
    RETURN_IF_ERROR(away);
    places[partition] = place;
    return absl::OkStatus();
  }
  absl::Status Advance(absl::string_view log_id,
                       const std::map<int32_t, int64_t>& next_offsets) override {
    RETURN_IF_ERROR(away);
    for (const auto& [partition, next_offset] : next_offsets) {
      EXPECT_EQ(places.at(partition).log_id, log_id);
      EXPECT_GE(next_offset, places.at(partition).next_offset);
      places.at(partition).next_offset = next_offset;
    }
    return absl::OkStatus();
  }

  absl::Status away;
  std::function<void(int32_t)> before_load;
  std::map<int32_t, Place> places;
};

class FactsTopicTest : public ::testing::Test {
 protected:
  FactsTopicTest() {
    row_.values.phase = JournalPhase::kLive;
    EXPECT_TRUE(lease::CreateTables(*store_).ok());
    EXPECT_TRUE(state_.Refresh().ok());
  }

  std::unique_ptr<FactsTopic> Member() {
    return std::make_unique<FactsTopic>(
        FactsTopic::Ports{bus_, validator_, state_, offsets_, clock_, metrics_});
  }

  void Write(bus::Message record, std::optional<int32_t> partition = std::nullopt) {
    const int32_t to = partition.value_or(PartitionOf(record.key, kPartitions));
    ASSERT_TRUE(producer_->Produce(bus::kFactsTopic, to, std::move(record), nullptr).ok());
    ASSERT_TRUE(producer_->Flush(absl::Seconds(10)).ok());
  }
  // Facts number `written_` and on of seven accounts.
  void WriteMany(int count) {
    for (int i = 0; i < count; ++i, ++written_) {
      const std::string account = absl::StrCat("account-", written_ % 7);
      ASSERT_TRUE(producer_
                      ->Produce(bus::kFactsTopic, PartitionOf(account, kPartitions),
                                SampleRecord(absl::StrFormat("%06d", written_), account), nullptr)
                      .ok());
    }
    ASSERT_TRUE(producer_->Flush(absl::Seconds(10)).ok());
  }

  std::vector<KeptRecord> Journal() { return ReadAll(*inner_, bus::kJournalTopic); }
  std::vector<KeptRecord> Letters() { return ReadAll(*inner_, bus::kDeadLetterTopic); }

  // Steps until `done`; a step that fails is one more step. False when it never comes to it.
  static bool StepUntil(const std::vector<FactsTopic*>& members,
                        const std::function<bool()>& done) {
    for (int step = 0; step < kStepsMax; ++step) {
      if (done()) return true;
      for (FactsTopic* member : members) (void)member->Step();
    }
    return done();
  }
  bool StepUntil(FactsTopic& member, const std::function<bool()>& done) {
    return StepUntil(std::vector<FactsTopic*>{&member}, done);
  }
  bool AllAreThere() { return Ids().size() == static_cast<size_t>(written_); }
  std::set<std::string> Ids() {
    std::set<std::string> ids;
    for (const KeptRecord& fact : Journal()) ids.insert(fact.HeaderOf(bus::kHeaderId));
    return ids;
  }
  // However often facts were sent again: the first time they come, they come in order, and what
  // comes again is the same.
  void ExpectOrderOfAccounts() {
    std::map<std::string, std::string> last_new;
    std::map<std::string, KeptRecord> first;
    for (const KeptRecord& fact : Journal()) {
      const std::string id = fact.HeaderOf(bus::kHeaderId);
      const auto [found, is_new] = first.emplace(id, fact);
      if (is_new) {
        EXPECT_LT(last_new[fact.message.key], id);
        last_new[fact.message.key] = id;
      } else {
        EXPECT_EQ(fact.message.value, found->second.message.value);
        EXPECT_EQ(fact.message.key, found->second.message.key);
      }
    }
  }

  LogCapture quiet_{[](absl::string_view) {}};
  const std::unique_ptr<bus::Bus> inner_ = testing::NewMemoryBus(kPartitions);
  GatedBus bus_{*inner_};
  const std::unique_ptr<bus::Producer> producer_ = *inner_->NewProducer();
  const std::unique_ptr<store::Store> store_ = *store::OpenStore("sqlite::memory:", "test");
  testing::FakeClock clock_{kSampleTime};
  metrics::Registry metrics_;
  const CurrencySource currencies_{SampleCurrencies()};
  const Calendar calendar_ = *Calendar::Create({});
  const FactValidator validator_{currencies_, calendar_, absl::Minutes(5)};
  lease::Lease lease_{*store_, clock_, {"time", "this process", absl::Seconds(10)}};
  KnownPhase row_;
  JournalState state_{row_, lease_};
  KeptOffsets offsets_;
  int written_ = 0;
};

TEST_F(FactsTopicTest, BringsFactsIntoTheJournalInTheOrderOfTheirAccount) {
  WriteMany(3'000);
  const auto member = Member();
  ASSERT_TRUE(StepUntil(*member, [&] { return AllAreThere(); }));
  member->Close();
  EXPECT_THAT(Journal(), SizeIs(3'000)) << "each once";
  ExpectOrderOfAccounts();
  for (const KeptRecord& fact : Journal()) {
    EXPECT_EQ(fact.position.partition, PartitionOf(fact.message.key, kPartitions));
  }
  EXPECT_THAT(metrics_.Expose(), HasSubstr("bellwether_gateway_facts_topic_accepted_total 3000"));
}

TEST_F(FactsTopicTest, KeepsWhatIsRefusedWholeAndGoesOnBehindIt) {
  bus::Message garbage{.key = "\xff\xfe", .headers = {{"own", "x"}}, .value = "garbage"};
  Write(garbage, 0);
  bus::Message tombstone{.key = "acme"};
  Write(tombstone, 0);
  Write(SampleRecord("o-1", "acme"), 0);
  const auto member = Member();
  ASSERT_TRUE(StepUntil(*member, [&] { return Journal().size() == 1 && Letters().size() == 2; }));
  member->Close();
  for (const KeptRecord& letter : Letters()) {
    const bool of_garbage = letter.HeaderOf("own") == "x";
    EXPECT_EQ(letter.message.key, of_garbage ? garbage.key : "acme");
    EXPECT_EQ(letter.message.value, of_garbage ? garbage.value : "");
    EXPECT_EQ(letter.HeaderOf(journal::kHeaderDeadReason),
              of_garbage ? "UNSUPPORTED_SPECVERSION" : "MISSING_VALUE");
    EXPECT_EQ(letter.HeaderOf(journal::kHeaderDeadField), of_garbage ? "specversion" : "value");
    EXPECT_EQ(letter.HeaderOf(journal::kHeaderDeadRule), "X1");
    EXPECT_EQ(letter.HeaderOf(journal::kHeaderDeadPlace),
              of_garbage ? "bellwether.facts.v1/0/0" : "bellwether.facts.v1/0/1");
  }
  EXPECT_EQ(offsets_.places[0].next_offset, 3);
  const std::string shown = metrics_.Expose();
  EXPECT_THAT(shown, HasSubstr("bellwether_gateway_facts_topic_refused_total 2"));
  EXPECT_THAT(shown, HasSubstr("events_rejected_total{reason=\"MISSING_VALUE\"} 1"));
}

TEST_F(FactsTopicTest, GoesOnWhereAnotherStopped) {
  WriteMany(100);
  auto member = Member();
  ASSERT_TRUE(StepUntil(*member, [&] { return AllAreThere(); }));
  member->Close();
  WriteMany(100);
  member = Member();
  ASSERT_TRUE(StepUntil(*member, [&] { return AllAreThere(); }));
  EXPECT_THAT(Journal(), SizeIs(200)) << "nothing came twice";
}

TEST_F(FactsTopicTest, KilledBehindTheJournalAndBeforeItsPlaceSendsAgainAndLosesNothing) {
  WriteMany(500);
  auto member = Member();
  ASSERT_TRUE(StepUntil(*member, [&] { return AllAreThere(); }));
  for (const auto& [partition, place] : offsets_.places) EXPECT_EQ(place.next_offset, 0);
  WriteMany(100);
  member = Member();
  ASSERT_TRUE(StepUntil(*member, [&] { return AllAreThere(); }));
  member->Close();
  EXPECT_THAT(Journal(), SizeIs(1'100)) << "500 of them twice";
  ExpectOrderOfAccounts();
}

TEST_F(FactsTopicTest, StoresItsPlaceWhenTheIntervalIsOver) {
  WriteMany(100);
  const auto member = Member();
  ASSERT_TRUE(StepUntil(*member, [&] { return AllAreThere(); }));
  clock_.Advance(FactsTopic::kCommitInterval);
  ASSERT_TRUE(member->Step().ok());
  int64_t stored = 0;
  for (const auto& [partition, place] : offsets_.places) stored += place.next_offset;
  EXPECT_EQ(stored, 100);
}

TEST_F(FactsTopicTest, NeverStoresAPlaceBeforeWhatItHasNoAnswerFor) {
  WriteMany(100);
  const auto member = Member();
  ASSERT_TRUE(member->Step().ok()) << "nothing is held up yet";
  bus_.Hold();
  WriteMany(50);
  ASSERT_TRUE(StepUntil(*member, [&] { return bus_.held() == 50; }));
  clock_.Advance(FactsTopic::kCommitInterval);
  ASSERT_TRUE(member->Step().ok());
  int64_t stored = 0;
  for (const auto& [partition, place] : offsets_.places) stored += place.next_offset;
  EXPECT_EQ(stored, 100);
  bus_.Release();
  ASSERT_TRUE(StepUntil(*member, [&] { return AllAreThere(); }));
}

// A topic that holds more than the journal takes at a time.
TEST_F(FactsTopicTest, ReadsNoFurtherThanTheJournalHasRoom) {
  constexpr int kBacklog = Admission::kEventsMax + 3 * FactsTopic::kRecordsPerPollMax;
  WriteMany(kBacklog);
  bus_.Hold();
  const auto member = Member();
  ASSERT_TRUE(StepUntil(*member, [&] { return bus_.held() == Admission::kEventsMax; }));
  for (int step = 0; step < 5; ++step) ASSERT_TRUE(member->Step().ok()) << "still a member";
  EXPECT_EQ(bus_.held(), Admission::kEventsMax);
  bus_.Release();
  ASSERT_TRUE(StepUntil(*member, [&] { return AllAreThere(); }));
  member->Close();
  EXPECT_THAT(Journal(), SizeIs(kBacklog));
  ExpectOrderOfAccounts();
}

TEST_F(FactsTopicTest, SendsAgainInOrderWhatTheJournalDidNotTake) {
  WriteMany(100);
  const auto member = Member();
  ASSERT_TRUE(StepUntil(*member, [&] { return AllAreThere(); }));
  bus_.FailWith(absl::UnavailableError("away"));
  WriteMany(100);
  bool failed = false;
  for (int step = 0; step < kStepsMax && !failed; ++step) failed = !member->Step().ok();
  ASSERT_TRUE(failed);
  EXPECT_THAT(Journal(), SizeIs(100));
  WriteMany(100);
  bus_.FailWith(absl::OkStatus());
  ASSERT_TRUE(StepUntil(*member, [&] { return AllAreThere(); }));
  member->Close();
  ExpectOrderOfAccounts();
  EXPECT_TRUE(Letters().empty()) << "what could not be written was not refused";
}

TEST_F(FactsTopicTest, TakesNothingNewWhileTheStoreIsAway) {
  WriteMany(100);
  const auto member = Member();
  ASSERT_TRUE(StepUntil(*member, [&] { return AllAreThere(); }));
  offsets_.away = absl::UnavailableError("the store is away");
  clock_.Advance(FactsTopic::kCommitInterval);
  EXPECT_FALSE(member->Step().ok());
  WriteMany(100);
  for (int step = 0; step < 5; ++step) EXPECT_FALSE(member->Step().ok());
  EXPECT_THAT(Journal(), SizeIs(100));
  offsets_.away = absl::OkStatus();
  ASSERT_TRUE(StepUntil(*member, [&] { return AllAreThere(); }));
  EXPECT_THAT(Journal(), SizeIs(200)) << "nothing was forgotten, so nothing was sent again";
}

// Who is in a group and does not poll holds up everybody's rebalance.
TEST_F(FactsTopicTest, LetsOthersHaveItsPartitionsWhileItsOwnStoreIsAway) {
  const auto one = Member();
  WriteMany(100);
  ASSERT_TRUE(StepUntil(*one, [&] { return AllAreThere(); }));
  clock_.Advance(FactsTopic::kCommitInterval);
  ASSERT_TRUE(one->Step().ok());
  WriteMany(100);
  ASSERT_TRUE(StepUntil(*one, [&] { return AllAreThere(); }));
  clock_.Advance(FactsTopic::kCommitInterval);
  const auto two = Member();
  ASSERT_TRUE(two->Step().ok());
  WriteMany(100);
  const auto step_both = [&] {
    offsets_.away = absl::UnavailableError("the store of the first is away");
    EXPECT_FALSE(one->Step().ok());
    offsets_.away = absl::OkStatus();
    EXPECT_TRUE(two->Step().ok());
  };
  const std::set<std::string> before = Ids();
  for (int step = 0; step < 100 && Ids() == before; ++step) step_both();
  EXPECT_THAT(Ids(), SizeIs(::testing::Gt(before.size()))) << "of the half that is the second's";
  one->Close();
  two->Close();
}

TEST_F(FactsTopicTest, StaysInTheGroupWhileAnEmptyJournalCannotBeLookedAt) {
  KnownPhase row;
  JournalState state(row, lease_);
  const auto one = std::make_unique<FactsTopic>(
      FactsTopic::Ports{bus_, validator_, state, offsets_, clock_, metrics_});
  ASSERT_TRUE(one->Step().ok());
  row.away = absl::UnavailableError("the store of the first is away");
  const auto two = Member();
  WriteMany(100);
  const auto halfway = [&] { return !Ids().empty(); };
  EXPECT_TRUE(StepUntil({one.get(), two.get()}, halfway));
  one->Close();
  two->Close();
}

TEST_F(FactsTopicTest, SharesThePartitionsAmongReplicas) {
  const auto one = Member();
  WriteMany(500);
  ASSERT_TRUE(StepUntil(*one, [&] { return AllAreThere(); }));
  auto two = Member();
  WriteMany(500);
  ASSERT_TRUE(StepUntil({one.get(), two.get()}, [&] { return AllAreThere(); }));
  WriteMany(500);
  two->Close();
  ASSERT_TRUE(StepUntil(*one, [&] { return AllAreThere(); }));
  EXPECT_THAT(Journal(), SizeIs(1'500)) << "a partition is handed over with its place";
  ExpectOrderOfAccounts();
}

TEST_F(FactsTopicTest, MakesAnEmptyJournalLiveWithTheFirstRecordAndNotBefore) {
  KnownPhase row;
  JournalState state(row, lease_);
  FactsTopic member({bus_, validator_, state, offsets_, clock_, metrics_});
  for (int step = 0; step < 3; ++step) ASSERT_TRUE(member.Step().ok());
  EXPECT_EQ(row.values.phase, JournalPhase::kEmpty);
  WriteMany(1);
  ASSERT_TRUE(StepUntil(member, [&] { return AllAreThere(); }));
  EXPECT_TRUE(state.is_live());
}

TEST_F(FactsTopicTest, LeavesItsRecordsInTheTopicWhileAPastIsBuilt) {
  KnownPhase row;
  JournalState state(row, lease_);
  FactsTopic member({bus_, validator_, state, offsets_, clock_, metrics_});
  ASSERT_TRUE(member.Step().ok());
  // By another process: this one only sees the row.
  row.values.phase = JournalPhase::kBackfilling;
  WriteMany(10);
  for (int step = 0; step < 5; ++step) ASSERT_TRUE(member.Step().ok());
  EXPECT_TRUE(Journal().empty());
  EXPECT_EQ(row.values.phase, JournalPhase::kBackfilling) << "no fact breaks into a past";
  row.values.phase = JournalPhase::kLive;
  ASSERT_TRUE(StepUntil(member, [&] { return AllAreThere(); }));
}

TEST_F(FactsTopicTest, DoesNotEndAPastThatHasJustBegun) {
  KnownPhase row;
  JournalState state(row, lease_);
  FactsTopic member({bus_, validator_, state, offsets_, clock_, metrics_});
  ASSERT_TRUE(member.Step().ok());
  WriteMany(1);
  row.values.phase = JournalPhase::kBackfilling;  // by another gateway, behind each of our looks
  row.late_looks = true;
  for (int step = 0; step < 5; ++step) ASSERT_TRUE(member.Step().ok());
  EXPECT_EQ(row.values.phase, JournalPhase::kBackfilling);
  EXPECT_TRUE(Journal().empty());
}

// Facts from before are duplicates then; those that are none would be missing else.
TEST_F(FactsTopicTest, ReadsAllOfATopicThatIsNotTheOneItKnew) {
  for (int32_t partition = 0; partition < kPartitions; ++partition) {
    offsets_.places[partition] = {"another log", 3};
  }
  WriteMany(100);
  const auto member = Member();
  ASSERT_TRUE(StepUntil(*member, [&] { return AllAreThere(); }));
  member->Close();
  EXPECT_THAT(Journal(), SizeIs(100));

  const std::string log_id = inner_->Describe(bus::kFactsTopic)->log_id;
  for (auto& [partition, place] : offsets_.places) place = {log_id, 1'000'000};
  const auto next = Member();
  ASSERT_TRUE(StepUntil(*next, [&] { return Journal().size() == 200; })) << "its end was lost";
}

TEST_F(FactsTopicTest, TakesAPlaceThatHasJustMovedForNoLostEnd) {
  const std::string log_id = inner_->Describe(bus::kFactsTopic)->log_id;
  offsets_.before_load = [&](int32_t partition) {
    offsets_.before_load = nullptr;
    // The one before us took, and answered for, what is younger than any answer we have.
    for (int i = 0; i < 10; ++i) Write(SampleRecord(absl::StrCat(i), "acme"), partition);
    offsets_.places[partition] = {log_id, 10};
  };
  const auto member = Member();
  ASSERT_TRUE(member->Step().ok());
  Write(SampleRecord("last", "acme"), 0);
  ASSERT_TRUE(StepUntil(*member, [&] { return Ids().contains("last"); }));
  member->Close();
  EXPECT_THAT(Journal(), SizeIs(1)) << "nothing was sent again";
}

TEST_F(FactsTopicTest, CountsWhatWasGoneBeforeItCouldBeTaken) {
  const int32_t partition = PartitionOf("acme", kPartitions);
  for (int i = 0; i < 10; ++i) Write(SampleRecord(absl::StrCat(i), "acme"));
  offsets_.places[partition] = {inner_->Describe(bus::kFactsTopic)->log_id, 2};
  ASSERT_TRUE(
      static_cast<bus::EmbeddedBus&>(*inner_).DropBefore(bus::kFactsTopic, partition, 6).ok());
  const auto member = Member();
  ASSERT_TRUE(StepUntil(*member, [&] { return Journal().size() == 4; }));
  EXPECT_THAT(Ids(), ElementsAre("6", "7", "8", "9"));
  EXPECT_THAT(metrics_.Expose(), HasSubstr("bellwether_gateway_facts_topic_lost_total 4"));
}

TEST_F(FactsTopicTest, ShowsHowFarItIsBehind) {
  const auto member = Member();
  ASSERT_TRUE(member->Step().ok());
  bus_.Hold();
  WriteMany(30);
  ASSERT_TRUE(StepUntil(*member, [&] { return bus_.held() == 30; }));
  clock_.Advance(FactsTopic::kLagInterval);
  ASSERT_TRUE(member->Step().ok());
  EXPECT_THAT(metrics_.Expose(), HasSubstr("bellwether_gateway_facts_topic_lag_records 30"));
  bus_.Release();
  ASSERT_TRUE(StepUntil(*member, [&] { return AllAreThere(); }));
  clock_.Advance(FactsTopic::kLagInterval);
  ASSERT_TRUE(member->Step().ok());
  EXPECT_THAT(metrics_.Expose(), HasSubstr("bellwether_gateway_facts_topic_lag_records 0"));
}

}  // namespace
}  // namespace bellwether::gateway::facts_topic_test
