#include "services/health/adapters/history/fact_observations.h"

#include <algorithm>

#include "services/health/domain/evaluation.h"
#include "services/health/domain/model.h"

namespace bellwether::health {
namespace {

using events::v1::Fact;

// part / whole in 10⁻⁶.
int64_t ShareMicros(int64_t part, int64_t whole) {
  return RoundedQuotient(static_cast<__int128>(part) * kMicrosPerUnit, whole);
}

// Who recommends counts +1, who warns −1 (NPS: 9–10 and 0–6 of 10).
int64_t PromoterBalance(int64_t score_micros) {
  constexpr int64_t kPromoterFrom = 9 * kMicrosPerUnit;
  constexpr int64_t kDetractorUpTo = 6 * kMicrosPerUnit;
  if (score_micros >= kPromoterFrom) return 1;
  return score_micros <= kDetractorUpTo ? -1 : 0;
}

void DecisionChain(const events::v1::DecisionChainChanged& change, Observations& out) {
  switch (change.change()) {
    case events::v1::DECISION_CHAIN_CHANGE_VERIFIED:
      out.Add(SeriesId::kDecisionChainVerified, 1);  // looked at, not moved
      break;
    case events::v1::DECISION_CHAIN_CHANGE_PERSON_ADDED:
      out.Add(SeriesId::kDecisionChainMove, 1);
      out.Add(SeriesId::kDecisionChainPersonAdded, 1);
      break;
    case events::v1::DECISION_CHAIN_CHANGE_PERSON_LEFT:
      out.Add(SeriesId::kDecisionChainMove, 1);
      out.Add(SeriesId::kDecisionChainPersonLeft, 1);
      break;
    case events::v1::DECISION_CHAIN_CHANGE_PERSON_CONTACTED:
      out.Add(SeriesId::kDecisionChainMove, 1);
      if (change.key_decision_maker()) out.Add(SeriesId::kDecisionChainKeyContact, 1);
      break;
    case events::v1::DECISION_CHAIN_CHANGE_STANCE_CHANGED:
    case events::v1::DECISION_CHAIN_CHANGE_BUYING_STAGE_ADVANCED:
      out.Add(SeriesId::kDecisionChainMove, 1);
      break;
    default:
      break;
  }
  if (change.has_coverage_micros()) {
    out.Add(SeriesId::kDecisionChainCoverage, change.coverage_micros());
  }
}

void Usage(const events::v1::UsageReported& usage, Observations& out) {
  out.Add(SeriesId::kUsageLogins, usage.logins());
  out.Add(SeriesId::kUsageActiveUsers, usage.active_users());
  if (usage.licensed_users() > 0) {
    out.Add(SeriesId::kUsageSeatShare, ShareMicros(usage.active_users(), usage.licensed_users()));
  }
  if (usage.features_available() > 0) {
    out.Add(SeriesId::kUsageFeatureShare,
            ShareMicros(usage.features_used(), usage.features_available()));
  }
}

void BusinessValue(const events::v1::BusinessValueMeasured& value, Observations& out) {
  if (value.has_cost_reduction_micros()) {
    out.Add(SeriesId::kValueCostReduction, value.cost_reduction_micros());
  }
  if (value.has_efficiency_gain_micros()) {
    out.Add(SeriesId::kValueEfficiencyGain, value.efficiency_gain_micros());
  }
  if (value.has_roi_micros()) out.Add(SeriesId::kValueRoi, value.roi_micros());
  if (value.has_market_share_gain_micros()) {
    out.Add(SeriesId::kValueMarketShareGain, value.market_share_gain_micros());
  }
}

void Interaction(const events::v1::InteractionHeld& interaction, Observations& out) {
  out.Add(SeriesId::kInteraction, 1);
  out.Add(SeriesId::kInteractionExecutive,
          interaction.level() == events::v1::CONTACT_LEVEL_EXECUTIVE ? 1 : 0);
  out.Add(SeriesId::kInteractionCustomerInitiated, interaction.customer_initiated() ? 1 : 0);
  if (interaction.competitor_mentioned()) {
    out.Add(SeriesId::kCompetitorMention, 1);
    out.Add(SeriesId::kCompetitorStrength, 1);
  }
}

}  // namespace

void ToObservations(const Fact& fact, Observations& out) {
  switch (fact.kind_case()) {
    case Fact::kOrderPlaced: {
      const auto& order = fact.order_placed();
      out.Add(SeriesId::kOrderValue, order.amount().base_amount_minor());
      if (order.cross_sell()) out.Add(SeriesId::kOrderCrossSell, 1);
      if (order.new_business()) out.Add(SeriesId::kOrderNewBusiness, 1);
      break;
    }
    case Fact::kPaymentDue:
      out.Add(SeriesId::kPaymentDue, fact.payment_due().amount().base_amount_minor());
      break;
    case Fact::kPaymentReceived:
      out.Add(SeriesId::kPaymentReceived, fact.payment_received().amount().base_amount_minor());
      break;
    case Fact::kPaymentOverdue:
      out.Add(SeriesId::kPaymentOverdue, fact.payment_overdue().amount().base_amount_minor());
      break;
    case Fact::kUsageReported:
      Usage(fact.usage_reported(), out);
      break;
    case Fact::kBusinessValueMeasured:
      BusinessValue(fact.business_value_measured(), out);
      break;
    case Fact::kCaseOpened:
      out.Add(SeriesId::kCaseUrgent,
              fact.case_opened().priority() >= events::v1::CASE_PRIORITY_HIGH ? 1 : 0);
      break;
    case Fact::kCaseFirstResponded:
      out.Add(SeriesId::kCaseResponse, fact.case_first_responded().response_seconds());
      break;
    case Fact::kCaseResolved:
      out.Add(SeriesId::kCaseResolution, fact.case_resolved().resolution_seconds());
      out.Add(SeriesId::kCaseFirstContact, fact.case_resolved().first_contact() ? 1 : 0);
      break;
    case Fact::kSurveyAnswered: {
      const auto& survey = fact.survey_answered();
      if (survey.kind() == events::v1::SURVEY_KIND_CSAT) {
        out.Add(SeriesId::kSurveyCsat, survey.score_micros());
      } else if (survey.kind() == events::v1::SURVEY_KIND_NPS) {
        out.Add(SeriesId::kSurveyNps, PromoterBalance(survey.score_micros()));
      }
      break;
    }
    case Fact::kInteractionHeld:
      Interaction(fact.interaction_held(), out);
      break;
    case Fact::kDecisionChainChanged:
      DecisionChain(fact.decision_chain_changed(), out);
      break;
    case Fact::kBudgetChanged: {
      const int64_t previous = fact.budget_changed().previous().base_amount_minor();
      const int64_t current = fact.budget_changed().current().base_amount_minor();
      // A change of nothing has no share.
      if (previous > 0) {
        out.Add(SeriesId::kBudgetChange,
                RoundedQuotient((static_cast<__int128>(current) - previous) * kMicrosPerUnit,
                                previous));
      }
      break;
    }
    case Fact::kCompetitorActivityObserved: {
      const auto& activity = fact.competitor_activity_observed();
      if (activity.contact()) out.Add(SeriesId::kCompetitorContact, 1);
      out.Add(SeriesId::kCompetitorStrength, std::max(1, activity.strength()));
      break;
    }
    case Fact::kResourceSpent:
      out.Add(SeriesId::kResourceCost, fact.resource_spent().cost().base_amount_minor());
      out.Add(SeriesId::kResourceMinutes, fact.resource_spent().minutes());
      break;
    case Fact::kSentimentObserved:
      out.Add(SeriesId::kSentiment, fact.sentiment_observed().score_micros());
      break;
    case Fact::kDeviceUsageReported: {
      const auto& usage = fact.device_usage_reported();
      out.Add(SeriesId::kDeviceActive, usage.active_devices());
      out.Add(SeriesId::kDeviceMinutes, usage.operating_minutes());
      out.Add(SeriesId::kDeviceFaults, usage.faults());
      break;
    }
    case Fact::kCooperationChanged: {
      const auto& cooperation = fact.cooperation_changed();
      out.Add(SeriesId::kJointProjects, cooperation.joint_projects());
      out.Add(SeriesId::kDataSharingLevel, cooperation.data_sharing_level());
      out.Add(SeriesId::kSupplyChainIntegration, cooperation.supply_chain_integration());
      out.Add(SeriesId::kJointPatents, cooperation.joint_patents());
      break;
    }
    case Fact::kRevenueGrowthReported:
      out.Add(SeriesId::kRevenueGrowth, fact.revenue_growth_reported().growth_micros());
      break;
    case Fact::kAccountManagerChanged:
      out.Add(SeriesId::kManagerChanged, 1);
      if (fact.account_manager_changed().left_company()) out.Add(SeriesId::kManagerLeft, 1);
      break;
    case Fact::kStrategicMeetingHeld:
      out.Add(SeriesId::kMeetingInvited, fact.strategic_meeting_held().invited());
      out.Add(SeriesId::kMeetingAttended, fact.strategic_meeting_held().attended());
      break;
    case Fact::KIND_NOT_SET:
      break;
  }
}

}  // namespace bellwether::health
