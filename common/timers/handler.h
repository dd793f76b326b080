// What a service does when a timer fires.
#ifndef BELLWETHER_COMMON_TIMERS_HANDLER_H_
#define BELLWETHER_COMMON_TIMERS_HANDLER_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/store/store.h"
#include "common/timers/timers.h"

namespace bellwether::timers {

struct Fired {
  // `due` is the time of what happens, however late it is fired.
  Timer timer;
  // How far the clock has come that passed the due instant.
  absl::Time reached;
  // Due within a past that was built: what is decided is stored, nobody is notified.
  bool backfill = false;
};

// The part of a kind of timer that a service writes. Called on the runner's thread; several timers
// may share a transaction. Whatever it returns as a failure is rolled back and tried again later,
// without keeping others back.
class Handler {
 public:
  virtual ~Handler() = default;

  // Locks the row of the timer's subject. Code that changes it locks it before it sets or
  // cancels the timer; taking both in the same order keeps the two from waiting for each other.
  virtual absl::Status Lock(store::Transaction& /*transaction*/, const Subject& /*subject*/) {
    return absl::OkStatus();
  }
  // The timer is gone within this transaction; it may be set again here.
  virtual absl::Status Fire(store::Transaction& transaction, const Fired& fired) = 0;
  // What Fire wrote is committed, of `count` timers.
  virtual void Committed(int64_t /*count*/) {}
};

struct KindHandler {
  Kind kind;
  Handler* handler = nullptr;  // outlives the runner
};

}  // namespace bellwether::timers

#endif  // BELLWETHER_COMMON_TIMERS_HANDLER_H_
