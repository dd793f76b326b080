#include "services/simulator/domain/profile.h"

#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "services/simulator/domain/names.h"
#include "services/simulator/domain/random.h"

namespace bellwether::simulator {
namespace {

constexpr uint64_t kProfileStream = 3;
constexpr uint64_t kNameStream = 4;
constexpr int64_t kMinorPerMajor = 100;

constexpr TierHabits kTiers[] = {{"strategic-partner", 100, 5, 7, 6, 4'000'000, 12'000'000, true},
                                 {"core", 200, 7, 5, 4, 1'500'000, 5'000'000, true},
                                 {"development", 300, 14, 3, 2, 500'000, 2'000'000, false},
                                 {"potential", 250, 22, 2, 1, 150'000, 700'000, false},
                                 {"maintenance", 150, 30, 1, 1, 40'000, 200'000, false}};

const TierHabits& PickTier(Random& random) {
  int64_t at = random.Between(0, kMille - 1);
  for (const TierHabits& tier : kTiers) {
    if (at < tier.share) return tier;
    at -= tier.share;
  }
  return *std::rbegin(kTiers);
}

}  // namespace

Profile MakeProfile(uint64_t seed, int64_t number) {
  Random random({seed, kProfileStream, static_cast<uint64_t>(number)});
  Profile p{.number = number, .trajectory = MakeTrajectory(seed, number)};
  p.habits = &PickTier(random);
  // Those who fall ill while people watch are accounts people care about.
  if (p.trajectory.course == Course::kSickening) p.habits = &kTiers[number % 2];

  // Every portfolio walks through the pairs of syllables with a step that shares no factor with
  // their number, so that no name comes twice.
  const auto pairs = static_cast<int64_t>(FirstSyllables().size() * SecondSyllables().size());
  constexpr int64_t kStride = 145;
  const int64_t pair =
      (Random({seed, kNameStream}).Between(0, pairs - 1) + number * kStride) % pairs;
  const auto seconds = static_cast<int64_t>(SecondSyllables().size());
  const Word& first = FirstSyllables()[pair / seconds];
  const Word& second = SecondSyllables()[pair % seconds];
  const City& city = random.Pick(Cities());
  const Trade& trade = random.Pick(Trades());
  const std::string brand = absl::StrCat(first.en, second.en);
  p.account_id = absl::AsciiStrToLower(brand);
  p.legal_name = absl::StrCat(city.name.zh, first.zh, second.zh, trade.noun.zh, "有限公司");
  p.short_name = absl::StrCat(brand, " ", trade.noun.en);
  p.domain = absl::StrCat(p.account_id, ".example");
  p.industry = std::string(trade.industry);
  p.region = std::string(city.region);
  p.reports_devices = trade.has_devices;

  p.owner = std::string(random.Pick(AccountManagers()));
  p.solution_expert = std::string(random.Pick(SolutionExperts()));
  p.success_manager = std::string(random.Pick(SuccessManagers()));
  const int64_t value = random.Between(p.habits->yearly_value_least, p.habits->yearly_value_most);
  p.yearly_value_minor = value * kMinorPerMajor;
  p.annual_revenue_minor = p.yearly_value_minor * random.Between(60, 400);
  p.headcount = value / 2'000 + random.Between(20, 400);
  p.licensed_users = 10 + value / 20'000 + random.Between(0, 40);
  p.features_available = random.Between(12, 30);
  p.people = random.Between(3, 5) + (p.habits->executive ? 4 : 0);
  p.customer_days = random.Between(600, 2'500);
  return p;
}

}  // namespace bellwether::simulator
