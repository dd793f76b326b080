#include "services/simulator/domain/trajectory.h"

#include <algorithm>

#include "services/simulator/domain/random.h"

namespace bellwether::simulator {
namespace {

constexpr uint64_t kCourseStream = 1;
constexpr uint64_t kSwingStream = 2;
constexpr int64_t kSwingDays = 28;
constexpr int64_t kSwingMax = 40;

// Shares of the portfolio, per mille: enough trouble to watch, most accounts well.
struct Share {
  Course course;
  int64_t share;
};
constexpr Share kShares[] = {{Course::kHealthy, 450},   {Course::kGrowing, 170},
                             {Course::kDeclining, 130}, {Course::kAtRisk, 120},
                             {Course::kLost, 80},       {Course::kSickening, 50}};

Course PickCourse(Random& random) {
  int64_t at = random.Between(0, kMille - 1);
  for (const Share& share : kShares) {
    if (at < share.share) return share.course;
    at -= share.share;
  }
  return Course::kHealthy;
}

// From −kSwingMax to kSwingMax, joined by straight lines between the ends of 28-day spans.
int64_t Swing(uint64_t seed, int64_t account, int64_t day) {
  const int64_t rest = ((day % kSwingDays) + kSwingDays) % kSwingDays;
  const int64_t span = (day - rest) / kSwingDays;
  const auto end_of = [&](int64_t at) {
    Random random({seed, kSwingStream, static_cast<uint64_t>(account), static_cast<uint64_t>(at)});
    return random.Between(-kSwingMax, kSwingMax);
  };
  const int64_t from = end_of(span);
  return from + (end_of(span + 1) - from) * rest / kSwingDays;
}

}  // namespace

absl::string_view NameOf(Course course) {
  switch (course) {
    case Course::kHealthy:
      return "healthy";
    case Course::kGrowing:
      return "growing";
    case Course::kDeclining:
      return "declining";
    case Course::kAtRisk:
      return "at-risk";
    case Course::kLost:
      return "lost";
    case Course::kSickening:
      return "sickening";
  }
  return "";
}

Trajectory MakeTrajectory(uint64_t seed, int64_t account) {
  Random random({seed, kCourseStream, static_cast<uint64_t>(account)});
  Trajectory t{.course = PickCourse(random)};
  switch (t.course) {
    case Course::kHealthy:
      t.base = t.end = random.Between(820, 950);
      break;
    case Course::kGrowing:
      t.base = random.Between(600, 720);
      t.end = random.Between(900, 980);
      t.turn_day = -random.Between(400, 540);
      t.fall_days = random.Between(300, 420);
      break;
    case Course::kDeclining:
      t.base = random.Between(820, 920);
      t.end = random.Between(350, 480);
      t.turn_day = -random.Between(150, 330);
      t.fall_days = random.Between(300, 420);
      break;
    case Course::kAtRisk:
      t.base = random.Between(780, 900);
      t.end = random.Between(180, 320);
      t.turn_day = -random.Between(60, 140);
      t.fall_days = random.Between(40, 90);
      break;
    case Course::kLost:
      t.base = random.Between(700, 850);
      t.end = 0;
      t.turn_day = -random.Between(150, 450);
      t.fall_days = random.Between(60, 120);
      break;
    case Course::kSickening:
      t.base = random.Between(840, 930);
      t.end = random.Between(60, 160);
      t.turn_day = random.Between(0, 5);
      t.fall_days = random.Between(10, 25);
      break;
  }
  return t;
}

int64_t VitalityAt(const Trajectory& t, uint64_t seed, int64_t account, int64_t day) {
  const int64_t into = std::clamp<int64_t>(day - t.turn_day, 0, t.fall_days);
  const int64_t level = t.base + (t.end - t.base) * into / t.fall_days;
  if (level <= 0) return 0;
  return std::clamp<int64_t>(level + Swing(seed, account, day), 1, kMille);
}

}  // namespace bellwether::simulator
