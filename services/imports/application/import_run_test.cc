#include "services/imports/application/import_run.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "services/imports/application/import_summary.h"

namespace bellwether::imports::import_run_test {
namespace {

// A system that answers as the test sets it and notes the order of what it was asked.
class FakeSystem : public ImportTarget {
 public:
  std::vector<std::string> asked;
  CreateState create_state = CreateState::kCreated;
  absl::Status create_status;
  FactsAnswer facts_answer;
  // Answers to Report, one after another; the last one stays.
  std::vector<health::v1::ImportReport> reports;
  size_t report_calls = 0;

  absl::Status CreateAccounts(absl::Span<const accounts::v1::CreateAccountRequest> requests,
                              absl::FunctionRef<void(const CreateAnswer&)> answered) override {
    asked.push_back("accounts");
    for (size_t i = 0; i < requests.size(); ++i) answered({i, create_state, create_status});
    return absl::OkStatus();
  }
  absl::Status CreateOpportunities(
      absl::Span<const opportunities::v1::CreateOpportunityRequest> requests,
      absl::FunctionRef<void(const CreateAnswer&)> answered) override {
    asked.push_back("opportunities");
    for (size_t i = 0; i < requests.size(); ++i) answered({i, create_state, create_status});
    return absl::OkStatus();
  }
  absl::Status CreatePastOpportunities(
      absl::Span<const opportunities::v1::CreateOpportunityRequest> requests,
      absl::Span<const absl::Time> times,
      absl::FunctionRef<void(size_t index, const absl::Status&)> answered) override {
    for (size_t i = 0; i < requests.size(); ++i) {
      const std::string& id = requests[i].opportunity_id();
      asked.push_back(absl::StrCat(id, " at ", absl::ToUnixSeconds(times[i])));
      answered(i, id == refused_in_past ? absl::AlreadyExistsError("") : absl::OkStatus());
    }
    return absl::OkStatus();
  }
  absl::StatusOr<FactsAnswer> SendFacts(absl::Span<const events::v1::FactEvent> facts,
                                        const std::string&, Advance) override {
    asked.push_back("facts");
    facts_sent = facts.size();
    if (!facts_status.ok()) return facts_status;
    return facts_answer;
  }
  absl::StatusOr<FactsAnswer> Backfill(
      PlannedFacts& facts, const std::string&, Advance,
      absl::FunctionRef<absl::Status(absl::Time)> before) override {
    asked.push_back("backfill");
    events::v1::FactEvent fact;
    while (facts.Next(fact)) {
      RETURN_IF_ERROR(before(absl::FromUnixSeconds(fact.time().seconds())));
      if (!fact.id().empty()) asked.push_back(fact.id());
    }
    return facts_answer;
  }
  absl::Status GoLive() override {
    asked.push_back("go live");
    return absl::OkStatus();
  }
  absl::StatusOr<absl::Duration> StartRun(const std::string& import_run,
                                          const std::string& source) override {
    asked.push_back(absl::StrCat("start ", import_run, " of ", source));
    if (!start_status.ok()) return start_status;
    return lease;
  }
  absl::StatusOr<absl::Duration> RenewRun(const std::string&) override {
    ++renewals;
    return lease;
  }
  absl::Status EndRun(const std::string& import_run) override {
    asked.push_back(absl::StrCat("end ", import_run));
    return end_status;
  }
  absl::StatusOr<health::v1::ImportReport> Report(
      const std::string&, absl::Span<const health::v1::PartitionOffset>) override {
    if (busy_reports-- > 0 || renewals < busy_until_renewals)
      return absl::DeadlineExceededError("busy");
    return reports[std::min(report_calls++, reports.size() - 1)];
  }

  int busy_reports = 0;
  absl::Status facts_status;
  absl::Duration lease = absl::Minutes(2);
  absl::Status start_status;
  absl::Status end_status;
  std::atomic<int> renewals = 0;  // come on a thread of their own
  int busy_until_renewals = 0;
  size_t facts_sent = 0;
  std::string refused_in_past;
};

class Silent : public ImportObserver {
 public:
  void OnStage(absl::string_view, int64_t) override {}
  void OnDone(int64_t) override {}
};

// Called after its account and second, on a line of its own.
void AddFact(ImportPlan& plan, const std::string& account, int64_t second) {
  events::v1::FactEvent event;
  event.set_id(absl::StrCat("fact ", second));
  event.set_account_id(account);
  event.mutable_time()->set_seconds(second);
  EXPECT_TRUE(plan.facts.Add(event, {0, plan.facts.size() + 2}).ok());
}

ImportPlan SmallPlan() {
  ImportPlan plan;
  for (const char* account : {"a", "b"}) {
    accounts::v1::CreateAccountRequest request;
    request.set_account_id(account);
    EXPECT_TRUE(plan.accounts.Add(request, {0, plan.accounts.size() + 2}).ok());
  }
  EXPECT_TRUE(plan.accounts.Sort().ok());
  for (const char* account : {"a", "elsewhere", "b"}) AddFact(plan, account, 100);
  EXPECT_TRUE(plan.facts.Sort().ok());
  plan.rows.file(plan.rows.AddFile("orders.csv")).rows = 3;
  return plan;
}

health::v1::ImportReport ReportOf(int64_t counted, int64_t duplicates) {
  health::v1::ImportReport report;
  report.set_counted(counted);
  report.set_duplicates(duplicates);
  return report;
}

ImportResult Import(FakeSystem& system, ImportPlan& plan, bool backfill) {
  Silent silent;
  auto result = RunImport(plan,
                          {.import_run = "r",
                           .source = "orders",
                           .backfill = backfill,
                           .outcome_wait_max = absl::Seconds(2),
                           .outcome_poll_interval = absl::Milliseconds(1)},
                          system, silent);
  EXPECT_TRUE(result.ok()) << result.status();
  return *std::move(result);
}

ImportResult ImportSmall(FakeSystem& system, bool backfill) {
  ImportPlan plan = SmallPlan();
  return Import(system, plan, backfill);
}

TEST(RunImport, CreatesAccountsBeforeLiveFactsAndAfterABackfill) {
  FakeSystem system;
  system.facts_answer.accepted = 3;
  system.reports = {ReportOf(3, 0)};
  ImportSmall(system, /*backfill=*/false);
  EXPECT_EQ(system.asked,
            (std::vector<std::string>{"start r of orders", "accounts", "facts", "end r"}));
  system.asked.clear();
  ImportSmall(system, /*backfill=*/true);
  EXPECT_EQ(system.asked, (std::vector<std::string>{"backfill", "fact 100", "fact 100", "fact 100",
                                                    "go live", "accounts"}));
}

TEST(RunImport, OpensOpportunitiesOfABackfillAmongTheFactsOfTheirTime) {
  FakeSystem system;
  system.facts_answer.accepted = 2;
  system.reports = {ReportOf(2, 0)};
  system.refused_in_past = "refused";
  ImportPlan plan;
  for (const int64_t second : {100, 200}) AddFact(plan, "a", second);
  ASSERT_TRUE(plan.facts.Sort().ok());
  const auto add = [&](const std::string& id, int64_t engaged, int64_t closed) {
    opportunities::v1::CreateOpportunityRequest request;
    request.set_opportunity_id(id);
    auto& opportunity = *request.mutable_opportunity();
    if (engaged > 0) opportunity.mutable_engage_time()->set_seconds(engaged);
    if (closed > 0) opportunity.mutable_close_time()->set_seconds(closed);
    EXPECT_TRUE(AddOpportunity(request, {}, plan).ok());
  };
  add("later", 150, 0);
  add("won", 0, 100);
  add("timeless", 0, 0);
  add("refused", 120, 0);
  add("after", 300, 0);
  ASSERT_TRUE(plan.opportunities.Sort().ok());
  const ImportResult result = Import(system, plan, /*backfill=*/true);
  EXPECT_EQ(system.asked,
            (std::vector<std::string>{"backfill", "won at 100", "fact 100", "refused at 120",
                                      "later at 150", "fact 200", "go live", "opportunities"}));
  EXPECT_EQ(result.opportunities.created, 5) << "two in the past, the others afterwards";
}

TEST(RunImport, WaitsUntilEveryAcceptedFactIsAccountedFor) {
  FakeSystem system;
  system.facts_answer.accepted = 3;
  system.reports = {ReportOf(0, 0), ReportOf(1, 1), ReportOf(1, 2)};
  const ImportResult result = ImportSmall(system, false);
  EXPECT_EQ(system.report_calls, 3);
  ASSERT_TRUE(result.outcomes.has_value());
  EXPECT_EQ(result.outcomes->duplicates(), 2);
}

// L3: the accounts that the facts touch are judged once, when the run ends.
TEST(RunImport, ARunIsRenewedUntilTheFoldHasPassedItsFacts) {
  FakeSystem system;
  system.facts_answer.accepted = 3;
  system.reports = {ReportOf(3, 0)};
  system.lease = absl::Milliseconds(3);
  system.busy_until_renewals = 2;
  ImportSmall(system, /*backfill=*/false);
  EXPECT_GE(system.renewals, 2);
  EXPECT_EQ(system.asked.back(), "end r");
}

TEST(RunImport, ARunIsEndedAlsoWhenTheImportFails) {
  FakeSystem system;
  system.facts_status = absl::UnavailableError("the server went away");
  Silent silent;
  ImportPlan plan = SmallPlan();
  const auto result = RunImport(plan, {.import_run = "r", .source = "orders"}, system, silent);
  EXPECT_TRUE(absl::IsUnavailable(result.status()));
  EXPECT_EQ(system.asked.back(), "end r");
}

TEST(RunImport, NoFactIsSentOutsideOfARun) {
  FakeSystem system;
  system.start_status = absl::ResourceExhaustedError("too many runs");
  Silent silent;
  ImportPlan plan = SmallPlan();
  const auto result = RunImport(plan, {.import_run = "r", .source = "orders"}, system, silent);
  EXPECT_TRUE(absl::IsResourceExhausted(result.status()));
  EXPECT_EQ(system.asked.back(), "start r of orders");
}

TEST(RunImport, ARunThatCannotBeEndedIsLeftToItsLease) {
  FakeSystem system;
  system.facts_answer.accepted = 3;
  system.reports = {ReportOf(3, 0)};
  system.end_status = absl::UnavailableError("the server went away");
  EXPECT_TRUE(ImportSmall(system, /*backfill=*/false).outcomes.has_value());
}

TEST(RunImport, WithoutFactsThereIsNoRun) {
  FakeSystem system;
  ImportPlan plan = SmallPlan();
  plan.facts = PlannedFacts();
  Import(system, plan, /*backfill=*/false);
  EXPECT_EQ(system.asked, (std::vector<std::string>{"accounts"}));
}

TEST(RunImport, AsksAgainWhenTheFoldIsTooBusyToAnswer) {
  FakeSystem system;
  system.facts_answer.accepted = 3;
  system.busy_reports = 2;
  system.reports = {ReportOf(3, 0)};
  const ImportResult result = ImportSmall(system, true);
  ASSERT_TRUE(result.outcomes.has_value());
  EXPECT_EQ(result.outcomes->counted(), 3);
}

TEST(RunImport, SaysSoWhenTheOutcomesAreNotKnownInTime) {
  FakeSystem system;
  system.facts_answer.accepted = 3;
  system.reports = {ReportOf(1, 0)};
  Silent silent;
  ImportPlan plan = SmallPlan();
  const auto result = RunImport(plan,
                                {.import_run = "r",
                                 .outcome_wait_max = absl::Milliseconds(5),
                                 .outcome_poll_interval = absl::Milliseconds(1)},
                                system, silent);
  ASSERT_TRUE(result.ok());
  EXPECT_FALSE(result->outcomes.has_value());
  const auto verdict = Verdict(Summarize("m", plan, {}, &*result));
  EXPECT_EQ(DetailOf(verdict)->reason, "IMPORT_INCOMPLETE");
}

TEST(RunImport, ASecondImportThatFindsAllUnchangedIsASuccess) {
  FakeSystem system;
  system.create_state = CreateState::kUnchanged;
  system.facts_answer.accepted = 3;
  system.reports = {ReportOf(0, 3)};
  ImportPlan plan = SmallPlan();
  const ImportResult result = Import(system, plan, false);
  const auto summary = Summarize("m", plan, {}, &result);
  EXPECT_EQ(summary.accounts().unchanged(), 2);
  EXPECT_EQ(summary.accounts().created(), 0);
  EXPECT_EQ(summary.facts().duplicates(), 3);
  EXPECT_TRUE(Verdict(summary).ok());
}

TEST(RunImport, CopiesOfWhatWasTakenBackAreSaidToStayOut) {  // H1
  FakeSystem system;
  system.create_state = CreateState::kUnchanged;
  system.facts_answer.accepted = 3;
  health::v1::ImportReport report = ReportOf(0, 2);
  report.set_retracted(1);
  system.reports = {report};
  ImportPlan plan = SmallPlan();
  const ImportResult result = Import(system, plan, false);
  const auto summary = Summarize("m", plan, {}, &result);
  EXPECT_EQ(summary.facts().retracted(), 1);
  EXPECT_EQ(summary.conclusion(),
            "Nothing was imported: 1 fact was taken back before and stays out.");
  EXPECT_TRUE(Verdict(summary).ok());
}

TEST(RunImport, KeepsWhatWasRefusedWithItsReason) {
  FakeSystem system;
  system.create_state = CreateState::kRefused;
  system.create_status = InvalidArgument("TIER_UNKNOWN", "tier", "no such tier", "A10");
  system.facts_answer.accepted = 2;
  system.facts_answer.rejected = 1;
  ingest::v1::Rejection rejection;
  rejection.set_reason("TIME_AHEAD");
  rejection.set_field("time");
  system.facts_answer.rejections.push_back({0, rejection});
  system.reports = {ReportOf(2, 0)};
  ImportPlan plan = SmallPlan();
  const ImportResult result = Import(system, plan, false);
  const auto summary = Summarize("m", plan, {}, &result);
  ASSERT_EQ(summary.refusals_size(), 3);
  EXPECT_EQ(summary.refusals(0).what(), "accounts/a");
  EXPECT_EQ(summary.refusals(0).rule(), "A10");
  EXPECT_EQ(summary.refusals(2).what(), "facts/fact 100");
  EXPECT_EQ(summary.refusals(2).path(), "orders.csv");
  EXPECT_EQ(summary.refusals(2).line(), 3) << "facts of refused accounts are not sent";
  EXPECT_EQ(summary.refusals(2).reason(), "TIME_AHEAD");
  EXPECT_EQ(DetailOf(Verdict(summary))->reason, "IMPORT_INCOMPLETE");
}

TEST(RunImport, FactsFollowTheFateOfTheirAccount) {
  FakeSystem system;
  system.create_state = CreateState::kRefused;
  system.create_status = InvalidArgument("TEXT_INVALID", "legal_name", "no name", "A1");
  system.facts_answer.accepted = 1;
  system.reports = {ReportOf(1, 0)};
  ImportPlan plan = SmallPlan();
  const ImportResult result = Import(system, plan, false);
  EXPECT_EQ(result.facts_withheld, 2);
  EXPECT_EQ(system.facts_sent, 1) << "the one of an account that was there before";
  const auto summary = Summarize("m", plan, {}, &result);
  EXPECT_EQ(summary.facts().withheld(), 2);
  EXPECT_NE(summary.conclusion().find("2 facts were withheld"), std::string::npos);
}

TEST(RunImport, TheLastSentenceSaysWhatHappened) {
  ImportPlan plan = SmallPlan();
  const auto conclusion = [&](FakeSystem& system) {
    const ImportResult result = Import(system, plan, false);
    return Summarize("m", plan, {}, &result).conclusion();
  };
  FakeSystem first;
  first.facts_answer.accepted = 3;
  first.reports = {ReportOf(3, 0)};
  EXPECT_EQ(conclusion(first), "Imported: all that the tables hold is in the system.");
  FakeSystem again;
  again.create_state = CreateState::kUnchanged;
  again.facts_answer.accepted = 3;
  again.reports = {ReportOf(0, 3)};
  EXPECT_EQ(conclusion(again), "Nothing has changed: all of it was there already.");
  FakeSystem none;
  none.create_state = CreateState::kRefused;
  none.facts_answer.rejected = 1;
  EXPECT_EQ(conclusion(none),
            "Nothing was imported: 2 accounts were refused, 2 facts were withheld with their "
            "accounts, 1 fact was rejected.");
  ImportResult refused;
  refused.accounts.refused = 1'500;
  refused.opportunities.differing = 20;
  refused.facts_rejected = 3;
  refused.refusals.resize(1);
  plan.rows.Refuse(plan.rows.AddFile("more.csv"), {2, 1, "a", "NOT_A_NUMBER", "no"}, 4);
  EXPECT_EQ(RefusedRows(Summarize("m", plan, {}, &refused)), 1'527) << "of which few are listed";
  EXPECT_EQ(Summarize("m", ImportPlan(), {}, nullptr).conclusion(),
            "Checked, nothing sent: the tables hold nothing to import.");
}

}  // namespace
}  // namespace bellwether::imports::import_run_test
