// How the account uses what it bought and how it is served.
#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "services/simulator/application/account_day.h"
#include "services/simulator/domain/names.h"

namespace bellwether::simulator {
namespace {

constexpr uint64_t kUsageStream = 20;
constexpr uint64_t kCaseStream = 21;
constexpr uint64_t kSurveyStream = 22;
constexpr uint64_t kSentimentStream = 23;
constexpr uint64_t kValueStream = 24;
constexpr uint64_t kDeviceStream = 25;

constexpr int64_t kHourSeconds = 3600;
constexpr int64_t kDaySeconds = 24 * kHourSeconds;
constexpr int64_t kCaseDaysMax = 14;
constexpr int64_t kSatisfactionEveryDays = 30;
constexpr int64_t kRecommendationEveryDays = 45;
constexpr int64_t kBusinessValueEveryDays = 91;

void AddUsage(const AccountDay& at, DayFacts& facts) {
  Random random = at.RandomFor(kUsageStream);
  const int64_t vitality = at.vitality();
  // The fewer people use it, the more days nobody does.
  if (!at.workday() || !random.Chance(300'000 + vitality * 700)) return;
  const Profile& p = at.profile;
  const int64_t active =
      p.licensed_users * (80 + vitality * 4 / 5 + random.Between(-40, 40)) / kMille;
  auto& usage = *facts.Add(20 * kHourSeconds).mutable_usage_reported();
  usage.set_licensed_users(p.licensed_users);
  usage.set_active_users(std::clamp<int64_t>(active, 0, p.licensed_users));
  usage.set_logins(usage.active_users() * (2 + vitality * 5 / kMille));
  usage.set_features_available(static_cast<int32_t>(p.features_available));
  usage.set_features_used(static_cast<int32_t>(std::clamp<int64_t>(
      p.features_available * (200 + vitality * 13 / 20 + random.Between(-50, 50)) / kMille, 0,
      p.features_available)));
}

struct Case {
  std::string id;
  // From the midnight that began the day of opening.
  int64_t opened_second = 0;
  int64_t response_seconds = 0;
  int64_t resolution_seconds = 0;
  events::v1::CasePriority priority = events::v1::CASE_PRIORITY_LOW;
  bool first_contact = false;
};

std::optional<Case> CaseOn(const AccountDay& at) {
  Random random = at.RandomFor(kCaseStream);
  const int64_t vitality = at.vitality();
  const int64_t trouble = kMille - vitality;
  if (vitality == 0 || !at.workday() || !random.Chance(25'000 + trouble * 180)) return std::nullopt;
  Case opened{.id = absl::StrCat("CASE-", at.profile.number + 1, "-", at.day + 100'000),
              .opened_second = random.Between(9 * kHourSeconds, 16 * kHourSeconds)};
  opened.response_seconds = random.Between(600, 5'400) * (kMille + trouble * 6) / kMille;
  opened.resolution_seconds =
      opened.response_seconds +
      random.Between(kHourSeconds, 16 * kHourSeconds) * (kMille + trouble * 8) / kMille;
  opened.priority = random.Chance(trouble * 600) ? events::v1::CASE_PRIORITY_URGENT
                                                 : events::v1::CASE_PRIORITY_MEDIUM;
  opened.first_contact = random.Chance(vitality * 850);
  return opened;
}

void AddCases(const AccountDay& at, DayFacts& facts) {
  for (int64_t ago = 0; ago <= kCaseDaysMax; ++ago) {
    const auto opened = CaseOn(at.Earlier(ago));
    if (!opened.has_value()) continue;
    if (ago == 0) {
      Random random = at.RandomFor(kCaseStream);
      auto& fact = *facts.Add(opened->opened_second).mutable_case_opened();
      fact.set_case_id(opened->id);
      fact.set_priority(opened->priority);
      fact.set_topic(std::string(random.Pick(CaseTopics())));
    }
    // Seconds from the midnight that began this day.
    const int64_t responded = opened->opened_second + opened->response_seconds - ago * kDaySeconds;
    if (responded >= 0 && responded < kDaySeconds) {
      auto& fact = *facts.Add(responded).mutable_case_first_responded();
      fact.set_case_id(opened->id);
      fact.set_response_seconds(opened->response_seconds);
    }
    const int64_t resolved = opened->opened_second + opened->resolution_seconds - ago * kDaySeconds;
    if (resolved >= 0 && resolved < kDaySeconds) {
      auto& fact = *facts.Add(resolved).mutable_case_resolved();
      fact.set_case_id(opened->id);
      fact.set_resolution_seconds(opened->resolution_seconds);
      fact.set_first_contact(opened->first_contact);
    }
  }
}

void AddSurveys(const AccountDay& at, DayFacts& facts) {
  Random random = at.RandomFor(kSurveyStream);
  const int64_t vitality = at.vitality();
  if (at.Due(kSatisfactionEveryDays, 0)) {
    auto& answer = *facts.AddInBusinessHours(random).mutable_survey_answered();
    answer.set_kind(events::v1::SURVEY_KIND_CSAT);
    answer.set_score_micros(
        std::clamp<int64_t>(40 + vitality * 56 / kMille + random.Between(-4, 4), 0, 100) *
        kMillion);
    answer.set_respondent_id(absl::StrCat(at.profile.account_id, "-p1"));
  }
  if (at.Due(kRecommendationEveryDays, 11)) {
    for (int respondent = 1; respondent <= 3; ++respondent) {
      auto& answer = *facts.AddInBusinessHours(random).mutable_survey_answered();
      answer.set_kind(events::v1::SURVEY_KIND_NPS);
      answer.set_score_micros(
          std::clamp<int64_t>(2 + vitality * 8 / kMille + random.Between(-1, 1), 0, 10) * kMillion);
      answer.set_respondent_id(absl::StrCat(at.profile.account_id, "-p", respondent));
    }
  }
}

void AddSentiment(const AccountDay& at, DayFacts& facts) {
  Random random = at.RandomFor(kSentimentStream);
  if (!at.workday() || !random.Chance(70'000)) return;
  auto& sentiment = *facts.AddInBusinessHours(random).mutable_sentiment_observed();
  sentiment.set_channel(random.Chance(500'000) ? "mail" : "call");
  sentiment.set_score_micros(std::clamp<int64_t>(
      (at.vitality() - 450) * 1'700 + random.Between(-200'000, 200'000), -kMillion, kMillion));
}

void AddBusinessValue(const AccountDay& at, DayFacts& facts) {
  if (!at.Due(kBusinessValueEveryDays, 23)) return;
  Random random = at.RandomFor(kValueStream);
  const int64_t vitality = at.vitality();
  auto& value = *facts.AddInBusinessHours(random).mutable_business_value_measured();
  value.set_cost_reduction_micros(vitality * random.Between(60, 120));
  value.set_efficiency_gain_micros(vitality * random.Between(150, 280));
  value.set_roi_micros((vitality - 300) * random.Between(300, 500));
  if (at.profile.habits->executive) value.set_market_share_gain_micros(vitality * 50);
}

void AddDevices(const AccountDay& at, DayFacts& facts) {
  if (!at.profile.reports_devices || absl::GetWeekday(at.date()) != absl::Weekday::sunday) return;
  Random random = at.RandomFor(kDeviceStream);
  const int64_t devices = at.profile.licensed_users * at.vitality() / kMille;
  auto& usage = *facts.Add(21 * kHourSeconds).mutable_device_usage_reported();
  usage.set_active_devices(devices);
  usage.set_operating_minutes(devices * random.Between(1'800, 2'600));
  usage.set_faults(devices * (kMille - at.vitality()) / kMille / 10 + random.Between(0, 1));
}

}  // namespace

void AddExperience(const AccountDay& at, DayFacts& facts) {
  AddCases(at, facts);
  if (at.vitality() == 0) return;
  AddUsage(at, facts);
  AddSurveys(at, facts);
  AddSentiment(at, facts);
  AddBusinessValue(at, facts);
  AddDevices(at, facts);
}

}  // namespace bellwether::simulator
