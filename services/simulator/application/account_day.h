// One account on one day, and the facts gathered for it.
#ifndef BELLWETHER_SERVICES_SIMULATOR_APPLICATION_ACCOUNT_DAY_H_
#define BELLWETHER_SERVICES_SIMULATOR_APPLICATION_ACCOUNT_DAY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "bellwether/events/v1/fact.pb.h"
#include "services/simulator/application/portfolio.h"
#include "services/simulator/domain/random.h"

namespace bellwether::simulator {

inline constexpr int64_t kMillion = 1'000'000;

struct AccountDay {
  const PortfolioOptions& options;
  const Profile& profile;
  // Counted from the portfolio's today.
  int64_t day;

  absl::CivilDay date() const { return options.today + day; }
  bool workday() const {
    const absl::Weekday weekday = absl::GetWeekday(date());
    return weekday != absl::Weekday::saturday && weekday != absl::Weekday::sunday;
  }
  // 0 (gone) to 1000.
  int64_t vitality() const {
    return VitalityAt(profile.trajectory, options.seed, profile.number, day);
  }
  // A stream of its own for each use.
  Random RandomFor(uint64_t stream) const {
    return Random(
        {options.seed, stream, static_cast<uint64_t>(profile.number), static_cast<uint64_t>(day)});
  }
  // True once in `every` days, on days that differ from account to account.
  bool Due(int64_t every, int64_t offset) const {
    const int64_t days = date() - absl::CivilDay(1970, 1, 1);
    return (days + profile.number * 7 + offset) % every == 0;
  }
  AccountDay Earlier(int64_t days) const { return {options, profile, day - days}; }
};

// What a fact of that day is called that another one refers to.
std::string FactId(const AccountDay& at, absl::string_view name);

// Facts of one day with their second of the day; handed over in order of time.
class DayFacts {
 public:
  // Facts without a name are numbered.
  events::v1::Fact& Add(int64_t second_of_day, absl::string_view name = {}) {
    return facts_.emplace_back(second_of_day, name).fact;
  }
  // Within business hours, a different minute each time.
  events::v1::Fact& AddInBusinessHours(Random& random) {
    constexpr int64_t kOpens = 9 * 3600;
    constexpr int64_t kCloses = 18 * 3600;
    return Add(random.Between(kOpens, kCloses - 1));
  }

  // Stamped, named and sorted.
  std::vector<events::v1::FactEvent> Take(const AccountDay& at);

 private:
  struct Entry {
    Entry(int64_t second, absl::string_view name_given) : second_of_day(second), name(name_given) {}

    int64_t second_of_day;
    std::string name;
    events::v1::Fact fact;
  };

  std::vector<Entry> facts_;
};

// An amount in hundredths, as profiles have it, in the minor unit of a currency.
int64_t InMinorUnits(int64_t hundredths, absl::string_view currency);
void SetMoney(type::v1::Money& money, const AccountDay& at, int64_t hundredths);

// Orders, their payments and returns, and what was entered wrongly and put right.
void AddCommerce(const AccountDay& at, DayFacts& facts);
// Usage, business value, service cases, surveys, sentiment, devices.
void AddExperience(const AccountDay& at, DayFacts& facts);
// Interactions, decision chain, competitors, budget, resources, cooperation, meetings, people.
void AddRelations(const AccountDay& at, DayFacts& facts);

}  // namespace bellwether::simulator

#endif  // BELLWETHER_SERVICES_SIMULATOR_APPLICATION_ACCOUNT_DAY_H_
