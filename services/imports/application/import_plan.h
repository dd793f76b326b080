// What an import will do, worked out before anything is sent: every account, opportunity and fact
// the tables hold, and every row that cannot be taken, with the reason.
#ifndef BELLWETHER_SERVICES_IMPORTS_APPLICATION_IMPORT_PLAN_H_
#define BELLWETHER_SERVICES_IMPORTS_APPLICATION_IMPORT_PLAN_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "bellwether/events/v1/fact.pb.h"
#include "bellwether/opportunities/v1/opportunities_service.pb.h"
#include "common/currency/currency_table.h"
#include "services/imports/application/identity_ledger.h"
#include "services/imports/application/mapping.h"
#include "services/imports/application/planned_accounts.h"
#include "services/imports/application/planned_creates.h"
#include "services/imports/application/planned_facts.h"
#include "services/imports/application/row_accounts.h"
#include "services/imports/application/table_rows.h"
#include "services/imports/application/tables.h"

namespace bellwether::imports {

struct AmountTotal {
  int64_t facts = 0;
  int64_t minor = 0;
  // In the reporting currency, where rates are known and know all of them.
  int64_t base_minor = 0;
  bool converted = true;
};

struct OpportunityTotal {
  int64_t count = 0;
  std::map<std::string, int64_t> minor;  // by currency
};

// What it makes lies on disk where memory does not do.
struct ImportPlan {
  PlannedAccounts accounts;
  // In the order of HappenedAt; those without it last.
  PlannedCreates<opportunities::v1::CreateOpportunityRequest> opportunities;
  PlannedFacts facts;

  // What became of each row.
  RowAccounts rows;
  ReadingNotes notes;
  // By field and currency.
  std::map<std::pair<std::string, std::string>, AmountTotal> amounts;
  std::map<opportunities::v1::State, OpportunityTotal> opportunity_states;
  int64_t leads = 0;  // opportunities without an account
  // They were converted by the rates of their own days.
  bool amounts_go_by_day = false;
  // The latest time anything carries; InfinitePast for a plan without times.
  absl::Time last_time = absl::InfinitePast();
};

struct PlanOptions {
  absl::Time now;
  // What imports before this one made. Never null.
  IdentityLedger* ledger = nullptr;
  // Rows without a key may be told apart by other columns than before.
  bool accept_new_identity = false;
  // For sums in the reporting currency; null where they are not known.
  const CurrencyTable* rates = nullptr;
};

// FAILED_PRECONDITION / MISSING_COLUMN, MISSING_HEADER, COLUMN_TWICE, IDENTITY_CHANGED; NOT_FOUND
// for a table that is not there; RESOURCE_EXHAUSTED past a named limit. Faults of single rows are
// in the plan.
absl::StatusOr<ImportPlan> BuildPlan(const CompiledMapping& mapping, const Tables& tables,
                                     const PlanOptions& options);

// Into a plan that is being built.
absl::Status AddOpportunity(opportunities::v1::CreateOpportunityRequest request,
                            const RowPlace& place, ImportPlan& plan);
// When the state that the row describes began.
std::optional<absl::Time> HappenedAt(const opportunities::v1::Opportunity& opportunity);

// Moves every time of the plan by whole days. Amounts that go by day are of other days then, and
// not converted any more.
void ShiftDays(ImportPlan& plan, int64_t days);
// Whole days between the plan's last time and `now`: a shift by them ends the data today.
int64_t DaysToNow(const ImportPlan& plan, absl::Time now);

}  // namespace bellwether::imports

#endif  // BELLWETHER_SERVICES_IMPORTS_APPLICATION_IMPORT_PLAN_H_
