// The state of one account and the pure fold over it: facts, midnights, model activations and
// changes of the account itself, each a function of what was there before.
#ifndef BELLWETHER_SERVICES_HEALTH_DOMAIN_ACCOUNT_H_
#define BELLWETHER_SERVICES_HEALTH_DOMAIN_ACCOUNT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/subject/attributes.h"
#include "services/health/domain/corrections.h"
#include "services/health/domain/evaluation.h"
#include "services/health/domain/model.h"
#include "services/health/domain/open_cases.h"
#include "services/health/domain/restatement.h"
#include "services/health/domain/scoring.h"
#include "services/health/domain/seen_facts.h"
#include "services/health/domain/series.h"

namespace bellwether::health {

// A fact as the fold sees it (H1).
struct FactRecord {
  FactKind kind{};
  FactIdentity identity;
  // The content as it was hashed before journal::Semantics::kWhatSourcesSaid.
  uint16_t former_content = 0;
  // Above 0: it replaces what was said with a lower one.
  int64_t revision = 0;
  int64_t time_micros = 0;
  Day day = 0;  // local day of `time_micros`
  Observations observations;
  CaseMoment case_moment;  // of a fact of a service case
};

// A fact that does not count (H1), by FactIdentity::id.
struct Retraction {
  uint64_t fact_id = 0;
  int64_t up_to = kEveryRevision;  // revisions that are taken back
};

// What became of a fact (X1).
enum class FactOutcome : uint8_t {
  kCounted,
  kDuplicate,  // same id, same content
  kConflict,   // same id, other content
  kLate,       // counted in a day already closed, which is to be restated
  kTooOld,     // no longer counts anywhere: history only
  kRetracted,  // was taken back or replaced before it came
};

// What the fold is to emit after a step.
struct ValueChange {
  int value = 0;          // index of a named value
  int64_t now = kAbsent;  // what it has become
  friend bool operator==(const ValueChange&, const ValueChange&) = default;
};

struct Changes {
  // To be emitted: beyond materiality, or any move at all when the step gives exact values.
  std::vector<ValueChange> values;
  // Names of values the new model does not have any more.
  std::vector<std::string> gone;
  // What a late fact changed of the present day, which had been judged without it until now.
  std::vector<RestatedSpan> restated;
  // Any live value moved, however little.
  bool moved = false;
  // What had counted was taken back or replaced.
  bool history_restated = false;
  int64_t score_before = kAbsent;

  void clear() {
    values.clear();
    gone.clear();
    restated.clear();
    moved = false;
    history_restated = false;
    score_before = kAbsent;
  }
};

// One closed day of an account (H9).
struct DaySnapshot {
  Day day = 0;
  Breakdown breakdown;
};

// Closed days as late facts leave them.
struct Restatement {
  // Every day that may have changed.
  std::vector<DaySnapshot> days;
  // What did change.
  std::vector<RestatedSpan> spans;
};

// The day the fold stands in, and how far back its state has to reach.
struct FoldDay {
  Day today = 0;
  // State is dropped as if this were today. Live folding keeps it at `today`; a re-fold that is
  // asked about an earlier day holds it there, so that nothing that day reads is dropped.
  Day trim_as_of = 0;

  static FoldDay At(Day today) { return {today, today}; }
};

// Invariants: `live` is what Evaluate(model, series, day) gives, kept up incrementally; `emitted`
// is what was emitted last, equal to `live` right after a midnight or an activation. Both
// are empty while no model is active, and without data while the account is deleted.
class Account {
 public:
  // Applies a fact that does not replace what counts (MustFoldAgain). Only kCounted and kLate
  // change anything.
  FactOutcome ApplyFact(const ActiveModel* model, const FactRecord& fact, FoldDay now,
                        Changes& changes);

  // What counts is taken back or replaced: the account has to be folded again from its history
  // without it (TakeCorrected), since a day's latest value does not say what was before it, and
  // nothing here says what the fact had said.
  bool MustFoldAgain(const ActiveModel* model, const FactRecord& fact) const;
  bool MustFoldAgain(const ActiveModel* model, const Retraction& retraction) const;
  // Takes over what `again`, this account without what does not count, came to. Its days from
  // `from` on may differ.
  void TakeCorrected(const ActiveModel* model, Account&& again, Day from, FoldDay now,
                     Changes& changes);
  // Remembers that a fact does not count which is not, or no longer, part of the account. False
  // where that was known.
  bool Retract(const ActiveModel* model, const Retraction& retraction, FoldDay now);

  // Local midnight: `now.today` begins. Emits exact values. The snapshot of the day that ended, if
  // there was a score.
  std::optional<DaySnapshot> CloseDay(const ActiveModel* model, FoldDay now, Changes& changes);

  // A new model takes over from `before` (null: the first one). Emits exact values.
  void Activate(const ActiveModel* before, const ActiveModel& model, FoldDay now, Changes& changes);

  // The account record changed. False, without effect, when `entity_version` is not newer.
  bool ChangeAttributes(const ActiveModel* model, Attributes attributes, bool deleted,
                        int64_t entity_version, FoldDay now, Changes& changes);

  // Late facts have changed closed days since the last call of TakeRestated.
  bool HasRestated() const { return late_.has_value(); }
  // The closed days before `today` that late facts may have changed, as they stand now; those
  // further back than the model restates are left as they were shown.
  Restatement TakeRestated(const ActiveModel* model, Day today);

  // Something in the state changes with time alone.
  bool Decays() const { return series_.HasEntries(); }

  // Sets everything that follows from the series alone, as of `day`, nothing being left to emit.
  void Derive(const ActiveModel* model, FoldDay now);

  const Attributes& attributes() const { return attributes_; }
  bool deleted() const { return deleted_; }
  int64_t entity_version() const { return entity_version_; }
  Day day() const { return day_; }
  const SeriesSet& series() const { return series_; }
  const SeenFacts& seen() const { return seen_; }
  const Corrections& corrections() const { return corrections_; }
  const OpenCases& open_cases() const { return open_cases_; }
  const std::vector<int64_t>& live() const { return live_; }
  const std::vector<int64_t>& emitted() const { return emitted_; }
  int64_t score() const { return live_.empty() ? kAbsent : live_[kScoreValue]; }
  // Resident size.
  size_t bytes() const;

 private:
  friend class AccountCodec;

  bool MayHold(const ActiveModel* model, uint64_t fact_id) const;
  bool IsLatestOfSome(const ActiveModel* model, const FactRecord& fact) const;
  void Observe(const ActiveModel* model, const Observation& observation, Day day,
               int64_t time_micros, FoldDay now);
  // Brings an account without a timer to `now`. True when receivers know nothing of it yet.
  bool CatchUp(const ActiveModel* model, FoldDay now);
  void Trim(const ActiveModel* model, Day as_of);
  void Recompute(const ActiveModel* model);
  // Emits every live value that differs from what was emitted.
  void EmitExactly(Changes& changes);

  Attributes attributes_;
  int64_t entity_version_ = 0;
  bool deleted_ = false;
  SeriesSet series_;
  SeenFacts seen_;
  Corrections corrections_;
  OpenCases open_cases_;
  // Late facts, and corrections of earlier days, since closed days were last stated.
  struct Late {
    Day from = 0;     // the earliest day they changed
    SeriesSet shown;  // the series without them: nothing else changes a closed day
  };
  std::optional<Late> late_;

  Day day_ = 0;  // the local day of `live_`
  std::vector<RangeTotals> totals_;
  std::vector<int64_t> live_;
  std::vector<int64_t> emitted_;
};

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_DOMAIN_ACCOUNT_H_
