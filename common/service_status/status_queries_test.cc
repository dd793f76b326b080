#include "common/service_status/status_queries.h"

#include "common/testing/fake_clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::service_status::status_queries_test {
namespace {

using ::testing::ElementsAre;

TEST(StatusQueries, SaysWhyAServiceIsNotReadyAndWhatCannotBeAsked) {
  bellwether::testing::FakeClock clock(absl::FromUnixSeconds(1'000));
  absl::Status ready;
  const StatusQueries queries(
      "alerts", clock, [&] { return ready; },
      {[](system::v1::ServiceStatus&) { return absl::UnavailableError("the store is away"); },
       [](system::v1::ServiceStatus& status) {
         status.mutable_outbox()->set_unsent_count(status.ready() ? 7 : 8);
         return absl::OkStatus();
       }});
  clock.Advance(absl::Seconds(5));
  const system::v1::ServiceStatus status = *queries.Get({});
  EXPECT_EQ(status.service(), "alerts");
  EXPECT_TRUE(status.ready());
  EXPECT_EQ(status.start_time().seconds(), 1'000);
  EXPECT_EQ(status.measured_time().seconds(), 1'005);
  EXPECT_THAT(status.problems(), ElementsAre("the store is away"));
  EXPECT_EQ(status.outbox().unsent_count(), 7) << "one part that fails hides no other";
  EXPECT_EQ(queries.Get({})->process(), status.process());

  ready = absl::UnavailableError("partition 3 is loading");
  EXPECT_EQ(queries.Get({})->not_ready_reason(), "partition 3 is loading");
  EXPECT_EQ(queries.Get({})->outbox().unsent_count(), 8);
}

}  // namespace
}  // namespace bellwether::service_status::status_queries_test
