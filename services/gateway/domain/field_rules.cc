#include "services/gateway/domain/field_rules.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "services/gateway/domain/utf8.h"

namespace bellwether::gateway {
namespace {

constexpr char kRule[] = "H1";
constexpr int64_t kMicros = 1'000'000;
constexpr int64_t kCountMax = 1'000'000'000;
constexpr int64_t kSecondsMax = int64_t{10} * 366 * 86'400;  // ten years
constexpr int64_t kMinutesMax = kSecondsMax / 60;
constexpr int64_t kShareMicrosMax = 1'000 * kMicros;  // a thousandfold
constexpr int64_t kTextCharactersMax = 512;
constexpr int64_t kPeopleMax = 100;

constexpr FieldRule Count(absl::string_view path, int64_t most = kCountMax) {
  return {path, 0, most, FieldKind::kInteger, false};
}
constexpr FieldRule Integer(absl::string_view path, int64_t least, int64_t most) {
  return {path, least, most, FieldKind::kInteger, false};
}
constexpr FieldRule Name(absl::string_view path) {
  return {path, 0, kNameCharactersMax, FieldKind::kText, false};
}
constexpr FieldRule NeededName(absl::string_view path) {
  return {path, 0, kNameCharactersMax, FieldKind::kText, true};
}
constexpr FieldRule Text(absl::string_view path) {
  return {path, 0, kTextCharactersMax, FieldKind::kText, false};
}
constexpr FieldRule Texts(absl::string_view path) {
  return {path, 0, kPeopleMax, FieldKind::kTexts, false};
}
constexpr FieldRule Enum(absl::string_view path) { return {path, 0, 0, FieldKind::kEnum, false}; }
constexpr FieldRule NeededEnum(absl::string_view path) {
  return {path, 0, 0, FieldKind::kEnum, true};
}
constexpr FieldRule Instant(absl::string_view path) {
  return {path, 0, 0, FieldKind::kInstant, false};
}
constexpr FieldRule Truth(absl::string_view path) { return {path, 0, 0, FieldKind::kTruth, false}; }
// May be negative: credit notes.
constexpr FieldRule NeededMoney(absl::string_view path) {
  return {path, std::numeric_limits<int64_t>::min(), 0, FieldKind::kMoney, true};
}
constexpr FieldRule NeededBudget(absl::string_view path) {
  return {path, 0, 0, FieldKind::kMoney, true};
}
constexpr FieldRule Cost(absl::string_view path) { return {path, 0, 0, FieldKind::kMoney, false}; }

constexpr FieldRule kRules[] = {
    Name("order_placed.order_id"),
    NeededMoney("order_placed.amount"),
    Count("order_placed.quantity"),
    Name("order_placed.product"),
    Name("order_placed.product_line"),
    Truth("order_placed.cross_sell"),
    Truth("order_placed.new_business"),
    Name("order_placed.opportunity_id"),

    Name("payment_due.invoice_id"),
    NeededMoney("payment_due.amount"),
    Instant("payment_due.due_time"),
    Name("payment_received.invoice_id"),
    NeededMoney("payment_received.amount"),
    Name("payment_overdue.invoice_id"),
    NeededMoney("payment_overdue.amount"),

    Count("usage_reported.logins"),
    Count("usage_reported.active_users"),
    Count("usage_reported.licensed_users"),
    Count("usage_reported.features_used"),
    Count("usage_reported.features_available"),

    Integer("business_value_measured.cost_reduction_micros", -kShareMicrosMax, kShareMicrosMax),
    Integer("business_value_measured.efficiency_gain_micros", -kShareMicrosMax, kShareMicrosMax),
    Integer("business_value_measured.roi_micros", -kShareMicrosMax, kShareMicrosMax),
    Integer("business_value_measured.market_share_gain_micros", -kShareMicrosMax, kShareMicrosMax),

    NeededName("case_opened.case_id"),
    Enum("case_opened.priority"),
    Text("case_opened.topic"),
    NeededName("case_first_responded.case_id"),
    Count("case_first_responded.response_seconds", kSecondsMax),
    NeededName("case_resolved.case_id"),
    Count("case_resolved.resolution_seconds", kSecondsMax),
    Truth("case_resolved.first_contact"),

    NeededEnum("survey_answered.kind"),
    Count("survey_answered.score_micros", 100 * kMicros),  // CheckSurveyScore says which scale
    Name("survey_answered.respondent_id"),

    NeededEnum("interaction_held.channel"),
    Texts("interaction_held.person_ids"),
    Enum("interaction_held.level"),
    Truth("interaction_held.customer_initiated"),
    Truth("interaction_held.competitor_mentioned"),
    Name("interaction_held.competitor"),
    Text("interaction_held.place"),
    Name("interaction_held.representative"),

    NeededEnum("decision_chain_changed.change"),
    Name("decision_chain_changed.person_id"),
    Count("decision_chain_changed.coverage_micros", kMicros),
    Integer("decision_chain_changed.stance", -2, 2),
    Truth("decision_chain_changed.key_decision_maker"),

    NeededBudget("budget_changed.previous"),
    NeededBudget("budget_changed.current"),

    NeededName("competitor_activity_observed.competitor"),
    Text("competitor_activity_observed.activity"),
    Count("competitor_activity_observed.strength", 5),
    Truth("competitor_activity_observed.contact"),

    NeededName("resource_spent.resource_kind"),
    Count("resource_spent.minutes", kMinutesMax),
    Cost("resource_spent.cost"),
    Name("resource_spent.opportunity_id"),

    NeededName("sentiment_observed.channel"),
    Integer("sentiment_observed.score_micros", -kMicros, kMicros),

    Count("device_usage_reported.active_devices"),
    Count("device_usage_reported.operating_minutes"),
    Count("device_usage_reported.faults"),

    Count("cooperation_changed.joint_projects"),
    Count("cooperation_changed.data_sharing_level", 4),
    Count("cooperation_changed.supply_chain_integration", 4),
    Count("cooperation_changed.joint_patents"),

    // Revenue cannot fall by more than all of it.
    Integer("revenue_growth_reported.growth_micros", -kMicros, kShareMicrosMax),

    Name("account_manager_changed.previous"),
    Name("account_manager_changed.current"),
    Truth("account_manager_changed.left_company"),

    Count("strategic_meeting_held.invited"),
    Count("strategic_meeting_held.attended"),
};

absl::Status OutOfRange(absl::string_view field, int64_t value, int64_t least, int64_t most) {
  return InvalidArgument("OUT_OF_RANGE", field,
                         absl::StrCat(value, " is not within ", least, " and ", most), kRule);
}

absl::Status CheckCharacters(absl::string_view field, absl::string_view text, int64_t most) {
  const std::optional<size_t> characters = Utf8Length(text);
  if (!characters.has_value() || text.find('\0') != absl::string_view::npos) {
    return InvalidArgument("TEXT_INVALID", field, "the text is not UTF-8", kRule);
  }
  if (static_cast<int64_t>(*characters) <= most) return absl::OkStatus();
  return InvalidArgument("TEXT_TOO_LONG", field,
                         absl::StrCat(*characters, " characters where ", most, " are allowed"),
                         kRule);
}

}  // namespace

absl::Span<const FieldRule> FieldRules() { return kRules; }

const FieldRule* FindFieldRule(absl::string_view path) {
  const auto* found = std::find_if(std::begin(kRules), std::end(kRules),
                                   [&](const FieldRule& rule) { return rule.path == path; });
  return found == std::end(kRules) ? nullptr : found;
}

absl::Status CheckInteger(const FieldRule& rule, absl::string_view field, int64_t value) {
  if (value >= rule.least && value <= rule.most) return absl::OkStatus();
  return OutOfRange(field, value, rule.least, rule.most);
}

absl::Status CheckText(const FieldRule& rule, absl::string_view field, absl::string_view text) {
  if (text.empty()) return rule.needed ? Missing(field) : absl::OkStatus();
  return CheckCharacters(field, text, rule.most);
}

absl::Status CheckTexts(const FieldRule& rule, absl::string_view field, size_t count) {
  if (static_cast<int64_t>(count) <= rule.most) return absl::OkStatus();
  return InvalidArgument("TOO_MANY_VALUES", field,
                         absl::StrCat(count, " values where ", rule.most, " are allowed"), kRule);
}

absl::Status CheckTextsEntry(absl::string_view field, absl::string_view text) {
  return text.empty() ? Missing(field) : CheckCharacters(field, text, kNameCharactersMax);
}

absl::Status CheckEnum(const FieldRule& rule, absl::string_view field, int value, bool known) {
  if (!known) {
    return InvalidArgument("UNKNOWN_ENUM_VALUE", field, absl::StrCat(value, " means nothing here"),
                           kRule);
  }
  return rule.needed && value == 0 ? Missing(field) : absl::OkStatus();
}

absl::Status CheckInstantSeconds(absl::string_view field, int64_t seconds) {
  if (seconds >= kInstantEarliestSeconds && seconds < kInstantLatestSeconds) {
    return absl::OkStatus();
  }
  return InvalidArgument("TIME_INVALID", field, "the instant is not within 1970 and 2199", kRule);
}

absl::Status CheckMoneySign(const FieldRule& rule, absl::string_view field, int64_t amount_minor) {
  if (amount_minor >= rule.least) return absl::OkStatus();
  return InvalidArgument("AMOUNT_OUT_OF_RANGE", field, "the amount cannot be negative", kRule);
}

absl::Status Missing(absl::string_view field) {
  return InvalidArgument("MISSING_FIELD", field, absl::StrCat(field, " is needed"), kRule);
}

absl::Status CheckSurveyScore(SurveyScale scale, int64_t score_micros) {
  const int64_t most = (scale == SurveyScale::kNps ? 10 : 100) * kMicros;
  if (score_micros >= 0 && score_micros <= most) return absl::OkStatus();
  return OutOfRange("fact.survey_answered.score_micros", score_micros, 0, most);
}

absl::Status CheckFeaturesUsed(int64_t used, int64_t available) {
  if (available == 0 || used <= available) return absl::OkStatus();
  return InvalidArgument("INCONSISTENT", "fact.usage_reported.features_used",
                         "more features are used than there are", kRule);
}

absl::Status CheckMeetingAttended(int64_t invited, int64_t attended) {
  if (attended <= invited) return absl::OkStatus();
  return InvalidArgument("INCONSISTENT", "fact.strategic_meeting_held.attended",
                         "more people attended than were invited", kRule);
}

absl::Status CheckBusinessValueMeasured(int figures) {
  return figures > 0 ? absl::OkStatus() : Missing("fact.business_value_measured");
}

}  // namespace bellwether::gateway
