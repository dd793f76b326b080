#include "services/health/application/refold.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "common/base/status.h"
#include "services/health/application/correction.h"

namespace bellwether::health {
namespace {

// The day the account stands in when something is applied at `time`.
FoldDay DayAt(const Calendar& calendar, const RefoldRequest& request, absl::Time time) {
  const Day today = calendar.LocalDayOf(time);
  if (request.as_of == absl::InfiniteFuture()) return FoldDay::At(today);
  return {today, std::min(today, calendar.LocalDayOf(request.as_of))};
}

// Whether the request leaves the item out: facts that were neither known nor had happened by then,
// and models activated since. What is known since of earlier facts is no less true of then.
bool LeftOut(const RefoldRequest& request, const AppliedItem& applied) {
  if (applied.applied_at > request.until) return true;
  if (applied.applied_at <= request.as_of) return false;
  const JournalItem& item = applied.item;
  return item.kind == ItemKind::kModelActivated ||
         (item.kind == ItemKind::kFact && item.time > request.as_of);
}

// Folds only what counts as of `standing`, and only as far as state goes: nobody looks at the days
// between.
class CorrectedFolding {
 public:
  CorrectedFolding(const Calendar& calendar, const RefoldRequest& request,
                   const JournalItem& correcting, const Standing& standing)
      : calendar_(calendar), request_(request), correcting_(correcting), standing_(standing) {}

  void Apply(const AppliedItem& applied) {
    const JournalItem& item = applied.item;
    const FoldDay now = DayAt(calendar_, request_, applied.applied_at);
    Account& account = result_.account;
    if (account.Decays() && account.day() < now.today) account.Derive(model_.get(), now);
    changes_.clear();
    switch (item.kind) {
      case ItemKind::kModelActivated:
        if (exists_) account.Activate(model_.get(), *item.model, now, changes_);
        model_ = item.model;
        return;
      case ItemKind::kFactRetracted:
        account.Retract(model_.get(), item.retraction, now);
        break;
      case ItemKind::kFact:
        if (Concerns(correcting_, item)) {
          result_.from = std::min(result_.from.value_or(item.fact.day), item.fact.day);
        }
        if (standing_.Counts(item)) account.ApplyFact(model_.get(), item.fact, now, changes_);
        break;
      default:
        break;
    }
    exists_ = true;
  }

  Corrected Take() && { return std::move(result_); }

 private:
  const Calendar& calendar_;
  const RefoldRequest& request_;
  const JournalItem& correcting_;
  const Standing& standing_;
  std::shared_ptr<const ActiveModel> model_;
  bool exists_ = false;  // before its first record there was no account to activate anything for
  Corrected result_;
  Changes changes_;
};

class Refolding {
 public:
  Refolding(const Calendar& calendar, AccountHistory& history, const RefoldRequest& request,
            const RefoldObserver& observer)
      : calendar_(calendar), history_(history), request_(request), observer_(observer) {}

  void Apply(const AppliedItem& applied) {
    if (!status_.ok() || LeftOut(request_, applied)) return;
    const JournalItem& item = applied.item;
    Reach(applied.applied_at);
    Remember();
    changes_.clear();
    const std::shared_ptr<const ActiveModel> model_before = result_.model;
    std::optional<FactOutcome> outcome;
    switch (item.kind) {
      case ItemKind::kSemanticsChanged:
        return;
      case ItemKind::kModelActivated:
        result_.model = item.model;
        // Before its first record there was no account to activate anything for.
        if (result_.last_offset < 0) return;
        result_.account.Activate(model_before.get(), *result_.model, At(applied), changes_);
        break;
      case ItemKind::kImportRunWithdrawn:
        if (!withdrawn_.emplace(item.withdrawn_run).second) return;
        if (!runs_.contains(item.withdrawn_run)) return;
        status_ = ApplyWithdrawal(
            result_.model.get(), At(applied), [&] { return Again(applied); }, result_.account,
            changes_);
        break;
      default:
        outcome = ApplyOwn(applied);
        break;
    }
    if (observer_ == nullptr || !status_.ok()) return;
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
      auto snapshot =
          account.CloseDay(result_.model.get(), DayAt(calendar_, request_, due), changes_);
      if (observer_ == nullptr) continue;
      observer_({.time = due,
                 .snapshot = std::move(snapshot),
                 .model_before = result_.model.get(),
                 .model = result_.model.get(),
                 .values_before = before_,
                 .account = account});
    }
  }

  const absl::Status& status() const { return status_; }
  Refolded Take() && { return std::move(result_); }

 private:
  // An item of the account alone.
  std::optional<FactOutcome> ApplyOwn(const AppliedItem& applied) {
    const JournalItem& item = applied.item;
    result_.last_offset = applied.offset;
    if (item.kind == ItemKind::kFact || item.kind == ItemKind::kFactRetracted) ++result_.facts;
    if (!item.origin.import_run.empty()) {
      if (withdrawn_.contains(item.origin.import_run)) return FactOutcome::kRetracted;
      runs_.emplace(item.origin.import_run);
    }
    const auto outcome = ApplyToAccount(
        item, result_.model.get(), At(applied), [&] { return Again(applied); }, result_.account,
        changes_);
    status_ = outcome.status();
    return outcome.ok() ? *outcome : std::nullopt;
  }
  absl::StatusOr<Corrected> Again(const AppliedItem& applied) {
    return FoldCorrected(calendar_, history_, request_, applied);
  }
  FoldDay At(const AppliedItem& applied) const {
    return DayAt(calendar_, request_, applied.applied_at);
  }
  void Remember() {
    if (observer_ != nullptr) before_ = result_.account.live();
  }

  const Calendar& calendar_;
  AccountHistory& history_;
  const RefoldRequest& request_;
  const RefoldObserver& observer_;
  absl::flat_hash_set<std::string> runs_;  // that some of its facts are of
  absl::flat_hash_set<std::string> withdrawn_;
  absl::Status status_;
  Refolded result_;
  Changes changes_;
  std::vector<int64_t> before_;
};

}  // namespace

absl::StatusOr<Corrected> FoldCorrected(const Calendar& calendar, AccountHistory& history,
                                        const RefoldRequest& request,
                                        const AppliedItem& correcting) {
  const auto visit = [&](absl::FunctionRef<void(const AppliedItem&)> each) {
    return history.Visit(request.account, [&](const AppliedItem& applied) {
      if (applied.offset <= correcting.offset && !LeftOut(request, applied)) each(applied);
    });
  };
  Standing standing;
  RETURN_IF_ERROR(visit([&](const AppliedItem& applied) { standing.Add(applied.item); }));
  standing.Settle();
  CorrectedFolding folding(calendar, request, correcting.item, standing);
  RETURN_IF_ERROR(visit([&](const AppliedItem& applied) { folding.Apply(applied); }));
  return std::move(folding).Take();
}

absl::StatusOr<Refolded> Refold(const Calendar& calendar, AccountHistory& history,
                                const RefoldRequest& request, const RefoldObserver& observer) {
  Refolding refolding(calendar, history, request, observer);
  RETURN_IF_ERROR(history.Visit(request.account,
                                [&](const AppliedItem& applied) { refolding.Apply(applied); }));
  RETURN_IF_ERROR(refolding.status());
  const absl::Time end = std::min(request.until, history.end_time());
  if (end != absl::InfinitePast()) refolding.Reach(end);
  return std::move(refolding).Take();
}

}  // namespace bellwether::health
