// The stream library over a real broker: whatever dies or stands still, state and effects are those
// of a fold that read the journal once, in order.
#include <csignal>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/base/ids.h"
#include "common/bus/open_bus.h"
#include "common/log/log.h"
#include "common/store/sqlite_store.h"
#include "common/stream/offsets_table.h"
#include "common/stream/processor_group.h"
#include "common/stream/testing/records.h"
#include "common/testing/await.h"
#include "gtest/gtest.h"
#include "tests/integration/ledger_fold.h"
#include "tests/support/child_process.h"
#include "tests/support/shared_kafka.h"

namespace bellwether::ledger::kafka_processor_test {
namespace {

using bellwether::testing::Await;
using bellwether::testing::SharedKafka;

constexpr absl::Duration kPatience = absl::Seconds(60);

// A process of the group.
class Member : public bellwether::testing::ChildProcess {
 public:
  Member(const std::string& url, const std::string& store)
      : ChildProcess("ledger_member", {url, store}) {}
};

class KafkaProcessorTest : public ::testing::Test {
 protected:
  KafkaProcessorTest()
      : folder_(std::filesystem::path(::testing::TempDir()) / NewUuid()),
        // The shortest session a broker of ours allows is a second; this one outlasts a busy
        // machine.
        url_(SharedKafka().Url(
            absl::StrCat("topic.prefix=", NewUuid(), ".&session.timeout.ms=4000"))) {
    std::filesystem::create_directories(folder_);
    store_path_ = (folder_ / "ledger.db").string();
    store_ = store::SqliteStore::Open({.path = store_path_}).value();
    bus_ = bus::OpenBus(url_).value();
  }
  ~KafkaProcessorTest() override {
    bus_ = nullptr;
    store_ = nullptr;
    std::filesystem::remove_all(folder_);
  }
  void SetUp() override {
    ASSERT_TRUE(CreateTables(*store_).ok());
    ASSERT_TRUE(CreateTopics(*bus_).ok());
    producer_ = bus_->NewProducer().value();
  }

  void Append(int count) {
    for (int i = 0; i < count; ++i, ++appended_) {
      const std::string account = absl::StrCat("account-", appended_ % 37);
      bus::Message record = stream::testing::RecordAt(
          account, absl::UnixEpoch() + absl::Seconds(appended_), absl::StrCat(appended_));
      ASSERT_TRUE(
          producer_->Produce(kJournal, PartitionOf(account, kPartitions), record, nullptr).ok());
    }
  }
  // Waits until everything has been folded, and looks at the result.
  void Settle() {
    ASSERT_TRUE(producer_->Flush(kPatience).ok());
    ASSERT_TRUE(Await([&] { return AllCommitted(*bus_, *store_); }, kPatience));
    const absl::Status compared = CompareWithSequentialFold(*bus_, *store_);
    EXPECT_TRUE(compared.ok()) << compared;
  }
  int64_t Committed() {
    int64_t sum = 0;
    for (const int64_t offset : Rows(&stream::OffsetsRow::next_offset)) sum += offset;
    return sum;
  }
  std::vector<int64_t> Epochs() { return Rows(&stream::OffsetsRow::epoch); }
  // That figure of every partition; 0 where it was never taken.
  std::vector<int64_t> Rows(int64_t stream::OffsetsRow::*figure) {
    const stream::OffsetsTable offsets(LedgerOptions().name);
    const auto transaction = store_->BeginRead().value();
    std::vector<int64_t> figures;
    for (int32_t p = 0; p < kPartitions; ++p) {
      const auto row = offsets.Read(*store_, *transaction, p, /*lock=*/false).value();
      figures.push_back(row.has_value() ? (*row).*figure : 0);
    }
    return figures;
  }

  LogCapture quiet_{[](absl::string_view) {}};
  const std::filesystem::path folder_;
  const std::string url_;
  std::string store_path_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<bus::Bus> bus_;
  std::unique_ptr<bus::Producer> producer_;
  int64_t appended_ = 0;
};

TEST_F(KafkaProcessorTest, ABrokersDeathChangesNothing) {
  Append(5'000);
  LedgerFolds folds;
  stream::ProcessorGroup group(LedgerOptions(),
                               {bus_.get(), store_.get(), nullptr, &Clock::System(), &folds}, 2);
  ASSERT_TRUE(group.Start().ok());
  EXPECT_FALSE(group.Ready()) << "no member knows its partitions yet";
  ASSERT_TRUE(Await([&] { return group.Ready(); }, kPatience));
  ASSERT_TRUE(Await([&] { return Committed() > 1'000; }, kPatience));
  Append(5'000);
  SharedKafka().Kill();
  EXPECT_TRUE(Await([&] { return !group.Ready(); }, kPatience)) << "the bus is away";
  Append(1'000);
  ASSERT_TRUE(SharedKafka().Restart().ok());
  Append(1'000);
  ASSERT_NO_FATAL_FAILURE(Settle());
  EXPECT_TRUE(Await([&] { return group.Ready(); }, kPatience));
  group.Stop();
  const absl::Status compared = CompareWithSequentialFold(*bus_, *store_);
  EXPECT_TRUE(compared.ok()) << compared;
}

// kill -9 somewhere between a record's effects and its checkpoint.
TEST_F(KafkaProcessorTest, KilledMembersChangeNothing) {
  Append(2'000);
  for (int round = 0; round < 4; ++round) {
    const int64_t before = Committed();
    Member member(url_, store_path_);
    Append(4'000);
    ASSERT_TRUE(Await([&] { return Committed() > before; }, kPatience));
    member.End(SIGKILL);
  }
  Member last(url_, store_path_);
  ASSERT_NO_FATAL_FAILURE(Settle());
  EXPECT_EQ(last.End(SIGTERM), 0);
}

// A member that stands still longer than its session loses its partitions without knowing. What it
// does when it wakes up is fenced off by the offsets rows.
TEST_F(KafkaProcessorTest, AZombieChangesNothing) {
  Append(2'000);
  Member zombie(url_, store_path_);
  ASSERT_TRUE(Await([&] { return Committed() > 0; }, kPatience));
  Member heir(url_, store_path_);
  // It takes part once the group has been balanced anew: half of the epochs are its.
  ASSERT_NO_FATAL_FAILURE(Settle());
  for (int round = 0; round < 2; ++round) {
    Append(1'000);
    zombie.Freeze();
    const std::vector<int64_t> before = Epochs();
    Append(1'000);
    // The heir takes all of them over and folds what the zombie left.
    ASSERT_NO_FATAL_FAILURE(Settle());
    const std::vector<int64_t> after = Epochs();
    for (int32_t p = 0; p < kPartitions; ++p) EXPECT_GT(after[p], before[p]);
    zombie.Thaw();
    Append(1'000);
    ASSERT_NO_FATAL_FAILURE(Settle());
    // Until the group has taken the zombie back, so that there is something to lose again.
    ASSERT_TRUE(Await(
        [&] {
          const std::vector<int64_t> now = Epochs();
          for (int32_t p = 0; p < kPartitions; ++p) {
            if (now[p] <= after[p]) return false;
          }
          return true;
        },
        kPatience));
  }
  Append(1'000);
  ASSERT_NO_FATAL_FAILURE(Settle());
  EXPECT_EQ(heir.End(SIGTERM), 0);
  Append(100);
  ASSERT_NO_FATAL_FAILURE(Settle());
  EXPECT_EQ(zombie.End(SIGTERM), 0);
}

}  // namespace
}  // namespace bellwether::ledger::kafka_processor_test
