// Replays and the store that remembers them, which may be away.
#include "services/gateway/application/dead_letters.h"

#include <memory>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/bus/topics.h"
#include "common/journal/dead_letter.h"
#include "common/journal/entry.h"
#include "common/testing/fake_clock.h"
#include "common/testing/memory_bus.h"
#include "gtest/gtest.h"
#include "services/gateway/testing/sample_facts.h"

namespace bellwether::gateway::dead_letters_test {
namespace {

using bellwether::testing::ReadAll;

class ListedReplays final : public ReplayedLetters {
 public:
  absl::StatusOr<absl::flat_hash_set<std::string>> Among(
      const std::vector<std::string>& names) override {
    RETURN_IF_ERROR(away);
    absl::flat_hash_set<std::string> found;
    for (const std::string& name : names) {
      if (replayed.contains(name)) found.insert(name);
    }
    return found;
  }
  absl::Status Add(const std::string& name, absl::Time /*time*/) override {
    RETURN_IF_ERROR(add_fails);
    replayed.insert(name);
    return absl::OkStatus();
  }

  absl::Status away;
  absl::Status add_fails;
  absl::flat_hash_set<std::string> replayed;
};

class DeadLettersTest : public ::testing::Test {
 protected:
  DeadLettersTest() {
    auto producer = *bus_->NewProducer();
    const bus::Message letter = journal::EncodeDeadLetter(
        journal::EncodeFact(SampleEvent("o-1", "acme"), {.recorded_at = kSampleTime}),
        {.reason = "CONFLICT", .message = "m", .refused_by = "health", .time = kSampleTime});
    EXPECT_TRUE(producer->Produce(bus::kDeadLetterTopic, 0, letter, nullptr).ok());
    EXPECT_TRUE(producer->Flush(absl::Seconds(10)).ok());
  }

  absl::StatusOr<Answer> Replay() { return letters_.Replay("deadLetters/0-0", absl::Seconds(10)); }
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
  EXPECT_TRUE(letters_.List("", 10)->letters[0].replayed());
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

}  // namespace
}  // namespace bellwether::gateway::dead_letters_test
