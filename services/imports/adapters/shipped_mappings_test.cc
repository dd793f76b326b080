// The shipped mappings on small tables of our own, each with what real exports have: quotes, gaps,
// repeats, other spellings, rows that belong to nobody. What they come to was worked out by hand.
#include "services/imports/shipped_mappings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "services/imports/testing/plan_of.h"

namespace bellwether::imports::shipped_mappings_test {
namespace {

using testing::AccountsOf;
using ::testing::ElementsAre;
using testing::ExpectEveryRowCounted;
using testing::FactsOf;
using ::testing::IsEmpty;
using testing::PlanOf;
using testing::ProblemsOf;
using testing::RequestsOf;
using ::testing::UnorderedElementsAre;

std::string Shipped(absl::string_view name) {
  for (const EmbeddedFile& file : ShippedMappings()) {
    if (file.name == absl::StrCat(name, ".yaml")) return std::string(file.content);
  }
  return "";
}

ImportPlan PlanOfShipped(absl::string_view name, TextTables::Texts texts) {
  ImportPlan plan = PlanOf(Shipped(name), std::move(texts));
  ExpectEveryRowCounted(plan);
  return plan;
}

std::string InUtc(const google::protobuf::Timestamp& time) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S", absl::FromUnixSeconds(time.seconds()),
                          absl::UTCTimeZone());
}

// "id account time kind { … }", in order of time.
std::vector<std::string> Facts(ImportPlan& plan) {
  std::vector<std::string> facts;
  for (events::v1::FactEvent& event : FactsOf(plan)) {
    event.mutable_fact()->clear_stated();
    facts.push_back(absl::StrCat(event.id(), " ", event.account_id(), " ", InUtc(event.time()), " ",
                                 event.fact().ShortDebugString()));
  }
  return facts;
}

std::vector<std::string> Accounts(ImportPlan& plan) {
  std::vector<std::string> accounts;
  for (const auto& request : AccountsOf(plan)) {
    accounts::v1::Account account = request.account();
    account.clear_external_ids();
    account.clear_customer_since();
    accounts.push_back(absl::StrCat(request.account_id(), " since ",
                                    InUtc(request.account().customer_since()), " ",
                                    account.ShortDebugString()));
  }
  return accounts;
}

std::vector<std::string> Opportunities(ImportPlan& plan) {
  std::vector<std::string> opportunities;
  for (const auto& request :
       RequestsOf<opportunities::v1::CreateOpportunityRequest>(plan.opportunities)) {
    opportunities::v1::Opportunity opportunity = request.opportunity();
    const std::string closed = opportunity.has_close_time()
                                   ? absl::StrCat(" closed ", InUtc(opportunity.close_time()))
                                   : "";
    opportunity.clear_engage_time();
    opportunity.clear_close_time();
    opportunity.clear_source();
    opportunities.push_back(
        absl::StrCat(request.opportunity_id(), closed, " ", opportunity.ShortDebugString()));
  }
  return opportunities;
}

TEST(Salesforce, ReadsAccountsOpportunitiesAndCases) {
  ImportPlan plan = PlanOfShipped(
      "salesforce",
      {{"accounts",
        {R"(Id,IsDeleted,Name,Industry,BillingCountry,AnnualRevenue,NumberOfEmployees,ParentId,OwnerId,CreatedDate
001A,0,"Acme, Inc.",Manufacturing,USA,1.25E8,1200,000000000000000AAA,005X,2021-03-04T05:06:07.000Z
001B,0,Acme Europe,,Germany,2500000.005,,001A,005X,2021-03-04T07:06:07.000+0200
001B,0,Acme Europe,,Germany,2500000.005,,001A,005X,2021-03-04T07:06:07.000+0200
001B,0,Acme EMEA,,Germany,2500000.005,,001A,005X,2021-03-04T07:06:07.000+0200
001C,0,,Retail,France,,,,005Y,2022-01-01
)"}},
       {"opportunities", {R"(Id,AccountId,Name,Amount,CloseDate,OwnerId,CreatedDate,StageName
006A,001A,"Line ""3""",120000.50,2024-05-06,005X,2024-01-02T03:04:05.000Z,Closed Won
006B,000000000000000AAA,Walk-in,500,2024-06-01,005X,2024-01-02T03:04:05.000Z,Prospecting
006C,001A,Spares,,2024-07-01,005X,2024-01-02T03:04:05.000Z,Closed Won
006D,001B,Retrofit,7E3,2024-08-01,005X,2024-01-02T03:04:05.000Z,Closed Lost
006E,001A,Mystery,1,2024-08-01,005X,2024-01-02T03:04:05.000Z,Evaluating
006F,001Q,Ghost,1,2024-08-01,005X,2024-01-02T03:04:05.000Z,Closed Won
006G,001A,Spaced,1 000,2024-08-01,005X,2024-01-02T03:04:05.000Z,Closed Won
)"}},
       {"cases", {R"(Id,AccountId,Subject,Priority,CreatedDate,ClosedDate
500A,001A,"Pump leaks,
again",High,2024-03-01T08:00:00.000Z,2024-03-02T09:30:00.000Z
500B,,Spam,Low,2024-03-02T08:00:00.000Z,
500C,001B,Noise,Medium,2024-03-10 10:00:00,
500D,001A,Odd,Critical,2024-03-11 10:00:00,
500E,001A,Clock,Low,2024-03-12 10:00:00,2024-03-12 09:00:00
)"}}});
  EXPECT_THAT(
      Accounts(plan),
      ElementsAre("001A since 2021-03-04 05:06:07 legal_name: \"Acme, Inc.\" industry: "
                  "\"Manufacturing\" region: \"USA\" annual_revenue { currency_code: \"USD\" "
                  "amount_minor: 12500000000 } headcount: 1200 owner: \"005X\"",
                  // Half a cent is rounded away from zero.
                  "001B since 2021-03-04 05:06:07 legal_name: \"Acme Europe\" region: \"Germany\" "
                  "annual_revenue { currency_code: \"USD\" amount_minor: 250000001 } parent: "
                  "\"accounts/001A\" owner: \"005X\""));
  EXPECT_THAT(
      Opportunities(plan),
      UnorderedElementsAre(
          "006A closed 2024-05-06 12:00:00 account: \"accounts/001A\" title: \"Line \\\"3\\\"\" "
          "state: STATE_WON stage: \"negotiation-contract\" owner: \"005X\" amount { "
          "currency_code: \"USD\" amount_minor: 12000050 }",
          // Nobody's, and still open: what it is hoped to close on is no close.
          "006B title: \"Walk-in\" state: STATE_OPEN stage: \"lead\" owner: \"005X\" amount { "
          "currency_code: \"USD\" amount_minor: 50000 }",
          "006C closed 2024-07-01 12:00:00 account: \"accounts/001A\" title: \"Spares\" state: "
          "STATE_WON stage: \"negotiation-contract\" owner: \"005X\"",
          "006D closed 2024-08-01 12:00:00 account: \"accounts/001B\" title: \"Retrofit\" state: "
          "STATE_LOST stage: \"negotiation-contract\" owner: \"005X\" amount { currency_code: "
          "\"USD\" amount_minor: 700000 }"));
  EXPECT_THAT(
      Facts(plan),
      ElementsAre("opened-500A 001A 2024-03-01 08:00:00 case_opened { case_id: \"500A\" priority: "
                  "CASE_PRIORITY_HIGH topic: \"Pump leaks,\\nagain\" }",
                  // 25 h and a half.
                  "resolved-500A 001A 2024-03-02 09:30:00 case_resolved { case_id: \"500A\" "
                  "resolution_seconds: 91800 }",
                  "opened-500C 001B 2024-03-10 10:00:00 case_opened { case_id: \"500C\" priority: "
                  "CASE_PRIORITY_MEDIUM topic: \"Noise\" }",
                  "order-006A 001A 2024-05-06 12:00:00 order_placed { order_id: \"006A\" amount { "
                  "currency_code: \"USD\" amount_minor: 12000050 } opportunity_id: \"006A\" } "
                  "date_only: true"));
  EXPECT_THAT(ProblemsOf(plan),
              UnorderedElementsAre(
                  "Account.csv:5:Id:1:DUPLICATE_KEY", "Account.csv:6:Name:8:MISSING_VALUE",
                  "Opportunity.csv:6:StageName:62:NOT_IN_VOCABULARY",
                  "Opportunity.csv:7:AccountId:6:UNKNOWN_REFERENCE",
                  "Opportunity.csv:8:Amount:18:NOT_A_NUMBER",
                  "Case.csv:6:Priority:15:UNKNOWN_ENUM_VALUE", "Case.csv:7::0:OUT_OF_RANGE"));
}

TEST(HubSpot, ReadsCompaniesAndDeals) {
  ImportPlan plan = PlanOfShipped(
      "hubspot",
      {{"companies",
        {R"(Record ID,Company name,Industry,Country/Region,Annual Revenue,Number of Employees,Company owner,Create Date
101,Northwind,RETAIL,Norway,"$1,250,000.00","1,200",Wu Min,2023-05-06 07:08
102,Fabrikam,(No value),(No value),(No value),(No value),(No value),2023-05-06
103,"Contoso ""East""",IT,,12.345,,,2023-05-06
)"}},
       {"deals",
        {R"(Record ID,Deal Name,Amount,Close Date,Create Date,Deal owner,Associated Company IDs,Deal Stage
9001,Tills,"$12,000.50",2024-02-03 16:00,2024-01-01 09:00,Wu Min,101;102,Closed Won
9002,Scanners,900,,2024-01-05,Wu Min,102,Contract Sent
9003,Walk-in,100,2024-03-01,2024-01-05,,(No value),Closed Won
9004,Old,100,2024-03-01,2024-01-05,,555,Closed Lost
9005,Free,0,2024-03-02,2024-01-05,,101,Closed Won
9006,Typo,"$12,00",2024-03-01,2024-01-05,,101,Closed Won
)"}}});
  EXPECT_THAT(Accounts(plan),
              UnorderedElementsAre(
                  "hubspot-101 since 2023-05-06 07:08:00 legal_name: \"Northwind\" industry: "
                  "\"RETAIL\" region: \"Norway\" annual_revenue { currency_code: \"USD\" "
                  "amount_minor: 125000000 } headcount: 1200 owner: \"Wu Min\"",
                  "hubspot-102 since 2023-05-06 12:00:00 legal_name: \"Fabrikam\"",
                  "hubspot-103 since 2023-05-06 12:00:00 legal_name: \"Contoso \\\"East\\\"\" "
                  "industry: \"IT\" annual_revenue { currency_code: \"USD\" amount_minor: 1235 }"));
  EXPECT_THAT(
      Opportunities(plan),
      UnorderedElementsAre(
          // Of several companies the first.
          "hubspot-9001 closed 2024-02-03 16:00:00 account: \"accounts/hubspot-101\" title: "
          "\"Tills\" state: STATE_WON stage: \"negotiation-contract\" owner: \"Wu Min\" amount { "
          "currency_code: \"USD\" amount_minor: 1200050 }",
          "hubspot-9002 account: \"accounts/hubspot-102\" title: \"Scanners\" state: STATE_OPEN "
          "stage: \"negotiation-contract\" owner: \"Wu Min\" amount { currency_code: \"USD\" "
          "amount_minor: 90000 }",
          "hubspot-9003 closed 2024-03-01 12:00:00 title: \"Walk-in\" state: STATE_WON stage: "
          "\"negotiation-contract\" amount { currency_code: \"USD\" amount_minor: 10000 }",
          "hubspot-9005 closed 2024-03-02 12:00:00 account: \"accounts/hubspot-101\" title: "
          "\"Free\" state: STATE_WON stage: \"negotiation-contract\" amount { currency_code: "
          "\"USD\" }"));
  EXPECT_THAT(
      Facts(plan),
      ElementsAre("order-9001 hubspot-101 2024-02-03 16:00:00 order_placed { order_id: \"9001\" "
                  "amount { currency_code: \"USD\" amount_minor: 1200050 } opportunity_id: "
                  "\"hubspot-9001\" }",
                  "order-9005 hubspot-101 2024-03-02 12:00:00 order_placed { order_id: \"9005\" "
                  "amount { currency_code: \"USD\" } opportunity_id: \"hubspot-9005\" } date_only: "
                  "true"));
  EXPECT_THAT(ProblemsOf(plan), UnorderedElementsAre("*deals*.csv:5:company:0:UNKNOWN_REFERENCE",
                                                     "*deals*.csv:7:Amount:11:NOT_A_NUMBER"));
}

TEST(IncidentLog, MakesOneCaseOfTheChangesOfAnIncident) {
  ImportPlan plan = PlanOfShipped(
      "incident-log",
      {{"incidents",
        {R"(number,incident_state,caller_id,category,priority,opened_at,resolved_at,sys_updated_at
INC1,New,Caller 1,Category 5,3 - Moderate,29/2/2016 01:16,?,29/2/2016 01:23
INC1,Resolved,Caller 1,Category 9,2 - High,29/2/2016 01:16,29/2/2016 11:29,29/2/2016 11:30
INC1,Active,Caller 1,Category 5,3 - Moderate,29/2/2016 01:16,?,29/2/2016 08:53
INC2,Closed,?,Category 1,1 - Critical,1/3/2016 09:00,1/3/2016 10:00,1/3/2016 12:00
INC3,Awaiting User Info,Caller 2,?,4 - Low,1/3/2016 09:00,?,1/3/2016 09:30
INC4,Active,Caller 2,Category 7,?,2/3/2016 09:00,2/3/2016 09:30,2/3/2016 10:00
INC5,New,Caller 3,Category 7,4 - Low,31/2/2016 09:00,?,1/3/2016 10:00
INC5,Closed,Caller 3,Category 7,4 - Low,2/3/2016 09:00,2/3/2016 10:00,2/3/2016 10:00
)"}}});
  EXPECT_THAT(Accounts(plan), ::testing::SizeIs(2));
  EXPECT_THAT(
      Facts(plan),
      ElementsAre(
          // Of the latest change, though it stands in the middle: 10 h and 13 min.
          "opened-INC1 Caller-1 2016-02-28 17:16:00 case_opened { case_id: \"INC1\" priority: "
          "CASE_PRIORITY_HIGH topic: \"Category 9\" }",
          "resolved-INC1 Caller-1 2016-02-29 03:29:00 case_resolved { case_id: \"INC1\" "
          "resolution_seconds: 36780 }",
          "opened-INC3 Caller-2 2016-03-01 01:00:00 case_opened { case_id: \"INC3\" priority: "
          "CASE_PRIORITY_LOW }",
          // It was resolved, and is active again.
          "opened-INC4 Caller-2 2016-03-02 01:00:00 case_opened { case_id: \"INC4\" topic: "
          "\"Category 7\" }"));
  EXPECT_THAT(ProblemsOf(plan), UnorderedElementsAre("incident*.csv:5:caller:0:MISSING_VALUE",
                                                     "incident*.csv:8:opened_at:38:NOT_A_TIME",
                                                     "incident*.csv:9::0:ROW_OF_GROUP_REFUSED"));
}

TEST(InvoiceLines, MakesAnOrderOfAnInvoiceAndARefundOfACreditNote) {
  const std::string lines =
      R"(InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
536365,85123A,"HEART, WHITE",6,12/1/2010 8:26,2.55,17850,United Kingdom
536365,71053,LANTERN,6,12/1/2010 8:26,3.39,17850,United Kingdom
536365,71053,LANTERN,6,12/1/2010 8:26,3.39,17850,United Kingdom
536366,22633,WARMER,0.5,2010-12-01 09:00:00,1.85,13047,EIRE
536367,22745,UNNAMED,3,7/1/2011 10:00,1,,United Kingdom
536369,85123A,DAMAGED,-5,7/1/2011 10:00,1,13047,EIRE
536370,22745,ONE,1,7/2/2011 10:00,1,13047,EIRE
536370,22745,TWO,1,7/2/2011 10:00,1,17850,United Kingdom
C536379,D,Discount,-1,7/1/2011 10:00,27.50,17850,United Kingdom
C536380,22745,BACK,-2,7/3/2011 10:00,1.25,13047,EIRE
C536380,22746,BACK,-3,7/3/2011 10:00,0.99,13047,EIRE
)";
  ImportPlan plan = PlanOfShipped("invoice-lines", {{"lines", {lines}}, {"credit_lines", {lines}}});
  EXPECT_THAT(Accounts(plan), UnorderedElementsAre(
                                  "customer-17850 since 2010-12-01 08:26:00 legal_name: \"Customer "
                                  "17850\" region: \"United Kingdom\"",
                                  "customer-13047 since 2010-12-01 09:00:00 legal_name: \"Customer "
                                  "13047\" region: \"EIRE\""));
  EXPECT_THAT(
      Facts(plan),
      ElementsAre(
          // 15.30 and twice 20.34: equal lines are two.
          "invoice-536365 customer-17850 2010-12-01 08:26:00 order_placed { order_id: \"536365\" "
          "amount { currency_code: \"GBP\" amount_minor: 5598 } }",
          // 0.925 is 93 pence.
          "invoice-536366 customer-13047 2010-12-01 09:00:00 order_placed { order_id: \"536366\" "
          "amount { currency_code: \"GBP\" amount_minor: 93 } }",
          // Clocks are ahead in July.
          "credit-C536379 customer-17850 2011-07-01 09:00:00 order_refunded { amount { "
          "currency_code: \"GBP\" amount_minor: 2750 } }",
          "credit-C536380 customer-13047 2011-07-03 09:00:00 order_refunded { amount { "
          "currency_code: \"GBP\" amount_minor: 547 } }"));
  EXPECT_THAT(ProblemsOf(plan), ElementsAre("*invoice*.csv:8:customer:0:ROWS_DISAGREE"));
}

TEST(RavenStack, ReadsSubscriptionsUsageTicketsAndChurn) {
  ImportPlan plan = PlanOfShipped(
      "ravenstack",
      {{"accounts", {R"(account_id,account_name,industry,country,signup_date
A-1,Company_1,EdTech,US,2023-02-03
)"}},
       {"subscriptions",
        {R"(subscription_id,account_id,start_date,plan_tier,seats,arr_amount,upgrade_flag
S-1,A-1,2024-01-01,Pro,10,1188,False
S-2,A-1,2024-01-02,Basic,5,0,False
S-3,A-9,2024-01-03,Pro,10,1188,False
S-4,A-1,2024-01-04,Pro,12,1500.5,True
S-5,A-1,2024-01-05,Pro,12,1500,yes
)"}},
       {"usage", {R"(subscription_id,usage_date,usage_count
S-1,2024-02-01,5
S-2,2024-02-01,1
S-1,2024-02-01,7
S-9,2024-02-01,7
)"}},
       {"tickets",
        {R"(ticket_id,account_id,submitted_at,closed_at,priority,first_response_time_minutes,satisfaction_score,escalation_flag
T-1,A-1,2024-03-01,2024-03-02 03:30:00,high,45,4.5,True
T-2,A-1,2024-03-02,,low,0,,False
)"}},
       {"churn", {R"(churn_event_id,account_id,churn_date,reason_code
C-1,A-1,2024-06-01,pricing
C-2,A-1,2024-06-02,weather
)"}}});
  EXPECT_THAT(Accounts(plan), ::testing::SizeIs(1));
  EXPECT_THAT(
      Facts(plan),
      UnorderedElementsAre(
          "subscription-S-1 A-1 2024-01-01 12:00:00 order_placed { order_id: \"S-1\" amount { "
          "currency_code: \"USD\" amount_minor: 118800 } quantity: 10 product: \"Pro\" } "
          "date_only: true",
          "subscription-S-4 A-1 2024-01-04 12:00:00 order_placed { order_id: \"S-4\" amount { "
          "currency_code: \"USD\" amount_minor: 150050 } quantity: 12 product: \"Pro\" "
          "cross_sell: true } date_only: true",
          // Two uses of one day; a trial is used too.
          "usage-S-1-2024-02-01 A-1 2024-02-01 12:00:00 usage_reported { logins: 12 "
          "licensed_users: 10 features_used: 2 } date_only: true",
          "usage-S-2-2024-02-01 A-1 2024-02-01 12:00:00 usage_reported { logins: 1 "
          "licensed_users: 5 features_used: 1 } date_only: true",
          "opened-T-1 A-1 2024-03-01 00:00:00 case_opened { case_id: \"T-1\" priority: "
          "CASE_PRIORITY_HIGH } date_only: true",
          "answered-T-1 A-1 2024-03-01 00:45:00 case_first_responded { case_id: \"T-1\" "
          "response_seconds: 2700 }",
          "opened-T-2 A-1 2024-03-02 00:00:00 case_opened { case_id: \"T-2\" priority: "
          "CASE_PRIORITY_LOW } date_only: true",
          "answered-T-2 A-1 2024-03-02 00:00:00 case_first_responded { case_id: \"T-2\" "
          "response_seconds: 0 }",
          // 27 h and a half; escalated; 4.5 of 5.
          "resolved-T-1 A-1 2024-03-02 03:30:00 case_resolved { case_id: \"T-1\" "
          "resolution_seconds: 99000 }",
          "rated-T-1 A-1 2024-03-02 03:30:00 survey_answered { kind: SURVEY_KIND_CSAT "
          "score_micros: 90000000 respondent_id: \"T-1\" }"));
  EXPECT_THAT(Opportunities(plan),
              ElementsAre("churn-C-1 closed 2024-06-01 12:00:00 account: \"accounts/A-1\" title: "
                          "\"Renewal lost: pricing\" state: STATE_LOST stage: "
                          "\"operation-renewal\" loss_reason: \"price\""));
  EXPECT_THAT(
      ProblemsOf(plan),
      UnorderedElementsAre("ravenstack_subscriptions.csv:4:account_id:5:UNKNOWN_REFERENCE",
                           "ravenstack_subscriptions.csv:6:upgrade_flag:32:NOT_IN_VOCABULARY",
                           "ravenstack_feature_usage.csv:5:account_id:0:UNKNOWN_REFERENCE",
                           "ravenstack_churn_events.csv:3:loss_reason:20:NOT_IN_VOCABULARY"));
}

}  // namespace
}  // namespace bellwether::imports::shipped_mappings_test
