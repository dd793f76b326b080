// A lease: the right to do something alone, held for a while and renewed.
#ifndef BELLWETHER_COMMON_LEASE_LEASE_H_
#define BELLWETHER_COMMON_LEASE_LEASE_H_

#include <cstdint>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/store/store.h"

namespace bellwether::lease {

// Makes the table leases live in; once per store, at start.
absl::Status CreateTables(store::Store& store);

// Ends every lease. For a process that knows it is the only one with this store, at its start:
// their holders have died, and need not be waited for.
absl::Status EndAll(store::Store& store);

struct LeaseOptions {
  std::string name;   // what is leased: "outbox-relay"
  std::string owner;  // who asks; another one per process: a fresh UUID
  absl::Duration duration = absl::Seconds(10);
};

// One contender for one lease. Expiry is judged by each contender's own clock, so a holder whose
// clock is behind may believe in its lease a little too long: what it writes to the store goes
// through Check, which the store decides. Thread-safe; does not give the lease back by itself.
class Lease {
 public:
  Lease(store::Store& store, const Clock& clock, LeaseOptions options)
      : store_(store), clock_(clock), options_(std::move(options)) {}

  // Takes the lease if it is free or expired, renews it when a third of it is used up. True when it
  // is held afterwards.
  absl::StatusOr<bool> Hold() ABSL_LOCKS_EXCLUDED(mutex_);

  // Whether it is held now, by the clock, without asking the store.
  bool held() const ABSL_LOCKS_EXCLUDED(mutex_);

  // Rises with every change of holder; 0 before the lease was ever held.
  int64_t token() const ABSL_LOCKS_EXCLUDED(mutex_);

  // ABORTED / LEASE_LOST unless the row still names this contender and its token. Locks the row
  // until `transaction` ends, so that nobody takes over meanwhile.
  absl::Status Check(store::Transaction& transaction) const ABSL_LOCKS_EXCLUDED(mutex_);

  // Gives it back so that another need not wait for the expiry. No error if it was lost before.
  absl::Status Release() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  absl::StatusOr<bool> HeldByAnother(absl::Time now);
  absl::StatusOr<bool> TakeOrRenew(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  store::Store& store_;
  const Clock& clock_;
  const LeaseOptions options_;
  mutable absl::Mutex mutex_;
  int64_t token_ ABSL_GUARDED_BY(mutex_) = 0;
  // When what is held expires; in the past while nothing is held.
  absl::Time expires_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
};

}  // namespace bellwether::lease

#endif  // BELLWETHER_COMMON_LEASE_LEASE_H_
