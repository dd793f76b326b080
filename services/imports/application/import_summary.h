// The report of an import.
#ifndef BELLWETHER_SERVICES_IMPORTS_APPLICATION_IMPORT_SUMMARY_H_
#define BELLWETHER_SERVICES_IMPORTS_APPLICATION_IMPORT_SUMMARY_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "bellwether/imports/v1/summary.pb.h"
#include "services/imports/application/import_plan.h"
#include "services/imports/application/import_run.h"

namespace bellwether::imports {

struct SummaryOptions {
  int64_t shifted_days = 0;
  // Of the plan's sums; empty where no rates were known.
  std::string reporting_currency = "";
};

imports::v1::RowProblem RowProblemOf(const PlanProblem& at);

// `result` is null when nothing was sent.
imports::v1::ImportSummary Summarize(absl::string_view mapping_id, const ImportPlan& plan,
                                     const SummaryOptions& options, const ImportResult* result);

// Rows that were refused, and creates and facts that the server refused or holds with other
// content; at least as many as the summary lists.
int64_t RefusedRows(const imports::v1::ImportSummary& summary);

// OK when everything the tables hold is in the system as they say it; else FAILED_PRECONDITION /
// IMPORT_INCOMPLETE with the counts of what is not.
absl::Status Verdict(const imports::v1::ImportSummary& summary);

}  // namespace bellwether::imports

#endif  // BELLWETHER_SERVICES_IMPORTS_APPLICATION_IMPORT_SUMMARY_H_
