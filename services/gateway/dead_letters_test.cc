// Events that were refused: shown, and replayed once their reason is gone.
#include "services/gateway/application/dead_letters.h"

#include <set>

#include "common/journal/dead_letter.h"
#include "common/journal/entry.h"
#include "common/journal/timestamps.h"
#include "common/rpc/client.h"
#include "common/rpc/paging.h"
#include "common/testing/await.h"
#include "gmock/gmock.h"
#include "services/gateway/testing/app_fixture.h"

namespace bellwether::gateway::dead_letters_test {
namespace {

using events::v1::FactEvent;
using ingest::v1::ListDeadLettersRequest;
using ingest::v1::ListDeadLettersResponse;

class DeadLettersAppTest : public GatewayTest {
 protected:
  ListDeadLettersResponse List(int page_size, const std::string& token = "") {
    grpc::ClientContext context;
    ListDeadLettersRequest request;
    request.set_page_size(page_size);
    request.set_page_token(token);
    ListDeadLettersResponse response;
    const grpc::Status status = stub().ListDeadLetters(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  // The answer's reason, or the call's.
  std::string Replay(const std::string& name) {
    grpc::ClientContext context;
    ingest::v1::ReplayDeadLetterRequest request;
    request.set_name(name);
    ingest::v1::ReplayDeadLetterResponse response;
    const grpc::Status status = stub().ReplayDeadLetter(&context, request, &response);
    return status.ok() ? ReasonOf(response.answer()) : ReasonOf(status);
  }

  void Refuse(bus::Message message) {
    auto producer = *inner_->NewProducer();
    const bus::Message letter = journal::EncodeDeadLetter(
        std::move(message),
        {.reason = "CONFLICT", .message = "m", .refused_by = "health", .time = kSampleTime});
    ASSERT_TRUE(producer->Produce(bus::kDeadLetterTopic, 0, letter, nullptr).ok());
    ASSERT_TRUE(producer->Flush(absl::Seconds(10)).ok());
  }
};

TEST_F(DeadLettersAppTest, ListsDeadLettersPageByPage) {
  Start();
  std::vector<FactEvent> events;
  for (int i = 0; i < 25; ++i) {
    events.push_back(SampleEvent(absl::StrCat(i), absl::StrCat("account-", i)));
    events.back().clear_time();
  }
  Ingest(events);
  std::set<std::string> names;
  std::string token;
  int pages = 0;
  do {
    const ListDeadLettersResponse page = List(10, token);
    for (const auto& letter : page.dead_letters()) {
      EXPECT_TRUE(names.insert(letter.name()).second);
      EXPECT_EQ(letter.rejection().reason(), "MISSING_TIME");
      EXPECT_EQ(letter.rejection().field(), "time");
      EXPECT_EQ(letter.refused_by(), "gateway");
      EXPECT_EQ(letter.dead_time().seconds(), absl::ToUnixSeconds(kSampleTime));
      EXPECT_FALSE(letter.replayed());
      FactEvent whole;
      EXPECT_TRUE(whole.ParseFromString(letter.value()));
      EXPECT_EQ(whole.account_id(), letter.key());
    }
    token = page.next_page_token();
    ++pages;
  } while (!token.empty());
  EXPECT_EQ(names.size(), 25u);
  EXPECT_EQ(pages, 3);
}

// A hundred of these would be more than a gRPC message takes.
TEST_F(DeadLettersAppTest, EndsAPageOfLargeDeadLettersBeforeItIsTooLargeToSend) {
  constexpr int kLetters = 100;
  Start();
  for (int i = 0; i < kLetters; ++i) {
    Refuse({.key = absl::StrCat("account-", i), .value = std::string(200 << 10, 'x')});
  }
  std::set<std::string> names;
  std::string token;
  do {
    const ListDeadLettersResponse page = List(kLetters, token);
    ASSERT_GT(page.dead_letters_size(), 1);
    EXPECT_LE(page.ByteSizeLong(), kPageBytesMax + rpc::kPageTokenBytesMax);
    for (const auto& letter : page.dead_letters()) {
      EXPECT_TRUE(names.insert(letter.name()).second);
    }
    token = page.next_page_token();
  } while (!token.empty());
  EXPECT_EQ(names.size(), static_cast<size_t>(kLetters));
}

TEST_F(DeadLettersAppTest, ReplaysManyInTheBackgroundAndKeepsWhatBecameOfEach) {
  Start();
  Refuse(journal::EncodeFact(SampleEvent("o-1", "acme"), {.recorded_at = kSampleTime}));
  Refuse({.key = "acme", .value = "no fact at all"});
  Refuse(journal::EncodeFact(SampleEvent("o-2", "acme"), {.recorded_at = kSampleTime}));
  ASSERT_EQ(Replay("deadLetters/0-0"), "ACCEPTED");
  ingest::v1::StartDeadLetterReplayRequest request;
  request.mutable_filter()->set_reason("CONFLICT");
  ingest::v1::DeadLetterReplay replay;
  {
    grpc::ClientContext nobody;
    EXPECT_EQ(ReasonOf(stub().StartDeadLetterReplay(&nobody, request, &replay)),
              "PRINCIPAL_REQUIRED@bellwether-principal");
    grpc::ClientContext context;
    rpc::SetPrincipal(context, "li");
    ASSERT_TRUE(stub().StartDeadLetterReplay(&context, request, &replay).ok());
  }
  ASSERT_TRUE(bellwether::testing::Await([&] {
    grpc::ClientContext context;
    ingest::v1::GetDeadLetterReplayRequest get;
    get.set_name(replay.name());
    return stub().GetDeadLetterReplay(&context, get, &replay).ok() &&
           replay.state() == ingest::v1::REPLAY_STATE_DONE;
  }));
  EXPECT_EQ(replay.principal(), "li");
  EXPECT_EQ(replay.accepted_count(), 1);
  EXPECT_EQ(replay.refused_count(), 1);
  EXPECT_EQ(replay.passed_over_count(), 1);
  grpc::ClientContext context;
  ingest::v1::ListDeadLetterReplayResultsRequest results;
  results.set_name(replay.name());
  results.set_state(ingest::v1::LETTER_REPLAY_STATE_REFUSED);
  ingest::v1::ListDeadLetterReplayResultsResponse refused;
  ASSERT_TRUE(stub().ListDeadLetterReplayResults(&context, results, &refused).ok());
  ASSERT_EQ(refused.results_size(), 1);
  EXPECT_EQ(refused.results(0).dead_letter(), "deadLetters/0-1");
  EXPECT_NE(refused.results(0).replay().rejection().reason(), "");
  results.set_state(static_cast<ingest::v1::LetterReplayState>(99));
  grpc::ClientContext unknown;
  EXPECT_EQ(ReasonOf(stub().ListDeadLetterReplayResults(&unknown, results, &refused)),
            "STATE_INVALID@state");
  EXPECT_EQ(List(10).dead_letters(2).last_replay().replay(), replay.name());
}

TEST_F(DeadLettersAppTest, RefusesAForeignPageToken) {
  Start();
  grpc::ClientContext context;
  ListDeadLettersRequest request;
  request.set_page_token("made up");
  ListDeadLettersResponse response;
  EXPECT_EQ(ReasonOf(stub().ListDeadLetters(&context, request, &response)),
            "PAGE_TOKEN_INVALID@page_token");
}

TEST_F(DeadLettersAppTest, ReplaysALetterOnceItsReasonIsGone) {
  Start();
  FactEvent ahead = SampleEvent("o-1", "acme");
  *ahead.mutable_time() = journal::ToTimestamp(kSampleTime + absl::Hours(1));
  EXPECT_EQ(ReasonOf(Ingest({ahead}).answers(0)), "TIME_AHEAD@time");
  const std::string name = List(10).dead_letters(0).name();
  EXPECT_EQ(Replay(name), "TIME_AHEAD@time") << "an hour too early";
  EXPECT_EQ(List(10).dead_letters_size(), 1) << "and no new letter";
  clock_.Advance(absl::Hours(2));
  EXPECT_EQ(Replay(name), "ACCEPTED");
  const auto facts = Facts();
  ASSERT_EQ(facts.size(), 1u);
  EXPECT_EQ(facts[0].HeaderOf(bus::kHeaderId), "o-1");
  EXPECT_EQ(facts[0].HeaderOf(bus::kHeaderRecordedAt),
            absl::StrCat(absl::ToUnixMicros(kSampleTime + absl::Hours(2))));
  EXPECT_TRUE(List(10).dead_letters(0).replayed());
  EXPECT_EQ(Replay(name), "ALREADY_REPLAYED@name");
}

TEST_F(DeadLettersAppTest, ReplaysWhatAFoldRefused) {
  Start();
  Refuse(journal::EncodeFact(SampleEvent("o-1", "acme"), {.recorded_at = kSampleTime}));
  EXPECT_EQ(Replay("deadLetters/0-0"), "ACCEPTED");
  ASSERT_EQ(Facts().size(), 1u);
  EXPECT_EQ(Facts()[0].HeaderOf(bus::kHeaderSource), "crm/test");
}

TEST_F(DeadLettersAppTest, DoesNotReplayWhatIsNoFact) {
  Start();
  Refuse(journal::EncodeTick(0, kSampleTime, false));
  EXPECT_EQ(Replay("deadLetters/0-0"), "NOT_A_FACT@name");
  Refuse({"k", {{"content-type", "application/octet-stream"}}, std::string(2 << 20, 'x')});
  EXPECT_EQ(Replay("deadLetters/0-1"), "LETTER_CUT@name");
  Refuse({"k", {{"content-type", "application/octet-stream"}}, "x"});
  EXPECT_EQ(Replay("deadLetters/0-2"), "MALFORMED_EVENT");
  EXPECT_TRUE(Facts().empty());
}

TEST_F(DeadLettersAppTest, KnowsWhichLettersThereAre) {
  Start();
  for (const char* name : {"", "deadLetters/", "deadLetters/0", "deadLetters/a-0",
                           "deadLetters/-1-0", "letters/0-0"}) {
    EXPECT_EQ(Replay(name), "NAME_INVALID@name") << name;
  }
  for (const char* name : {"deadLetters/0-0", "deadLetters/4-0"}) {
    EXPECT_EQ(Replay(name), "DEAD_LETTER_NOT_FOUND@name") << name;
  }
}

}  // namespace
}  // namespace bellwether::gateway::dead_letters_test
