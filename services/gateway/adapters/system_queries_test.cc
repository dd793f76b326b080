#include "services/gateway/adapters/system_queries.h"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "common/testing/fake_clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::gateway::system_queries_test {
namespace {

using ::testing::ElementsAre;

void AddLag(int32_t partition, const char* state, int64_t records, int64_t measured_seconds,
            system::v1::ProcessReport& process) {
  system::v1::PartitionLag& lag = *process.mutable_status()->add_lags();
  lag.set_topic("journal");
  lag.set_partition(partition);
  lag.set_state(state);
  lag.set_records(records);
  lag.mutable_measured_time()->set_seconds(measured_seconds);
}

TEST(SystemQueries, OfAPartitionWhatItsReaderSaysCounts) {
  system::v1::ServiceReport report;
  system::v1::ProcessReport& first = *report.add_processes();
  system::v1::ProcessReport& second = *report.add_processes();
  AddLag(0, "live", 1, 10, first);
  AddLag(1, "committed", 50, 10, first);
  AddLag(0, "committed", 40, 20, second);
  AddLag(1, "paused", 60, 5, second);
  AddLag(2, "fenced", 7, 5, first);
  AddLag(2, "live", 0, 6, second);
  MergeLags(report);
  std::vector<std::string> merged;
  for (const system::v1::PartitionLag& lag : report.lags()) {
    merged.push_back(absl::StrCat(lag.partition(), " ", lag.state(), " ", lag.records()));
  }
  EXPECT_THAT(merged, ElementsAre("0 live 1", "1 paused 60", "2 live 0"));
}

TEST(SystemQueries, AServiceThatDoesNotAnswerIsNamedAndHidesNobody) {
  const bellwether::testing::FakeClock clock(absl::FromUnixSeconds(1'000));
  const service_status::StatusQueries own("gateway", clock, [] { return absl::OkStatus(); }, {});
  // Nobody listens there; the other one is no address that may be asked.
  SystemQueries queries(
      own,
      {{"alerts", "bellwether.alerts.v1.AlertsService", {"127.0.0.1:1"}},
       {"health", "bellwether.health.v1.HealthService", {"example.com:1"}}},
      [] { return std::string("127.0.0.1:1"); }, clock);
  const auto system = queries.Get({});
  ASSERT_TRUE(system.ok()) << system.status();
  ASSERT_EQ(system->services_size(), 3);
  EXPECT_EQ(system->services(0).service(), "gateway");
  EXPECT_TRUE(system->services(0).processes(0).status().ready());
  EXPECT_EQ(system->services(1).service(), "alerts");
  EXPECT_EQ(system->services(1).processes(0).address(), "127.0.0.1:1");
  EXPECT_FALSE(system->services(1).processes(0).has_status());
  EXPECT_EQ(system->services(1).processes(0).error_code(),
            static_cast<int>(absl::StatusCode::kUnavailable));
  EXPECT_NE(system->services(1).processes(0).error_message(), "");
  EXPECT_EQ(system->services(2).processes(0).error_code(),
            static_cast<int>(absl::StatusCode::kFailedPrecondition));
}

TEST(SystemQueries, AnAnswerIsSharedForASecond) {
  bellwether::testing::FakeClock clock(absl::FromUnixSeconds(1'000));
  int asked = 0;
  const service_status::StatusQueries own("gateway", clock,
                                          [&] {
                                            ++asked;
                                            return absl::OkStatus();
                                          },
                                          {});
  SystemQueries queries(
      own, {}, [] { return std::string(); }, clock);
  ASSERT_TRUE(queries.Get({}).ok());
  clock.Advance(absl::Milliseconds(999));
  EXPECT_EQ(queries.Get({})->server_time().seconds(), 1'000);
  EXPECT_EQ(asked, 1);
  clock.Advance(absl::Milliseconds(1));
  EXPECT_EQ(queries.Get({})->server_time().seconds(), 1'001);
  EXPECT_EQ(asked, 2);
}

TEST(SystemQueries, WhileOneCallerAsksNobodyElseWaits) {
  bellwether::testing::FakeClock clock(absl::FromUnixSeconds(1'000));
  absl::Notification asking;
  absl::Notification go_on;
  std::atomic<int> asked = 0;
  const service_status::StatusQueries own("gateway", clock,
                                          [&] {
                                            if (++asked == 2) {
                                              asking.Notify();
                                              go_on.WaitForNotification();
                                            }
                                            return absl::OkStatus();
                                          },
                                          {});
  SystemQueries queries(
      own, {}, [] { return std::string(); }, clock);
  ASSERT_TRUE(queries.Get({}).ok());
  clock.Advance(absl::Seconds(5));
  std::jthread slow([&] { EXPECT_EQ(queries.Get({})->server_time().seconds(), 1'005); });
  asking.WaitForNotification();
  EXPECT_EQ(queries.Get({})->server_time().seconds(), 1'000) << "the last answer";
  EXPECT_EQ(asked, 2);
  go_on.Notify();
  slow.join();
  EXPECT_EQ(queries.Get({})->server_time().seconds(), 1'005);
}

}  // namespace
}  // namespace bellwether::gateway::system_queries_test
