// Sums that stop at the ends of their range.
#ifndef BELLWETHER_SERVICES_HEALTH_DOMAIN_SATURATING_ADD_H_
#define BELLWETHER_SERVICES_HEALTH_DOMAIN_SATURATING_ADD_H_

#include <cstdint>
#include <limits>

namespace bellwether::health {

// Sums of stored figures stop at the ends of their range instead of overflowing.
inline int64_t SaturatingAdd(int64_t a, int64_t b) {
  int64_t sum;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return b > 0 ? std::numeric_limits<int64_t>::max() : -std::numeric_limits<int64_t>::max();
}

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_DOMAIN_SATURATING_ADD_H_
