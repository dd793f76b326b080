// The port to an account's past.
#ifndef BELLWETHER_SERVICES_HEALTH_APPLICATION_ACCOUNT_HISTORY_H_
#define BELLWETHER_SERVICES_HEALTH_APPLICATION_ACCOUNT_HISTORY_H_

#include <cstdint>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "services/health/application/journal_item.h"

namespace bellwether::health {

// A journal item where and when it was applied.
struct AppliedItem {
  int64_t offset = 0;
  absl::Time applied_at;  // stream time
  const JournalItem& item;
};

// The records of one partition's accounts up to some moment. One thread; short-lived.
class AccountHistory {
 public:
  virtual ~AccountHistory() = default;

  // The account's records and what the partition's records say of every account (model activations,
  // semantics), in order. May be called while it visits. Records that could not
  // be applied are left out.
  virtual absl::Status Visit(const std::string& account,
                             absl::FunctionRef<void(const AppliedItem&)> visit) = 0;
  // Stream time of the partition at the end.
  virtual absl::Time end_time() const = 0;
};

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_APPLICATION_ACCOUNT_HISTORY_H_
