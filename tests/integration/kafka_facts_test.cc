// The open door on a real broker: other people's clients, gateways that are killed and frozen.
#include <sys/wait.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/hash.h"
#include "common/base/ids.h"
#include "common/bus/open_bus.h"
#include "common/journal/dead_letter.h"
#include "common/log/log.h"
#include "common/store/sqlite_store.h"
#include "common/testing/await.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/gateway/testing/app_fixture.h"
#include "tests/support/child_process.h"
#include "tests/support/shared_kafka.h"

namespace bellwether::gateway::kafka_facts_test {
namespace {

using bellwether::testing::ChildProcess;
using bellwether::testing::SharedKafka;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr int32_t kPartitions = 3;
constexpr absl::Duration kPatience = absl::Seconds(60);
constexpr int kAccounts = 23;

// Ticks and what else belongs to a partition are none.
bool IsFact(absl::string_view type) { return absl::StartsWith(type, "bellwether.fact."); }

class KafkaFactsTest : public ::testing::Test {
 protected:
  explicit KafkaFactsTest(const std::string& names = absl::StrCat("topic.prefix=", NewUuid(), "&"))
      : folder_(std::filesystem::path(::testing::TempDir()) / NewUuid()),
        // The shortest session a broker of ours allows is a second; this one outlasts a busy
        // machine.
        url_(SharedKafka().Url(absl::StrCat(names, "session.timeout.ms=4000"))) {
    std::filesystem::create_directories(folder_);
    bus_ = bus::OpenBus(url_).value();
    for (const char* topic : {bus::kFactsTopic, bus::kJournalTopic, bus::kDeadLetterTopic}) {
      EXPECT_TRUE(bus_->EnsureTopic({topic, kPartitions}).ok());
    }
    producer_ = bus_->NewProducer().value();
  }
  ~KafkaFactsTest() override {
    producer_ = nullptr;
    bus_ = nullptr;
    std::filesystem::remove_all(folder_);
  }

  // The program, as it is deployed; those of a test share a store.
  std::unique_ptr<ChildProcess> Gateway() {
    return std::make_unique<ChildProcess>(
        "bellwether-gateway",
        std::vector<std::string>{"--bus", url_, "--store",
                                 absl::StrCat("sqlite:", folder_.string()), "--partitions",
                                 absl::StrCat(kPartitions), "--listen", "127.0.0.1:0", "--admin",
                                 "127.0.0.1:0", "--tick-interval", "30s", "--log-level", "error"});
  }

  void Write(bus::Message record) {
    const int32_t partition = PartitionOf(record.key, kPartitions);
    ASSERT_TRUE(producer_->Produce(bus::kFactsTopic, partition, std::move(record), nullptr).ok());
    ASSERT_TRUE(producer_->Flush(kPatience).ok());
  }
  void WriteMany(int count) {
    for (int i = 0; i < count; ++i, ++written_) {
      const std::string account = absl::StrCat("account-", written_ % kAccounts);
      ASSERT_TRUE(producer_
                      ->Produce(bus::kFactsTopic, PartitionOf(account, kPartitions),
                                SampleRecord(absl::StrFormat("%07d", written_), account), nullptr)
                      .ok());
    }
    ASSERT_TRUE(producer_->Flush(kPatience).ok());
  }

  int64_t JournalSize() {
    int64_t size = 0;
    for (int32_t p = 0; p < kPartitions; ++p) {
      const auto range = bus_->Offsets(bus::kJournalTopic, p);
      if (range.ok()) size += range->end - range->first;
    }
    return size;
  }
  std::vector<KeptRecord> Facts() {
    std::vector<KeptRecord> facts = ReadAll(*bus_, bus::kJournalTopic);
    std::erase_if(
        facts, [](const KeptRecord& record) { return !IsFact(record.HeaderOf(bus::kHeaderType)); });
    return facts;
  }
  size_t Distinct() {
    std::set<std::string> ids;
    for (const KeptRecord& fact : Facts()) ids.insert(fact.HeaderOf(bus::kHeaderId));
    return ids.size();
  }
  // Everything has come; what came again is the same, and nothing passed what it stood behind.
  void ExpectNothingLostAndOrderKept() {
    ASSERT_TRUE(Await([&] { return Distinct() == static_cast<size_t>(written_); }, kPatience));
    std::map<std::string, std::string> last_new;
    std::map<std::string, std::string> values;
    for (const KeptRecord& fact : Facts()) {
      const std::string id = fact.HeaderOf(bus::kHeaderId);
      const auto [found, is_new] = values.emplace(id, fact.message.value);
      EXPECT_EQ(found->second, fact.message.value);
      if (!is_new) continue;
      EXPECT_LT(last_new[fact.message.key], id) << fact.message.key;
      last_new[fact.message.key] = id;
    }
    EXPECT_TRUE(ReadAll(*bus_, bus::kDeadLetterTopic).empty());
  }

  LogCapture quiet_{[](absl::string_view) {}};
  const std::filesystem::path folder_;
  const std::string url_;
  std::unique_ptr<bus::Bus> bus_;
  std::unique_ptr<bus::Producer> producer_;
  int written_ = 0;
};

// A gateway in this process, whose clock stands still.
class HostedOnKafkaTest : public KafkaFactsTest {
 protected:
  HostedOnKafkaTest() {
    config_.partitions = kPartitions;
    config_.tick_interval = absl::Seconds(30);
    gateway_ = std::make_unique<HostedGateway>(config_, *bus_, *store_, clock_, calendar_);
  }

  const std::unique_ptr<store::Store> store_ =
      store::SqliteStore::Open({.path = (folder_ / "gateway.db").string()}).value();
  testing::FakeClock clock_{kSampleTime};
  const Calendar calendar_ = *Calendar::Create({});
  GatewayConfig config_;
  std::unique_ptr<HostedGateway> gateway_;
};

TEST_F(HostedOnKafkaTest, AFactOfEachModeAndFormatIsTheRecordACallWouldHaveMade) {
  ingest::v1::IngestFactsRequest request;
  *request.add_events()->mutable_fact() = SampleEvent("o-1", "acme");
  grpc::ClientContext context;
  ingest::v1::IngestFactsResponse response;
  ASSERT_TRUE(gateway_->stub().IngestFacts(&context, request, &response).ok());
  ASSERT_EQ(ReasonOf(response.answers(0)), "ACCEPTED");
  const std::vector<bus::Message> records = SampleRecordsOfEveryForm("o-1", "acme");
  for (const bus::Message& record : records) Write(record);
  ASSERT_TRUE(Await([&] { return Facts().size() == 1 + records.size(); }, kPatience));
  const std::vector<KeptRecord> facts = Facts();
  for (const KeptRecord& fact : facts) {
    EXPECT_EQ(fact.position.partition, facts[0].position.partition);
    EXPECT_EQ(fact.message.key, "acme");
    EXPECT_EQ(fact.message.value, facts[0].message.value);
    ASSERT_EQ(fact.message.headers.size(), facts[0].message.headers.size());
    for (size_t i = 0; i < fact.message.headers.size(); ++i) {
      EXPECT_EQ(fact.message.headers[i].name, facts[0].message.headers[i].name);
      EXPECT_EQ(fact.message.headers[i].value, facts[0].message.headers[i].value);
    }
  }
}

TEST_F(HostedOnKafkaTest, TheJournalIsShownToItsEnd) {
  WriteMany(1'000);
  ASSERT_TRUE(Await([&] { return Distinct() == 1'000; }, kPatience));
  size_t shown = 0;
  for (int32_t partition = 0; partition < kPartitions; ++partition) {
    grpc::ClientContext context;
    ingest::v1::TailJournalRequest request;
    request.set_partition(partition);
    auto stream = gateway_->stub().TailJournal(&context, request);
    ingest::v1::TailJournalResponse record;
    while (stream->Read(&record)) shown += IsFact(record.headers().at(bus::kHeaderType));
    EXPECT_TRUE(stream->Finish().ok());
  }
  EXPECT_EQ(shown, 1'000u);
}

// kill -9 somewhere between the journal's acknowledgement and the place that is stored behind it.
TEST_F(KafkaFactsTest, KilledGatewaysLoseNothing) {
  WriteMany(2'000);
  for (int round = 0; round < 4; ++round) {
    const int64_t before = JournalSize();
    const auto gateway = Gateway();
    WriteMany(3'000);
    ASSERT_TRUE(Await([&] { return JournalSize() > before + 500; }, kPatience));
    gateway->End(SIGKILL);
  }
  const auto last = Gateway();
  ASSERT_NO_FATAL_FAILURE(ExpectNothingLostAndOrderKept());
  EXPECT_EQ(last->End(SIGTERM), 0);
  // It stored its place when it ended: another one finds nothing to do.
  const int64_t size = static_cast<int64_t>(Facts().size());
  const auto another = Gateway();
  WriteMany(1);
  ASSERT_NO_FATAL_FAILURE(ExpectNothingLostAndOrderKept());
  EXPECT_THAT(Facts(), SizeIs(size + 1));
}

TEST_F(KafkaFactsTest, AFrozenGatewaysPartitionsGoToAnother) {
  WriteMany(500);
  const auto zombie = Gateway();
  ASSERT_NO_FATAL_FAILURE(ExpectNothingLostAndOrderKept());
  const auto heir = Gateway();
  WriteMany(500);
  ASSERT_NO_FATAL_FAILURE(ExpectNothingLostAndOrderKept());
  zombie->Freeze();
  WriteMany(500);
  ASSERT_NO_FATAL_FAILURE(ExpectNothingLostAndOrderKept());
  zombie->Thaw();
  WriteMany(500);
  ASSERT_NO_FATAL_FAILURE(ExpectNothingLostAndOrderKept());
  EXPECT_EQ(heir->End(SIGTERM), 0);
  WriteMany(500);
  ASSERT_NO_FATAL_FAILURE(ExpectNothingLostAndOrderKept());
  EXPECT_EQ(zombie->End(SIGTERM), 0);
}

TEST_F(KafkaFactsTest, ABrokersDeathLosesNothing) {
  const auto gateway = Gateway();
  WriteMany(2'000);
  ASSERT_TRUE(Await([&] { return JournalSize() > 100; }, kPatience));
  SharedKafka().Kill();
  ASSERT_TRUE(SharedKafka().Restart().ok());
  WriteMany(2'000);
  ASSERT_NO_FATAL_FAILURE(ExpectNothingLostAndOrderKept());
  EXPECT_EQ(gateway->End(SIGTERM), 0);
}

// The examples of docs/kafka.md, word for word, on the topics' own names.
class DocumentedTest : public KafkaFactsTest {
 protected:
  DocumentedTest() : KafkaFactsTest("") {}

  static std::vector<std::string> Examples() {
    std::ifstream file("docs/kafka.md");
    std::vector<std::string> examples;
    bool inside = false;
    for (std::string line; std::getline(file, line);) {
      if (line == "```sh") {
        inside = true;
        examples.emplace_back();
      } else if (line == "```") {
        inside = false;
      } else if (inside) {
        absl::StrAppend(&examples.back(), line, "\n");
      }
    }
    return examples;
  }

  // What it prints; the test fails when it fails.
  std::string Run(const std::string& script) {
    const std::string file = (folder_ / "example.sh").string();
    std::ofstream(file) << "set -euo pipefail\nexec 2>&1\nKAFKA=" << SharedKafka().address() << "\n"
                        << script;
    FILE* const pipe = popen(absl::StrCat("bash ", file).c_str(), "r");
    std::ostringstream output;
    char buffer[4096];
    for (size_t n = 0; (n = fread(buffer, 1, sizeof buffer, pipe)) > 0;) output.write(buffer, n);
    const int status = pclose(pipe);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << script << output.str();
    return output.str();
  }
};

TEST_F(DocumentedTest, OtherToolsGetFactsInAndSeeWhatWasRefused) {
  const std::vector<std::string> examples = Examples();
  ASSERT_THAT(examples, SizeIs(3));
  const auto gateway = Gateway();
  Run(examples[0]);
  Run(examples[1]);
  ASSERT_TRUE(Await([&] { return Facts().size() == 2; }, kPatience));
  for (const KeptRecord& fact : Facts()) EXPECT_EQ(fact.message.key, "acme");
  EXPECT_EQ(Facts()[0].HeaderOf(bus::kHeaderId), "order-4711");
  EXPECT_EQ(Facts()[1].HeaderOf(bus::kHeaderId), "payment-17");

  // A tombstone, and a record without a key.
  Run("printf 'acme:' | kcat -P -Z -K: -b \"$KAFKA\" -t bellwether.facts.v1");
  Run("printf 'no event' | kcat -P -b \"$KAFKA\" -t bellwether.facts.v1");
  ASSERT_TRUE(Await([&] { return ReadAll(*bus_, bus::kDeadLetterTopic).size() == 2; }, kPatience));
  const std::string letters = Run(examples[2]);
  EXPECT_THAT(letters, HasSubstr("dead_reason=MISSING_VALUE"));
  EXPECT_THAT(letters, HasSubstr("dead_reason=UNSUPPORTED_SPECVERSION"));
  EXPECT_THAT(letters, HasSubstr("no event"));
  EXPECT_EQ(gateway->End(SIGTERM), 0);
}

}  // namespace
}  // namespace bellwether::gateway::kafka_facts_test
