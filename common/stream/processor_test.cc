// The processor on its own threads, over the embedded bus and a real store.
#include "common/stream/processor.h"

#include <atomic>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "common/base/hash.h"
#include "common/base/ids.h"
#include "common/base/status.h"
#include "common/bus/embedded_bus.h"
#include "common/bus/topics.h"
#include "common/log/log.h"
#include "common/store/testing/test_database.h"
#include "common/stream/processor_group.h"
#include "common/stream/testing/records.h"
#include "common/testing/await.h"
#include "gtest/gtest.h"

namespace bellwether::stream::processor_test {
namespace {

using bellwether::testing::Await;

constexpr char kTopic[] = "journal";
constexpr char kOut[] = "out";
constexpr int32_t kPartitions = 4;

// Counts its records in the store and passes each on. Checkpoints may come from another thread.
class CountingFold final : public PartitionFold {
 public:
  CountingFold(int32_t partition, const std::function<void()>& on_apply)
      : partition_(partition), on_apply_(on_apply) {}
  absl::Status Load(store::Transaction& transaction, absl::Time) override {
    auto rows = transaction.Query("SELECT count FROM counts WHERE partition_number = $1",
                                  {store::Value(int64_t{partition_})});
    if (rows.ok() && !rows->empty()) count_ = rows->front().Int(0);
    return rows.status();
  }
  void Apply(const bus::Record& record, const Moment& moment, Effects& effects) override {
    if (on_apply_) on_apply_();
    ++count_;
    effects.Emit(kOut, partition_, {std::string(record.key), {}, absl::StrCat(moment.version)});
  }
  void OnTick(const Moment&, Effects&) override {}
  std::optional<Timer> NextTimer() const override { return std::nullopt; }
  absl::Time NextTimerDue() const override { return absl::InfiniteFuture(); }
  void Fire(const Timer&, const Moment&, Effects&) override {}
  void EmitAll(const Moment&, Effects&) override {}
  CheckpointWrite TakeCheckpoint() override {
    return [partition = partition_, count = count_](store::Transaction& transaction) {
      return transaction
          .Execute(
              "INSERT INTO counts (partition_number, count) VALUES ($1, $2) "
              "ON CONFLICT (partition_number) DO UPDATE SET count = excluded.count",
              {store::Value(int64_t{partition}), store::Value(count)})
          .status();
    };
  }
  absl::Status Clear(store::Transaction& transaction) override {
    return transaction
        .Execute("DELETE FROM counts WHERE partition_number = $1",
                 {store::Value(int64_t{partition_})})
        .status();
  }
  int64_t count() const { return count_; }

 private:
  const int32_t partition_;
  const std::function<void()>& on_apply_;
  int64_t count_ = 0;
};

class CountingFolds final : public FoldFactory {
 public:
  std::unique_ptr<PartitionFold> New(int32_t partition) override {
    ++made;
    return std::make_unique<CountingFold>(partition, on_apply);
  }
  int64_t code_version() const override { return 1; }

  std::atomic<int> made = 0;
  std::function<void()> on_apply;  // of each record; may be empty
};

class ProcessorTest : public ::testing::Test {
 protected:
  ProcessorTest()
      : bus_(bus::EmbeddedBus::Open("").value()), store_(store::testing::NewScratchStore()) {
    EXPECT_TRUE(CreateTables(*store_).ok());
    const store::Migration counts[] = {
        {"counts", "CREATE TABLE counts (partition_number BIGINT PRIMARY KEY, count BIGINT);"}};
    EXPECT_TRUE(store::Migrate(*store_, counts).ok());
    for (const char* topic : {kTopic, kOut, bus::kDeadLetterTopic}) {
      EXPECT_TRUE(bus_->EnsureTopic({topic, kPartitions}).ok());
    }
    options_.name = options_.group = "test";
    options_.topic = kTopic;
    options_.checkpoint_records = 500;
  }

  void Append(int count) {
    auto producer = *bus_->NewProducer();
    for (int i = 0; i < count; ++i) {
      const std::string key = absl::StrCat("account-", i);
      ASSERT_TRUE(producer
                      ->Produce(kTopic, PartitionOf(key, kPartitions),
                                testing::RecordAt(key, absl::Now()), nullptr)
                      .ok());
    }
    ASSERT_TRUE(producer->Flush(absl::Seconds(20)).ok());
  }
  int64_t Ends(const char* topic) {
    int64_t sum = 0;
    for (int32_t p = 0; p < kPartitions; ++p) sum += bus_->Offsets(topic, p)->end;
    return sum;
  }
  int64_t Counted() {
    auto transaction = *store_->BeginRead();
    return (*transaction->Query("SELECT CAST(COALESCE(SUM(count), 0) AS BIGINT) FROM counts"))[0]
        .Int(0);
  }
  Ports PortsOf() { return {bus_.get(), store_.get(), nullptr, &Clock::System(), &folds_}; }

  LogCapture quiet_{[](absl::string_view) {}};
  const std::unique_ptr<bus::EmbeddedBus> bus_;
  const std::unique_ptr<store::Store> store_;
  CountingFolds folds_;
  ProcessorOptions options_;
};

TEST_F(ProcessorTest, FoldsOnItsThreadsAndCommitsWhenItStops) {
  Append(2'000);
  std::atomic<int> commits = 0;
  options_.committed = [&] { ++commits; };
  Processor processor(options_, PortsOf(), NewUuid());
  ASSERT_TRUE(processor.Start().ok());
  ASSERT_TRUE(Await([&] {
    int64_t applied = 0;
    for (const PartitionStatus& status : processor.Status()) applied += status.next_offset;
    return applied == 2'000;
  }));
  EXPECT_TRUE(processor.Ready());
  processor.Stop();
  EXPECT_EQ(Counted(), 2'000);
  EXPECT_EQ(Ends(kOut), 2'000);
  EXPECT_GT(commits, 0);
  EXPECT_FALSE(processor.Ready());
  EXPECT_TRUE(absl::IsUnavailable(processor.Inspect(0, [](const PartitionFold&) {})));
  EXPECT_TRUE(absl::IsUnavailable(processor.Rebuild({0})));
}

TEST_F(ProcessorTest, GoesOnWhereItStopped) {
  for (int round = 1; round <= 3; ++round) {
    Append(500);
    Processor processor(options_, PortsOf(), NewUuid());
    ASSERT_TRUE(processor.Start().ok());
    ASSERT_TRUE(Await([&] {
      const auto all = processor.Status();
      return static_cast<int32_t>(all.size()) == kPartitions &&
             std::all_of(all.begin(), all.end(),
                         [](const auto& status) { return status.caught_up; });
    }));
    processor.Stop();
    EXPECT_EQ(Counted(), 500 * round);
    EXPECT_EQ(Ends(kOut), 500 * round);
  }
}

TEST_F(ProcessorTest, WaitsUntilARecordIsApplied) {
  Processor processor(options_, PortsOf(), NewUuid());
  ASSERT_TRUE(processor.Start().ok());
  ASSERT_TRUE(Await([&] { return processor.Status().size() == kPartitions; }));
  Append(100);
  for (int32_t partition = 0; partition < kPartitions; ++partition) {
    const int64_t last = bus_->Offsets(kTopic, partition)->end - 1;
    const absl::Status applied =
        processor.WaitUntilApplied(partition, last, absl::Now() + absl::Seconds(20));
    EXPECT_TRUE(applied.ok()) << applied;
    int64_t counted = 0;
    ASSERT_TRUE(processor
                    .Inspect(partition,
                             [&](const PartitionFold& fold) {
                               counted = static_cast<const CountingFold&>(fold).count();
                             })
                    .ok());
    EXPECT_EQ(counted, last + 1);
  }
  EXPECT_TRUE(absl::IsDeadlineExceeded(
      processor.WaitUntilApplied(0, 1'000'000, absl::Now() + absl::Milliseconds(20))));
}

TEST_F(ProcessorTest, LetsNobodyWaitForAThreadThatStandsStill) {
  absl::Notification standing;
  absl::Notification may_go_on;
  folds_.on_apply = [&] {
    if (!standing.HasBeenNotified()) standing.Notify();
    may_go_on.WaitForNotification();
  };
  options_.task_wait_max = 4 * kIdlePollWait;
  Append(1);
  Processor processor(options_, PortsOf(), NewUuid());
  ASSERT_TRUE(processor.Start().ok());
  ASSERT_TRUE(standing.WaitForNotificationWithTimeout(bellwether::testing::kAwaitMax));
  int looks = 0;
  const auto look = [&] { return processor.Inspect(0, [&](const PartitionFold&) { ++looks; }); };
  const absl::Status busy = look();
  ASSERT_TRUE(DetailOf(busy).has_value()) << busy;
  EXPECT_EQ(DetailOf(busy)->reason, "FOLD_BUSY");
  EXPECT_EQ(look(), busy);
  EXPECT_EQ(processor.Rebuild({0}), busy);
  may_go_on.Notify();
  EXPECT_TRUE(Await([&] { return look().ok(); }));
  EXPECT_EQ(looks, 1) << "what was given up is not done later";
  EXPECT_EQ(processor.Status().at(0).generation, 1);
}

TEST_F(ProcessorTest, RebuildsWhileItRuns) {
  Append(1'000);
  Processor processor(options_, PortsOf(), NewUuid());
  ASSERT_TRUE(processor.Start().ok());
  const auto live_in_generation = [&](int64_t generation) {
    return Await([&] {
      const auto all = processor.Status();
      return static_cast<int32_t>(all.size()) == kPartitions &&
             std::all_of(all.begin(), all.end(), [&](const auto& status) {
               return status.caught_up && status.generation == generation;
             });
    });
  };
  ASSERT_TRUE(live_in_generation(1));
  ASSERT_TRUE(processor.Rebuild({0, 1, 2, 3}).ok());
  ASSERT_TRUE(live_in_generation(2));
  processor.Stop();
  EXPECT_EQ(Counted(), 1'000);
}

TEST_F(ProcessorTest, DoesNotStartOnAnotherLog) {
  {
    Append(10);
    Processor processor(options_, PortsOf(), NewUuid());
    ASSERT_TRUE(processor.Start().ok());
    ASSERT_TRUE(Await([&] { return processor.Status().size() == kPartitions; }));
  }
  const auto other = bus::EmbeddedBus::Open("").value();
  for (const char* topic : {kTopic, bus::kDeadLetterTopic}) {
    ASSERT_TRUE(other->EnsureTopic({topic, kPartitions}).ok());
  }
  Ports ports = PortsOf();
  ports.bus = other.get();
  Processor processor(options_, ports, NewUuid());
  EXPECT_TRUE(absl::IsFailedPrecondition(processor.Start()));
}

TEST_F(ProcessorTest, SharesOutPartitionsAmongTheProcessorsOfAGroup) {
  Append(1'000);
  ProcessorGroup group(options_, PortsOf(), 2);
  ASSERT_TRUE(group.Start().ok());
  ASSERT_TRUE(Await([&] {
    const auto all = group.Status();
    return group.Ready() && static_cast<int32_t>(all.size()) == kPartitions &&
           std::all_of(all.begin(), all.end(),
                       [](const auto& status) { return status.lag_records == 0; });
  }));
  for (int32_t partition = 0; partition < kPartitions; ++partition) {
    EXPECT_TRUE(group.Inspect(partition, [](const PartitionFold&) {}).ok());
    EXPECT_TRUE(group
                    .WaitUntilApplied(partition, bus_->Offsets(kTopic, partition)->end - 1,
                                      absl::Now() + absl::Seconds(20))
                    .ok());
  }
  EXPECT_TRUE(absl::IsNotFound(group.Inspect(99, [](const PartitionFold&) {})));
  group.Stop();
  EXPECT_EQ(Counted(), 1'000);
  // Nobody has loaded a partition that was another's.
  EXPECT_EQ(folds_.made, kPartitions);
  std::set<std::string> emitted;
  for (int32_t partition = 0; partition < kPartitions; ++partition) {
    auto reader = *bus_->NewReader(kOut, partition, 0);
    for (int64_t left = bus_->Offsets(kOut, partition)->end; left > 0;) {
      const auto batch = reader->Read(1'000, absl::Seconds(5));
      ASSERT_TRUE(batch.ok());
      for (const bus::Record& record : batch->records) {
        emitted.insert(absl::StrCat(partition, " ", std::string(record.value)));
      }
      left -= static_cast<int64_t>(batch->records.size());
    }
  }
  EXPECT_EQ(emitted.size(), 1'000u);  // a partition that moved may have been emitted twice
}

}  // namespace
}  // namespace bellwether::stream::processor_test
