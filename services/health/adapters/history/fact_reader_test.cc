#include "services/health/adapters/history/fact_reader.h"

#include <algorithm>
#include <map>

#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace bellwether::health::fact_observations_test::fact_reader_test {
namespace {

using events::v1::Fact;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

std::map<std::string, int64_t> Observed(const std::string& text,
                                        journal::Semantics semantics = journal::kNewestSemantics) {
  Fact fact;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &fact)) << text;
  Observations observations;
  FactReader::Get().Read(fact, semantics, observations);
  std::map<std::string, int64_t> result;
  for (const Observation& observation : observations) {
    const std::string name(DefinitionOf(observation.series).name);
    EXPECT_TRUE(result.emplace(name, observation.value).second) << name << " fed twice";
  }
  return result;
}

TEST(FactReader, TheKindsAreThoseOfTheMessage) {  // H1
  const auto* oneof = Fact::descriptor()->FindOneofByName("kind");
  EXPECT_EQ(static_cast<size_t>(oneof->field_count()), AllFactKinds().size());
  for (int i = 0; i < oneof->field_count(); ++i) {
    Fact fact;
    fact.GetReflection()->MutableMessage(&fact, oneof->field(i));
    const auto kind = FactReader::Get().KindOf(fact);
    ASSERT_TRUE(kind.has_value()) << oneof->field(i)->name();
    EXPECT_EQ(DefinitionOf(*kind).name, oneof->field(i)->name());
  }
}

TEST(FactReader, AnOrderGivesItsValueInTheReportingCurrency) {
  EXPECT_THAT(Observed("order_placed { amount { currency_code: 'USD' amount_minor: 100 "
                       "base_amount_minor: 720 } cross_sell: true }"),
              UnorderedElementsAre(Pair("order_value", 720), Pair("order_cross_sell", 1)));
}

struct Fed {
  int64_t value;
  bool only_sum;
  friend bool operator==(const Fed&, const Fed&) = default;
};
Fed OrderValueOf(const std::string& text, journal::Semantics semantics) {
  Fact fact;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &fact)) << text;
  Observations observations;
  FactReader::Get().Read(fact, semantics, observations);
  for (const Observation& each : observations) {
    if (each.series == *SeriesByName("order_value")) return {each.value, each.only_sum};
  }
  ADD_FAILURE() << "no order value";
  return {};
}

TEST(FactReader, ARefundLessensTheValueOfOrders) {  // H1
  const char* refund = "order_refunded { amount { base_amount_minor: 720 } }";
  EXPECT_EQ(OrderValueOf(refund, journal::kNewestSemantics), (Fed{-720, true}));
  EXPECT_THAT(Observed(refund),
              UnorderedElementsAre(Pair("order_value", -720), Pair("order_refund", 720)));
}

TEST(FactReader, ANegativeOrderIsNoPurchaseSinceItsSemantics) {
  const char* negative = "order_placed { amount { base_amount_minor: -7 } }";
  EXPECT_EQ(OrderValueOf(negative, journal::Semantics::kFirst), (Fed{-7, false}));
  EXPECT_EQ(OrderValueOf(negative, journal::Semantics::kWhatSourcesSaid), (Fed{-7, true}));
  EXPECT_EQ(
      OrderValueOf("order_placed { amount { base_amount_minor: 0 } }", journal::kNewestSemantics),
      (Fed{0, false}));
}

TEST(FactReader, AnUnsetDurationIsUnknownSinceItsSemantics) {  // H1
  for (const auto& [unset, given, series] :
       {std::tuple("case_first_responded {}", "case_first_responded { response_seconds: 0 }",
                   "case_response"),
        std::tuple("case_resolved {}", "case_resolved { resolution_seconds: 0 }",
                   "case_resolution")}) {
    EXPECT_EQ(Observed(unset, journal::Semantics::kFirst).at(series), 0);
    EXPECT_FALSE(Observed(unset).contains(series));
    EXPECT_EQ(Observed(given).at(series), 0) << "given as none";
  }
}

TEST(FactReader, PaymentsGiveAmounts) {
  EXPECT_THAT(Observed("payment_due { amount { base_amount_minor: 7 } }"),
              UnorderedElementsAre(Pair("payment_due", 7)));
  EXPECT_THAT(Observed("payment_received { amount { base_amount_minor: 7 } }"),
              UnorderedElementsAre(Pair("payment_received", 7)));
  EXPECT_THAT(Observed("payment_overdue { amount { base_amount_minor: 7 } }"),
              UnorderedElementsAre(Pair("payment_overdue", 7)));
}

TEST(FactReader, UsageGivesSharesOnlyWhereTheWholeIsKnown) {
  EXPECT_THAT(Observed("usage_reported { logins: 9 active_users: 3 licensed_users: 4 "
                       "features_used: 1 features_available: 3 }"),
              UnorderedElementsAre(Pair("usage_logins", 9), Pair("usage_active_users", 3),
                                   Pair("usage_seat_share", 750'000),
                                   Pair("usage_feature_share", 333'333)));
  EXPECT_THAT(Observed("usage_reported { logins: 9 active_users: 3 }"),
              UnorderedElementsAre(Pair("usage_logins", 9), Pair("usage_active_users", 3)));
}

TEST(FactReader, BusinessValueGivesWhatWasMeasuredAlsoZero) {
  EXPECT_THAT(Observed("business_value_measured { roi_micros: 0 cost_reduction_micros: 5 }"),
              UnorderedElementsAre(Pair("value_roi", 0), Pair("value_cost_reduction", 5)));
}

TEST(FactReader, CasesGiveUrgencyAndTimes) {
  EXPECT_THAT(Observed("case_opened { priority: CASE_PRIORITY_MEDIUM }"),
              UnorderedElementsAre(Pair("case_urgent", 0)));
  EXPECT_THAT(Observed("case_opened { priority: CASE_PRIORITY_HIGH }"),
              UnorderedElementsAre(Pair("case_urgent", 1)));
  EXPECT_THAT(Observed("case_first_responded { response_seconds: 60 }"),
              UnorderedElementsAre(Pair("case_response", 60)));
  EXPECT_THAT(Observed("case_resolved { resolution_seconds: 70 first_contact: true }"),
              UnorderedElementsAre(Pair("case_resolution", 70), Pair("case_first_contact", 1)));
}

TEST(FactReader, ASurveyIsSatisfactionOrThePromoterBalance) {
  EXPECT_THAT(Observed("survey_answered { kind: SURVEY_KIND_CSAT score_micros: 81000000 }"),
              UnorderedElementsAre(Pair("survey_csat", 81'000'000)));
  const std::pair<int64_t, int64_t> answers[] = {{10'000'000, 1}, {9'000'000, 1},  {8'999'999, 0},
                                                 {6'000'001, 0},  {6'000'000, -1}, {0, -1}};
  for (const auto& [score, balance] : answers) {
    EXPECT_THAT(Observed("survey_answered { kind: SURVEY_KIND_NPS score_micros: " +
                         std::to_string(score) + " }"),
                UnorderedElementsAre(Pair("survey_nps", balance)));
  }
  EXPECT_THAT(Observed("survey_answered { score_micros: 5 }"), IsEmpty());
}

TEST(FactReader, AnInteractionGivesItsLevelInitiativeAndMentions) {
  EXPECT_THAT(Observed("interaction_held { level: CONTACT_LEVEL_EXECUTIVE "
                       "customer_initiated: true competitor_mentioned: true }"),
              UnorderedElementsAre(Pair("interaction", 1), Pair("interaction_executive", 1),
                                   Pair("interaction_customer_initiated", 1),
                                   Pair("competitor_mention", 1), Pair("competitor_strength", 1)));
  EXPECT_THAT(Observed("interaction_held { level: CONTACT_LEVEL_DIRECTOR }"),
              UnorderedElementsAre(Pair("interaction", 1), Pair("interaction_executive", 0),
                                   Pair("interaction_customer_initiated", 0)));
}

TEST(FactReader, AVerificationDoesNotMoveTheDecisionChain) {  // R02, R04
  EXPECT_THAT(Observed("decision_chain_changed { change: DECISION_CHAIN_CHANGE_VERIFIED }"),
              UnorderedElementsAre(Pair("decision_chain_verified", 1)));
  EXPECT_THAT(
      Observed("decision_chain_changed { change: DECISION_CHAIN_CHANGE_PERSON_ADDED "
               "coverage_micros: 400000 }"),
      UnorderedElementsAre(Pair("decision_chain_move", 1), Pair("decision_chain_person_added", 1),
                           Pair("decision_chain_coverage", 400'000)));
  EXPECT_THAT(
      Observed("decision_chain_changed { change: DECISION_CHAIN_CHANGE_PERSON_LEFT }"),
      UnorderedElementsAre(Pair("decision_chain_move", 1), Pair("decision_chain_person_left", 1)));
  EXPECT_THAT(
      Observed("decision_chain_changed { change: DECISION_CHAIN_CHANGE_PERSON_CONTACTED "
               "key_decision_maker: true }"),
      UnorderedElementsAre(Pair("decision_chain_move", 1), Pair("decision_chain_key_contact", 1)));
  EXPECT_THAT(Observed("decision_chain_changed { change: DECISION_CHAIN_CHANGE_STANCE_CHANGED }"),
              UnorderedElementsAre(Pair("decision_chain_move", 1)));
}

TEST(FactReader, ABudgetChangeIsAShareOfTheBudgetBefore) {  // R22
  EXPECT_THAT(Observed("budget_changed { previous { base_amount_minor: 300 } "
                       "current { base_amount_minor: 200 } }"),
              UnorderedElementsAre(Pair("budget_change", -333'333)));
  EXPECT_THAT(Observed("budget_changed { current { base_amount_minor: 200 } }"), IsEmpty());
}

TEST(FactReader, ACompetitorCountsByItsStrengthAtLeastOne) {  // R35, R47
  EXPECT_THAT(Observed("competitor_activity_observed { strength: 4 contact: true }"),
              UnorderedElementsAre(Pair("competitor_contact", 1), Pair("competitor_strength", 4)));
  EXPECT_THAT(Observed("competitor_activity_observed { }"),
              UnorderedElementsAre(Pair("competitor_strength", 1)));
}

TEST(FactReader, TheOtherKindsGiveTheirFigures) {
  EXPECT_THAT(Observed("resource_spent { minutes: 90 cost { base_amount_minor: 5 } }"),
              UnorderedElementsAre(Pair("resource_cost", 5), Pair("resource_minutes", 90)));
  EXPECT_THAT(Observed("sentiment_observed { score_micros: -250000 }"),
              UnorderedElementsAre(Pair("sentiment", -250'000)));
  EXPECT_THAT(
      Observed("device_usage_reported { active_devices: 1 operating_minutes: 2 faults: 3 }"),
      UnorderedElementsAre(Pair("device_active", 1), Pair("device_minutes", 2),
                           Pair("device_faults", 3)));
  EXPECT_THAT(Observed("cooperation_changed { joint_projects: 1 data_sharing_level: 2 "
                       "supply_chain_integration: 3 joint_patents: 4 }"),
              UnorderedElementsAre(Pair("joint_projects", 1), Pair("data_sharing_level", 2),
                                   Pair("supply_chain_integration", 3), Pair("joint_patents", 4)));
  EXPECT_THAT(Observed("revenue_growth_reported { growth_micros: 50000 }"),
              UnorderedElementsAre(Pair("revenue_growth", 50'000)));
  EXPECT_THAT(Observed("account_manager_changed { left_company: true }"),
              UnorderedElementsAre(Pair("manager_changed", 1), Pair("manager_left", 1)));
  EXPECT_THAT(Observed("strategic_meeting_held { invited: 5 attended: 4 }"),
              UnorderedElementsAre(Pair("meeting_invited", 5), Pair("meeting_attended", 4)));
}

}  // namespace
}  // namespace bellwether::health::fact_observations_test::fact_reader_test
