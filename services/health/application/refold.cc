#include "services/health/application/refold.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "common/base/status.h"

namespace bellwether::health {
namespace {

class Refolding {
 public:
  Refolding(const Calendar& calendar, const RefoldRequest& request, const RefoldObserver& observer)
      : calendar_(calendar), request_(request), observer_(observer) {}

  void Apply(const AppliedItem& applied) {
    if (applied.applied_at > request_.until) return;
    const JournalItem& item = applied.item;
    const bool known = applied.applied_at <= request_.as_of;
    if (item.kind == ItemKind::kModelActivated && !known) return;
    Reach(applied.applied_at);
    if (item.kind == ItemKind::kFact) {
      if (!known && item.time > request_.as_of) return;
      ++result_.facts;
    }
    const FoldDay now = At(applied.applied_at);
    Remember();
    changes_.clear();
    std::optional<FactOutcome> outcome;
    const std::shared_ptr<const ActiveModel> model_before = result_.model;
    if (item.kind == ItemKind::kModelActivated) {
      result_.model = item.model;
      // Before its first record there was no account to activate anything for.
      if (result_.last_offset < 0) return;
      result_.account.Activate(model_before.get(), *result_.model, now, changes_);
    } else {
      result_.last_offset = applied.offset;
      outcome = ApplyToAccount(item, result_.model.get(), now, result_.account, changes_);
    }
    if (observer_ == nullptr) return;
    observer_({.time = applied.applied_at,
               .item = &item,
               .offset = applied.offset,
               .outcome = outcome,
               .model_before = model_before.get(),
               .model = result_.model.get(),
               .values_before = before_,
               .account = result_.account});
  }

  // Fires the midnights up to and including `time`.
  void Reach(absl::Time time) {
    Account& account = result_.account;
    while (account.Decays()) {
      const absl::Time due = calendar_.StartOfDay(account.day() + 1);
      if (due > time) break;
      Remember();
      changes_.clear();
      auto snapshot = account.CloseDay(result_.model.get(), At(due), changes_);
      if (observer_ == nullptr) continue;
      observer_({.time = due,
                 .snapshot = std::move(snapshot),
                 .model_before = result_.model.get(),
                 .model = result_.model.get(),
                 .values_before = before_,
                 .account = account});
    }
  }

  Refolded Take() && { return std::move(result_); }

 private:
  FoldDay At(absl::Time time) const {
    const Day today = calendar_.LocalDayOf(time);
    if (request_.as_of == absl::InfiniteFuture()) return FoldDay::At(today);
    return {today, std::min(today, calendar_.LocalDayOf(request_.as_of))};
  }
  void Remember() {
    if (observer_ != nullptr) before_ = result_.account.live();
  }

  const Calendar& calendar_;
  const RefoldRequest& request_;
  const RefoldObserver& observer_;
  Refolded result_;
  Changes changes_;
  std::vector<int64_t> before_;
};

}  // namespace

absl::StatusOr<Refolded> Refold(const Calendar& calendar, AccountHistory& history,
                                const RefoldRequest& request, const RefoldObserver& observer) {
  Refolding refolding(calendar, request, observer);
  RETURN_IF_ERROR(history.Visit(request.account,
                                [&](const AppliedItem& applied) { refolding.Apply(applied); }));
  const absl::Time end = std::min(request.until, history.end_time());
  if (end != absl::InfinitePast()) refolding.Reach(end);
  return std::move(refolding).Take();
}

}  // namespace bellwether::health
