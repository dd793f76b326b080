// Rates, withdrawn runs, ticks, and looking at the journal.
#include <fstream>
#include <thread>

#include "absl/strings/match.h"
#include "common/currency/currency_file.h"
#include "common/journal/entry.h"
#include "common/journal/semantics.h"
#include "common/journal/timestamps.h"
#include "common/rpc/client.h"
#include "common/testing/await.h"
#include "gmock/gmock.h"
#include "services/gateway/testing/app_fixture.h"

namespace bellwether::gateway::operations_test {
namespace {

using events::v1::FactEvent;
using ingest::v1::TailJournalRequest;
using ingest::v1::TailJournalResponse;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class OperationsTest : public GatewayTest {
 protected:
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
