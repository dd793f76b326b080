// Carries out an import plan against a running system and reports exactly what came of it.
#ifndef BELLWETHER_SERVICES_IMPORTS_APPLICATION_IMPORT_RUN_H_
#define BELLWETHER_SERVICES_IMPORTS_APPLICATION_IMPORT_RUN_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "bellwether/health/v1/health_service.pb.h"
#include "bellwether/ingest/v1/ingest_service.pb.h"
#include "common/base/clock.h"
#include "services/imports/application/import_lease.h"
#include "services/imports/application/import_plan.h"

namespace bellwether::imports {

// Facts of a live import that are sent by one call, and held in memory.
inline constexpr size_t kFactsOfCallMax = 20'000;
// Accounts or opportunities that are created by one call, and held in memory.
inline constexpr size_t kCreatesOfCallMax = 5'000;
// Refusals kept with their text; all are counted.
inline constexpr size_t kRefusalsKeptMax = 1'000;

// What became of one create.
enum class CreateState {
  kCreated,
  // It was there, and says what the row says.
  kUnchanged,
  // It was there, and says something else.
  kDiffers,
  // An account that was there as a customer since a later day: the earlier holds now.
  kUpdated,
  kRefused,
};

struct CreateAnswer {
  size_t index = 0;  // of the request
  CreateState state = CreateState::kCreated;
  absl::Status status;  // of a refusal
};

struct FactsAnswer {
  int64_t accepted = 0;
  int64_t rejected = 0;
  struct Rejected {
    int64_t index = 0;  // of the fact among those that were sent
    ingest::v1::Rejection rejection;
  };
  std::vector<Rejected> rejections;  // the first kRefusalsKeptMax
  // Greatest offset answered per partition; empty after a backfill, which does not answer with
  // them.
  std::vector<health::v1::PartitionOffset> up_to;
};

// Called with the number done so far, from the calling thread.
using Advance = absl::FunctionRef<void(int64_t done)>;

// The running system. Calls block; each has a deadline. A failure of a call as a whole (not of one
// element) ends the import: running it again picks up where it stopped, because ids follow from
// rows.
class ImportTarget : public RunRegister {
 public:
  virtual absl::Status CreateAccounts(absl::Span<const accounts::v1::CreateAccountRequest> requests,
                                      absl::FunctionRef<void(const CreateAnswer&)> answered) = 0;
  virtual absl::Status CreateOpportunities(
      absl::Span<const opportunities::v1::CreateOpportunityRequest> requests,
      absl::FunctionRef<void(const CreateAnswer&)> answered) = 0;
  // Each opened at its instant of `times`, in the past that is being built. `answered` says of each
  // whether it was.
  virtual absl::Status CreatePastOpportunities(
      absl::Span<const opportunities::v1::CreateOpportunityRequest> requests,
      absl::Span<const absl::Time> times,
      absl::FunctionRef<void(size_t index, const absl::Status&)> answered) = 0;
  // As late facts of a running system.
  virtual absl::StatusOr<FactsAnswer> SendFacts(absl::Span<const events::v1::FactEvent> facts,
                                                const std::string& import_run, Advance advance) = 0;
  // As the past of a journal that is not live yet; in order of time. `before` is called with the
  // time of each fact before it is sent; a failure of it ends the past.
  virtual absl::StatusOr<FactsAnswer> Backfill(
      PlannedFacts& facts, const std::string& import_run, Advance advance,
      absl::FunctionRef<absl::Status(absl::Time)> before) = 0;
  virtual absl::Status GoLive() = 0;
  virtual absl::StatusOr<health::v1::ImportReport> Report(
      const std::string& import_run, absl::Span<const health::v1::PartitionOffset> up_to) = 0;
};

// Watches the import: for progress lines.
class ImportObserver {
 public:
  virtual ~ImportObserver() = default;
  // A stage begins: "accounts", "opportunities", "facts", "outcomes".
  virtual void OnStage(absl::string_view stage, int64_t total) = 0;
  virtual void OnDone(int64_t done) = 0;
};

struct CreateCounts {
  int64_t created = 0;
  int64_t unchanged = 0;
  int64_t differing = 0;
  int64_t refused = 0;
  int64_t updated = 0;
};

struct Refusal {
  // "accounts/Acme", "opportunities/1C1I7A6R", "facts/order-1".
  std::string what;
  absl::Status status;
  // Where it stands in the tables.
  std::optional<RowPlace> place = std::nullopt;
};

struct ImportResult {
  std::string import_run;
  CreateCounts accounts;
  CreateCounts opportunities;
  int64_t facts_accepted = 0;
  int64_t facts_rejected = 0;
  // Not sent: their account was refused.
  int64_t facts_withheld = 0;
  // What the fold made of the accepted facts; nothing when it was not done by the deadline.
  std::optional<health::v1::ImportReport> outcomes;
  std::vector<Refusal> refusals;  // and what differs
};

struct ImportOptions {
  std::string import_run;
  // What the run imports: the name of its mapping.
  std::string source;
  bool backfill = false;
  // How long to wait for the fold to pass the last fact.
  absl::Duration outcome_wait_max = absl::Minutes(5);
  absl::Duration outcome_poll_interval = absl::Milliseconds(250);
  const Clock* clock = &Clock::System();
};

// In a backfill the facts make the journal's past, opportunities that say when they were engaged or
// closed among them at that instant; accounts and the other opportunities are then created in the
// live system. Otherwise accounts come first, so that facts find them, and facts of accounts that
// were refused are withheld; while the facts come and are folded the run is under way, so that
// nobody is told of an alert that does not hold at its end.
absl::StatusOr<ImportResult> RunImport(ImportPlan& plan, const ImportOptions& options,
                                       ImportTarget& target, ImportObserver& observer);

}  // namespace bellwether::imports

#endif  // BELLWETHER_SERVICES_IMPORTS_APPLICATION_IMPORT_RUN_H_
