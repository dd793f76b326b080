// What was sent to a list of current alerts kept elsewhere, and is to be sent next (L6). Pure.
#ifndef BELLWETHER_SERVICES_ALERTS_DOMAIN_ALERT_ROSTER_H_
#define BELLWETHER_SERVICES_ALERTS_DOMAIN_ALERT_ROSTER_H_

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "services/alerts/domain/case.h"

namespace bellwether::alerts {

// A line of the list. Its keeper routes by level, so that an alert whose level changes leaves
// under the one and enters under the other.
struct Listing {
  Case alert;
  Level level = Level::kNone;
  // When the line is over: in the future while the alert is, unless it is sent again before.
  absl::Time ends;
  bool current = true;
};

// The list forgets what it is not sent again: each alert is repeated while it lasts, and for a
// while after its end, so that neither a lost message nor a restart on either side leaves it wrong.
// One thread.
class AlertRoster {
 public:
  // `ended_repeated`: an ended one is repeated for this long.
  explicit AlertRoster(absl::Duration repeat, absl::Duration ended_repeated = absl::Minutes(15))
      : repeat_(repeat), ended_repeated_(ended_repeated) {}

  // What is due, given every alert that is firing or acknowledged now, or, where that was `cut`,
  // some of them. Those that were never announced (decided about the past) are not for the
  // list. Of a line that is missing from a part nothing is known: it is neither ended nor repeated,
  // and the list lets go of it by itself unless it comes back.
  std::vector<Listing> Due(absl::Span<const Case> alerts, bool cut, absl::Time now);
  // For what is sent later than it was due: the current ones among them are held from `now` on.
  void HoldFrom(absl::Time now, absl::Span<Listing> listings) const;
  // The list has these.
  void MarkSent(absl::Span<const Listing> listings, absl::Time now);
  // Nothing is known of the list any more: all is due.
  void Reset() { lines_.clear(); }

  size_t current() const;

  // Without us the list holds an alert for so many repeats.
  static constexpr int kHeldRepeats = 4;

 private:
  struct Line {
    Case alert;  // as sent
    absl::Time sent_at;
    std::optional<absl::Time> ended;
    bool end_sent = false;
  };
  using Key = std::pair<std::string, Level>;

  absl::Time HeldUntil(absl::Time sent_at) const { return sent_at + kHeldRepeats * repeat_; }
  bool RepeatDue(const Line& line, absl::Time now) const { return now >= line.sent_at + repeat_; }

  const absl::Duration repeat_;
  const absl::Duration ended_repeated_;
  std::map<Key, Line> lines_;
};

}  // namespace bellwether::alerts

#endif  // BELLWETHER_SERVICES_ALERTS_DOMAIN_ALERT_ROSTER_H_
