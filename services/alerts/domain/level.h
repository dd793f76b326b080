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

// The type of a subject is a name, of an open set: "account", "opportunity".
inline constexpr char kAccount[] = "account";

// How a subject stands in keys and alert ids: an account by its id, every other one as
// "opportunity~7", since no id contains '~'.
std::string SubjectKey(absl::string_view type, absl::string_view id);
// The id in a key.
absl::string_view IdOfSubjectKey(absl::string_view key);

// What moved the values: passed through from the signal, never interpreted.
struct Cause {
  int32_t kind = 0;
  std::string type;
  std::string source;
  std::string id;

  friend bool operator==(const Cause&, const Cause&) = default;
};

}  // namespace bellwether::alerts

#endif  // BELLWETHER_SERVICES_ALERTS_DOMAIN_LEVEL_H_
