// The rates as they are now.
#ifndef BELLWETHER_COMMON_CURRENCY_CURRENCY_SOURCE_H_
#define BELLWETHER_COMMON_CURRENCY_CURRENCY_SOURCE_H_

#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "common/currency/currency_table.h"

namespace bellwether {

// Thread-safe.
class CurrencySource {
 public:
  explicit CurrencySource(CurrencyTable table);

  // Stays as it is while it is held: what belongs together is converted by one of them.
  std::shared_ptr<const CurrencyTable> Now() const;

  // INVALID_ARGUMENT / REPORTING_CURRENCY_FIXED for a table with another reporting currency: all
  // that was converted before is in that of the first one.
  absl::Status Replace(CurrencyTable table);

 private:
  mutable absl::Mutex mutex_;
  std::shared_ptr<const CurrencyTable> table_ ABSL_GUARDED_BY(mutex_);  // never null
};

}  // namespace bellwether

#endif  // BELLWETHER_COMMON_CURRENCY_CURRENCY_SOURCE_H_
