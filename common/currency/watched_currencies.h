// The deployment's rates, kept as their file has them.
#ifndef BELLWETHER_COMMON_CURRENCY_WATCHED_CURRENCIES_H_
#define BELLWETHER_COMMON_CURRENCY_WATCHED_CURRENCIES_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/config/watched_file.h"
#include "common/currency/currency_source.h"
#include "common/metrics/metrics.h"

namespace bellwether {

// Start once, then Stop (also by the destructor), from one thread.
class WatchedCurrencies {
 public:
  // The file at `path`, or the shipped examples. INVALID_ARGUMENT with every problem of the file.
  static absl::StatusOr<std::unique_ptr<WatchedCurrencies>> Open(absl::string_view service,
                                                                 const std::string& path,
                                                                 metrics::Registry& metrics);

  const CurrencySource& source() const { return source_; }

  // From here on a changed file takes effect.
  void Start() { file_.Start(); }
  void Stop() { file_.Stop(); }

 private:
  WatchedCurrencies(absl::string_view service, const std::string& path, std::string text,
                    CurrencyTable table, metrics::Registry& metrics);

  CurrencySource source_;
  config::WatchedFile file_;
};

}  // namespace bellwether

#endif  // BELLWETHER_COMMON_CURRENCY_WATCHED_CURRENCIES_H_
