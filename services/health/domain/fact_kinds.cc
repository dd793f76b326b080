#include "services/health/domain/fact_kinds.h"

#include <map>
#include <string>
#include <utility>

#include "common/base/check.h"

namespace bellwether::health {
namespace {

using enum SeriesShape;
using enum Unit;

// What one stored figure is in millionths of its unit. Stored figures stay as small as the fact
// gives them, so that they pack well.
struct Scale {
  int64_t numerator;
  int64_t denominator;
};
constexpr int64_t kMicros = 1'000'000;
constexpr Scale kWhole{kMicros, 1};
constexpr Scale kMillionths{1, 1};
constexpr Scale kOfSeconds{kMicros, 3'600};
constexpr Scale kOfMinutes{kMicros, 60};
constexpr Scale kHundreds{100 * kMicros, 1};

// A series that is defined where its first feed is. Numbers are part of stored state: never reused.
struct Series {
  int number;
  absl::string_view name;
  SeriesShape shape;
  Unit unit;
  Scale scale;
};

// How a series is fed: a Feed still without the series.
struct Read {
  Feed feed;
  Read If(absl::string_view field, std::vector<absl::string_view> names = {}) && {
    feed.conditions.push_back({field, std::move(names)});
    return std::move(*this);
  }
  Read AtLeast(int64_t least) && {
    feed.least = least;
    return std::move(*this);
  }
  Read TakenBack() && {
    feed.takes_back = true;
    return std::move(*this);
  }
  Read NegativeTakesBack() && {
    feed.negative_takes_back = true;
    return std::move(*this);
  }
  Read UnsetWasZero() && {
    feed.unset_was_zero = true;
    return std::move(*this);
  }
};
Read Value(absl::string_view field) { return {{.reading = Reading::kValue, .field = field}}; }
Read Count() { return {{.reading = Reading::kCount}}; }
Read Flag(absl::string_view field, std::vector<absl::string_view> names = {}) {
  return Read{{.reading = Reading::kFlag}}.If(field, std::move(names));
}
Read ShareOf(absl::string_view part, absl::string_view whole) {
  return {{.reading = Reading::kShare, .field = part, .whole = whole}};
}
Read Change(absl::string_view before, absl::string_view now) {
  return {{.reading = Reading::kChange, .field = now, .whole = before}};
}
Read PromoterBalance(absl::string_view score) {
  return {{.reading = Reading::kPromoterBalance, .field = score}};
}

struct SeriesFeed {
  Series series;
  Read read;
};

// What several kinds feed.
constexpr Series kOrderValue{0, "order_value", kSum, kMoney, kWhole};
constexpr Series kCompetitorStrength{32, "competitor_strength", kSum, kCount, kWhole};

constexpr Series kCaseResponse{15, "case_response", kSum, kHours, kOfSeconds};
constexpr Series kCaseResolution{16, "case_resolution", kSum, kHours, kOfSeconds};

struct Kind {
  absl::string_view name;
  std::vector<SeriesFeed> feeds;
  CaseStep case_step = CaseStep::kNone;
  absl::string_view duration_field = "";
};

std::vector<Kind> Kinds() {
  return {
      {"order_placed",
       {
           {kOrderValue, Value("amount.base_amount_minor").NegativeTakesBack()},
           {{1, "order_cross_sell", kSum, kCount, kWhole}, Count().If("cross_sell")},
           {{2, "order_new_business", kSum, kCount, kWhole}, Count().If("new_business")},
       }},
      {"payment_due",
       {{{3, "payment_due", kSum, kMoney, kWhole}, Value("amount.base_amount_minor")}}},
      {"payment_received",
       {{{4, "payment_received", kSum, kMoney, kWhole}, Value("amount.base_amount_minor")}}},
      {"payment_overdue",
       {{{5, "payment_overdue", kSum, kMoney, kWhole}, Value("amount.base_amount_minor")}}},
      {"usage_reported",
       {
           {{6, "usage_logins", kSum, kCount, kWhole}, Value("logins")},
           {{7, "usage_active_users", kSum, kCount, kWhole}, Value("active_users")},
           {{8, "usage_seat_share", kSum, kRatio, kMillionths},
            ShareOf("active_users", "licensed_users")},
           {{9, "usage_feature_share", kSum, kRatio, kMillionths},
            ShareOf("features_used", "features_available")},
       }},
      {"business_value_measured",
       {
           {{10, "value_cost_reduction", kLevel, kRatio, kMillionths},
            Value("cost_reduction_micros")},
           {{11, "value_efficiency_gain", kLevel, kRatio, kMillionths},
            Value("efficiency_gain_micros")},
           {{12, "value_roi", kLevel, kRatio, kMillionths}, Value("roi_micros")},
           {{13, "value_market_share_gain", kLevel, kRatio, kMillionths},
            Value("market_share_gain_micros")},
       }},
      {"case_opened",
       {{{14, "case_urgent", kSum, kCount, kWhole},
         Flag("priority", {"CASE_PRIORITY_HIGH", "CASE_PRIORITY_URGENT"})}},
       CaseStep::kOpened},
      {"case_first_responded",
       {{kCaseResponse, Value("response_seconds").UnsetWasZero()}},
       CaseStep::kResponded,
       "response_seconds"},
      {"case_resolved",
       {
           {kCaseResolution, Value("resolution_seconds").UnsetWasZero()},
           {{17, "case_first_contact", kSum, kRatio, kWhole}, Flag("first_contact")},
       },
       CaseStep::kResolved,
       "resolution_seconds"},
      {"survey_answered",
       {
           {{18, "survey_csat", kSum, kPoints, kMillionths},
            Value("score_micros").If("kind", {"SURVEY_KIND_CSAT"})},
           {{19, "survey_nps", kSum, kPoints, kHundreds},
            PromoterBalance("score_micros").If("kind", {"SURVEY_KIND_NPS"})},
       }},
      {"interaction_held",
       {
           {{20, "interaction", kSum, kCount, kWhole}, Count()},
           {{21, "interaction_executive", kSum, kCount, kWhole},
            Flag("level", {"CONTACT_LEVEL_EXECUTIVE"})},
           {{22, "interaction_customer_initiated", kSum, kCount, kWhole},
            Flag("customer_initiated")},
           {{23, "competitor_mention", kSum, kCount, kWhole}, Count().If("competitor_mentioned")},
           {kCompetitorStrength, Count().If("competitor_mentioned")},
       }},
      {"decision_chain_changed",
       {
           // Looked at is not moved.
           {{24, "decision_chain_move", kLevel, kCount, kWhole},
            Count().If(
                "change",
                {"DECISION_CHAIN_CHANGE_PERSON_ADDED", "DECISION_CHAIN_CHANGE_PERSON_LEFT",
                 "DECISION_CHAIN_CHANGE_PERSON_CONTACTED", "DECISION_CHAIN_CHANGE_STANCE_CHANGED",
                 "DECISION_CHAIN_CHANGE_BUYING_STAGE_ADVANCED"})},
           {{25, "decision_chain_person_added", kSum, kCount, kWhole},
            Count().If("change", {"DECISION_CHAIN_CHANGE_PERSON_ADDED"})},
           {{26, "decision_chain_person_left", kSum, kCount, kWhole},
            Count().If("change", {"DECISION_CHAIN_CHANGE_PERSON_LEFT"})},
           {{27, "decision_chain_key_contact", kSum, kCount, kWhole},
            Count()
                .If("change", {"DECISION_CHAIN_CHANGE_PERSON_CONTACTED"})
                .If("key_decision_maker")},
           {{28, "decision_chain_verified", kLevel, kCount, kWhole},
            Count().If("change", {"DECISION_CHAIN_CHANGE_VERIFIED"})},
           {{29, "decision_chain_coverage", kLevel, kRatio, kMillionths}, Value("coverage_micros")},
       }},
      {"budget_changed",
       {{{30, "budget_change", kLevel, kRatio, kMillionths},
         Change("previous.base_amount_minor", "current.base_amount_minor")}}},
      {"competitor_activity_observed",
       {
           {{31, "competitor_contact", kSum, kCount, kWhole}, Count().If("contact")},
           {kCompetitorStrength, Value("strength").AtLeast(1)},
       }},
      {"resource_spent",
       {
           {{33, "resource_cost", kSum, kMoney, kWhole}, Value("cost.base_amount_minor")},
           {{34, "resource_minutes", kSum, kHours, kOfMinutes}, Value("minutes")},
       }},
      {"sentiment_observed",
       {{{35, "sentiment", kSum, kRatio, kMillionths}, Value("score_micros")}}},
      {"device_usage_reported",
       {
           {{36, "device_active", kSum, kCount, kWhole}, Value("active_devices")},
           {{37, "device_minutes", kSum, kHours, kOfMinutes}, Value("operating_minutes")},
           {{38, "device_faults", kSum, kCount, kWhole}, Value("faults")},
       }},
      {"cooperation_changed",
       {
           {{39, "joint_projects", kLevel, kCount, kWhole}, Value("joint_projects")},
           {{40, "data_sharing_level", kLevel, kCount, kWhole}, Value("data_sharing_level")},
           {{41, "supply_chain_integration", kLevel, kCount, kWhole},
            Value("supply_chain_integration")},
           {{42, "joint_patents", kLevel, kCount, kWhole}, Value("joint_patents")},
       }},
      {"revenue_growth_reported",
       {{{43, "revenue_growth", kLevel, kRatio, kMillionths}, Value("growth_micros")}}},
      {"account_manager_changed",
       {
           {{44, "manager_changed", kLevel, kCount, kWhole}, Count()},
           {{45, "manager_left", kSum, kCount, kWhole}, Count().If("left_company")},
       }},
      {"strategic_meeting_held",
       {
           {{46, "meeting_invited", kSum, kCount, kWhole}, Value("invited")},
           {{47, "meeting_attended", kSum, kCount, kWhole}, Value("attended")},
       }},
      {"order_refunded",
       {
           {kOrderValue, Value("amount.base_amount_minor").TakenBack()},
           {{48, "order_refund", kSum, kMoney, kWhole}, Value("amount.base_amount_minor")},
       }},
      // Says of another fact that it does not count.
      {"fact_retracted", {}},
  };
}

SeriesDefinition DefinitionOf(const Series& series) {
  return {.id = static_cast<SeriesId>(series.number),
          .name = series.name,
          .shape = series.shape,
          .unit = series.unit,
          .micros_numerator = series.scale.numerator,
          .micros_denominator = series.scale.denominator};
}

struct Tables {
  std::vector<FactKindDefinition> kinds;
  std::vector<SeriesDefinition> series;  // by number, without a gap

  Tables() {
    std::map<int, SeriesDefinition> by_number;
    std::vector<Kind> entries = Kinds();
    for (Kind& kind : entries) {
      FactKindDefinition& definition = kinds.emplace_back();
      definition.name = kind.name;
      definition.case_step = kind.case_step;
      if (kind.case_step != CaseStep::kNone) definition.case_field = "case_id";
      definition.duration_field = kind.duration_field;
      for (SeriesFeed& each : kind.feeds) {
        by_number.emplace(each.series.number, DefinitionOf(each.series));
        definition.feeds.push_back(std::move(each.read.feed));
        definition.feeds.back().series = static_cast<SeriesId>(each.series.number);
      }
    }
    for (auto& [number, definition] : by_number) {
      BELLWETHER_CHECK(number == static_cast<int>(series.size()), "series are numbered from 0");
      series.push_back(definition);
    }
    BELLWETHER_CHECK(series.size() <= kSeriesMax, "stored state has a bit for each series");
  }
};

const Tables& AllTables() {
  static const auto& tables = *new Tables();
  return tables;
}

}  // namespace

absl::Span<const SeriesDefinition> AllSeries() { return AllTables().series; }

absl::Span<const FactKindDefinition> AllFactKinds() { return AllTables().kinds; }

SeriesId SeriesOf(CaseStep step) {
  BELLWETHER_CHECK(step == CaseStep::kResponded || step == CaseStep::kResolved,
                   "only these take time");
  return static_cast<SeriesId>(
      (step == CaseStep::kResponded ? kCaseResponse : kCaseResolution).number);
}

std::optional<SeriesId> SeriesByName(absl::string_view name) {
  for (const SeriesDefinition& series : AllSeries()) {
    if (series.name == name) return series.id;
  }
  return std::nullopt;
}

std::optional<FactKind> FactKindByName(absl::string_view name) {
  const auto kinds = AllFactKinds();
  for (size_t i = 0; i < kinds.size(); ++i) {
    if (kinds[i].name == name) return static_cast<FactKind>(i);
  }
  return std::nullopt;
}

}  // namespace bellwether::health
