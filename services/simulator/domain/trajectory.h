// How an account fares over the years: its latent vitality, which nobody sees and everything it
// does follows from.
#ifndef BELLWETHER_SERVICES_SIMULATOR_DOMAIN_TRAJECTORY_H_
#define BELLWETHER_SERVICES_SIMULATOR_DOMAIN_TRAJECTORY_H_

#include <cstdint>

#include "absl/strings/string_view.h"

namespace bellwether::simulator {

enum class Course {
  kHealthy,
  kGrowing,
  // Falls slowly, for a year and longer.
  kDeclining,
  // Has fallen within the last months and stays low.
  kAtRisk,
  // Fell, left, and does nothing any more.
  kLost,
  // Is well up to today and falls ill in the days ahead: what a live demo is watched for.
  kSickening,
};

absl::string_view NameOf(Course course);

// Days are counted from the portfolio's today: −1 is yesterday.
struct Trajectory {
  Course course = Course::kHealthy;
  // Vitality before the turn, per mille.
  int64_t base = 0;
  // The day the course begins to show, and how long it takes to its end.
  int64_t turn_day = 0;
  int64_t fall_days = 1;
  // Vitality at the end of the course, per mille.
  int64_t end = 0;
};

Trajectory MakeTrajectory(uint64_t seed, int64_t account);

// 0 (gone) to 1000, at one day; with a slow swing of a few percent.
int64_t VitalityAt(const Trajectory& trajectory, uint64_t seed, int64_t account, int64_t day);

}  // namespace bellwether::simulator

#endif  // BELLWETHER_SERVICES_SIMULATOR_DOMAIN_TRAJECTORY_H_
