#include "services/simulator/application/demo.h"

#include <utility>

#include "common/base/status.h"

namespace bellwether::simulator {
namespace {

constexpr int64_t kProgressEvery = 10'000;

// Walks through the days of the past, one fact at a time.
class Past {
 public:
  Past(const Portfolio& portfolio, const PastOptions& options)
      : portfolio_(portfolio), options_(options), day_(-options.days) {}

  std::optional<events::v1::FactEvent> Next() {
    while (next_ == today_.size()) {
      if (day_ >= 0 || options_.cancelled()) return std::nullopt;
      today_ = portfolio_.FactsOfDay(day_++);
      next_ = 0;
    }
    if (++sent_ % kProgressEvery == 0) options_.progress("past", sent_);
    return std::move(today_[next_++]);
  }

  int64_t sent() const { return sent_; }

 private:
  const Portfolio& portfolio_;
  const PastOptions& options_;
  int64_t day_;
  std::vector<events::v1::FactEvent> today_;
  size_t next_ = 0;
  int64_t sent_ = 0;
};

// The journal goes on from where it is: there is a past already, whole or in part.
bool HasPast(const absl::Status& status) {
  const auto detail = DetailOf(status);
  return detail.has_value() &&
         (detail->reason == "JOURNAL_IS_LIVE" || detail->reason == "NOT_IN_ORDER");
}

}  // namespace

absl::Status BuildPast(const Portfolio& portfolio, const PastOptions& options, DemoTarget& target) {
  // Accounts were customers before the past begins: their records come first.
  const auto accounts = portfolio.Accounts();
  RETURN_IF_ERROR(target.CreateAccounts(accounts));
  options.progress("accounts", static_cast<int64_t>(accounts.size()));

  Past past(portfolio, options);
  const absl::Status backfilled = target.Backfill([&] { return past.Next(); });
  if (!backfilled.ok() && !HasPast(backfilled)) return backfilled;
  if (options.cancelled()) return absl::CancelledError("the demo was ended");
  options.progress(backfilled.ok() ? "past" : "past is there already", past.sent());
  RETURN_IF_ERROR(target.GoLive());

  const auto opportunities = portfolio.OpenOpportunities();
  RETURN_IF_ERROR(target.CreateOpportunities(opportunities));
  options.progress("opportunities", static_cast<int64_t>(opportunities.size()));
  return absl::OkStatus();
}

}  // namespace bellwether::simulator
