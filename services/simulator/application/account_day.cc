#include "services/simulator/application/account_day.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/currency/iso_4217.h"

namespace bellwether::simulator {

std::string FactId(const AccountDay& at, absl::string_view name) {
  const absl::CivilDay date = at.date();
  return absl::StrFormat("%s-%04d%02d%02d-%s", at.profile.account_id, date.year(), date.month(),
                         date.day(), name);
}

std::vector<events::v1::FactEvent> DayFacts::Take(const AccountDay& at) {
  std::stable_sort(facts_.begin(), facts_.end(), [](const Entry& a, const Entry& b) {
    return a.second_of_day < b.second_of_day;
  });
  const int64_t midnight =
      absl::ToUnixSeconds(absl::FromCivil(absl::CivilSecond(at.date()), at.options.zone));
  int64_t numbered = 0;
  std::vector<events::v1::FactEvent> events;
  events.reserve(facts_.size());
  for (Entry& entry : facts_) {
    events::v1::FactEvent& event = events.emplace_back();
    event.set_id(FactId(at, entry.name.empty() ? absl::StrCat(++numbered) : entry.name));
    event.set_source(kFactSource);
    event.set_account_id(at.profile.account_id);
    event.mutable_time()->set_seconds(midnight + entry.second_of_day);
    *event.mutable_fact() = std::move(entry.fact);
  }
  facts_.clear();
  return events;
}

int64_t InMinorUnits(int64_t hundredths, absl::string_view currency) {
  int64_t scaled = hundredths;
  int digits = MinorDigitsOf(currency);
  for (; digits > 2; --digits) scaled *= 10;
  for (; digits < 2; ++digits) scaled /= 10;
  return scaled;
}

void SetMoney(type::v1::Money& money, const AccountDay& at, int64_t hundredths) {
  money.set_currency_code(at.options.currency);
  money.set_amount_minor(InMinorUnits(hundredths, at.options.currency));
}

}  // namespace bellwether::simulator
