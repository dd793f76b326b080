// Replays and the store that remembers them, which may be away.
#include "services/gateway/application/dead_letters.h"

#include <memory>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/bus/topics.h"
#include "common/journal/dead_letter.h"
#include "common/journal/entry.h"
#include "common/journal/timestamps.h"
#include "common/testing/fake_clock.h"
#include "common/testing/memory_bus.h"
#include "gtest/gtest.h"
#include "services/gateway/testing/listed_replays.h"
#include "services/gateway/testing/sample_facts.h"

namespace bellwether::gateway::dead_letters_test {
namespace {

using bellwether::testing::ReadAll;

class DeadLettersTest : public ::testing::Test {
 protected:
  DeadLettersTest() { Refuse(); }

  void Refuse() {
    auto producer = *bus_->NewProducer();
    const bus::Message letter = journal::EncodeDeadLetter(
        journal::EncodeFact(SampleEvent("o-1", "acme"), {.recorded_at = kSampleTime}),
        {.reason = "CONFLICT", .message = "m", .refused_by = "health", .time = kSampleTime});
    EXPECT_TRUE(producer->Produce(bus::kDeadLetterTopic, 0, letter, nullptr).ok());
    EXPECT_TRUE(producer->Flush(absl::Seconds(10)).ok());
  }

  absl::StatusOr<Answer> Replay() {
    return letters_.Replay("deadLetters/0-0", {.principal = "li"}, absl::Seconds(10));
  }
  size_t FactsInJournal() { return ReadAll(*bus_, bus::kJournalTopic).size(); }

  const std::unique_ptr<bus::Bus> bus_ = bellwether::testing::NewMemoryBus(2);
  bellwether::testing::FakeClock clock_{kSampleTime};
  metrics::Registry metrics_;
  const CurrencySource currencies_{SampleCurrencies()};
  const Calendar calendar_ = *Calendar::Create({});
  const FactValidator validator_{currencies_, calendar_, absl::Minutes(5)};
  const std::unique_ptr<JournalWriter> writer_ = *JournalWriter::Create(*bus_);
  FactAcceptor acceptor_{validator_, *writer_, clock_, metrics_};
  ListedReplays replays_;
  DeadLetters letters_{*bus_, acceptor_, replays_, clock_};
};

TEST_F(DeadLettersTest, IsReplayedOnce) {
  EXPECT_FALSE(letters_.List("", 10)->letters[0].replayed());
  ASSERT_TRUE(Replay().ok());
  const ingest::v1::DeadLetter replayed = letters_.List("", 10)->letters[0];
  EXPECT_TRUE(replayed.replayed());
  EXPECT_EQ(replayed.last_replay().principal(), "li");
  EXPECT_EQ(replayed.last_replay().state(), ingest::v1::LETTER_REPLAY_STATE_ACCEPTED);
  const absl::Status again = Replay().status();
  EXPECT_EQ(DetailOf(again)->reason, "ALREADY_REPLAYED") << again;
  EXPECT_EQ(FactsInJournal(), 1u);
}

TEST_F(DeadLettersTest, AReplayThatCannotBeNotedFailsAndMayBeRepeated) {
  replays_.add_fails = absl::UnavailableError("the store is away");
  EXPECT_TRUE(absl::IsUnavailable(Replay().status()));
  EXPECT_EQ(FactsInJournal(), 1u) << "which the fold counts once, however often it comes";
  replays_.add_fails = absl::OkStatus();
  EXPECT_TRUE(Replay().ok());
  EXPECT_EQ(FactsInJournal(), 2u);
}

TEST_F(DeadLettersTest, NothingIsReplayedWhileTheStoreIsAway) {
  replays_.away = absl::UnavailableError("the store is away");
  EXPECT_TRUE(absl::IsUnavailable(Replay().status()));
  EXPECT_TRUE(absl::IsUnavailable(letters_.List("", 10).status()));
  EXPECT_EQ(FactsInJournal(), 0u);
}

TEST_F(DeadLettersTest, AreListedByReasonWhoRefusedThemTimeAndWhetherTheyWereReplayed) {
  const auto listed = [&](const ingest::v1::DeadLetterFilter& filter) {
    return letters_.List("", 10, filter)->letters.size();
  };
  ingest::v1::DeadLetterFilter filter;
  filter.set_reason("CONFLICT");
  filter.set_refused_by("health");
  *filter.mutable_from_time() = journal::ToTimestamp(kSampleTime);
  *filter.mutable_to_time() = journal::ToTimestamp(kSampleTime + absl::Microseconds(1));
  filter.set_not_replayed(true);
  EXPECT_EQ(listed(filter), 1u);
  ingest::v1::DeadLetterFilter other = filter;
  other.set_reason("TOO_LARGE");
  EXPECT_EQ(listed(other), 0u);
  other = filter;
  other.set_refused_by("alerts");
  EXPECT_EQ(listed(other), 0u);
  other = filter;
  *other.mutable_to_time() = journal::ToTimestamp(kSampleTime);
  EXPECT_EQ(listed(other), 0u) << "before then";
  other = filter;
  *other.mutable_from_time() = journal::ToTimestamp(kSampleTime + absl::Microseconds(1));
  EXPECT_EQ(listed(other), 0u);
  ASSERT_TRUE(Replay().ok());
  EXPECT_EQ(listed(filter), 0u);
}

TEST_F(DeadLettersTest, SeveralAreFoundInOneRead) {
  for (int i = 0; i < 3; ++i) Refuse();  // beside the first
  const auto found = letters_.FindNext(0, 0, 4, {}, {.records = 10, .letters = 2});
  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_EQ(found->letters.size(), 2u);
  EXPECT_EQ(found->letters[1].name, "deadLetters/0-1");
  EXPECT_EQ(found->letters[1].place, 1);
  EXPECT_EQ(found->next_place, 2);
  const auto rest = letters_.FindNext(0, 2, 3, {}, {.records = 10, .letters = 2});
  ASSERT_EQ(rest->letters.size(), 1u) << "the last lies behind the end";
  EXPECT_EQ(rest->next_place, 3);
}

TEST_F(DeadLettersTest, AreNotListedByWhatIsNoTime) {
  ingest::v1::DeadLetterFilter filter;
  filter.mutable_to_time()->set_nanos(-1);
  EXPECT_EQ(DetailOf(letters_.List("", 10, filter).status())->reason, "TIME_INVALID");
}

}  // namespace
}  // namespace bellwether::gateway::dead_letters_test
