// Silences: alerts that match are not notified of for a time (L3).
#ifndef BELLWETHER_SERVICES_ALERTS_DOMAIN_SILENCE_H_
#define BELLWETHER_SERVICES_ALERTS_DOMAIN_SILENCE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "services/alerts/domain/case.h"
#include "services/alerts/domain/decide.h"

namespace bellwether::alerts {

inline constexpr absl::Duration kSilenceMax = absl::Hours(24 * 90);
inline constexpr size_t kSilenceReasonBytesMax = 512;
inline constexpr size_t kSilenceMatchersMax = 200;  // of each kind
inline constexpr size_t kSilenceMatcherBytesMax = 256;
// In force or to come: each notification is held against all of them.
inline constexpr int64_t kSilencesMax = 1'000;

// All of these hold; of a list that is not empty, one of its entries.
struct SilenceMatchers {
  std::vector<std::string> rule_ids;
  // Accounts, and whatever belongs to them.
  std::vector<std::string> accounts;
  std::vector<std::string> tiers;
  std::vector<std::string> assignees;
  Level maximum_level = Level::kNone;  // kNone: of every level

  bool Match(const Case& alert) const;

  friend bool operator==(const SilenceMatchers&, const SilenceMatchers&) = default;
};

// INVALID_ARGUMENT / MATCHERS_MISSING, TOO_MANY_MATCHERS, TEXT_TOO_LONG.
absl::Status CheckMatchers(const SilenceMatchers& matchers);

struct Silence {
  std::string id;
  int64_t version = 0;
  absl::Time created;
  absl::Time updated;

  SilenceMatchers matchers;
  std::string reason;
  std::string author;
  absl::Time start;
  absl::Time end;
  // Who ended it before its time, which `end` is then.
  std::string ended_by;

  bool ActiveAt(absl::Time at) const { return start <= at && at < end; }

  friend bool operator==(const Silence&, const Silence&) = default;
};

// The silence as it is made at `now`. INVALID_ARGUMENT with the field: REASON_MISSING,
// TEXT_TOO_LONG, END_MISSING, END_NOT_AHEAD, SILENCE_TOO_LONG, and as CheckMatchers.
absl::StatusOr<Silence> OpenSilence(Silence wanted, absl::Time now);
// FAILED_PRECONDITION / SILENCE_ENDED.
absl::StatusOr<Silence> EndSilence(const Silence& present, const std::string& by, absl::Time now);

// The first of those silences that covers the alert; null where none does.
const Silence* Covering(absl::Span<const Silence> active, const Case& alert);

// Takes back the notification of what one of the silences in force covers, and says which, in the
// entry of the timeline; that something was held back stays with the case. An end is never held
// back: who was told that it fired would wait for it for ever. `before`: the case as it was.
void HoldBack(absl::Span<const Silence> active, const std::optional<Case>& before,
              Decision& decision);

}  // namespace bellwether::alerts

#endif  // BELLWETHER_SERVICES_ALERTS_DOMAIN_SILENCE_H_
