// Plans of mappings written in YAML and tables written in place, for tests.
#ifndef BELLWETHER_SERVICES_IMPORTS_TESTING_PLAN_OF_H_
#define BELLWETHER_SERVICES_IMPORTS_TESTING_PLAN_OF_H_

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/base/status.h"
#include "common/config/document.h"
#include "services/imports/application/import_plan.h"

namespace bellwether::imports::testing {

// 2026-12-01 09:00 in Shanghai.
inline absl::Time PlanNow() { return absl::FromUnixSeconds(1'796'086'800); }

inline absl::StatusOr<CompiledMapping> CompileYaml(const std::string& yaml) {
  ASSIGN_OR_RETURN(const auto document,
                   config::ParseDocument<imports::v1::Mapping>(yaml, "mapping.yaml"));
  return Compile(document.message,
                 [&](absl::string_view field) { return document.lines.PlaceOf(field); });
}

// A mapping "test" of the given files, in Shanghai.
inline std::string MappingOf(const std::string& files) {
  return absl::StrCat("mapping_id: test\nsource: import/test\ntime_zone: Asia/Shanghai\nfiles:\n",
                      files);
}

inline absl::StatusOr<ImportPlan> TryPlan(const std::string& yaml, TextTables::Texts texts,
                                          PlanOptions options = {}) {
  ASSIGN_OR_RETURN(const CompiledMapping mapping, CompileYaml(yaml));
  NoLedger ledger;
  if (options.ledger == nullptr) options.ledger = &ledger;
  if (options.now == absl::UnixEpoch()) options.now = PlanNow();
  return BuildPlan(mapping, TextTables(std::move(texts)), options);
}

inline ImportPlan PlanOf(const std::string& yaml, TextTables::Texts texts,
                         PlanOptions options = {}) {
  auto plan = TryPlan(yaml, std::move(texts), options);
  EXPECT_TRUE(plan.ok()) << plan.status();
  return plan.ok() ? *std::move(plan) : ImportPlan();
}

// The plan's facts in their order.
inline std::vector<events::v1::FactEvent> FactsOf(ImportPlan& plan) {
  std::vector<events::v1::FactEvent> facts;
  plan.facts.Rewind();
  events::v1::FactEvent event;
  while (plan.facts.Next(event)) facts.push_back(event);
  EXPECT_TRUE(plan.facts.status().ok()) << plan.facts.status();
  return facts;
}

// All that the plan makes of a kind, in its order.
template <typename Request, typename Planned>
std::vector<Request> RequestsOf(Planned& planned) {
  std::vector<Request> requests;
  planned.Rewind();
  Request request;
  while (planned.Next(request)) requests.push_back(request);
  EXPECT_TRUE(planned.status().ok()) << planned.status();
  return requests;
}
inline std::vector<accounts::v1::CreateAccountRequest> AccountsOf(ImportPlan& plan) {
  return RequestsOf<accounts::v1::CreateAccountRequest>(plan.accounts);
}

// "file:line:column:position:REASON" of each fault.
inline std::vector<std::string> ProblemsOf(const ImportPlan& plan) {
  std::vector<std::string> problems;
  for (const PlanProblem& at : plan.rows.Problems()) {
    problems.push_back(absl::StrCat(at.path, ":", at.problem.line, ":", at.problem.column, ":",
                                    at.problem.position, ":", at.problem.reason));
  }
  return problems;
}

// Every row of every table is counted once.
inline void ExpectEveryRowCounted(const ImportPlan& plan) {
  for (const FileCount& file : plan.rows.files()) {
    int64_t skipped = 0;
    for (const auto& [when, rows] : file.skipped) skipped += rows;
    EXPECT_EQ(file.rows, file.made + file.refused + file.duplicates + skipped) << file.path;
  }
}

}  // namespace bellwether::imports::testing

#endif  // BELLWETHER_SERVICES_IMPORTS_TESTING_PLAN_OF_H_
