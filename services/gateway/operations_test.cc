// Ticks, dead letters, and looking at the journal.
#include <fstream>
#include <set>
#include <thread>

#include "absl/strings/match.h"
#include "common/currency/currency_file.h"
#include "common/journal/dead_letter.h"
#include "common/journal/entry.h"
#include "common/journal/semantics.h"
#include "common/journal/timestamps.h"
#include "common/rpc/client.h"
#include "common/rpc/paging.h"
#include "common/testing/await.h"
#include "gmock/gmock.h"
#include "services/gateway/application/dead_letters.h"
#include "services/gateway/testing/app_fixture.h"

namespace bellwether::gateway::operations_test {
namespace {

using events::v1::FactEvent;
using ingest::v1::ListDeadLettersRequest;
using ingest::v1::ListDeadLettersResponse;
using ingest::v1::TailJournalRequest;
using ingest::v1::TailJournalResponse;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class OperationsTest : public GatewayTest {
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

  // "id" of each record shown, "tick" for ticks, then the call's reason.
  std::vector<std::string> Tail(const TailJournalRequest& request) {
    grpc::ClientContext context;
    auto stream = stub().TailJournal(&context, request);
    std::vector<std::string> lines;
    TailJournalResponse record;
    while (stream->Read(&record)) lines.push_back(LineOf(record));
    lines.push_back(ReasonOf(stream->Finish()));
    return lines;
  }
  static std::string LineOf(const TailJournalResponse& record) {
    const auto& headers = record.headers();
    return headers.at(bus::kHeaderType) == bus::kTypeTick ? "tick" : headers.at(bus::kHeaderId);
  }
};

TEST_F(OperationsTest, SaysInWhichCurrencyFiguresAreAndConvertsIntoItsMinorUnit) {
  config_.currencies_file = ::testing::TempDir() + "/yen.yaml";
  std::ofstream(config_.currencies_file) << "reporting_currency: JPY\n"
                                            "currencies:\n"
                                            "  - {code: JPY, rate: 1}\n"
                                            "  - {code: CNY, minor_digits: 2, rate: 21.4}\n";
  Start();
  grpc::ClientContext context;
  ingest::v1::CurrencyRates rates;
  ASSERT_TRUE(stub().GetCurrencies(&context, ingest::v1::GetCurrenciesRequest(), &rates).ok());
  EXPECT_EQ(rates.reporting_currency(), "JPY");
  EXPECT_EQ(rates.currencies(0).minor_digits(), 0);
  EXPECT_EQ(rates.currencies(1).minor_digits(), 2);

  FactEvent order = SampleEvent("o1", "acme");
  order.mutable_fact()->mutable_order_placed()->mutable_amount()->set_currency_code("CNY");
  order.mutable_fact()->mutable_order_placed()->mutable_amount()->set_amount_minor(10'000);
  EXPECT_EQ(ReasonOf(Ingest({order}).answers(0)), "ACCEPTED");
  const auto facts = Facts();
  ASSERT_EQ(facts.size(), 1);
  events::v1::JournalEntry entry;
  ASSERT_TRUE(entry.ParseFromString(facts[0].message.value));
  EXPECT_EQ(entry.fact().order_placed().amount().base_amount_minor(), 2'140);
}

TEST_F(OperationsTest, TakesChangedRatesWhileItRunsAndOnlySoundOnes) {
  config_.currencies_file = ::testing::TempDir() + "/changing.yaml";
  const auto write = [&](absl::string_view dollar) {
    std::ofstream(config_.currencies_file) << "reporting_currency: CNY\n"
                                              "currencies:\n"
                                              "  - {code: CNY, rate: 1}\n"
                                              "  - {code: USD, "
                                           << dollar << "}\n";
  };
  const auto accept = [&](const std::string& id) {
    FactEvent order = SampleEvent(id, "acme");
    auto& amount = *order.mutable_fact()->mutable_order_placed()->mutable_amount();
    amount.set_currency_code("USD");
    amount.set_amount_minor(100);
    EXPECT_EQ(ReasonOf(Ingest({order}).answers(0)), "ACCEPTED");
    events::v1::JournalEntry entry;
    EXPECT_TRUE(entry.ParseFromString(Facts().back().message.value));
    return entry.fact().order_placed().amount().base_amount_minor();
  };
  const auto dollar = [&] {
    grpc::ClientContext context;
    ingest::v1::CurrencyRates rates;
    EXPECT_TRUE(stub().GetCurrencies(&context, ingest::v1::GetCurrenciesRequest(), &rates).ok());
    return rates.currencies(1);
  };
  write("rate: 7");
  Start();
  EXPECT_EQ(accept("o1"), 700);

  write("rate: 8, from: 2020-01-01");
  EXPECT_TRUE(testing::Await([&] { return dollar().rate_micros() == 8'000'000; }));
  EXPECT_EQ(dollar().from(), "2020-01-01");
  EXPECT_EQ(accept("o2"), 800);
  EXPECT_EQ(accept("o1"), 800) << "a copy; the fold keeps what was accepted first";

  write("rate: -9");
  EXPECT_TRUE(testing::Await([&] {
    return absl::StrContains(gateway_->metrics(),
                             R"(config_file_refused{file="currencies",service="gateway"} 1)");
  }));
  EXPECT_EQ(accept("o3"), 800);
}

// Before anything else of a new journal, and once, however often a gateway starts.
TEST_F(OperationsTest, BeginsAJournalWithTheNewestSemantics) {  // ADR 0020
  StartNotLive();
  gateway_ = nullptr;
  StartNotLive();
  const std::vector<KeptRecord> records = ReadAll(*inner_, bus::kJournalTopic);
  ASSERT_EQ(records.size(), static_cast<size_t>(kPartitions));
  for (const KeptRecord& record : records) {
    EXPECT_EQ(record.HeaderOf(bus::kHeaderType), bus::kTypeSemanticsChanged);
    EXPECT_EQ(record.message.key, absl::StrCat("partition-", record.position.partition));
    events::v1::JournalEntry entry;
    ASSERT_TRUE(entry.ParseFromString(record.message.value));
    EXPECT_EQ(entry.semantics_changed().semantics(), static_cast<int>(journal::kNewestSemantics));
  }
}

TEST_F(OperationsTest, WithdrawsAnImportRunInEveryPartition) {  // H1
  StartNotLive();
  const auto withdraw = [&](const std::string& run, const std::string& reason,
                            ingest::v1::WithdrawImportRunResponse& response) {
    ingest::v1::WithdrawImportRunRequest request;
    request.set_import_run(run);
    request.set_reason(reason);
    grpc::ClientContext context;
    return ReasonOf(stub().WithdrawImportRun(&context, request, &response));
  };
  ingest::v1::WithdrawImportRunResponse response;
  EXPECT_EQ(withdraw("orders-1", "", response), "JOURNAL_NOT_LIVE");
  EXPECT_EQ(withdraw("", "", response), "IMPORT_RUN_INVALID@import_run");
  EXPECT_EQ(withdraw("orders-1", std::string(513, 'x'), response), "TEXT_TOO_LONG@reason");
  Ingest({SampleEvent("o-1", "acme")});
  EXPECT_EQ(withdraw("orders-1", "wrong file", response), "OK");
  EXPECT_EQ(response.offsets().size(), static_cast<size_t>(kPartitions));
  for (const KeptRecord& record : Journal()) {
    if (record.HeaderOf(bus::kHeaderType) != bus::kTypeImportRunWithdrawn) continue;
    EXPECT_EQ(response.offsets().at(record.position.partition), record.position.offset);
    events::v1::JournalEntry entry;
    ASSERT_TRUE(entry.ParseFromString(record.message.value));
    EXPECT_EQ(entry.import_run_withdrawn().import_run(), "orders-1");
    EXPECT_EQ(entry.import_run_withdrawn().reason(), "wrong file");
  }
}

TEST_F(OperationsTest, TicksEveryPartitionAsTimePasses) {
  Start();
  ASSERT_TRUE(Await([&] { return Ticks().size() == kPartitions; }));
  clock_.Advance(absl::Seconds(1));
  ASSERT_TRUE(Await([&] { return Ticks().size() == 2 * kPartitions; }));
  for (const KeptRecord& tick : Ticks()) {
    EXPECT_EQ(tick.message.key, absl::StrCat("partition-", tick.position.partition));
    EXPECT_EQ(tick.HeaderOf(bus::kHeaderBackfill), "");
    EXPECT_EQ(
        tick.HeaderOf(bus::kHeaderRecordedAt),
        absl::StrCat(absl::ToUnixMicros(kSampleTime + absl::Seconds(tick.position.offset - 1))))
        << "behind the record of the semantics";
  }
}

TEST_F(OperationsTest, NeverTicksATimeThatIsNotLater) {
  Start();
  ASSERT_TRUE(Await([&] { return Ticks().size() == kPartitions; }));
  clock_.Advance(-absl::Seconds(5));
  EXPECT_EQ(ReasonOf(Ingest({SampleEvent("o-1", "acme")}).answers(0)), "ACCEPTED");
  clock_.Advance(absl::Seconds(6));
  ASSERT_TRUE(Await([&] { return Ticks().size() == 2 * kPartitions; }));
  EXPECT_EQ(Ticks()[1].HeaderOf(bus::kHeaderRecordedAt),
            absl::StrCat(absl::ToUnixMicros(kSampleTime + absl::Seconds(1))));
}

TEST_F(OperationsTest, TicksFromOneReplicaAndFromAnotherOnceItIsGone) {
  Start();
  ASSERT_TRUE(Await([&] { return Ticks().size() == kPartitions; }));
  HostedGateway replica(config_, bus_, *store_, clock_, calendar_);
  EXPECT_THAT(gateway_->metrics(), HasSubstr("bellwether_gateway_ticker_leading 1"));
  clock_.Advance(absl::Seconds(1));
  ASSERT_TRUE(Await([&] { return Ticks().size() == 2 * kPartitions; }));
  EXPECT_THAT(replica.metrics(), HasSubstr("bellwether_gateway_ticker_leading 0"));
  gateway_.reset();
  ASSERT_TRUE(Await([&] { return Ticks().size() == 3 * kPartitions; }));
  EXPECT_THAT(replica.metrics(), HasSubstr("bellwether_gateway_ticker_leading 1"));
}

TEST_F(OperationsTest, DoesNotPileUpTicksWhileTheBusIsStuck) {
  Start();
  ASSERT_TRUE(Await([&] { return Ticks().size() == kPartitions; }));
  bus_.Hold();
  clock_.Advance(absl::Seconds(1));
  ASSERT_TRUE(Await([&] { return bus_.held() == kPartitions; }));
  clock_.Advance(absl::Seconds(1));
  EXPECT_FALSE(Await([&] { return bus_.held() > kPartitions; }, absl::Milliseconds(100)));
  bus_.Release();
  EXPECT_TRUE(Await([&] { return Ticks().size() == 3 * kPartitions; }));
}

TEST_F(OperationsTest, ListsDeadLettersPageByPage) {
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
TEST_F(OperationsTest, EndsAPageOfLargeDeadLettersBeforeItIsTooLargeToSend) {
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

TEST_F(OperationsTest, ReplaysManyInTheBackgroundAndKeepsWhatBecameOfEach) {
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

TEST_F(OperationsTest, RefusesAForeignPageToken) {
  Start();
  grpc::ClientContext context;
  ListDeadLettersRequest request;
  request.set_page_token("made up");
  ListDeadLettersResponse response;
  EXPECT_EQ(ReasonOf(stub().ListDeadLetters(&context, request, &response)),
            "PAGE_TOKEN_INVALID@page_token");
}

TEST_F(OperationsTest, ReplaysALetterOnceItsReasonIsGone) {
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

TEST_F(OperationsTest, ReplaysWhatAFoldRefused) {
  Start();
  Refuse(journal::EncodeFact(SampleEvent("o-1", "acme"), {.recorded_at = kSampleTime}));
  EXPECT_EQ(Replay("deadLetters/0-0"), "ACCEPTED");
  ASSERT_EQ(Facts().size(), 1u);
  EXPECT_EQ(Facts()[0].HeaderOf(bus::kHeaderSource), "crm/test");
}

TEST_F(OperationsTest, DoesNotReplayWhatIsNoFact) {
  Start();
  Refuse(journal::EncodeTick(0, kSampleTime, false));
  EXPECT_EQ(Replay("deadLetters/0-0"), "NOT_A_FACT@name");
  Refuse({"k", {{"content-type", "application/octet-stream"}}, std::string(2 << 20, 'x')});
  EXPECT_EQ(Replay("deadLetters/0-1"), "LETTER_CUT@name");
  Refuse({"k", {{"content-type", "application/octet-stream"}}, "x"});
  EXPECT_EQ(Replay("deadLetters/0-2"), "MALFORMED_EVENT");
  EXPECT_TRUE(Facts().empty());
}

TEST_F(OperationsTest, KnowsWhichLettersThereAre) {
  Start();
  for (const char* name : {"", "deadLetters/", "deadLetters/0", "deadLetters/a-0",
                           "deadLetters/-1-0", "letters/0-0"}) {
    EXPECT_EQ(Replay(name), "NAME_INVALID@name") << name;
  }
  for (const char* name : {"deadLetters/0-0", "deadLetters/4-0"}) {
    EXPECT_EQ(Replay(name), "DEAD_LETTER_NOT_FOUND@name") << name;
  }
}

TEST_F(OperationsTest, ShowsTheRecordsOfAnAccount) {
  Start();
  ASSERT_TRUE(Await([&] { return Ticks().size() == kPartitions; }));
  for (int i = 0; i < 250; ++i) {
    Ingest({SampleEvent(absl::StrCat("a-", i), "acme"), SampleEvent(absl::StrCat("b-", i), "bolt"),
            SampleEvent(absl::StrCat("c-", i), "corp")});
  }
  TailJournalRequest request;
  request.set_account_id("acme");
  std::vector<std::string> lines = Tail(request);
  ASSERT_EQ(lines.size(), 251u);
  EXPECT_EQ(lines.front(), "a-0");
  EXPECT_EQ(lines[249], "a-249");
  EXPECT_EQ(lines.back(), "OK");
  request.set_limit(2);
  EXPECT_THAT(Tail(request), ElementsAre("a-0", "a-1", "OK"));
}

TEST_F(OperationsTest, ShowsAPartitionFromAnOffsetAsJson) {
  Start();
  ASSERT_TRUE(Await([&] { return Ticks().size() == kPartitions; }));
  const auto answer = Ingest({SampleEvent("o-1", "acme")}).answers(0);
  TailJournalRequest request;
  request.set_partition(answer.partition());
  request.set_from_offset(answer.offset());
  grpc::ClientContext context;
  auto stream = stub().TailJournal(&context, request);
  TailJournalResponse record;
  ASSERT_TRUE(stream->Read(&record));
  EXPECT_EQ(record.key(), "acme");
  EXPECT_EQ(record.offset(), answer.offset());
  EXPECT_EQ(record.recorded_time().seconds(), absl::ToUnixSeconds(kSampleTime));
  EXPECT_THAT(record.entry_json(), HasSubstr(R"("base_amount_minor":"12345")"));
  EXPECT_FALSE(stream->Read(&record));
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(OperationsTest, FollowsTheJournal) {
  Start();
  TailJournalRequest request;
  request.set_account_id("acme");
  request.set_from_offset(-1);
  request.set_follow(true);
  request.set_limit(2);
  Ingest({SampleEvent("before", "acme")});
  std::vector<std::string> lines;
  std::thread tail([&] { lines = Tail(request); });
  ASSERT_TRUE(Await([&] { return gateway_->server().streams().size() == 1; }));
  Ingest({SampleEvent("after-1", "acme"), SampleEvent("other", "bolt")});
  Ingest({SampleEvent("after-2", "acme")});
  tail.join();
  EXPECT_THAT(lines, ElementsAre("after-1", "after-2", "OK"));
}

TEST_F(OperationsTest, EndsATailWhoseCallerLeaves) {
  Start();
  {
    grpc::ClientContext context;
    TailJournalRequest request;
    request.set_follow(true);
    auto stream = stub().TailJournal(&context, request);
    TailJournalResponse record;
    ASSERT_TRUE(stream->Read(&record)) << "a tick";
    context.TryCancel();
    while (stream->Read(&record)) {
    }
    EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  EXPECT_TRUE(Await([&] { return gateway_->server().streams().size() == 0; }));
}

TEST_F(OperationsTest, RefusesATailThatCannotBeMeant) {
  Start();
  TailJournalRequest request;
  request.set_account_id("accounts/acme");
  EXPECT_THAT(Tail(request), ElementsAre("ACCOUNT_INVALID@account_id"));
  request.Clear();
  request.set_partition(kPartitions);
  EXPECT_THAT(Tail(request), ElementsAre("PARTITION_OUT_OF_RANGE@partition"));
  request.Clear();
  request.set_from_offset(-2);
  EXPECT_THAT(Tail(request), ElementsAre("OUT_OF_RANGE@from_offset"));
  request.set_from_offset(1'000'000);
  EXPECT_THAT(Tail(request), ElementsAre("OFFSET_OUTSIDE_LOG@offset"));
  request.Clear();
  request.set_limit(-1);
  EXPECT_THAT(Tail(request), ElementsAre("OUT_OF_RANGE@limit"));
}

TEST_F(OperationsTest, RefusesAJournalOfAnotherPartitionCount) {
  Start();
  gateway_.reset();
  config_.partitions = kPartitions + 1;
  metrics::Registry metrics;
  rpc::CallPool pool({.name = "test", .threads = 1}, metrics, clock_);
  const auto app = App::Create(config_, {bus_, *store_, clock_, calendar_, metrics, pool});
  EXPECT_EQ(ReasonOf(app.status()), "PARTITION_COUNT_DIFFERS@partitions");
}

TEST(Currencies, ShippedRatesAreSound) {
  const auto table = LoadCurrencies("");
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_EQ(table->reporting_code(), "CNY");
  EXPECT_EQ(*table->Convert(absl::CivilDay(2026, 1, 1), "JPY", 10'000), 46'800);
}

}  // namespace
}  // namespace bellwether::gateway::operations_test
