#include "services/simulator/application/demo.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "common/base/status.h"

namespace bellwether::simulator {
namespace {

constexpr int64_t kProgressEvery = 10'000;

using Opportunities = std::vector<opportunities::v1::CreateOpportunityRequest>;

int64_t EngagedAt(const opportunities::v1::CreateOpportunityRequest& request) {
  return request.opportunity().engage_time().seconds();
}

// Walks through the days of the past, one fact at a time, and opens each opportunity before the
// facts that came after it.
class Past {
 public:
  Past(const Portfolio& portfolio, const PastOptions& options, Opportunities opportunities,
       DemoTarget& target)
      : portfolio_(portfolio),
        options_(options),
        opportunities_(std::move(opportunities)),
        target_(target),
        day_(-options.days) {
    std::stable_sort(opportunities_.begin(), opportunities_.end(),
                     [](const auto& a, const auto& b) { return EngagedAt(a) < EngagedAt(b); });
  }

  std::optional<events::v1::FactEvent> Next() {
    while (next_ == today_.size()) {
      if (day_ >= 0 || options_.cancelled()) return std::nullopt;
      today_ = portfolio_.FactsOfDay(day_++);
      next_ = 0;
    }
    status_.Update(OpenUntil(today_[next_].time().seconds()));
    if (!status_.ok()) return std::nullopt;
    if (++sent_ % kProgressEvery == 0) options_.progress("past", sent_);
    return std::move(today_[next_++]);
  }

  // Why the past ended early.
  const absl::Status& status() const { return status_; }

  int64_t sent() const { return sent_; }

 private:
  absl::Status OpenUntil(int64_t seconds) {
    const size_t first = opened_;
    while (opened_ < opportunities_.size() && EngagedAt(opportunities_[opened_]) <= seconds) {
      ++opened_;
    }
    if (opened_ == first) return absl::OkStatus();
    return target_.CreatePastOpportunities(
        absl::MakeConstSpan(opportunities_).subspan(first, opened_ - first));
  }

  const Portfolio& portfolio_;
  const PastOptions& options_;
  Opportunities opportunities_;  // in order of their engagement
  DemoTarget& target_;
  size_t opened_ = 0;
  absl::Status status_;
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

  const Opportunities opportunities = portfolio.OpenOpportunities();
  Past past(portfolio, options, opportunities, target);
  const absl::Status backfilled = target.Backfill([&] { return past.Next(); });
  RETURN_IF_ERROR(past.status());
  if (!backfilled.ok() && !HasPast(backfilled)) return backfilled;
  if (options.cancelled()) return absl::CancelledError("the demo was ended");
  options.progress(backfilled.ok() ? "past" : "past is there already", past.sent());
  RETURN_IF_ERROR(target.GoLive());

  RETURN_IF_ERROR(target.CreateOpportunities(opportunities));
  options.progress("opportunities", static_cast<int64_t>(opportunities.size()));
  return absl::OkStatus();
}

}  // namespace bellwether::simulator
