// What an import will do, worked out before anything is sent: every account, opportunity and fact
// the tables hold, and every row that cannot be taken, with the reason.
#ifndef BELLWETHER_SERVICES_IMPORTS_APPLICATION_IMPORT_PLAN_H_
#define BELLWETHER_SERVICES_IMPORTS_APPLICATION_IMPORT_PLAN_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "bellwether/accounts/v1/accounts_service.pb.h"
#include "bellwether/events/v1/fact.pb.h"
#include "bellwether/opportunities/v1/opportunities_service.pb.h"
#include "services/imports/application/mapping.h"
#include "services/imports/domain/delimited_text.h"

namespace bellwether::imports {

inline constexpr int64_t kRowsMax = 5'000'000;
// Problems kept with their text; all are counted.
inline constexpr size_t kProblemsKeptMax = 1'000;

struct FileCount {
  std::string path;
  int64_t rows = 0;
  // Rows with a problem; the others became what the mapping says.
  int64_t refused = 0;
};

struct PlanProblem {
  std::string path;
  RowProblem problem;
};

struct ImportPlan {
  // Parents before their subsidiaries, otherwise in the order of the rows.
  std::vector<accounts::v1::CreateAccountRequest> accounts;
  std::vector<opportunities::v1::CreateOpportunityRequest> opportunities;
  // In order of time; facts of one instant in the order of their rows.
  std::vector<events::v1::FactEvent> facts;

  std::vector<FileCount> files;
  std::vector<PlanProblem> problems;
  int64_t problem_count = 0;
  // "product: \"GTXPro\" read as \"GTX Pro\"" → number of rows.
  std::map<std::string, int64_t> aliases_used;
  // The latest time anything carries; InfinitePast for a plan without times.
  absl::Time last_time = absl::InfinitePast();
};

// `contents` holds the bytes of each file of the mapping, by file_id.
// FAILED_PRECONDITION / MISSING_COLUMN, NOT_FOUND for a file without contents, RESOURCE_EXHAUSTED
// past kRowsMax. Faults of single rows are in the plan.
absl::StatusOr<ImportPlan> BuildPlan(const CompiledMapping& mapping,
                                     const std::map<std::string, std::string>& contents);

// Moves every time of the plan by whole days.
void ShiftDays(ImportPlan& plan, int64_t days);
// Whole days between the plan's last time and `now`: a shift by them ends the data today.
int64_t DaysToNow(const ImportPlan& plan, absl::Time now);

}  // namespace bellwether::imports

#endif  // BELLWETHER_SERVICES_IMPORTS_APPLICATION_IMPORT_PLAN_H_
