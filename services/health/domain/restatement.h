// What late facts changed of the days an account had been judged on (H1).
#ifndef BELLWETHER_SERVICES_HEALTH_DOMAIN_RESTATEMENT_H_
#define BELLWETHER_SERVICES_HEALTH_DOMAIN_RESTATEMENT_H_

#include <cstdint>
#include <vector>

#include "services/health/domain/evaluation.h"
#include "services/health/domain/model.h"
#include "services/health/domain/series.h"

namespace bellwether::health {

// A value moved by more than its materiality; a value that came or went has moved.
bool Moved(int64_t now, int64_t before, int64_t materiality);

// A named value on days without a break that were all shown as `before` and are all known to be
// `after`.
struct RestatedSpan {
  int value = 0;  // index of a named value
  Day first_day = 0;
  Day last_day = 0;
  int64_t before = kAbsent;
  int64_t after = kAbsent;
  friend bool operator==(const RestatedSpan&, const RestatedSpan&) = default;
};

// Spans of one restatement. Of more, those of the oldest days are left out, so that its signal
// stays far from the longest message: alerts of recent days are the ones still looked at.
inline constexpr size_t kRestatedSpansMax = 10'000;

// Gathers spans from days that come in order.
class RestatedSpans {
 public:
  explicit RestatedSpans(const ActiveModel& model)
      : model_(model), open_(model.value_count(), -1) {}

  // All values of `day`, as shown and as known now.
  void Add(Day day, const std::vector<int64_t>& before, const std::vector<int64_t>& after);
  // By value, then day.
  std::vector<RestatedSpan> Take() &&;

 private:
  const ActiveModel& model_;
  std::vector<RestatedSpan> spans_;
  std::vector<int> open_;  // by value: the span the next day may continue, −1 for none
};

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_DOMAIN_RESTATEMENT_H_
