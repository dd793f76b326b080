// Gathers what one journal record makes the fold emit: at most one signals record per account.
#ifndef BELLWETHER_SERVICES_HEALTH_ADAPTERS_FOLD_SIGNAL_OUTBOX_H_
#define BELLWETHER_SERVICES_HEALTH_ADAPTERS_FOLD_SIGNAL_OUTBOX_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "bellwether/events/v1/journal.pb.h"
#include "bellwether/events/v1/signal.pb.h"
#include "common/stream/fold.h"
#include "services/health/domain/account.h"

namespace bellwether::health {

// Timers that a record lets fire share its version, so their steps travel in one record with the
// record's own. Messages are used again. One thread.
class SignalOutbox {
 public:
  struct Pending {
    std::string account_id;
    int32_t* place = nullptr;  // the account's own
    std::string steps;         // of events.v1.Signal, serialised, in order of time
  };

  // What is pending for the account; made if need be. `place` is the account's for as long as
  // something is pending: −1 for nothing.
  Pending& For(const std::string& account_id, int32_t& place) {
    if (place < 0) {
      place = static_cast<int32_t>(used_);
      Take(account_id).place = &place;
    }
    return items_[static_cast<size_t>(place)];
  }

  // In the order things were added; forgets them.
  void Drain(absl::FunctionRef<void(const Pending&)> emit) {
    for (size_t i = 0; i < used_; ++i) {
      Pending& item = items_[i];
      *item.place = -1;
      emit(item);
      item.place = nullptr;
      item.steps.clear();
    }
    used_ = 0;
    // A midnight fills it with every account of the partition; a usual record with one.
    if (items_.size() > kKept) items_.resize(kKept);
  }
  bool empty() const { return used_ == 0; }

 private:
  static constexpr size_t kKept = 64;

  Pending& Take(const std::string& account_id) {
    if (used_ == items_.size()) items_.emplace_back();
    items_[used_].account_id = account_id;
    return items_[used_++];
  }

  std::vector<Pending> items_;
  size_t used_ = 0;
};

// The bus message of an account's signal with these steps.
bus::Message SignalMessage(const std::string& account, absl::string_view steps,
                           const stream::Moment& moment);
// Of a signal about another subject, which is keyed by its account or else by its own id.
bus::Message SignalMessage(const events::v1::Signal& signal, const stream::Moment& moment);
// The watermark of a partition of the signals topic: everything before `moment` is published.
bus::Message WatermarkMessage(int32_t partition, const stream::Moment& moment);
// The journal's entry of an import run, passed on.
bus::Message ImportRunMessage(int32_t partition, const events::v1::JournalEntry& entry,
                              const stream::Moment& moment);

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_ADAPTERS_FOLD_SIGNAL_OUTBOX_H_
