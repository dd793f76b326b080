#include "services/imports/application/import_plan.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include "common/base/status.h"

namespace bellwether::imports::import_plan_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::SizeIs;

// Companies with their parents and what they bought, in two tables.
constexpr char kMapping[] = R"json({
  "mappingId": "test", "source": "import/test", "timeZone": "Asia/Shanghai",
  "files": [
    {"fileId": "companies", "path": "companies.csv", "layout": "LAYOUT_CSV", "header": true,
     "keyColumns": ["company"],
     "columns": [
       {"name": "company", "kind": "COLUMN_KIND_TEXT", "required": true},
       {"name": "sector", "kind": "COLUMN_KIND_TEXT", "aliases": {"technolgy": "technology"}},
       {"name": "revenue", "kind": "COLUMN_KIND_NUMBER", "scale": 8},
       {"name": "parent", "kind": "COLUMN_KIND_TEXT"}],
     "records": [
       {"kind": "RECORD_KIND_ACCOUNT", "id": "{company|id}",
        "set": {"legal_name": "{company}", "industry": "{sector}",
                "annual_revenue.amount_minor": "{revenue}", "parent": "accounts/{parent|id}"}}]},
    {"fileId": "deals", "path": "deals.csv", "layout": "LAYOUT_CSV", "header": true,
     "columns": [
       {"name": "company", "kind": "COLUMN_KIND_TEXT", "references": "companies.company"},
       {"name": "result", "kind": "COLUMN_KIND_TEXT", "required": true,
        "translate": {"Won": "WON", "Open": "OPEN"}},
       {"name": "day", "kind": "COLUMN_KIND_TIME", "timeFormat": "%E4Y%m%d"},
       {"name": "amount", "kind": "COLUMN_KIND_NUMBER", "scale": 2}],
     "records": [
       {"kind": "RECORD_KIND_FACT", "accountId": "{company|id}", "timeColumn": "day",
        "when": [{"column": "result", "oneOf": ["WON"]}, {"column": "company"}],
        "set": {"order_placed.amount.amount_minor": "{amount}",
                "order_placed.amount.currency_code": "USD"}}]}]})json";

imports::v1::Mapping MappingOf(const std::string& json) {
  imports::v1::Mapping mapping;
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(json, &mapping).ok());
  return mapping;
}

ImportPlan PlanOf(const std::string& companies, const std::string& deals) {
  const auto mapping = Compile(MappingOf(kMapping));
  EXPECT_TRUE(mapping.ok()) << mapping.status();
  auto plan = BuildPlan(*mapping, {{"companies", companies}, {"deals", deals}});
  EXPECT_TRUE(plan.ok()) << plan.status();
  return *std::move(plan);
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
  const ImportPlan plan = PlanOf(kCompanies, kDeals);
  ASSERT_THAT(plan.accounts, SizeIs(2));
  EXPECT_EQ(plan.accounts[0].account_id(), "Acme-Corp");
  EXPECT_EQ(plan.accounts[0].account().industry(), "technology");
  EXPECT_EQ(plan.accounts[0].account().annual_revenue().amount_minor(), 110'004'000'000);
  EXPECT_EQ(plan.accounts[1].account().parent(), "accounts/Acme-Corp");
  EXPECT_EQ(plan.problem_count, 0);
  EXPECT_THAT(plan.aliases_used,
              ElementsAre(Pair("sector: \"technolgy\" read as \"technology\"", 1)));
}

TEST(BuildPlan, MakesFactsInOrderOfTimeOnlyWhereConditionsHold) {
  const ImportPlan plan = PlanOf(kCompanies, kDeals);
  ASSERT_THAT(plan.facts, SizeIs(2));
  EXPECT_EQ(plan.facts[0].account_id(), "Acme-Corp");
  EXPECT_EQ(plan.facts[1].fact().order_placed().amount().amount_minor(), 1050);
  // Noon of the day in the mapping's zone.
  EXPECT_EQ(absl::FormatTime(ToTime(plan.facts[0].time()), absl::UTCTimeZone()),
            "2017-03-01T04:00:00+00:00");
  EXPECT_EQ(plan.last_time, ToTime(plan.facts[1].time()));
}

TEST(BuildPlan, IdsFollowFromTheRowsSoThatASecondImportChangesNothing) {
  const ImportPlan first = PlanOf(kCompanies, kDeals);
  const ImportPlan again = PlanOf(kCompanies, std::string(kDeals) + "Bluth,Won,20170301,7\n");
  EXPECT_EQ(again.accounts[0].request_id(), first.accounts[0].request_id());
  EXPECT_NE(first.accounts[0].request_id(), first.accounts[1].request_id());
  EXPECT_EQ(again.facts[0].id(), first.facts[0].id());
  EXPECT_EQ(again.facts[2].id(), first.facts[1].id());
}

TEST(BuildPlan, EqualRowsAreSeparateFacts) {
  const ImportPlan plan =
      PlanOf(kCompanies, "company,result,day,amount\nBluth,Won,20170302,1\nBluth,Won,20170302,1\n");
  ASSERT_THAT(plan.facts, SizeIs(2));
  EXPECT_NE(plan.facts[0].id(), plan.facts[1].id());
}

TEST(BuildPlan, ReportsEveryBadRowWithItsPlaceAndTakesTheRest) {
  const ImportPlan plan = PlanOf(std::string(kCompanies) + "Acme Corp,Bluth,x,retail,1\n",
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
  std::vector<std::string> problems;
  for (const PlanProblem& at : plan.problems) {
    problems.push_back(absl::StrCat(at.path, ":", at.problem.line, ":", at.problem.column, ":",
                                    at.problem.position, ":", at.problem.reason));
  }
  EXPECT_THAT(problems, ElementsAre("companies.csv:4:company:11:DUPLICATE_KEY",  //
                                    "deals.csv:2:day:11:NOT_A_TIME",             //
                                    "deals.csv:3:amount:20:TOO_MANY_DECIMALS",   //
                                    "deals.csv:4:company:1:UNKNOWN_REFERENCE",   //
                                    "deals.csv:5:result:7:NOT_IN_VOCABULARY",    //
                                    "deals.csv:6:result:7:MISSING_VALUE",        //
                                    "deals.csv:7::0:WRONG_CELL_COUNT",           //
                                    "deals.csv:8:day:11:MISSING_VALUE",          //
                                    "deals.csv:9::7:UNCLOSED_QUOTE"));
  EXPECT_EQ(plan.problem_count, 9);
  EXPECT_THAT(plan.facts, SizeIs(1));
  EXPECT_EQ(plan.files[1].rows, 9);
  EXPECT_EQ(plan.files[1].refused, 8);
}

TEST(BuildPlan, NamesThatMakeTheSameIdAreNotMergedSilently) {
  const ImportPlan plan =
      PlanOf("company,sector,revenue,parent\nA B,,,\nA-B,,,\n", "company,result,day,amount\n");
  EXPECT_THAT(plan.accounts, SizeIs(1));
  ASSERT_THAT(plan.problems, SizeIs(1));
  EXPECT_EQ(plan.problems[0].problem.reason, "ID_COLLISION");
}

TEST(BuildPlan, ShiftsAllTimesByWholeDays) {
  ImportPlan plan = PlanOf(kCompanies, kDeals);
  const absl::Time now = plan.last_time + absl::Hours(24 * 100 + 23);
  EXPECT_EQ(DaysToNow(plan, now), 100);
  const absl::Time first = ToTime(plan.facts[0].time());
  ShiftDays(plan, 100);
  EXPECT_EQ(ToTime(plan.facts[0].time()), first + absl::Hours(2400));
  EXPECT_EQ(DaysToNow(plan, now), 0);
}

TEST(BuildPlan, FailsAsAWholeOnlyForAMissingColumnOrFile) {
  const auto mapping = Compile(MappingOf(kMapping));
  ASSERT_TRUE(mapping.ok());
  const auto no_column = BuildPlan(*mapping, {{"companies", "company,sector\n"}, {"deals", ""}});
  EXPECT_EQ(DetailOf(no_column.status())->reason, "MISSING_COLUMN");
  const auto no_file = BuildPlan(*mapping, {{"companies", kCompanies}});
  EXPECT_EQ(DetailOf(no_file.status())->reason, "FILE_NOT_FOUND");
}

TEST(Compile, NamesEveryFaultOfAMapping) {
  const auto compiled = Compile(MappingOf(R"json({
    "mappingId": "m", "timeZone": "Mars/Olympus",
    "files": [{"fileId": "f", "path": "../f.csv", "layout": "LAYOUT_CSV", "keyColumns": ["none"],
      "columns": [{"name": "a", "kind": "COLUMN_KIND_TEXT", "references": "later.x"}],
      "records": [{"kind": "RECORD_KIND_FACT", "accountId": "{b}", "timeColumn": "a",
                   "set": {"order_placed.colour": "{a}"}}]}]})json"));
  ASSERT_FALSE(compiled.ok());
  const std::string message(compiled.status().message());
  for (const char* fault :
       {"source", "Mars/Olympus", "path must be", "no key column \"none\"", "references must be",
        "no column \"b\"", "time_column must name", "no field \"colour\""}) {
    EXPECT_THAT(message, HasSubstr(fault));
  }
}

}  // namespace
}  // namespace bellwether::imports::import_plan_test
