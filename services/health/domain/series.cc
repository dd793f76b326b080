#include "services/health/domain/series.h"

#include <utility>

namespace bellwether::health {
namespace {

using enum SeriesId;
using enum SeriesShape;

constexpr int64_t kMicros = 1'000'000;

constexpr SeriesDefinition kSeries[] = {
    {kOrderValue, "order_value", kSum, Unit::kMoney, kMicros, 1},
    {kOrderCrossSell, "order_cross_sell", kSum, Unit::kCount, kMicros, 1},
    {kOrderNewBusiness, "order_new_business", kSum, Unit::kCount, kMicros, 1},
    {kPaymentDue, "payment_due", kSum, Unit::kMoney, kMicros, 1},
    {kPaymentReceived, "payment_received", kSum, Unit::kMoney, kMicros, 1},
    {kPaymentOverdue, "payment_overdue", kSum, Unit::kMoney, kMicros, 1},
    {kUsageLogins, "usage_logins", kSum, Unit::kCount, kMicros, 1},
    {kUsageActiveUsers, "usage_active_users", kSum, Unit::kCount, kMicros, 1},
    {kUsageSeatShare, "usage_seat_share", kSum, Unit::kRatio, 1, 1},
    {kUsageFeatureShare, "usage_feature_share", kSum, Unit::kRatio, 1, 1},
    {kValueCostReduction, "value_cost_reduction", kLevel, Unit::kRatio, 1, 1},
    {kValueEfficiencyGain, "value_efficiency_gain", kLevel, Unit::kRatio, 1, 1},
    {kValueRoi, "value_roi", kLevel, Unit::kRatio, 1, 1},
    {kValueMarketShareGain, "value_market_share_gain", kLevel, Unit::kRatio, 1, 1},
    {kCaseUrgent, "case_urgent", kSum, Unit::kCount, kMicros, 1},
    {kCaseResponse, "case_response", kSum, Unit::kHours, kMicros, 3600},
    {kCaseResolution, "case_resolution", kSum, Unit::kHours, kMicros, 3600},
    {kCaseFirstContact, "case_first_contact", kSum, Unit::kRatio, kMicros, 1},
    {kSurveyCsat, "survey_csat", kSum, Unit::kPoints, 1, 1},
    {kSurveyNps, "survey_nps", kSum, Unit::kPoints, 100 * kMicros, 1},
    {kInteraction, "interaction", kSum, Unit::kCount, kMicros, 1},
    {kInteractionExecutive, "interaction_executive", kSum, Unit::kCount, kMicros, 1},
    {kInteractionCustomerInitiated, "interaction_customer_initiated", kSum, Unit::kCount, kMicros,
     1},
    {kCompetitorMention, "competitor_mention", kSum, Unit::kCount, kMicros, 1},
    {kDecisionChainMove, "decision_chain_move", kLevel, Unit::kCount, kMicros, 1},
    {kDecisionChainPersonAdded, "decision_chain_person_added", kSum, Unit::kCount, kMicros, 1},
    {kDecisionChainPersonLeft, "decision_chain_person_left", kSum, Unit::kCount, kMicros, 1},
    {kDecisionChainKeyContact, "decision_chain_key_contact", kSum, Unit::kCount, kMicros, 1},
    {kDecisionChainVerified, "decision_chain_verified", kLevel, Unit::kCount, kMicros, 1},
    {kDecisionChainCoverage, "decision_chain_coverage", kLevel, Unit::kRatio, 1, 1},
    {kBudgetChange, "budget_change", kLevel, Unit::kRatio, 1, 1},
    {kCompetitorContact, "competitor_contact", kSum, Unit::kCount, kMicros, 1},
    {kCompetitorStrength, "competitor_strength", kSum, Unit::kCount, kMicros, 1},
    {kResourceCost, "resource_cost", kSum, Unit::kMoney, kMicros, 1},
    {kResourceMinutes, "resource_minutes", kSum, Unit::kHours, kMicros, 60},
    {kSentiment, "sentiment", kSum, Unit::kRatio, 1, 1},
    {kDeviceActive, "device_active", kSum, Unit::kCount, kMicros, 1},
    {kDeviceMinutes, "device_minutes", kSum, Unit::kHours, kMicros, 60},
    {kDeviceFaults, "device_faults", kSum, Unit::kCount, kMicros, 1},
    {kJointProjects, "joint_projects", kLevel, Unit::kCount, kMicros, 1},
    {kDataSharingLevel, "data_sharing_level", kLevel, Unit::kCount, kMicros, 1},
    {kSupplyChainIntegration, "supply_chain_integration", kLevel, Unit::kCount, kMicros, 1},
    {kJointPatents, "joint_patents", kLevel, Unit::kCount, kMicros, 1},
    {kRevenueGrowth, "revenue_growth", kLevel, Unit::kRatio, 1, 1},
    {kManagerChanged, "manager_changed", kLevel, Unit::kCount, kMicros, 1},
    {kManagerLeft, "manager_left", kSum, Unit::kCount, kMicros, 1},
    {kMeetingInvited, "meeting_invited", kSum, Unit::kCount, kMicros, 1},
    {kMeetingAttended, "meeting_attended", kSum, Unit::kCount, kMicros, 1},
};
static_assert(std::size(kSeries) == kSeriesCount);

constexpr bool InOrder() {
  for (int i = 0; i < kSeriesCount; ++i) {
    if (static_cast<int>(kSeries[i].id) != i) return false;
  }
  return true;
}
static_assert(InOrder());

}  // namespace

absl::Span<const SeriesDefinition> AllSeries() { return kSeries; }

std::optional<SeriesId> SeriesByName(absl::string_view name) {
  for (const SeriesDefinition& series : kSeries) {
    if (series.name == name) return series.id;
  }
  return std::nullopt;
}

absl::Span<const FactKindDefinition> AllFactKinds() {
  static const auto& kinds = *new std::vector<FactKindDefinition>{
      {FactKind::kOrderPlaced, "order_placed", {kOrderValue, kOrderCrossSell, kOrderNewBusiness}},
      {FactKind::kPaymentDue, "payment_due", {kPaymentDue}},
      {FactKind::kPaymentReceived, "payment_received", {kPaymentReceived}},
      {FactKind::kPaymentOverdue, "payment_overdue", {kPaymentOverdue}},
      {FactKind::kUsageReported,
       "usage_reported",
       {kUsageLogins, kUsageActiveUsers, kUsageSeatShare, kUsageFeatureShare}},
      {FactKind::kBusinessValueMeasured,
       "business_value_measured",
       {kValueCostReduction, kValueEfficiencyGain, kValueRoi, kValueMarketShareGain}},
      {FactKind::kCaseOpened, "case_opened", {kCaseUrgent}},
      {FactKind::kCaseFirstResponded, "case_first_responded", {kCaseResponse}},
      {FactKind::kCaseResolved, "case_resolved", {kCaseResolution, kCaseFirstContact}},
      {FactKind::kSurveyAnswered, "survey_answered", {kSurveyCsat, kSurveyNps}},
      {FactKind::kInteractionHeld,
       "interaction_held",
       {kInteraction, kInteractionExecutive, kInteractionCustomerInitiated, kCompetitorMention,
        kCompetitorStrength}},
      {FactKind::kDecisionChainChanged,
       "decision_chain_changed",
       {kDecisionChainMove, kDecisionChainPersonAdded, kDecisionChainPersonLeft,
        kDecisionChainKeyContact, kDecisionChainVerified, kDecisionChainCoverage}},
      {FactKind::kBudgetChanged, "budget_changed", {kBudgetChange}},
      {FactKind::kCompetitorActivityObserved,
       "competitor_activity_observed",
       {kCompetitorContact, kCompetitorStrength}},
      {FactKind::kResourceSpent, "resource_spent", {kResourceCost, kResourceMinutes}},
      {FactKind::kSentimentObserved, "sentiment_observed", {kSentiment}},
      {FactKind::kDeviceUsageReported,
       "device_usage_reported",
       {kDeviceActive, kDeviceMinutes, kDeviceFaults}},
      {FactKind::kCooperationChanged,
       "cooperation_changed",
       {kJointProjects, kDataSharingLevel, kSupplyChainIntegration, kJointPatents}},
      {FactKind::kRevenueGrowthReported, "revenue_growth_reported", {kRevenueGrowth}},
      {FactKind::kAccountManagerChanged,
       "account_manager_changed",
       {kManagerChanged, kManagerLeft}},
      {FactKind::kStrategicMeetingHeld,
       "strategic_meeting_held",
       {kMeetingInvited, kMeetingAttended}},
  };
  return kinds;
}

DailySeries& SeriesSet::FindOrAdd(SeriesId id) {
  const size_t slot = Slot(id);
  if (!Has(id)) {
    series_.reserve(series_.size() + 1);
    series_.insert(series_.begin() + static_cast<ptrdiff_t>(slot),
                   DailySeries(DefinitionOf(id).shape));
    present_ |= Bit(id);
  }
  return series_[slot];
}

bool SeriesSet::Insert(SeriesId id, DailySeries series) {
  if (Has(id)) return false;
  FindOrAdd(id) = std::move(series);
  return true;
}

bool SeriesSet::HasEntries() const {
  for (const DailySeries& series : series_) {
    if (!series.empty()) return true;
  }
  return false;
}

size_t SeriesSet::bytes() const {
  size_t bytes = (series_.capacity() - series_.size()) * sizeof(DailySeries);
  for (const DailySeries& series : series_) bytes += series.bytes();
  return bytes;
}

}  // namespace bellwether::health
