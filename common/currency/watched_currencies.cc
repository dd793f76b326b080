#include "common/currency/watched_currencies.h"

#include <utility>

#include "absl/memory/memory.h"
#include "bellwether/ingest/v1/currency.pb.h"
#include "common/base/status.h"
#include "common/config/document.h"
#include "common/config/yaml_message.h"
#include "common/currency/currency_file.h"

namespace bellwether {

absl::StatusOr<std::unique_ptr<WatchedCurrencies>> WatchedCurrencies::Open(
    absl::string_view service, const std::string& path, metrics::Registry& metrics) {
  std::string text;
  if (!path.empty()) {
    ASSIGN_OR_RETURN(text, config::ReadFile(path));
  }
  ASSIGN_OR_RETURN(CurrencyTable table,
                   path.empty() ? LoadCurrencies(path) : ReadCurrencies(text, path));
  return absl::WrapUnique(
      new WatchedCurrencies(service, path, std::move(text), std::move(table), metrics));
}

WatchedCurrencies::WatchedCurrencies(absl::string_view service, const std::string& path,
                                     std::string text, CurrencyTable table,
                                     metrics::Registry& metrics)
    : source_(std::move(table)),
      file_(
          {std::string(service), "currencies"}, path, std::move(text),
          [this, path](absl::string_view changed) -> absl::Status {
            ASSIGN_OR_RETURN(const auto document,
                             config::ParseDocument<ingest::v1::CurrencyRates>(changed, path));
            absl::StatusOr<CurrencyTable> next = FromMessage(document.message);
            const absl::Status taken =
                next.ok() ? source_.Replace(*std::move(next)) : next.status();
            return taken.ok() ? taken : document.At(taken);
          },
          metrics) {}

}  // namespace bellwether
