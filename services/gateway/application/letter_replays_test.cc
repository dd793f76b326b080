// Bulk replays: what becomes of each letter, whatever fails or ends meanwhile.
#include "services/gateway/application/letter_replays.h"

#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/bus/topics.h"
#include "common/journal/dead_letter.h"
#include "common/journal/entry.h"
#include "common/testing/fake_clock.h"
#include "common/testing/memory_bus.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/gateway/testing/listed_replays.h"
#include "services/gateway/testing/sample_facts.h"

namespace bellwether::gateway::letter_replays_test {
namespace {

using bellwether::testing::ReadAll;
using ingest::v1::DeadLetterReplay;
using ingest::v1::StoredReplay;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ListedRows final : public ReplayRows {
 public:
  absl::Status Insert(const StoredReplay& replay, const std::string& request_id) override {
    replays[replay.replay().name()].stored = replay;
    requests[request_id] = replay.replay().name();
    return absl::OkStatus();
  }
  absl::StatusOr<std::optional<KeptReplay>> Find(const std::string& name) override {
    const auto found = replays.find(name);
    return found == replays.end() ? std::nullopt : std::optional<KeptReplay>(found->second);
  }
  absl::StatusOr<std::optional<KeptReplay>> FindByRequest(const std::string& request_id) override {
    const auto found = requests.find(request_id);
    if (found == requests.end()) return std::nullopt;
    return Find(found->second);
  }
  absl::StatusOr<std::optional<KeptReplay>> Running() override {
    for (const auto& [name, replay] : replays) {
      if (Runs(replay)) return Find(name);
    }
    return std::nullopt;
  }
  absl::StatusOr<std::vector<DeadLetterReplay>> List(const std::string&, int) override {
    return std::vector<DeadLetterReplay>();
  }
  absl::StatusOr<bool> Advance(const KeptReplay& replay, absl::Span<const Result> added) override {
    RETURN_IF_ERROR(advance_fails);
    KeptReplay& kept = replays[replay.stored.replay().name()];
    if (!Runs(kept) || kept.version != replay.version) return false;
    kept.stored = replay.stored;
    ++kept.version;
    for (const Result& result : added) {
      results.push_back(
          absl::StrCat(result.position, " ", result.result.dead_letter(), " ",
                       LetterReplayState_Name(result.result.replay().state()).substr(20),
                       result.result.replay().rejection().reason().empty() ? "" : " ",
                       result.result.replay().rejection().reason()));
    }
    return true;
  }
  absl::Status AskToCancel(const std::string& name) override {
    const auto found = replays.find(name);
    if (found != replays.end() && Runs(found->second)) found->second.cancel_asked = true;
    return absl::OkStatus();
  }
  absl::StatusOr<bool> Prune(absl::Time ended_before) override {
    pruned_before = ended_before;
    return std::exchange(more_to_prune, false);
  }
  absl::StatusOr<std::vector<Result>> Results(const std::string&, ingest::v1::LetterReplayState,
                                              int64_t, int) override {
    return std::vector<Result>();
  }

  static bool Runs(const KeptReplay& replay) {
    return replay.stored.replay().state() == ingest::v1::REPLAY_STATE_RUNNING;
  }

  std::map<std::string, KeptReplay> replays;
  std::map<std::string, std::string> requests;
  std::vector<std::string> results;
  absl::Status advance_fails;
  absl::Time pruned_before = absl::InfinitePast();
  bool more_to_prune = false;
};

class LetterReplaysTest : public ::testing::Test {
 protected:
  // Partition 0: acceptable, of no currency we know, acceptable; 1: acceptable, of another reason.
  LetterReplaysTest() {
    events::v1::FactEvent strange = SampleEvent("o-2", "acme");
    strange.mutable_fact()->mutable_order_placed()->mutable_amount()->set_currency_code("XXX");
    Refuse(SampleEvent("o-1", "acme"), 0, "CONFLICT");
    Refuse(strange, 0, "CONFLICT");
    Refuse(SampleEvent("o-3", "acme"), 0, "CONFLICT");
    Refuse(SampleEvent("o-4", "bolt"), 1, "TOO_LARGE");
  }
  void Refuse(const events::v1::FactEvent& event, int32_t partition, const std::string& reason) {
    auto producer = *bus_->NewProducer();
    const bus::Message letter = journal::EncodeDeadLetter(
        journal::EncodeFact(event, {.recorded_at = kSampleTime}),
        {.reason = reason, .message = "m", .refused_by = "health", .time = kSampleTime});
    EXPECT_TRUE(producer->Produce(bus::kDeadLetterTopic, partition, letter, nullptr).ok());
    EXPECT_TRUE(producer->Flush(absl::Seconds(10)).ok());
  }
  DeadLetterReplay Start(const std::string& reason = "", const std::string& request_id = "") {
    ingest::v1::StartDeadLetterReplayRequest request;
    request.mutable_filter()->set_reason(reason);
    request.set_request_id(request_id);
    const auto begun = replays_.Start(request, "li");
    EXPECT_TRUE(begun.ok()) << begun.status();
    return begun.value_or(DeadLetterReplay());
  }
  // Until there is nothing to do.
  void Work() {
    for (int steps = 0; steps < 100; ++steps) {
      const auto wait = replays_.Step();
      if (!wait.ok() || *wait > absl::ZeroDuration()) return;
    }
    ADD_FAILURE() << "it never ends";
  }
  std::string ReasonOf(const absl::Status& status) {
    return DetailOf(status).value_or(ErrorDetail{"OK", "", ""}).reason;
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
  ListedReplays attempts_;
  DeadLetters letters_{*bus_, acceptor_, attempts_, clock_};
  ListedRows rows_;
  bool ours_ = true;
  // Happens as somebody asks for the so manieth time whether to work: once a step and once a
  // letter.
  std::map<int, std::function<void()>> as_asked_;
  int asked_ = 0;
  LetterReplays replays_{
      letters_, rows_, clock_, metrics_, {.may_work = [this]() -> absl::StatusOr<bool> {
        const auto happens = as_asked_.find(++asked_);
        if (happens != as_asked_.end()) happens->second();
        return ours_;
      }}};
};

TEST_F(LetterReplaysTest, EachLetterKeepsWhatBecameOfItAndByWhom) {
  const DeadLetterReplay begun = Start();
  EXPECT_EQ(begun.left_count(), 4);
  EXPECT_EQ(begun.principal(), "li");
  Refuse(SampleEvent("o-5", "acme"), 1, "CONFLICT");  // too late for this one
  Work();
  EXPECT_THAT(
      rows_.results,
      ElementsAre("0 deadLetters/0-0 ACCEPTED", "1 deadLetters/0-1 REFUSED UNKNOWN_CURRENCY",
                  "2 deadLetters/0-2 ACCEPTED", "3 deadLetters/1-0 ACCEPTED"));
  const DeadLetterReplay done = *replays_.Get(begun.name());
  EXPECT_EQ(done.state(), ingest::v1::REPLAY_STATE_DONE);
  EXPECT_EQ(done.accepted_count(), 3);
  EXPECT_EQ(done.refused_count(), 1);
  EXPECT_EQ(done.left_count(), 0);
  EXPECT_TRUE(done.has_end_time());
  EXPECT_EQ(FactsInJournal(), 3u);
  const ingest::v1::LetterReplay& last = attempts_.attempts.at("deadLetters/0-1");
  EXPECT_EQ(last.principal(), "li");
  EXPECT_EQ(last.replay(), begun.name());
  EXPECT_EQ(last.state(), ingest::v1::LETTER_REPLAY_STATE_REFUSED);
}

TEST_F(LetterReplaysTest, WhatWasReplayedBeforeIsPassedOver) {
  ASSERT_TRUE(letters_.Replay("deadLetters/0-0", {.principal = "wang"}, absl::Seconds(10)).ok());
  Start("CONFLICT");
  Work();
  EXPECT_THAT(rows_.results, ElementsAre("0 deadLetters/0-0 PASSED_OVER",
                                         "1 deadLetters/0-1 REFUSED UNKNOWN_CURRENCY",
                                         "2 deadLetters/0-2 ACCEPTED"));
  EXPECT_EQ(attempts_.attempts.at("deadLetters/0-0").principal(), "wang");
  EXPECT_EQ(FactsInJournal(), 2u);
}

TEST_F(LetterReplaysTest, LettersThatAreNamedAreTakenInThatOrder) {
  ingest::v1::StartDeadLetterReplayRequest request;
  for (const char* name : {"deadLetters/1-0", "deadLetters/1-9", "letters"}) {
    request.add_names(name);
  }
  ASSERT_TRUE(replays_.Start(request, "li").ok());
  Work();
  EXPECT_THAT(rows_.results, ElementsAre("0 deadLetters/1-0 ACCEPTED",
                                         "1 deadLetters/1-9 REFUSED DEAD_LETTER_NOT_FOUND",
                                         "2 letters REFUSED NAME_INVALID"));
}

TEST_F(LetterReplaysTest, GoesOnWhereItWasWhenTheStoreIsBack) {
  const DeadLetterReplay begun = Start();
  attempts_.away = absl::UnavailableError("the store is away");
  EXPECT_TRUE(absl::IsUnavailable(replays_.Step().status()));
  EXPECT_EQ(replays_.Get(begun.name())->waiting_for(), "the store is away");
  EXPECT_THAT(rows_.results, IsEmpty());
  attempts_.away = absl::OkStatus();
  Work();
  EXPECT_EQ(replays_.Get(begun.name())->accepted_count(), 3);
  EXPECT_EQ(replays_.Get(begun.name())->waiting_for(), "");
}

TEST_F(LetterReplaysTest, WhatItHadReplayedBeforeACrashIsItsOwn) {
  Start("TOO_LARGE");
  rows_.advance_fails = absl::UnavailableError("killed before it could write that down");
  EXPECT_FALSE(replays_.Step().ok());
  rows_.advance_fails = absl::OkStatus();
  Work();
  EXPECT_THAT(rows_.results, ElementsAre("0 deadLetters/1-0 ACCEPTED"));
  EXPECT_EQ(FactsInJournal(), 1u);
}

TEST_F(LetterReplaysTest, ACancelledOneStops) {
  const DeadLetterReplay begun = Start();
  const DeadLetterReplay cancelled = *replays_.Cancel(begun.name());
  EXPECT_EQ(cancelled.state(), ingest::v1::REPLAY_STATE_RUNNING) << "until its worker ends it";
  EXPECT_NE(cancelled.waiting_for(), "");
  Work();
  EXPECT_THAT(rows_.results, IsEmpty());
  EXPECT_EQ(replays_.Cancel(begun.name())->state(), ingest::v1::REPLAY_STATE_CANCELLED);
  EXPECT_TRUE(replays_.Get(begun.name())->has_end_time());
  EXPECT_EQ(ReasonOf(replays_.Cancel("deadLetterReplays/none").status()), "REPLAY_NOT_FOUND");
}

TEST_F(LetterReplaysTest, WhatIsReplayedAsItIsCancelledIsWrittenDown) {
  const DeadLetterReplay begun = Start();
  as_asked_[3] = [&] { EXPECT_TRUE(replays_.Cancel(begun.name()).ok()); };
  as_asked_[4] = [&] { ours_ = false; };  // so that letters are left
  ASSERT_TRUE(replays_.Step().ok());
  ours_ = true;
  Work();
  EXPECT_THAT(rows_.results, ElementsAre("0 deadLetters/0-0 ACCEPTED",
                                         "1 deadLetters/0-1 REFUSED UNKNOWN_CURRENCY"));
  const DeadLetterReplay cancelled = *replays_.Get(begun.name());
  EXPECT_EQ(cancelled.state(), ingest::v1::REPLAY_STATE_CANCELLED);
  EXPECT_EQ(cancelled.accepted_count(), 1);
  EXPECT_EQ(cancelled.refused_count(), 1);
  EXPECT_EQ(cancelled.left_count(), 2);
}

TEST_F(LetterReplaysTest, OneThatWasOvertakenByAnotherGatewayWritesNothing) {
  const DeadLetterReplay begun = Start();
  LetterReplays other(letters_, rows_, clock_, metrics_,
                      {.may_work = []() -> absl::StatusOr<bool> { return true; }});
  as_asked_[3] = [&] { EXPECT_TRUE(other.Step().ok()); };  // our lease has expired
  ASSERT_TRUE(replays_.Step().ok());
  Work();
  EXPECT_THAT(
      rows_.results,
      ElementsAre("0 deadLetters/0-0 ACCEPTED", "1 deadLetters/0-1 REFUSED UNKNOWN_CURRENCY",
                  "2 deadLetters/0-2 ACCEPTED", "3 deadLetters/1-0 ACCEPTED"));
  const DeadLetterReplay done = *replays_.Get(begun.name());
  EXPECT_EQ(done.state(), ingest::v1::REPLAY_STATE_DONE);
  EXPECT_EQ(done.accepted_count(), 3);
  EXPECT_EQ(done.refused_count(), 1);
}

TEST_F(LetterReplaysTest, AStopWaitsForOneLetterAndNotForAll) {
  const DeadLetterReplay begun = Start();
  std::stop_source stop;
  as_asked_[2] = [&] { stop.request_stop(); };
  ASSERT_TRUE(replays_.Step(stop.get_token()).ok());
  EXPECT_THAT(rows_.results, ElementsAre("0 deadLetters/0-0 ACCEPTED"));
  EXPECT_EQ(replays_.Get(begun.name())->left_count(), 3);
}

TEST_F(LetterReplaysTest, NoLetterIsTakenOnceAnotherProcessIsToWork) {
  Start();
  as_asked_[3] = [&] { ours_ = false; };
  ASSERT_TRUE(replays_.Step().ok());
  EXPECT_THAT(rows_.results, ElementsAre("0 deadLetters/0-0 ACCEPTED"));
  EXPECT_EQ(FactsInJournal(), 1u);
}

TEST_F(LetterReplaysTest, WhatTheTopicHasForgottenIsNotWaitedFor) {
  ASSERT_TRUE(bus_->DropBefore(bus::kDeadLetterTopic, 1, 1).ok());
  const DeadLetterReplay begun = Start();
  EXPECT_EQ(begun.left_count(), 3) << "of the second partition nothing is left";
  ASSERT_TRUE(bus_->DropBefore(bus::kDeadLetterTopic, 0, 2).ok());
  Work();
  EXPECT_THAT(rows_.results, ElementsAre("0 deadLetters/0-2 ACCEPTED"));
  EXPECT_EQ(replays_.Get(begun.name())->state(), ingest::v1::REPLAY_STATE_DONE);
}

TEST_F(LetterReplaysTest, WhatHasEndedIsForgottenAfterAWhile) {
  rows_.more_to_prune = true;
  ASSERT_TRUE(replays_.Step().ok());
  EXPECT_EQ(rows_.pruned_before, kSampleTime - absl::Hours(24 * 7));
  clock_.Advance(absl::Seconds(1));
  ASSERT_TRUE(replays_.Step().ok());
  EXPECT_EQ(rows_.pruned_before, kSampleTime - absl::Hours(24 * 7) + absl::Seconds(1))
      << "there was more to forget";
  clock_.Advance(absl::Seconds(1));
  ASSERT_TRUE(replays_.Step().ok());
  EXPECT_EQ(rows_.pruned_before, kSampleTime - absl::Hours(24 * 7) + absl::Seconds(1))
      << "not again at once";
}

TEST_F(LetterReplaysTest, OnlyOneProcessWorks) {
  Start();
  ours_ = false;
  EXPECT_GT(*replays_.Step(), absl::ZeroDuration());
  EXPECT_EQ(FactsInJournal(), 0u);
}

TEST_F(LetterReplaysTest, ARequestThatComesAgainBeginsNothing) {
  const DeadLetterReplay begun = Start("CONFLICT", "request-1");
  EXPECT_EQ(Start("CONFLICT", "request-1").name(), begun.name());
  ingest::v1::StartDeadLetterReplayRequest request;
  request.mutable_filter()->set_reason("TOO_LARGE");
  request.set_request_id("request-1");
  EXPECT_EQ(ReasonOf(replays_.Start(request, "li").status()), "REQUEST_ID_REUSED");
  request.clear_request_id();
  request.add_names("deadLetters/0-0");
  EXPECT_EQ(ReasonOf(replays_.Start(request, "li").status()), "NAMES_AND_FILTER");
  request.Clear();
  EXPECT_EQ(ReasonOf(replays_.Start(request, "li").status()), "LETTERS_MISSING");
}

TEST_F(LetterReplaysTest, TextsThatAreTooLongAreRefusedByField) {
  const auto refused = [&](const ingest::v1::StartDeadLetterReplayRequest& request) {
    const auto detail = DetailOf(replays_.Start(request, "li").status());
    return detail.has_value() ? absl::StrCat(detail->reason, "@", detail->field) : "OK";
  };
  const std::string most(256, 'x');
  ingest::v1::StartDeadLetterReplayRequest request;
  request.add_names(most + "x");
  EXPECT_EQ(refused(request), "TEXT_TOO_LONG@names");
  request.Clear();
  request.mutable_filter()->set_reason(most + "x");
  EXPECT_EQ(refused(request), "TEXT_TOO_LONG@filter.reason");
  request.mutable_filter()->set_reason(most);
  request.mutable_filter()->set_refused_by(most + "x");
  EXPECT_EQ(refused(request), "TEXT_TOO_LONG@filter.refused_by");
  request.mutable_filter()->set_refused_by(most);
  request.mutable_filter()->mutable_from_time()->set_nanos(-1);
  EXPECT_EQ(refused(request), "TIME_INVALID@filter.from_time");
  request.mutable_filter()->clear_from_time();
  EXPECT_EQ(refused(request), "OK");
}

}  // namespace
}  // namespace bellwether::gateway::letter_replays_test
