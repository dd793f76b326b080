// One subject as the condition fold holds it: values, attributes and a condition per rule. Pure.
#ifndef BELLWETHER_SERVICES_ALERTS_DOMAIN_SUBJECT_H_
#define BELLWETHER_SERVICES_ALERTS_DOMAIN_SUBJECT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/alerts/domain/condition_state.h"
#include "services/alerts/domain/rule.h"

namespace bellwether::alerts {

struct SubjectState {
  // The rules of its type; outlives the state.
  const RuleScope* scope = nullptr;
  // Under whose key its signals come: of an account its own id, empty for the subject's own.
  std::string account;
  int64_t entity_version = 0;
  // Version of the newest signal applied; older and equal ones are dropped.
  int64_t version = 0;
  absl::Time first_seen;
  Attributes attributes;
  // Those that some rule reads.
  Labels labels;
  Cause last_cause;
  // By slot of the scope.
  std::vector<std::optional<int64_t>> values;
  // By place in RuleScope::rules().
  std::vector<ConditionState> conditions;
  // The import run that touched it last, and the level that each condition held until then: from
  // there it goes on once the run is withdrawn. Empty while there is none.
  std::string import_run = {};
  std::vector<Level> held_before_import = {};
  // Set once nothing about it is judged any more; then it holds no values and no conditions.
  std::optional<absl::Time> closed_at;

  friend bool operator==(const SubjectState&, const SubjectState&) = default;
};

// The values that moved at one instant.
struct Step {
  absl::Time time;
  Cause cause;
  std::vector<std::pair<int, std::optional<int64_t>>> values;  // by slot; unset means no data
  std::vector<std::pair<std::string, std::string>> labels;     // empty text means no data
  std::optional<Attributes> attributes;
  // What late facts changed of days gone by, and of the present one until now.
  std::vector<RestatedValue> restated;
  bool backfill = false;
  // What had counted was taken back: what ends by the step ought never to have held.
  bool history_restated = false;
  // It was an import run that was taken back.
  bool import_withdrawn = false;
  // The run that brought the step; empty for none.
  std::string import_run = {};
  // The subject is over, or goes on under another key.
  bool closed = false;
  std::string moved_to = {};
};

// The whole fold of one subject; itself without state.
class SubjectFold {
 public:
  // `closed_kept`: stream time for which a closed subject is remembered, so that a signal which
  // comes again does not open it anew: health emits at least once.
  explicit SubjectFold(absl::Duration closed_kept = absl::Hours(24)) : closed_kept_(closed_kept) {}

  // Outlived by the scope.
  static SubjectState NewSubject(const RuleScope& scope, absl::Time first_seen);

  // Applies one step: first everything that time alone brings about up to the step's instant, each
  // at its own due instant, then what it restates of the past, then the values. `version` is that
  // of the signal. A step of a closed subject opens it anew.
  void ApplyStep(absl::string_view subject, SubjectState& state, const Step& step, int64_t version,
                 std::vector<ConditionChange>& changes) const;

  // The same for a subject whose account is held since `held_since`: what the step says is kept and
  // what it restates of the past is told, but nothing after that instant is judged before Judge.
  // The end of a subject and a move to another account are no judgements and take effect.
  void HoldStep(absl::string_view subject, SubjectState& state, const Step& step,
                absl::Time held_since, int64_t version,
                std::vector<ConditionChange>& changes) const;

  // Judges once what was not judged since `held_since`. What was pending then and holds now goes on
  // ripening from where it stood: its levels count as held for so much less long.
  void Judge(absl::string_view subject, SubjectState& state, absl::Time held_since, absl::Time now,
             int64_t version, bool backfill, std::vector<ConditionChange>& changes) const;

  // Lets everything due at or before `until` happen, each at its own instant.
  void ApplyTime(absl::string_view subject, SubjectState& state, absl::Time until, int64_t version,
                 bool backfill, std::vector<ConditionChange>& changes) const;

  // When ApplyTime next has something to do, or a closed subject may be forgotten; infinite future
  // if never.
  absl::Time NextDue(const SubjectState& state) const;

  // The conditions that hold, as restatements: what a re-fold of the past leads to. `backfill`: the
  // past has not gone live.
  void Restate(absl::string_view subject, const SubjectState& state, absl::Time at, int64_t version,
               bool backfill, std::vector<ConditionChange>& changes) const;

  // The conditions that hold or are pending as a past goes live.
  void GoLive(absl::string_view subject, const SubjectState& state, absl::Time at, int64_t version,
              std::vector<ConditionChange>& changes) const;

 private:
  // What the step says, without judging it; true when the attributes are others now. Not for the
  // end of a subject.
  bool Take(absl::string_view subject, SubjectState& state, const Step& step, int64_t version,
            std::vector<ConditionChange>& changes) const;
  // Every rule at `now`; open conditions that have not ended `follow` the attributes. `step` led to
  // it; null for time.
  void EvaluateAll(absl::string_view subject, SubjectState& state, absl::Time now, bool follow,
                   int64_t version, bool backfill, std::vector<ConditionChange>& changes,
                   const Step* step) const;
  void Close(absl::string_view subject, SubjectState& state, const Step& step, int64_t version,
             std::vector<ConditionChange>& changes) const;
  void RestatePast(absl::string_view subject, const SubjectState& state, const Step& step,
                   int64_t version, std::vector<ConditionChange>& changes) const;
  // What holds, once more: as `kind`, with the figures of the present.
  ConditionChange HoldingNow(absl::string_view subject, const SubjectState& state, size_t index,
                             ChangeKind kind, absl::Time at, int64_t version, bool backfill) const;
  // `restates` takes back what the rule had judged; null for everything else.
  void EvaluateRule(absl::string_view subject, SubjectState& state, size_t index, absl::Time now,
                    int64_t version, bool backfill, std::vector<ConditionChange>& changes,
                    const Step* restates = nullptr) const;

  absl::Duration closed_kept_;
};

}  // namespace bellwether::alerts

#endif  // BELLWETHER_SERVICES_ALERTS_DOMAIN_SUBJECT_H_
