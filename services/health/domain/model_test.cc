#include "services/health/domain/model.h"

#include <functional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/health/testing/models.h"

namespace bellwether::health::model_test {
namespace {

using ::testing::HasSubstr;

std::string Joined(const std::vector<ModelProblem>& problems) {
  return absl::StrJoin(problems, "\n", [](std::string* text, const ModelProblem& problem) {
    absl::StrAppend(text, problem.in_catalogue ? "catalogue " : "model ", problem.field, ": ",
                    problem.message);
  });
}

std::string ProblemsWhen(const std::function<void(MetricCatalogue&, HealthModel&)>& change) {
  MetricCatalogue catalogue = EveryFormula();
  HealthModel model = SmallModel();
  change(catalogue, model);
  return Joined(ProblemsOf(catalogue, model));
}

TEST(ModelProblems, AreNoneForAGoodModel) {
  EXPECT_EQ(ProblemsWhen([](auto&, auto&) {}), "");
}

TEST(ModelProblems, AreNamedAllAtOnce) {
  const std::string problems = ProblemsWhen([](MetricCatalogue& catalogue, HealthModel& model) {
    catalogue.metrics[0].series = "moon_phase";
    catalogue.metrics[1].window_days = 367;
    catalogue.metrics[2].unit = Unit::kMoney;
    model.dimensions[0].weight_micros = 600'001;
    model.dimensions[1].metrics[0].metric = "nobody.knows";
  });
  EXPECT_THAT(problems, HasSubstr("catalogue metrics[0].series: "));
  EXPECT_THAT(problems, HasSubstr("unknown series 'moon_phase'"));
  EXPECT_THAT(problems, HasSubstr("catalogue metrics[1].window_days: "));
  EXPECT_THAT(problems, HasSubstr("window_days must be 1 to 366"));
  EXPECT_THAT(problems, HasSubstr("the unit is not the one the formula gives"));
  EXPECT_THAT(problems, HasSubstr("model dimensions: the weights of the dimensions add up to "
                                  "1000001, not 1 000 000"));
  EXPECT_THAT(problems, HasSubstr("model dimensions[1].metrics[0].metric: "));
  EXPECT_THAT(problems, HasSubstr("unknown metric nobody.knows"));
}

TEST(ModelProblems, FindEveryBrokenRule) {
  using Change = std::function<void(MetricCatalogue&, HealthModel&)>;
  const std::pair<const char*, Change> cases[] = {
      {"has no version", [](auto& c, auto&) { c.version.clear(); }},
      {"restate_days must be", [](auto& c, auto&) { c.restate_days = 0; }},
      {"restate_days must be", [](auto& c, auto&) { c.restate_days = 367; }},
      {"window_days must be", [](auto& c, auto&) { c.metrics[0].window_days = 0; }},
      {"compared must not exceed 183", [](auto& c, auto&) { c.metrics[4].window_days = 184; }},
      {"offset_days must be", [](auto& c, auto&) { c.metrics[0].offset_days = -1; }},
      {"listed twice", [](auto& c, auto&) { c.metrics[1].name = c.metrics[0].name; }},
      {"the score's own", [](auto& c, auto&) { c.metrics[1].name = "health.score"; }},
      {"materiality_micros is negative",
       [](auto& c, auto&) { c.metrics[0].materiality_micros = -1; }},
      {"minimum_baseline is only", [](auto& c, auto&) { c.metrics[0].minimum_baseline = 1; }},
      {"empty_is_zero cannot be", [](auto& c, auto&) { c.metrics[6].empty_is_zero = true; }},
      {"does not have the shape", [](auto& c, auto&) { c.metrics[10].series = "order_value"; }},
      {"denominator_series must", [](auto& c, auto&) { c.metrics[8].denominator_series = ""; }},
      {"cannot be summed", [](auto& c, auto&) { c.metrics[8].denominator_series = "value_roi"; }},
      {"scored twice",
       [](auto&, auto& m) {
         m.dimensions[1].metrics[0].metric = m.dimensions[0].metrics[0].metric;
       }},
      {"is not sorted",
       [](auto&, auto& m) {
         std::swap(m.dimensions[0].metrics[0].curve[0], m.dimensions[0].metrics[0].curve[1]);
       }},
      {"leaves 0 to 100",
       [](auto&, auto& m) {
         m.dimensions[0].metrics[0].curve[1].points_micros = 100 * kPoint + 1;
       }},
      {"must have 1 to 100 points",
       [](auto&, auto& m) { m.dimensions[0].metrics[0].curve.clear(); }},
      {"weights in dimension",
       [](auto&, auto& m) { m.dimensions[0].metrics[0].weight_micros = 499'999; }},
      {"the weight of", [](auto&, auto& m) { m.dimensions[0].metrics[0].weight_micros = 0; }},
      {"unnamed or listed twice", [](auto&, auto& m) { m.dimensions[1].id = "business"; }},
      {"reach down to 0", [](auto&, auto& m) { m.bands.back().from_micros = 1; }},
      {"highest first", [](auto&, auto& m) { std::swap(m.bands[0], m.bands[1]); }},
      {"minimum_confidence_micros",
       [](auto&, auto& m) { m.minimum_confidence_micros = 1'000'001; }},
  };
  for (const auto& [problem, change] : cases) {
    EXPECT_THAT(ProblemsWhen(change), HasSubstr(problem));
  }
  HealthModel model = SmallModel();
  model.version.clear();
  const auto status = ActiveModel::Compile(EveryFormula(), model).status();
  EXPECT_EQ(DetailOf(status)->reason, "MODEL_INVALID");
}

TEST(ActiveModel, KeepsASeriesForItsLongestSpanAndTheDaysThatMayBeRestated) {
  const auto model = SmallActiveModel();
  // 90 days of recency; the change over 30 days reads 60, the offset window also 60.
  EXPECT_EQ(model->RetentionOf(SeriesNamed("order_value")), 90 + kTestRestateDays);
  EXPECT_EQ(model->RetentionOf(SeriesNamed("survey_csat")), 60 + kTestRestateDays);
  EXPECT_EQ(model->RetentionOf(SeriesNamed("payment_due")), 90 + kTestRestateDays);
  EXPECT_EQ(model->RetentionOf(SeriesNamed("device_faults")), kSpanDaysUnread + kTestRestateDays);
  EXPECT_EQ(model->HorizonOf(*FactKindByName("survey_answered")), 60 + kTestRestateDays);
}

TEST(Series, EveryKindOfFactFeedsASeries) {  // H1
  for (const FactKindDefinition& kind : AllFactKinds()) {
    // What is said of another fact feeds nothing itself.
    EXPECT_EQ(kind.feeds.empty(), kind.name == "fact_retracted") << kind.name;
    EXPECT_LE(kind.feeds.size(), Observations::kSizeMax) << kind.name;
  }
  for (const SeriesDefinition& series : AllSeries()) {
    EXPECT_TRUE(std::any_of(AllFactKinds().begin(), AllFactKinds().end(), [&](const auto& kind) {
      return std::any_of(kind.feeds.begin(), kind.feeds.end(),
                         [&](const Feed& feed) { return feed.series == series.id; });
    })) << series.name;
    EXPECT_EQ(SeriesByName(series.name), series.id);
  }
}

TEST(Models, NameFeedsThatThereAreAndTroubleThatIsBestAtNothing) {  // H3
  HealthModel model = SmallModel();
  model.feeds = {"case_opened", "carrier_pigeon"};
  EXPECT_THAT(Joined(ProblemsOf(EveryFormula(), model)),
              ::testing::HasSubstr("'carrier_pigeon' is no kind of fact"));
  model.feeds = {"case_opened"};
  EXPECT_THAT(ProblemsOf(EveryFormula(), model), ::testing::IsEmpty());
  MetricCatalogue catalogue = EveryFormula();
  catalogue.metrics[0].trouble = true;  // orders, whose curve rises
  EXPECT_THAT(Joined(ProblemsOf(catalogue, model)), ::testing::HasSubstr("must be best at 0"));
  catalogue = EveryFormula();
  catalogue.metrics[3].trouble = true;  // days since the last order
  catalogue.metrics[0].window_days = 0;
  const std::string problems = Joined(ProblemsOf(catalogue, SmallModel()));
  EXPECT_THAT(problems, ::testing::HasSubstr("it cannot count trouble"));
  EXPECT_THAT(problems, ::testing::HasSubstr("0 for the latest value or instant"));
}

}  // namespace
}  // namespace bellwether::health::model_test
