// The words every part of the alert domain shares: levels, subjects, causes.
#ifndef BELLWETHER_SERVICES_ALERTS_DOMAIN_LEVEL_H_
#define BELLWETHER_SERVICES_ALERTS_DOMAIN_LEVEL_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace bellwether::alerts {

// Alert levels (L1), comparable: a higher one is worse.
enum class Level : int8_t { kNone = 0, kYellow = 1, kOrange = 2, kRed = 3 };

inline constexpr int kLevels = 3;

constexpr int Rank(Level level) { return static_cast<int>(level); }

// "yellow"; "none" for kNone.
absl::string_view LevelName(Level level);

enum class SubjectType : int8_t {
  kUnspecified = 0,
  kAccount = 1,
  kOpportunity = 2,
  kTeam = 3,
  kPortfolio = 4,
};

// What moved the values: passed through from the signal, never interpreted.
struct Cause {
  int32_t kind = 0;
  std::string type;
  std::string source;
  std::string id;

  friend bool operator==(const Cause&, const Cause&) = default;
};

struct SubjectAttributes {
  std::string display_name;
  std::string owner;
  std::string industry;
  std::string tier;
  std::string region;

  friend bool operator==(const SubjectAttributes&, const SubjectAttributes&) = default;
};

}  // namespace bellwether::alerts

#endif  // BELLWETHER_SERVICES_ALERTS_DOMAIN_LEVEL_H_
