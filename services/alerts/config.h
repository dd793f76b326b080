// What a deployment may set about alerts.
#ifndef BELLWETHER_SERVICES_ALERTS_CONFIG_H_
#define BELLWETHER_SERVICES_ALERTS_CONFIG_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "bellwether/alerts/v1/policy.pb.h"
#include "bellwether/alerts/v1/rule.pb.h"
#include "common/bus/topics.h"
#include "common/config/settings.h"
#include "common/http/client.h"
#include "services/alerts/adapters/webhook_sender.h"

namespace bellwether::alerts {

struct AlertsConfig {
  int partitions = bus::kPartitionsDefault;
  // Files; empty means the shipped rules and policy, and no webhooks.
  std::string rules_file;
  std::string policy_file;
  std::string webhooks_file;
  // Rates, of which only the reporting currency's minor digits matter here; empty: the shipped
  // ones.
  std::string currencies_file;
  absl::Duration checkpoint_interval = absl::Seconds(2);
  absl::Duration webhook_timeout = absl::Seconds(10);
  int webhook_failures_max = 12;
  int webhook_failures_until_visible = 3;
  absl::Duration webhook_backoff_least = absl::Seconds(1);
  absl::Duration webhook_backoff_most = absl::Minutes(10);
  absl::Duration webhook_age_max = absl::Hours(24);
  absl::Duration webhook_retry_after_max = absl::Hours(1);
  std::string webhook_proxy;
  // Base addresses, separated by commas; empty: none.
  std::string alertmanager_url;
  std::string alertmanager_token;
  absl::Duration alertmanager_repeat = absl::Minutes(1);
  absl::Duration alertmanager_timeout = absl::Seconds(10);
  absl::Duration alertmanager_ended_repeated = absl::Minutes(15);
  int alertmanager_alerts_max = 10'000;
  // The digest of what held as a past went live: how many alerts it names, and how long the first
  // partition waits for the last.
  int digest_alerts_max = 100;
  absl::Duration digest_wait_max = absl::Seconds(60);
  // A watch that broke off longer ago opens with all that is open.
  absl::Duration watch_resume_age_max = absl::Hours(24);
  // How often a watch says that it lives.
  absl::Duration watch_heartbeat = absl::Seconds(10);
  // How long a closed subject is remembered.
  absl::Duration closed_kept = absl::Hours(24);
  // Silence of the journal's clock after which escalations go by the wall clock.
  absl::Duration clock_silence_max = absl::Seconds(60);
  // Ended deliveries and answers kept by request id are forgotten after this.
  absl::Duration retention = absl::Hours(24 * 30);

  void Bind(config::Settings& settings);
};

// The shipped files, or those of the configuration; all problems of a file in one status.
absl::StatusOr<v1::RuleSet> LoadRules(const AlertsConfig& config);
absl::StatusOr<v1::AlertPolicy> LoadPolicy(const AlertsConfig& config);
absl::StatusOr<std::vector<WebhookTarget>> LoadWebhooks(const AlertsConfig& config);
// Where alerts are posted to.
absl::StatusOr<std::vector<http::Url>> ParseAlertmanagers(const AlertsConfig& config);

}  // namespace bellwether::alerts

#endif  // BELLWETHER_SERVICES_ALERTS_CONFIG_H_
