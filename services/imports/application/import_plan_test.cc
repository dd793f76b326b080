#include "services/imports/application/import_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/status.h"
#include "services/imports/testing/plan_of.h"

namespace bellwether::imports::import_plan_test {
namespace {

using testing::AccountsOf;
using testing::CompileYaml;
using ::testing::ElementsAre;
using testing::ExpectEveryRowCounted;
using testing::FactsOf;
using ::testing::HasSubstr;
using testing::MappingOf;
using ::testing::Pair;
using testing::PlanOf;
using testing::ProblemsOf;
using ::testing::SizeIs;
using testing::TryPlan;

// Companies with their parents and what they bought, in two tables.
const std::string kMapping = MappingOf(R"yaml(
  - file_id: companies
    path: companies.csv
    layout: csv
    header: true
    key_columns: [company]
    columns:
      - {name: company, kind: text, required: true}
      - {name: sector, kind: text, aliases: {technolgy: technology}}
      - {name: revenue, kind: number, scale: 8}
      - {name: parent, kind: text}
    records:
      - kind: account
        id: "{company|id}"
        set:
          legal_name: "{company}"
          industry: "{sector}"
          annual_revenue.amount_minor: "{revenue}"
          parent: "accounts/{parent|id}"
  - file_id: deals
    path: deals.csv
    layout: csv
    header: true
    columns:
      - {name: company, kind: text, references: companies.company}
      - {name: result, kind: text, required: true, translate: {Won: WON, Open: OPEN}}
      - {name: day, kind: time, time_format: "%E4Y%m%d"}
      - {name: amount, kind: number, scale: 2}
    records:
      - kind: fact
        account_id: "{company|id}"
        time_column: day
        when: [{column: result, one_of: [WON]}, {column: company}]
        set:
          order_placed.amount.amount_minor: "{amount}"
          order_placed.amount.currency_code: USD
)yaml");

ImportPlan PlanOfBoth(const std::string& companies, const std::string& deals) {
  ImportPlan plan = PlanOf(kMapping, {{"companies", {companies}}, {"deals", {deals}}});
  ExpectEveryRowCounted(plan);
  return plan;
}

constexpr char kCompanies[] =
    "parent,company,extra,sector,revenue\n"
    "Acme Corp,Bluth,x,retail,1.5\n"
    ",Acme Corp,x,technolgy,1100.04\n";
constexpr char kDeals[] =
    "company,result,day,amount\n"
    "Bluth,Won,20170302,10.50\n"
    "Acme Corp,Won,20170301,7\n"
    ",Open,,\n";

TEST(BuildPlan, MakesAccountsParentsFirstWithExactAmounts) {
  ImportPlan plan = PlanOfBoth(kCompanies, kDeals);
  const auto accounts = AccountsOf(plan);
  ASSERT_THAT(accounts, SizeIs(2));
  EXPECT_EQ(accounts[0].account_id(), "Acme-Corp");
  EXPECT_EQ(accounts[0].account().industry(), "technology");
  EXPECT_EQ(accounts[0].account().annual_revenue().amount_minor(), 110'004'000'000);
  EXPECT_EQ(accounts[1].account().parent(), "accounts/Acme-Corp");
  EXPECT_EQ(plan.rows.problem_count(), 0);
  EXPECT_THAT(plan.notes.aliases_used,
              ElementsAre(Pair("sector: \"technolgy\" read as \"technology\"", 1)));
}

TEST(BuildPlan, MakesFactsInOrderOfTimeOnlyWhereConditionsHold) {
  ImportPlan plan = PlanOfBoth(kCompanies, kDeals);
  ASSERT_THAT(FactsOf(plan), SizeIs(2));
  EXPECT_EQ(FactsOf(plan)[0].account_id(), "Acme-Corp");
  EXPECT_EQ(FactsOf(plan)[1].fact().order_placed().amount().amount_minor(), 1050);
  // Noon of the day in the mapping's zone.
  EXPECT_EQ(absl::FormatTime(ToTime(FactsOf(plan)[0].time()), absl::UTCTimeZone()),
            "2017-03-01T04:00:00+00:00");
  EXPECT_EQ(plan.last_time, ToTime(FactsOf(plan)[1].time()));
}

TEST(BuildPlan, IdsFollowFromTheRowsSoThatASecondImportChangesNothing) {
  ImportPlan first = PlanOfBoth(kCompanies, kDeals);
  ImportPlan again = PlanOfBoth(kCompanies, std::string(kDeals) + "Bluth,Won,20170301,7\n");
  const auto accounts = AccountsOf(first);
  EXPECT_EQ(AccountsOf(again)[0].request_id(), accounts[0].request_id());
  EXPECT_NE(accounts[0].request_id(), accounts[1].request_id());
  EXPECT_EQ(FactsOf(again)[0].id(), FactsOf(first)[0].id());
  EXPECT_EQ(FactsOf(again)[2].id(), FactsOf(first)[1].id());
}

TEST(BuildPlan, EqualRowsAreSeparateFacts) {
  ImportPlan plan = PlanOfBoth(
      kCompanies, "company,result,day,amount\nBluth,Won,20170302,1\nBluth,Won,20170302,1\n");
  ASSERT_THAT(FactsOf(plan), SizeIs(2));
  EXPECT_NE(FactsOf(plan)[0].id(), FactsOf(plan)[1].id());
}

TEST(BuildPlan, ReportsEveryBadRowWithItsPlaceAndTakesTheRest) {
  ImportPlan plan = PlanOfBoth(std::string(kCompanies) + "Acme Corp,Bluth,x,retail,1\n",
                               "company,result,day,amount\n"
                               "Bluth,Won,20170230,1\n"
                               "Bluth,Won,20170302,1.005\n"
                               "Nobody,Won,20170302,1\n"
                               "Bluth,Maybe,20170302,1\n"
                               "Bluth,,20170302,1\n"
                               "Bluth,Won,20170302\n"
                               "Bluth,Won,,1\n"
                               "Bluth,\"Won,20170302,1\n"
                               "Bluth,Won,20170302,1\n");
  EXPECT_THAT(ProblemsOf(plan), ElementsAre("companies.csv:4:company:11:DUPLICATE_KEY",  //
                                            "deals.csv:2:day:11:NOT_A_TIME",             //
                                            "deals.csv:3:amount:20:TOO_MANY_DECIMALS",   //
                                            "deals.csv:4:company:1:UNKNOWN_REFERENCE",   //
                                            "deals.csv:5:result:7:NOT_IN_VOCABULARY",    //
                                            "deals.csv:6:result:7:MISSING_VALUE",        //
                                            "deals.csv:7::0:WRONG_CELL_COUNT",           //
                                            "deals.csv:8:day:11:MISSING_VALUE",          //
                                            "deals.csv:9::7:UNCLOSED_QUOTE"));
  EXPECT_EQ(plan.rows.problem_count(), 9);
  EXPECT_THAT(FactsOf(plan), SizeIs(1));
  EXPECT_EQ(plan.rows.files()[1].rows, 9);
  EXPECT_EQ(plan.rows.files()[1].refused, 8);
}

TEST(BuildPlan, NamesThatMakeTheSameIdAreNotMergedSilently) {
  ImportPlan plan =
      PlanOfBoth("company,sector,revenue,parent\nA B,,,\nA-B,,,\n", "company,result,day,amount\n");
  EXPECT_THAT(AccountsOf(plan), SizeIs(1));
  EXPECT_THAT(ProblemsOf(plan), ElementsAre("companies.csv:3::0:ID_COLLISION"));
}

TEST(BuildPlan, GroupsOfCompaniesComeGenerationByGeneration) {
  ImportPlan plan =
      PlanOfBoth("company,sector,revenue,parent\nC,,,B\nB,,,A\nD,,,C\nA,,,\nX,,,Y\nY,,,X\nE,,,A\n",
                 "company,result,day,amount\n");
  std::map<std::string, size_t> place;
  for (const auto& request : AccountsOf(plan)) place.emplace(request.account_id(), place.size());
  ASSERT_THAT(place, SizeIs(7));
  EXPECT_EQ(place["A"], 0);
  EXPECT_LT(place["B"], place["C"]);
  EXPECT_LT(place["E"], place["C"]);
  EXPECT_LT(place["C"], place["D"]);
  EXPECT_LT(place["D"], std::min(place["X"], place["Y"])) << "a circle is the server's to judge";
}

TEST(BuildPlan, ShiftsAllTimesByWholeDays) {
  ImportPlan plan = PlanOfBoth(kCompanies, kDeals);
  const absl::Time now = plan.last_time + absl::Hours(24 * 100 + 23);
  EXPECT_EQ(DaysToNow(plan, now), 100);
  const absl::Time first = ToTime(FactsOf(plan)[0].time());
  ShiftDays(plan, 100);
  EXPECT_EQ(ToTime(FactsOf(plan)[0].time()), first + absl::Hours(2400));
  EXPECT_EQ(DaysToNow(plan, now), 0);
}

TEST(BuildPlan, FailsAsAWholeOnlyForAMissingColumnOrFile) {
  const auto reason = [](TextTables::Texts texts) {
    return DetailOf(TryPlan(kMapping, std::move(texts)).status())->reason;
  };
  EXPECT_EQ(reason({{"companies", {"company,sector\n"}}, {"deals", {""}}}), "MISSING_COLUMN");
  EXPECT_EQ(reason({{"companies", {kCompanies}}}), "FILE_NOT_FOUND");
  EXPECT_EQ(reason({{"companies", {""}}, {"deals", {""}}}), "MISSING_HEADER");
}

TEST(Compile, NamesEveryFaultOfAMappingWithItsPlace) {
  const auto compiled = CompileYaml(R"yaml(mapping_id: m
time_zone: Mars/Olympus
files:
  - file_id: f
    path: ../f.csv
    layout: csv
    key_columns: [none]
    columns:
      - {name: a, kind: text, references: later.x}
    records:
      - kind: fact
        account_id: "{b}"
        time_column: a
        set: {order_placed.colour: "{a}"}
)yaml");
  ASSERT_FALSE(compiled.ok());
  const std::string message(compiled.status().message());
  for (const char* fault :
       {"source", "mapping.yaml:2:1: time_zone: \"Mars/Olympus\"",
        "mapping.yaml:5:", "path must be", "no key column \"none\"",
        "mapping.yaml:9:31: files[0].columns[0].references: references must be", "no column \"b\"",
        "mapping.yaml:13:9: files[0].records[0].time_column: time_column must name",
        "no field \"colour\""}) {
    EXPECT_THAT(message, HasSubstr(fault));
  }
}

}  // namespace
}  // namespace bellwether::imports::import_plan_test
