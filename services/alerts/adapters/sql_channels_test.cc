// How a channel is doing: what was tried last, and what waits for it.
#include "services/alerts/adapters/sql_channels.h"

#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "common/base/status.h"
#include "common/store/run_transaction.h"
#include "common/store/testing/test_database.h"
#include "gtest/gtest.h"
#include "services/alerts/adapters/sql_case_rows.h"
#include "services/alerts/adapters/sql_deliveries.h"
#include "services/alerts/testing/rules.h"

namespace bellwether::alerts::sql_channels_test {
namespace {

using for_tests::kStart;

const Channel kHook{kWebhookChannel, "hook"};
const Channel kManager{kAlertmanagerChannel, "alertmanager-1:9093"};
constexpr DeliveryVerdict kDone{.end = DeliveryEnd::kDelivered, .reason = "DELIVERED"};
constexpr DeliveryVerdict kAgain{
    .end = DeliveryEnd::kRetry, .reason = "TIMEOUT", .failure = true, .wait = absl::Seconds(1)};
constexpr DeliveryVerdict kNever{
    .end = DeliveryEnd::kGivenUp, .reason = "REFUSED", .failure = true};

class SqlChannels : public ::testing::Test {
 protected:
  SqlChannels() { EXPECT_TRUE(CreateTables(*store_).ok()); }

  void Run(absl::FunctionRef<absl::Status(store::Transaction&)> change) {
    const absl::Status done = store::RunTransaction(*store_, change);
    ASSERT_TRUE(done.ok()) << done;
  }
  void Record(const Channel& channel, const DeliveryVerdict& verdict, const std::string& detail,
              absl::Time at) {
    Run([&](store::Transaction& transaction) {
      return RecordChannel(transaction, channel, verdict, detail, at);
    });
  }
  // To the hook; what became of its first attempt, if one was made.
  void Deliver(const std::string& alert, absl::Time at, const DeliveryVerdict* verdict) {
    Run([&](store::Transaction& transaction) -> absl::Status {
      RETURN_IF_ERROR(InsertDelivery(transaction, kHook.name, alert, 1, "{}", at));
      if (verdict == nullptr) return absl::OkStatus();
      return RecordAttempt(transaction,
                           {.target = kHook.name, .alert_id = alert, .entry_number = 1}, *verdict,
                           at)
          .status();
    });
  }
  system::v1::ChannelStatus Read(const Channel& channel) {
    const auto status = ReadChannel(**store_->BeginRead(), channel);
    EXPECT_TRUE(status.ok()) << status.status();
    return status.value_or(system::v1::ChannelStatus());
  }

  const std::unique_ptr<store::Store> store_ = store::testing::NewScratchStore();
};

TEST_F(SqlChannels, OneThatNothingWasSentToIsShownAllTheSame) {
  const system::v1::ChannelStatus status = Read(kHook);
  EXPECT_EQ(status.kind(), "webhook");
  EXPECT_EQ(status.name(), "hook");
  EXPECT_FALSE(status.has_last_success_time());
  EXPECT_FALSE(status.has_last_failure_time());
  EXPECT_FALSE(status.has_oldest_waiting_time());
  EXPECT_EQ(status.waiting_count() + status.failing_count() + status.given_up_count(), 0);
}

TEST_F(SqlChannels, ASuccessLeavesTheLastFailureAndAFailureTheLastSuccess) {
  Record(kManager, kDone, "", kStart);
  Record(kManager, kAgain, "no answer within 5 s", kStart + absl::Seconds(1));
  Record(kManager, kDone, "", kStart + absl::Seconds(2));
  system::v1::ChannelStatus status = Read(kManager);
  EXPECT_EQ(status.last_success_time().seconds(), absl::ToUnixSeconds(kStart) + 2);
  EXPECT_EQ(status.last_failure_time().seconds(), absl::ToUnixSeconds(kStart) + 1);
  EXPECT_EQ(status.last_failure_reason(), "TIMEOUT");
  EXPECT_EQ(status.last_failure_detail(), "no answer within 5 s");
  Record(kManager, kNever, "404", kStart + absl::Seconds(3));
  status = Read(kManager);
  EXPECT_EQ(status.last_success_time().seconds(), absl::ToUnixSeconds(kStart) + 2);
  EXPECT_EQ(status.last_failure_reason(), "REFUSED");
  EXPECT_FALSE(Read({kAlertmanagerChannel, "another:9093"}).has_last_failure_time());
}

TEST_F(SqlChannels, OfAWebhookSayWhatWaitsFailsAndWasGivenUp) {
  Deliver("done", kStart, &kDone);
  Deliver("failing", kStart + absl::Seconds(1), &kAgain);
  Deliver("waiting", kStart + absl::Seconds(2), nullptr);
  Deliver("given-up", kStart + absl::Seconds(3), &kNever);
  const system::v1::ChannelStatus status = Read(kHook);
  EXPECT_EQ(status.waiting_count(), 2);
  EXPECT_EQ(status.failing_count(), 1);
  EXPECT_EQ(status.given_up_count(), 1);
  EXPECT_EQ(status.oldest_waiting_time().seconds(), absl::ToUnixSeconds(kStart) + 1);
  EXPECT_EQ(Read({kAlertmanagerChannel, "hook"}).waiting_count(), 0) << "no webhook";
}

}  // namespace
}  // namespace bellwether::alerts::sql_channels_test
