#include "services/ctl/adapters/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/strip.h"
#include "services/ctl/adapters/health_view.h"
#include "services/ctl/adapters/session.h"
#include "services/imports/shipped_mappings.h"

namespace bellwether::ctl::command_line_test {
namespace {

using ::testing::HasSubstr;

struct Ran {
  int exit_code = 0;
  std::string out;
  std::string err;
};

Ran Ctl(const std::vector<std::string>& arguments) {
  std::istringstream in;
  std::ostringstream out;
  std::ostringstream err;
  const int exit_code = RunCommandLine(arguments, in, out, err);
  return {exit_code, out.str(), err.str()};
}

TEST(CommandLine, WrongUsageIsTwo) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{},
                                             {"health"},
                                             {"health", "gett"},
                                             {"health", "get"},
                                             {"health", "rank", "--tier", "a", "--owner", "b"},
                                             {"--lang", "fr", "health", "get", "x"},
                                             {"emit"},
                                             {"journal", "tail"},
                                             {"import", "cdnow", "/no/such/folder"}}) {
    const Ran ran = Ctl(arguments);
    EXPECT_EQ(ran.exit_code, kExitUsage) << ran.err;
    EXPECT_FALSE(ran.err.empty());
    EXPECT_TRUE(ran.out.empty()) << ran.out;
  }
}

TEST(CommandLine, WhatIsWrongBeforeAServerIsAskedIsTwoAndNamesTheField) {
  const Ran type = Ctl(
      {"emit", "--account", "a", "--kind", "order_placed", "--set", "amount.amount_minor=12.5"});
  EXPECT_EQ(type.exit_code, kExitUsage);
  EXPECT_THAT(type.err, HasSubstr("WRONG_TYPE"));
  EXPECT_THAT(type.err, HasSubstr("order_placed.amount.amount_minor"));
  EXPECT_EQ(Ctl({"emit", "--account", "a", "--kind", "weather"}).exit_code, kExitUsage);
  EXPECT_EQ(Ctl({"emit", "--file", "docs/import.md"}).exit_code, kExitUsage);
  EXPECT_EQ(Ctl({"health", "as-of", "a", "yesterday"}).exit_code, kExitUsage);
  EXPECT_EQ(Ctl({"import", "no-such-mapping", "docs"}).exit_code, kExitUsage);
}

TEST(CommandLine, HelpIsAnAnswer) {
  const Ran ran = Ctl({"alerts", "--help"});
  EXPECT_EQ(ran.exit_code, kExitDone);
  EXPECT_THAT(ran.out, HasSubstr("ack"));
}

TEST(CommandLine, AServerThatIsNotThereIsThree) {
  // Port 1 is reserved and never listened on.
  const Ran ran = Ctl({"--server", "127.0.0.1:1", "--timeout", "1", "health", "get", "x"});
  EXPECT_EQ(ran.exit_code, kExitUnreachable);
  EXPECT_THAT(ran.err, HasSubstr("UNREACHABLE"));
}

TEST(CommandLine, ADateIsNotReadInAZoneThatIsOnlyGuessed) {
  const Ran ran =
      Ctl({"--server", "127.0.0.1:1", "--timeout", "1", "health", "as-of", "x", "2026-03-01"});
  EXPECT_EQ(ran.exit_code, kExitUnreachable) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("UNREACHABLE"));
}

TEST(CommandLine, GlobalOptionsMayFollowTheCommand) {
  const Ran ran = Ctl({"health", "get", "x", "--server", "127.0.0.1:1", "--timeout", "1"});
  EXPECT_EQ(ran.exit_code, kExitUnreachable) << ran.err;
}

health::v1::ExplainHealthResponse Explanation(int64_t before, int64_t after,
                                              std::vector<int64_t> points) {
  health::v1::ExplainHealthResponse response;
  auto& change = *response.add_changes();
  change.set_score_before_micros(before);
  change.set_score_after_micros(after);
  change.mutable_cause()->set_kind(events::v1::CAUSE_KIND_FACT);
  change.mutable_cause()->set_type("order_placed");
  change.mutable_cause()->set_source("crm");
  change.mutable_cause()->set_id("42");
  for (size_t i = 0; i < points.size(); ++i) {
    auto& point = *change.add_points();
    point.set_metric("metric." + std::to_string(i));
    point.set_value_after_micros(1'500'000);
    point.set_absent_before(true);
    point.set_points_micros(points[i]);
  }
  return response;
}

TEST(ShowExplanation, ShownPointsAddUpToTheShownDifference) {
  std::istringstream in;
  std::ostringstream out;
  std::ostringstream err;
  Session session(in, out, err);
  session.options.utc = true;
  // Rounded one by one these would show +0.33 three times: 0.99 of 1.00.
  EXPECT_TRUE(ShowExplanation(session, HealthNames(),
                              Explanation(50'000'000, 51'000'000, {333'333, 333'333, 333'334})));
  EXPECT_THAT(out.str(), HasSubstr("50.00 → 51.00  order_placed crm 42"));
  EXPECT_THAT(out.str(), HasSubstr("  metric.0       –    1.5   +0.33\n"));
  EXPECT_THAT(out.str(), HasSubstr("  metric.2       –    1.5   +0.34\n"));
  EXPECT_THAT(out.str(), HasSubstr("  sum        50.00  51.00   +1.00\n"));
}

TEST(ShowExplanation, SaysWhenExactPointsDoNotAddUp) {
  std::istringstream in;
  std::ostringstream out;
  std::ostringstream err;
  Session session(in, out, err);
  session.options.utc = true;
  EXPECT_FALSE(ShowExplanation(session, HealthNames(),
                               Explanation(50'000'000, 51'000'000, {500'000, 400'000})));
  EXPECT_THAT(out.str(), HasSubstr("off by +0.10"));
}

TEST(ShowExplanation, AFirstScoreIsNoRiseFromNothing) {
  std::istringstream in;
  std::ostringstream out;
  std::ostringstream err;
  Session session(in, out, err);
  session.options.utc = true;
  auto explanation = Explanation(0, 51'000'000, {51'000'000});
  explanation.mutable_changes(0)->set_absent_before(true);
  EXPECT_TRUE(ShowExplanation(session, HealthNames(), explanation));
  EXPECT_THAT(out.str(), HasSubstr("first score 51.00"));
  EXPECT_THAT(out.str(), ::testing::Not(HasSubstr("0.00 →")));
  EXPECT_EQ(ScoreChangeText(session, 40'000'000, 51'000'000), "40.00 → 51.00");
  EXPECT_EQ(ScoreChangeText(session, 40'000'000, std::nullopt), "score gone, was 40.00");
  EXPECT_EQ(ScoreChangeText(session, 0, 51'000'000), "0.00 → 51.00") << "a score of nothing";
}

TEST(CommandLine, AnUnknownServiceLevelIsWrongUsageThatNamesTheKnown) {
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {"health", "rank", "--tier", "bogus"}, {"accounts", "list", "--tier", "Core"}}) {
    const Ran ran = Ctl(arguments);
    EXPECT_EQ(ran.exit_code, kExitUsage);
    EXPECT_THAT(ran.err, HasSubstr("strategic-partner"));
    EXPECT_THAT(ran.err, HasSubstr("maintenance"));
  }
}

std::string Documentation(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(ImportCheck, PrintsWhatTheDocumentationShows) {
  for (const auto& [page, folder] : {std::pair("docs/import.md", "docs/examples/import"),
                                     std::pair("docs/mapping.md", "docs/examples/mapping")}) {
    const Ran ran = Ctl({"import", std::string(folder) + "/mapping.yaml", folder, "--check"});
    EXPECT_EQ(ran.exit_code, kExitRefused) << ran.err;
    EXPECT_THAT(Documentation(page), HasSubstr(ran.out));
  }
}

TEST(ImportCheck, EveryShippedMappingIsValid) {
  for (const EmbeddedFile& shipped : imports::ShippedMappings()) {
    const std::string name(absl::StripSuffix(shipped.name, ".yaml"));
    // The folder has none of the tables: a mapping that is not valid fails before that.
    const Ran ran = Ctl({"import", name, "docs", "--check"});
    EXPECT_THAT(ran.err, HasSubstr("FILE_NOT_FOUND")) << name;
  }
}

// The folder of public data sets; empty when this machine has none.
std::string SharedData() {
  const char* named = std::getenv("BELLWETHER_SHARED_DATA");
  const std::string folder = named != nullptr ? named : "../shared/data";
  return std::filesystem::is_directory(folder) ? folder : "";
}

TEST(ImportCheck, ReadsCrmSalesOpportunitiesCompletely) {
  const std::string data = SharedData();
  if (data.empty()) GTEST_SKIP() << "no data sets: BELLWETHER_SHARED_DATA or ../shared/data";
  const Ran ran =
      Ctl({"import", "crm-sales-opportunities", data + "/crm_sales_opportunities", "--check"});
  EXPECT_EQ(ran.exit_code, kExitDone) << ran.err;
  for (const char* line :
       {"sales_pipeline.csv: 8 800 rows\n", "accounts      85 found\n",
        "opportunities 8 800 found\n", "won 4 238, 10 005 534.00 USD\n", "lost 2 473\n",
        "open 2 089\n", "1 425 without an account: leads\n", "facts         4 238 found\n",
        "product: \"GTXPro\" read as \"GTX Pro\": 1 480 rows\n",
        "sector: \"technolgy\" read as \"technology\": 12 rows\n"}) {
    EXPECT_THAT(ran.out, HasSubstr(line));
  }
}

TEST(ImportCheck, ReadsCdnowCompletely) {
  const std::string data = SharedData();
  if (data.empty()) GTEST_SKIP() << "no data sets: BELLWETHER_SHARED_DATA or ../shared/data";
  const Ran ran = Ctl({"import", "cdnow", data + "/cdnow", "--check"});
  EXPECT_EQ(ran.exit_code, kExitDone) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("accounts      2 357 found\n"));
  EXPECT_THAT(ran.out, HasSubstr("facts         6 919 found\n"));
}

// Every row is made, skipped by a condition that is named, a duplicate, or refused.
void ExpectRowsOf(const std::string& mapping, const std::string& folder,
                  const std::vector<std::string>& lines) {
  const Ran ran = Ctl({"import", mapping, folder, "--check"});
  EXPECT_EQ(ran.exit_code, kExitDone) << ran.out << ran.err;
  for (const std::string& line : lines) EXPECT_THAT(ran.out, HasSubstr(line));
}

TEST(ImportCheck, ReadsRavenstackCompletely) {
  const std::string data = SharedData();
  if (data.empty()) GTEST_SKIP() << "no data sets: BELLWETHER_SHARED_DATA or ../shared/data";
  // 4 222 paid subscriptions; 25 000 uses on 24 922 days of subscriptions; of each of 2 000 tickets
  // three steps, and 1 175 ratings.
  ExpectRowsOf(
      "ravenstack", data + "/ravenstack_saas",
      {"ravenstack_accounts.csv: 500 rows\n",
       "ravenstack_subscriptions.csv: 5 000 rows, 4 222 made, 778 skipped by: arr_amount is "
       "above 0\n",
       "ravenstack_feature_usage.csv: 25 000 rows\n",
       "ravenstack_support_tickets.csv: 2 000 rows\n", "ravenstack_churn_events.csv: 600 rows\n",
       "accounts      500 found\n", "opportunities 600 found\n", "facts         36 319 found\n"});
}

TEST(ImportCheck, ReadsTheOnboardingLogCompletely) {
  const std::string data = SharedData();
  if (data.empty()) GTEST_SKIP() << "no data sets: BELLWETHER_SHARED_DATA or ../shared/data";
  ExpectRowsOf("client-onboarding", data + "/process_logs",
               {"ibm_client_onboarding.csv.gz: 54 224 rows\n", "accounts      6 838 found\n",
                "facts         20 514 found\n"});
}

}  // namespace
}  // namespace bellwether::ctl::command_line_test
