#include "common/metrics/metrics.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::metrics::metrics_test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Registry, WritesCountersGaugesAndHistogramsAsPrometheusText) {
  Registry registry;
  registry.Counters("bellwether_calls_total", "Calls.", {"method", "code"})
      .With({"Get", "OK"})
      .Increment(3);
  registry.GaugeOf("bellwether_depth", "Depth.").Set(7);
  registry.HistogramOf("bellwether_wait_seconds", "Wait.", {0.1, 1.0}).Observe(0.5);
  const std::string text = registry.Expose();
  EXPECT_THAT(text, HasSubstr("# TYPE bellwether_calls_total counter"));
  EXPECT_THAT(text, HasSubstr("bellwether_calls_total{code=\"OK\",method=\"Get\"} 3"));
  EXPECT_THAT(text, HasSubstr("bellwether_depth 7"));
  EXPECT_THAT(text, HasSubstr("bellwether_wait_seconds_bucket{le=\"0.1\"} 0"));
  EXPECT_THAT(text, HasSubstr("bellwether_wait_seconds_bucket{le=\"1\"} 1"));
}

TEST(Registry, GivesTheSameSeriesForTheSameValues) {
  Registry registry;
  auto& family = registry.Counters("bellwether_x_total", "X.", {"a"});
  EXPECT_EQ(&family, &registry.Counters("bellwether_x_total", "X.", {"a"}));
  EXPECT_EQ(&family.With({"1"}), &family.With({"1"}));
  EXPECT_NE(&family.With({"1"}), &family.With({"2"}));
}

TEST(Family, CountsUnderOtherPastTheLimitOfSeries) {
  Registry registry;
  auto& family = registry.Counters("bellwether_x_total", "X.", {"a"});
  for (size_t i = 0; i < kSeriesPerFamilyMax; ++i) family.With({absl::StrCat("v", i)}).Increment();
  family.With({"one more"}).Increment();
  family.With({"and another"}).Increment();
  EXPECT_EQ(family.With({"v0"}).Value(), 1);
  const std::string text = registry.Expose();
  EXPECT_THAT(text, HasSubstr("bellwether_x_total{a=\"other\"} 2"));
  EXPECT_THAT(text, Not(HasSubstr("one more")));
}

TEST(FamilyDeathTest, StopsAProgramThatGivesTheWrongNumberOfValues) {
  Registry registry;
  auto& family = registry.Counters("bellwether_x_total", "X.", {"a"});
  EXPECT_DEATH(family.With({"1", "2"}), "one value per label name");
}

}  // namespace
}  // namespace bellwether::metrics::metrics_test
