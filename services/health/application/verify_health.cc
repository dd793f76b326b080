#include "services/health/application/verify_health.h"

#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace bellwether::health {
namespace {

// The first named value that differs.
std::string FirstDifference(const ActiveModel& model, const std::vector<int64_t>& live,
                            const std::vector<int64_t>& refolded) {
  if (live.size() != refolded.size()) return "the models differ";
  for (size_t i = 0; i < live.size(); ++i) {
    if (live[i] == refolded[i]) continue;
    return absl::StrCat(model.ValueName(static_cast<int>(i)), " is ", live[i], ", re-folded ",
                        refolded[i]);
  }
  return "";
}

std::string DetailOf(const Account& live, const Refolded& refolded) {
  if (refolded.model != nullptr) {
    std::string value = FirstDifference(*refolded.model, live.live(), refolded.account.live());
    if (!value.empty()) return value;
    value = FirstDifference(*refolded.model, live.emitted(), refolded.account.emitted());
    if (!value.empty()) return absl::StrCat("last emitted: ", value);
  }
  if (!(live.series() == refolded.account.series())) return "the daily series differ";
  if (!(live.seen() == refolded.account.seen())) return "the dedupe memory differs";
  if (!(live.corrections() == refolded.account.corrections())) return "the corrections differ";
  if (!(live.open_cases() == refolded.account.open_cases())) return "the open cases differ";
  if (!(live.attributes() == refolded.account.attributes())) return "the attributes differ";
  if (live.deleted() != refolded.account.deleted()) return "one of them is deleted";
  return "";
}

}  // namespace

absl::StatusOr<Verified> VerifyHealth(const Calendar& calendar, AccountHistory& history,
                                      const std::string& account, const Account& live) {
  ASSIGN_OR_RETURN(const Refolded refolded,
                   Refold(calendar, history, {.account = account}, nullptr));
  Verified verified{.facts = refolded.facts};
  std::string detail = DetailOf(live, refolded);
  if (!detail.empty()) {
    verified.difference = {live.score(), refolded.account.score(), std::move(detail)};
  }
  return verified;
}

}  // namespace bellwether::health
