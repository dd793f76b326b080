// One way from a command to a committed change.
#ifndef BELLWETHER_COMMON_COMMAND_RUNNER_H_
#define BELLWETHER_COMMON_COMMAND_RUNNER_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "bellwether/audit/v1/audit.pb.h"
#include "common/base/clock.h"
#include "common/command/command.h"
#include "common/outbox/journal_phase.h"
#include "common/outbox/outbox.h"
#include "common/store/group_commit.h"
#include "common/store/store.h"

namespace bellwether::command {

// What carrying out a command led to.
struct Outcome {
  // For the caller, as bytes; kept for when the same request comes again.
  std::string answer;
  // False: nothing is written but the answer, and no audit entry.
  bool changed = false;
  // What was changed, for the audit entry.
  std::string subject_type;
  std::string subject_id;
  int64_t subject_version = 0;
  std::vector<audit::v1::FieldChange> changes;
  // What leaves because of it.
  std::vector<outbox::OutboxRow> outgoing;
};

struct RunnerPorts {
  store::Store& store;
  const Clock& clock;
  // Says whether a past may still be built.
  outbox::JournalPhase& journal;
  // A transaction with changes has been committed: they may leave.
  std::function<void()> committed;
};

// State, kept answer, outbox rows and audit entry are one transaction; concurrent commands share
// its trip to the disk, so that a bulk of them is quick. A COMMIT that the store does not answer is
// settled by the request id.
//
// Thread-safe. Outlived by its ports.
class Runner {
 public:
  explicit Runner(const RunnerPorts& ports) : ports_(ports), group_(ports.store) {}

  // Carries out `change` unless the request was answered before; the answer. `change` writes the
  // state it decides on, may run more than once, and on another caller's thread. The errors of
  // `change`, of idempotency::AnswerOnce and Settled; FAILED_PRECONDITION /
  // EFFECTIVE_TIME_NOT_ALLOWED when the effective time lies ahead or the journal is live already.
  using Change = absl::FunctionRef<absl::StatusOr<Outcome>(store::Transaction&, const Moment&)>;
  absl::StatusOr<std::string> Run(const Command& command, Change change);

 private:
  absl::Status CheckEffectiveTime(const Command& command);

  const RunnerPorts ports_;
  store::GroupCommit group_;
};

}  // namespace bellwether::command

#endif  // BELLWETHER_COMMON_COMMAND_RUNNER_H_
