// Figures over many partitions at an instant, taken once all of them have come there.
#ifndef BELLWETHER_COMMON_CUT_CUTS_H_
#define BELLWETHER_COMMON_CUT_CUTS_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/consume/positions.h"
#include "common/store/store.h"

namespace bellwether::cut {

// Makes the tables in a service's own store, or brings them up to date.
absl::Status CreateTables(store::Store& store);

// How far all partitions have come, and where the earliest of them began.
struct Progress {
  absl::Time began;
  absl::Time watermark;

  friend bool operator==(const Progress&, const Progress&) = default;
};
// Nothing while one of the `partitions` has no tick.
std::optional<Progress> ProgressOf(absl::Span<const consume::Position> positions,
                                   int32_t partitions);

// Of whatever is emitted from a cut: receivers compare it per subject and drop what is not newer.
// Generations rise when a family is taken anew.
inline constexpr int kGenerationShift = 40;
int64_t VersionOf(int64_t generation, absl::Time at);

struct CutsOptions {
  std::string family;  // "rfm"
  // Of the topic that the contributions are read from.
  int32_t partitions = 0;
  // The first instant of a cut strictly after the given one.
  std::function<absl::Time(absl::Time after)> next;
};

// One family of cuts in the tables of the service that takes them. Contributions are that service's
// own rows, committed together with the positions that say how far they reach; so what a cut at T
// is made of follows from the journal once every watermark has reached T, whichever replica takes
// it.
//
// The schedule's row is the fence: it is locked from NextDue until the transaction ends, which also
// writes the result and what is emitted from it. Of two processes one finds T taken. Thread-safe.
class Cuts {
 public:
  // `positions` outlive it.
  Cuts(const store::Store& store, const consume::Positions& positions, CutsOptions options)
      : for_update_(store.ForUpdate()), positions_(positions), options_(std::move(options)) {}

  struct Due {
    absl::Time at;
    int64_t version = 0;
    bool begun = false;  // a cut has been kept before
    absl::Time reached;  // the least watermark: instants up to here are due
  };
  // The next instant, once every watermark has reached it; the first one follows the earliest tick
  // of all partitions. It stays due until it is kept or passed over.
  absl::StatusOr<std::optional<Due>> NextDue(store::Transaction& transaction) const;
  // Stores the result, once and for all.
  absl::Status Keep(store::Transaction& transaction, const Due& due, std::string result) const;
  // For instants that have nothing to take a cut of: before the first, or because nothing has
  // changed since the last, which then stands for them too. The next one due is the first at or
  // after `until`, which is later than the one due now.
  absl::Status PassOver(store::Transaction& transaction, const Due& due, absl::Time until) const;

  // What the cut of `at` would have been, had that been known which was known at `known_at`. The
  // cut that was shown stays. Of an instant that was passed over, too, and then it stands for those
  // that were passed over after it. FAILED_PRECONDITION / CUT_NOT_TAKEN, CUT_KNOWN_AT for a time
  // that is not later than that of what is kept.
  absl::Status Correct(store::Transaction& transaction, absl::Time at, absl::Time known_at,
                       std::string result) const;

  struct Kept {
    absl::Time at;
    // The instant that was asked for: `at`, or the last one passed over since for lack of changes.
    absl::Time stands_at;
    absl::Time known_at;  // `at` of the cut as it was shown, later of a corrected one
    int64_t version = 0;
    std::string result;

    friend bool operator==(const Kept&, const Kept&) = default;
  };
  // The latest cut at or before `as_of`, as known at `known_by`. Whether one nearer to `as_of` is
  // still to come, Next tells.
  absl::StatusOr<std::optional<Kept>> AsOf(store::Transaction& transaction, absl::Time as_of,
                                           absl::Time known_by = absl::InfiniteFuture()) const;

  // The least watermark of all partitions; nothing while one of them has no tick.
  absl::StatusOr<std::optional<absl::Time>> Reached(store::Transaction& transaction) const;
  // When a cut was last corrected or, if that was later, kept; nothing before the first.
  absl::StatusOr<std::optional<absl::Time>> LastKnown(store::Transaction& transaction) const;
  // Instant of the latest cut that was kept; nothing before the first.
  absl::StatusOr<std::optional<absl::Time>> Latest(store::Transaction& transaction) const;
  // The instant of the next cut: those before it have been taken or passed over. Nothing before
  // every partition has a tick.
  absl::StatusOr<std::optional<absl::Time>> Next(store::Transaction& transaction) const;
  // What is emitted from here on supersedes what was emitted before. The generation begun.
  absl::StatusOr<int64_t> RaiseGeneration(store::Transaction& transaction) const;

 private:
  struct Schedule {
    int64_t generation = 1;
    std::optional<absl::Time> next;
    bool begun = false;
  };
  absl::StatusOr<Schedule> Lock(store::Transaction& transaction) const;
  absl::Status Save(store::Transaction& transaction, const Schedule& schedule) const;
  absl::Status MoveOn(store::Transaction& transaction, const Due& due, absl::Time next,
                      bool begun) const;
  // The last instant from `at` to `as_of` that is before `next`.
  absl::Time StandsAt(absl::Time at, absl::Time as_of, std::optional<absl::Time> next) const;

  const std::string for_update_;
  const consume::Positions& positions_;
  const CutsOptions options_;
};

}  // namespace bellwether::cut

#endif  // BELLWETHER_COMMON_CUT_CUTS_H_
