// Taking over a partition of the signals topic.
#include "services/accounts/adapters/signals_consumer.h"

#include <atomic>
#include <memory>

#include "common/base/status.h"
#include "common/bus/topics.h"
#include "common/journal/entry.h"
#include "common/store/testing/test_database.h"
#include "common/stream/testing/faulty_store.h"
#include "common/testing/await.h"
#include "common/testing/fake_clock.h"
#include "common/testing/memory_bus.h"
#include "gtest/gtest.h"
#include "services/accounts/adapters/rfm_scheme_file.h"
#include "services/accounts/adapters/sql_accounts.h"
#include "services/accounts/adapters/sql_rfm.h"

namespace bellwether::accounts {
namespace {

using bellwether::testing::Await;

class IgnoredChanges final : public AccountChanges {
 public:
  absl::Status Record(store::Transaction&, const Account&, absl::Time, absl::Time) override {
    return absl::OkStatus();
  }
  void Committed() override {}
};

class SignalsConsumerTest : public ::testing::Test {
 protected:
  SignalsConsumerTest() { EXPECT_TRUE(CreateTables(*store_).ok()); }

  // As whoever had the partition before does it: a record more, read and committed.
  void ReadOneMore() {
    const auto producer = *bus_->NewProducer();
    ASSERT_TRUE(producer
                    ->Produce(bus::kSignalsTopic, 0,
                              journal::EncodeTick(0, clock_.Now(), /*backfill=*/false),
                              [](const absl::StatusOr<bus::Position>&) {})
                    .ok());
    ASSERT_TRUE(producer->Flush(bellwether::testing::kAwaitMax).ok());
    const auto transaction = *store_->Begin();
    ASSERT_TRUE(rfm_.MovePosition(*transaction,
                                  {.partition = 0,
                                   .log_id = bus_->Describe(bus::kSignalsTopic)->log_id,
                                   .next_offset = 1},
                                  /*read_from=*/std::nullopt)
                    .ok());
    ASSERT_TRUE(transaction->Commit().ok());
  }

  const Calendar calendar_ = *Calendar::Create({});
  bellwether::testing::FakeClock clock_{calendar_.StartOfDay(20'000)};
  const std::unique_ptr<bus::Bus> bus_ = bellwether::testing::NewMemoryBus(/*partitions=*/1);
  const std::unique_ptr<store::Store> store_ = store::testing::NewScratchStore();
  stream::testing::FaultyStore observed_{*store_};
  metrics::Registry metrics_;
  SqlRfm rfm_{*store_};
  SqlAccounts accounts_{*store_};
  IgnoredChanges changes_;
  const RfmConfig config_ = *LoadRfmConfig("");
  RfmCuts cuts_{config_.scheme, calendar_, rfm_, accounts_, changes_};
  SignalsConsumer consumer_{{observed_, *bus_, clock_, calendar_, rfm_, cuts_, changes_, metrics_},
                            config_.order_metrics};
};

TEST_F(SignalsConsumerTest, APredecessorsLastCommitDoesNotSeemToLieOutsideTheLog) {
  std::atomic<int> positions_read = 0;
  observed_.fault = [&](absl::string_view call) {
    if (call == "BeginRead" && ++positions_read == 1) ReadOneMore();
    return absl::OkStatus();
  };
  consumer_.Start();
  EXPECT_TRUE(Await([&] { return consumer_.Ready().ok(); }));
  consumer_.Stop();
  EXPECT_EQ(positions_read, 1) << "it left the group and joined again";
}

}  // namespace
}  // namespace bellwether::accounts
