#include "services/health/adapters/refold.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "common/base/status.h"

namespace bellwether::health {
namespace {

class Refolding {
 public:
  Refolding(const Calendar& calendar, int32_t partition, const RefoldRequest& request,
            const RefoldObserver& observer)
      : calendar_(calendar),
        reader_(calendar),
        partition_(partition),
        request_(request),
        observer_(observer) {
    day_closed_.set_kind(events::v1::CAUSE_KIND_DAY_CLOSED);
  }

  void Apply(const HistoryRecord& record) {
    Reach(record.applied_at, record.offset);
    if (!reader_.Read(ViewOf(record, partition_, headers_), item_).ok()) return;
    if (item_.entry.has_fact()) {
      const bool known = record.applied_at <= request_.as_of;
      if (!known && item_.envelope.time > request_.as_of) return;
      ++result_.facts;
    }
    result_.last_offset = record.offset;
    result_.last_time = record.applied_at;
    const FoldDay now = At(record.applied_at);
    Remember();
    changes_.clear();
    std::optional<FactOutcome> outcome;
    const std::shared_ptr<const ActiveModel> model_before = result_.model;
    if (item_.model != nullptr) {
      result_.model = std::move(item_.model);
      // Before its first record there was no account to activate anything for.
      if (!begun_) return;
      result_.account.Activate(model_before.get(), *result_.model, now, changes_);
    } else {
      begun_ = true;
      outcome = ApplyToAccount(item_, result_.model.get(), now, result_.account, changes_);
    }
    if (observer_ == nullptr) return;
    cause_.Clear();
    SetCause(item_, cause_);
    observer_({.time = record.applied_at,
               .offset = record.offset,
               .cause = cause_,
               .item = &item_,
               .outcome = outcome,
               .model_before = model_before.get(),
               .model = result_.model.get(),
               .values_before = before_,
               .account = result_.account});
  }

  // Fires the midnights up to and including `time`.
  void Reach(absl::Time time, int64_t offset) {
    Account& account = result_.account;
    while (account.Decays()) {
      const Day next = account.day() + 1;
      const absl::Time due = calendar_.StartOfDay(next);
      if (due > time) break;
      Remember();
      changes_.clear();
      auto snapshot = account.CloseDay(result_.model.get(), At(due), changes_);
      if (observer_ == nullptr) continue;
      observer_({.time = due,
                 .offset = offset,
                 .cause = day_closed_,
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
    return {today, request_.as_of == absl::InfiniteFuture()
                       ? today
                       : std::min(today, calendar_.LocalDayOf(request_.as_of))};
  }
  void Remember() {
    if (observer_ != nullptr) before_ = result_.account.live();
  }

  const Calendar& calendar_;
  const JournalItemReader reader_;
  const int32_t partition_;
  const RefoldRequest& request_;
  const RefoldObserver& observer_;
  Refolded result_;
  bool begun_ = false;
  JournalItem item_;
  Changes changes_;
  events::v1::Cause cause_;
  events::v1::Cause day_closed_;
  std::vector<int64_t> before_;
  std::vector<bus::HeaderView> headers_;
};

}  // namespace

absl::StatusOr<Refolded> Refold(const Calendar& calendar, HistoryReader& history,
                                const RefoldRequest& request, const RefoldObserver& observer) {
  ASSIGN_OR_RETURN(const std::vector<HistoryRecord> records, history.Records(request.account));
  const std::vector<HistoryRecord>& activations = history.activations();
  Refolding refolding(calendar, history.partition(), request, observer);
  auto activation = activations.begin();
  const auto activate_before = [&](int64_t offset) {
    for (; activation != activations.end() && activation->offset < offset; ++activation) {
      if (activation->applied_at <= std::min(request.until, request.as_of)) {
        refolding.Apply(*activation);
      }
    }
  };
  for (const HistoryRecord& record : records) {
    if (record.applied_at > request.until) break;
    activate_before(record.offset);
    refolding.Apply(record);
  }
  activate_before(INT64_MAX);
  const absl::Time end = std::min(request.until, history.time().now);
  if (end != absl::InfinitePast()) refolding.Reach(end, INT64_MAX);
  return std::move(refolding).Take();
}

}  // namespace bellwether::health
