#include "common/service_status/status_parts.h"

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "common/bus/embedded_bus.h"
#include "common/consume/positions.h"
#include "common/outbox/outbox.h"
#include "common/store/testing/test_database.h"
#include "common/stream/offsets_table.h"
#include "common/testing/fake_clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::service_status::status_parts_test {
namespace {

using ::testing::ElementsAre;

const absl::Time kNow = absl::FromUnixSeconds(10'000);

class StatusParts : public ::testing::Test {
 protected:
  StatusParts() {
    EXPECT_TRUE(bus_->EnsureTopic({.name = "topic", .partitions = 2}).ok());
    producer_ = bus_->NewProducer().value();
    for (int i = 0; i < 5; ++i) Produce(0);
    status_.set_ready(true);
  }
  void Produce(int32_t partition) {
    absl::Notification written;
    EXPECT_TRUE(producer_
                    ->Produce("topic", partition, {.key = "k", .value = "v"},
                              [&](const absl::StatusOr<bus::Position>&) { written.Notify(); })
                    .ok());
    written.WaitForNotification();
  }
  void Execute(const std::string& sql) {
    const auto transaction = store_->Begin().value();
    EXPECT_TRUE(transaction->Execute(sql).ok()) << sql;
    EXPECT_TRUE(transaction->Commit().ok());
  }
  // "0: 3 behind 5s live": partition, records, seconds, state.
  std::vector<std::string> Lags(const Part& part) {
    EXPECT_TRUE(part(status_).ok());
    std::vector<std::string> lags;
    for (const system::v1::PartitionLag& lag : status_.lags()) {
      const auto known = [](bool has, int64_t value) { return has ? absl::StrCat(value) : "?"; };
      lags.push_back(absl::StrCat(lag.partition(), ": ", known(lag.has_records(), lag.records()),
                                  " behind ", known(lag.has_behind(), lag.behind().seconds()), "s ",
                                  lag.state()));
    }
    return lags;
  }

  bellwether::testing::FakeClock clock_{kNow};
  const std::unique_ptr<bus::EmbeddedBus> bus_ = bus::EmbeddedBus::Open("").value();
  const std::unique_ptr<store::Store> store_ = store::testing::NewScratchStore();
  std::unique_ptr<bus::Producer> producer_;
  system::v1::ServiceStatus status_;
};

TEST_F(StatusParts, OfTheOutboxSayHowManyRowsWaitAndSinceWhen) {
  ASSERT_TRUE(outbox::CreateTables(*store_).ok());
  const Part part = OutboxPart(*store_, clock_);
  ASSERT_TRUE(part(status_).ok());
  EXPECT_EQ(status_.outbox().unsent_count(), 0);
  EXPECT_FALSE(status_.outbox().has_oldest_time());
  const auto transaction = store_->Begin().value();
  for (const int seconds : {30, 20}) {
    ASSERT_TRUE(outbox::Append(*transaction, {{.subject = "s", .topic = "topic"}},
                               kNow - absl::Seconds(seconds))
                    .ok());
  }
  ASSERT_TRUE(transaction->Commit().ok());
  ASSERT_TRUE(part(status_).ok());
  EXPECT_EQ(status_.outbox().unsent_count(), 2);
  EXPECT_EQ(status_.outbox().oldest_age().seconds(), 30);
}

TEST_F(StatusParts, OfAFoldShowItsOwnPartitionsAsTheyStandAndOthersAsCommitted) {
  ASSERT_TRUE(stream::CreateTables(*store_).ok());
  Execute(absl::StrCat(
      "INSERT INTO stream_offsets (processor, partition_number, epoch, generation, next_offset, "
      "stream_time_micros, log_id, code_version, commit_id) VALUES ('fold', 0, 1, 1, 2, ",
      absl::ToUnixMicros(kNow - absl::Seconds(7)), ", 'log', 1, 'c')"));
  const stream::PartitionStatus own{.partition = 1,
                                    .state = stream::PartitionState::kLive,
                                    .stream_time = kNow - absl::Seconds(4),
                                    .lag_records = 9};
  const Part part = FoldPart({"fold", "topic"}, *store_, *bus_, clock_,
                             [&] { return std::vector<stream::PartitionStatus>{own}; });
  EXPECT_THAT(Lags(part), ElementsAre("1: 9 behind 4s live", "0: 3 behind 7s committed"));
  EXPECT_EQ(status_.lags(1).behind_since_time().seconds(), 10'000 - 7);
  status_.clear_lags();
  status_.set_ready(false);
  EXPECT_THAT(Lags(part), ElementsAre("1: 9 behind 4s live"))
      << "others would have to be asked for";
}

TEST_F(StatusParts, OfAReaderSayHowFarItsPositionsAre) {
  ASSERT_TRUE(consume::CreateTables(*store_).ok());
  const consume::Positions positions("reader");
  const auto transaction = store_->Begin().value();
  ASSERT_TRUE(positions
                  .Move(*transaction,
                        {.partition = 0,
                         .log_id = "log",
                         .next_offset = 5,
                         .watermark = kNow - absl::Seconds(60)},
                        std::nullopt)
                  .ok());
  ASSERT_TRUE(transaction->Commit().ok());
  const Part part = ReaderPart("reader", "topic", *store_, *bus_, clock_);
  EXPECT_THAT(Lags(part), ElementsAre("0: 0 behind 0s committed", "1: 0 behind 0s committed"))
      << "at the end, however old";
  Produce(0);
  Produce(1);
  status_.clear_lags();
  EXPECT_THAT(Lags(part), ElementsAre("0: 1 behind 60s committed", "1: 1 behind ?s committed"))
      << "of the second nothing was read yet";
}

TEST_F(StatusParts, WhatIsNotKnownIsNotShownAsNothing) {
  ASSERT_TRUE(stream::CreateTables(*store_).ok());
  const stream::PartitionStatus loading{.partition = 0};
  const Part part = FoldPart({"fold", "topic"}, *store_, *bus_, clock_,
                             [&] { return std::vector<stream::PartitionStatus>{loading}; });
  Produce(1);
  EXPECT_THAT(Lags(part), ElementsAre("0: ? behind ?s loading", "1: 1 behind ?s committed"));
}

}  // namespace
}  // namespace bellwether::service_status::status_parts_test
