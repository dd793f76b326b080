// Passes on what other services say of their subjects, as those subjects' signals.
#ifndef BELLWETHER_SERVICES_HEALTH_ADAPTERS_FOLD_SUBJECT_PASSAGE_H_
#define BELLWETHER_SERVICES_HEALTH_ADAPTERS_FOLD_SUBJECT_PASSAGE_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "bellwether/events/v1/signal.pb.h"
#include "common/store/store.h"
#include "common/stream/fold.h"
#include "services/health/adapters/history/sql_subjects.h"
#include "services/health/domain/subjects.h"

namespace bellwether::health {

// Part of one partition's fold. What a subject's values and attributes mean it does not know: it
// drops what is not newer, says which values are gone, and says all again when asked. One thread.
class SubjectPassage {
 public:
  // `closed_kept`: how long a subject that has closed is remembered, so that a change which comes
  // again late does not open it anew: its service publishes at least once.
  SubjectPassage(std::string signals_topic, int32_t partition, absl::Duration closed_kept)
      : signals_topic_(std::move(signals_topic)),
        partition_(partition),
        closed_kept_(closed_kept) {}

  absl::Status Load(store::Transaction& transaction);

  // Emits the change as a step of the subject's signal, unless it is not newer than the last.
  void Apply(const events::v1::SubjectChanged& changed, const events::v1::Cause& cause,
             const stream::Moment& moment, stream::Effects& effects);
  // The values that the accounts service gives an account, as fields of a step of the account's own
  // signal: those of the change, which is newer than the last, and those there are.
  std::string TakeAccountValues(const events::v1::SubjectChanged& changed,
                                const stream::Moment& moment);
  std::string AccountValues(const std::string& account) const;
  // Forgets what closed long ago.
  void OnTick(const stream::Moment& moment);
  // Every open subject as it stands, accounts aside.
  void EmitAll(const stream::Moment& moment, stream::Effects& effects) const;

  // What the store does not have yet.
  std::vector<SubjectRow> TakeRows();

  const Subjects& subjects() const { return subjects_; }

 private:
  void Emit(const SubjectId& id, const KeptSubject& subject, events::v1::SignalStep step,
            const stream::Moment& moment, stream::Effects& effects) const;

  const std::string signals_topic_;
  const int32_t partition_;
  const absl::Duration closed_kept_;
  Subjects subjects_;
  absl::btree_set<SubjectId> dirty_;
};

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_ADAPTERS_FOLD_SUBJECT_PASSAGE_H_
