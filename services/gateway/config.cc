#include "services/gateway/config.h"

#include <utility>
#include <vector>

#include "bellwether/ingest/v1/currency.pb.h"
#include "common/base/status.h"
#include "common/config/problems.h"
#include "common/config/yaml_message.h"
#include "services/gateway/shipped_files.h"

namespace bellwether::gateway {
namespace {

absl::Status ReadRates(const GatewayConfig& config, ingest::v1::CurrencyRates& rates) {
  if (!config.currencies_file.empty()) return config::LoadYaml(config.currencies_file, rates);
  const EmbeddedFile& shipped = ShippedFiles()[0];
  config::Problems problems;
  config::ReadYaml(shipped.content, shipped.name, rates, problems);
  return problems.ToStatus();
}

}  // namespace

void GatewayConfig::Bind(config::Settings& settings) {
  settings.Integer("partitions", partitions, {1, 1'024}, "partitions of the deployment's topics");
  settings.Text("currencies-file", currencies_file,
                "rates into the reporting currency (YAML); empty: the shipped examples");
  settings.Duration("tick-interval", tick_interval, {absl::Milliseconds(10), absl::Seconds(30)},
                    "time between two ticks of the journal");
  settings.Duration("ahead-max", ahead_max, {absl::ZeroDuration(), absl::Hours(24)},
                    "how far ahead of our clock a fact may have happened");
  settings.Flag("live-at-start", live_at_start,
                "the journal is live from the first start; unset it to build a past first");
}

absl::StatusOr<CurrencyTable> LoadCurrencies(const GatewayConfig& config) {
  ingest::v1::CurrencyRates message;
  RETURN_IF_ERROR(ReadRates(config, message));
  std::vector<CurrencyRate> rates;
  for (const ingest::v1::CurrencyRate& rate : message.currencies()) {
    rates.push_back({rate.code(), rate.minor_digits(), rate.rate_micros(),
                     rate.per_units() == 0 ? 1 : rate.per_units()});
  }
  return CurrencyTable::Create(message.reporting_currency(), rates);
}

}  // namespace bellwether::gateway
