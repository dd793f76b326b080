#include "common/stream/processor_metrics.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::stream::processor_metrics_test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(ProcessorMetrics, ReportsHowFarEachPartitionIsAndInWhichState) {
  metrics::Registry registry;
  ProcessorMetrics metrics(registry, "health");
  PartitionStatus status;
  status.partition = 3;
  status.state = PartitionState::kPaused;
  status.lag_records = 42;
  status.lag = absl::Milliseconds(1'500);
  status.checkpoint_age = absl::Seconds(7);
  metrics.Observe({status}, {});
  const std::string text = registry.Expose();
  const std::string of = R"({partition="3",processor="health"} )";
  EXPECT_THAT(text, HasSubstr("bellwether_stream_lag_records" + of + "42"));
  EXPECT_THAT(text, HasSubstr("bellwether_stream_lag_seconds" + of + "1.5"));
  EXPECT_THAT(text, HasSubstr("bellwether_stream_checkpoint_age_seconds" + of + "7"));
  EXPECT_THAT(text, HasSubstr(R"({partition="3",processor="health",state="paused"} 1)"));
  EXPECT_THAT(text, HasSubstr(R"({partition="3",processor="health",state="live"} 0)"));
}

TEST(ProcessorMetrics, ForgetsAPartitionThatIsAnothers) {
  metrics::Registry registry;
  ProcessorMetrics metrics(registry, "health");
  PartitionStatus status;
  status.state = PartitionState::kLive;
  status.lag_records = 42;
  metrics.Observe({status}, {});
  metrics.Observe({}, {});
  const std::string text = registry.Expose();
  EXPECT_THAT(text, HasSubstr(R"(lag_records{partition="0",processor="health"} 0)"));
  EXPECT_THAT(text, Not(HasSubstr("\"} 1\n")));
}

TEST(ProcessorMetrics, CountsOverAllProcessorsOfAGroup) {
  metrics::Registry registry;
  ProcessorMetrics metrics(registry, "health");
  Counters first, second;
  first.records = 10;
  first.dead_letters["CONFLICT"] = 1;
  second.records = 5;
  metrics.Observe({}, {first, second});
  first.records = 12;
  first.dead_letters["CONFLICT"] = 4;
  first.reloads["fenced"] = 1;
  metrics.Observe({}, {first, second});
  const std::string text = registry.Expose();
  EXPECT_THAT(text, HasSubstr(R"(bellwether_stream_records_total{processor="health"} 17)"));
  EXPECT_THAT(text, HasSubstr(R"(dead_letters_total{processor="health",reason="CONFLICT"} 4)"));
  EXPECT_THAT(text, HasSubstr(R"(reloads_total{processor="health",reason="fenced"} 1)"));
}

}  // namespace
}  // namespace bellwether::stream::processor_metrics_test
