#include "common/outbox/journal_stamp.h"

#include "absl/strings/str_cat.h"
#include "common/bus/embedded_bus.h"
#include "common/bus/topics.h"
#include "common/journal/entry.h"
#include "common/outbox/relay.h"
#include "common/outbox/testing/scripted_bus.h"
#include "common/testing/fake_clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::outbox::journal_stamp_test {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);
const absl::Time kChanged = kNow - absl::Hours(24);
const Stamp kLive{.recorded_at = kNow};
const Stamp kPast{.recorded_at = kChanged, .backfill = true};

class JournalStampTest : public ::testing::Test {
 protected:
  JournalStampTest() {
    EXPECT_TRUE(bus_->EnsureTopic({.name = bus::kJournalTopic, .partitions = 2}).ok());
    producer_ = *bus_->NewProducer();
  }

  void Append(bus::Message message, int32_t partition = 0) {
    ASSERT_TRUE(producer_
                    ->Produce(bus::kJournalTopic, partition, std::move(message),
                              [](const absl::StatusOr<bus::Position>&) {})
                    .ok());
  }
  void Tick(bool backfill) {
    for (int32_t p = 0; p < 2; ++p) Append(journal::EncodeTick(p, kNow, backfill), p);
  }
  // Records that say nothing of the phase: what relays wrote.
  void AppendRows(int count) {
    for (int i = 0; i < count; ++i) {
      Append({"acme", {{bus::kHeaderType, bus::kTypeAccountChanged}}, "row"});
    }
  }
  Stamp Ask(JournalStamp& stamp) {
    EXPECT_TRUE(producer_->Flush(absl::Seconds(30)).ok());
    const absl::Status prepared = stamp.Prepare();
    EXPECT_TRUE(prepared.ok()) << prepared;
    return stamp.StampOf(kNow, kChanged);
  }

  std::unique_ptr<bus::EmbeddedBus> bus_ = bus::EmbeddedBus::Open("").value();
  std::unique_ptr<bus::Producer> producer_;
};

TEST_F(JournalStampTest, ChangesBelongToThePastUntilTheFirstLiveTick) {
  JournalStamp stamp(*bus_);
  EXPECT_EQ(Ask(stamp), kPast) << "an empty journal";
  AppendRows(3);
  EXPECT_EQ(Ask(stamp), kPast);
  Tick(/*backfill=*/true);
  EXPECT_EQ(Ask(stamp), kPast) << "the ticks of a past";
  Tick(/*backfill=*/false);
  EXPECT_EQ(Ask(stamp), kLive);
  AppendRows(3);
  EXPECT_EQ(Ask(stamp), kLive) << "for good";
}

TEST_F(JournalStampTest, AProcessThatComesLaterSeesTheSame) {
  Tick(/*backfill=*/true);
  AppendRows(5);
  EXPECT_EQ(Ask(*std::make_unique<JournalStamp>(*bus_)), kPast);
  Tick(/*backfill=*/false);
  AppendRows(5);
  EXPECT_EQ(Ask(*std::make_unique<JournalStamp>(*bus_)), kLive);
}

TEST_F(JournalStampTest, LooksBackAsFarAsTheLastTick) {
  Tick(/*backfill=*/false);
  AppendRows(10'000);
  EXPECT_EQ(Ask(*std::make_unique<JournalStamp>(*bus_)), kLive);
}

TEST_F(JournalStampTest, AJournalOfRowsAloneIsNotLive) {
  AppendRows(10'000);
  EXPECT_EQ(Ask(*std::make_unique<JournalStamp>(*bus_)), kPast);
}

// The bus cannot be asked: what to stamp is not known, so nothing is sent.
TEST(RelayOfAJournal, SendsNothingWhileThePhaseIsNotKnown) {
  ScriptedBus bus;
  const auto store = store::OpenStore("sqlite::memory:", "test").value();
  ASSERT_TRUE(CreateTables(*store).ok());
  bellwether::testing::FakeClock clock{kNow};
  metrics::Registry registry;
  Relay relay(*store, bus, clock, registry, std::make_unique<JournalStamp>(bus),
              {.service = "test", .owner = "one"});
  EXPECT_TRUE(relay.RunRound().ok()) << "nobody asks for nothing";
  {
    auto transaction = store->Begin();
    ASSERT_TRUE(Append(**transaction,
                       {{.subject = "a",
                         .entity_version = 1,
                         .topic = bus::kJournalTopic,
                         .message = {"a", {}, "v"},
                         .change_time = kChanged}},
                       kNow)
                    .ok());
    ASSERT_TRUE((*transaction)->Commit().ok());
  }
  EXPECT_FALSE(relay.RunRound().ok());
  EXPECT_TRUE(bus.published().empty());
  EXPECT_EQ(ReadUnsent(**store->BeginRead(), 10)->size(), 1u);
}

}  // namespace
}  // namespace bellwether::outbox::journal_stamp_test
