#include "services/alerts/config.h"

#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/base/ids.h"
#include "common/base/status.h"
#include "common/config/document.h"
#include "common/config/yaml_message.h"
#include "common/signature/hmac.h"
#include "services/alerts/adapters/alertmanager_reporter.h"
#include "services/alerts/adapters/rule_messages.h"
#include "services/alerts/shipped_files.h"

namespace bellwether::alerts {
namespace {

constexpr char kAlertmanagerPath[] = "/api/v2/alerts";

// `field`: where it stands, "targets[0]".
absl::StatusOr<WebhookTarget> ToTarget(const v1::WebhookTarget& target, absl::string_view field) {
  const auto refuse = [&](absl::string_view member, absl::string_view why) {
    return InvalidArgument("WEBHOOK_INVALID", absl::StrCat(field, ".", member), why, "L6");
  };
  if (!IsValidId(target.name())) {
    return refuse("name", "a webhook's name must be 1–64 characters of [A-Za-z0-9._-]");
  }
  WebhookTarget out;
  out.notification = {target.name(), static_cast<Level>(target.minimum_level())};
  absl::StatusOr<http::Url> url = http::ParseUrl(target.url());
  if (!url.ok()) return refuse("url", url.status().message());
  out.url = *std::move(url);
  const absl::StatusOr<std::string> secret = config::ReadFile(target.secret_file());
  if (!secret.ok()) return refuse("secret_file", secret.status().message());
  const std::vector<absl::string_view> lines = absl::StrSplit(*secret, absl::MaxSplits('\n', 1));
  out.secret = std::string(absl::StripAsciiWhitespace(lines.front()));
  if (out.secret.size() < signature::kSecretBytesMin) {
    return refuse("secret_file", "a webhook's secret must have at least 16 characters");
  }
  return out;
}

}  // namespace

void AlertsConfig::Bind(config::Settings& settings) {
  settings.Integer("partitions", partitions, {1, 1'024}, "partitions of the deployment's topics");
  settings.Text("rules-file", rules_file, "alert rules (YAML); empty: the shipped ones");
  settings.Text("policy-file", policy_file,
                "priority, duty and escalation (YAML); empty: the shipped one");
  settings.Text("webhooks-file", webhooks_file, "receivers of notifications (YAML); empty: none");
  settings.Text("currencies-file", currencies_file,
                "rates, which name the reporting currency (YAML); empty: the shipped examples");
  settings.Duration("checkpoint.interval", checkpoint_interval,
                    {absl::Milliseconds(100), absl::Minutes(10)},
                    "longest time between checkpoints of conditions that do not change");
  settings.Duration("webhook.timeout", webhook_timeout, {absl::Milliseconds(100), absl::Minutes(1)},
                    "what a receiver may take to answer");
  settings.Integer("webhook.failures-max", webhook_failures_max, {1, 100},
                   "failed attempts after which a delivery is given up");
  settings.Integer("webhook.failures-until-visible", webhook_failures_until_visible, {1, 100},
                   "failed attempts after which the alert's timeline says so");
  settings.Duration("webhook.backoff-least", webhook_backoff_least,
                    {absl::Milliseconds(1), absl::Minutes(10)},
                    "wait after the first failed attempt; doubles with each");
  settings.Duration("webhook.backoff-most", webhook_backoff_most,
                    {absl::Milliseconds(1), absl::Hours(6)}, "longest wait between attempts");
  settings.Duration("webhook.age-max", webhook_age_max, {absl::Minutes(1), absl::Hours(24 * 30)},
                    "age past which a delivery is given up, however often it was put off");
  settings.Duration("webhook.retry-after-max", webhook_retry_after_max,
                    {absl::Seconds(1), absl::Hours(24)},
                    "longest time a receiver may put us off for by Retry-After");
  settings.Text("webhook.proxy", webhook_proxy,
                "proxy for webhooks and Alertmanagers: http://HOST:PORT; empty: none");
  settings.Text("alertmanager.url", alertmanager_url,
                "Alertmanagers that list the alerts, separated by commas: http://HOST:PORT");
  settings.Secret("alertmanager.token", alertmanager_token,
                  "bearer token for the Alertmanagers; empty: none");
  settings.Duration("alertmanager.repeat", alertmanager_repeat,
                    {absl::Seconds(1), absl::Minutes(10)},
                    "how often an Alertmanager is sent an alert that lasts again");
  settings.Duration("alertmanager.timeout", alertmanager_timeout,
                    {absl::Milliseconds(100), absl::Minutes(1)},
                    "what an Alertmanager may take to answer");
  settings.Duration("alertmanager.ended-repeated", alertmanager_ended_repeated,
                    {absl::ZeroDuration(), absl::Hours(24)},
                    "how long an Alertmanager is told again of an alert that has ended");
  settings.Integer("alertmanager.alerts-max", alertmanager_alerts_max, {1, 100'000},
                   "most alerts an Alertmanager is told of, those of the highest priority");
  settings.Integer("digest.alerts-max", digest_alerts_max, {1, 1'000},
                   "most alerts named in the digest of what held as a past went live");
  settings.Duration("digest.wait-max", digest_wait_max, {absl::Seconds(1), absl::Hours(1)},
                    "longest time that digest waits for partitions that are not live yet");
  settings.Duration("watch.resume-age-max", watch_resume_age_max,
                    {absl::Minutes(1), absl::Hours(24 * 30)},
                    "age past which a watch cannot be taken up where it broke off");
  settings.Duration("watch.heartbeat", watch_heartbeat, {absl::Milliseconds(10), absl::Minutes(1)},
                    "how often a watch that has nothing to tell says that it lives");
  settings.Duration("closed-kept", closed_kept, {absl::Hours(1), absl::Hours(24 * 366)},
                    "how long a closed opportunity (or other subject) is remembered, so that a "
                    "signal that comes again opens nothing");
  settings.Duration("clock-silence-max", clock_silence_max, {absl::Seconds(5), absl::Hours(1)},
                    "silence of the journal's clock after which escalations go by the wall clock");
  settings.Duration("retention", retention, {absl::Hours(24), absl::Hours(24 * 366)},
                    "how long ended deliveries and answers by request id are kept");
  settings.Check("rules-file", [this] { return LoadRules(*this).status(); });
  settings.Check("policy-file", [this] { return LoadPolicy(*this).status(); });
  settings.Check("webhooks-file", [this] { return LoadWebhooks(*this).status(); });
  settings.Check("alertmanager.url", [this] { return ParseAlertmanagers(*this).status(); });
  settings.Check("webhook.proxy", [this]() -> absl::Status {
    return webhook_proxy.empty() ? absl::OkStatus() : http::ParseUrl(webhook_proxy).status();
  });
  settings.Check("webhook.backoff-least", [this] {
    if (webhook_backoff_least <= webhook_backoff_most) return absl::OkStatus();
    return absl::InvalidArgumentError("must not be longer than webhook.backoff-most");
  });
}

absl::StatusOr<v1::RuleSet> LoadRules(const AlertsConfig& config) {
  ASSIGN_OR_RETURN(
      config::Document<v1::RuleSet> rules,
      config::LoadShipped<v1::RuleSet>(config.rules_file, "core.yaml", ShippedFiles()));
  RETURN_IF_ERROR(ToRuleSet(rules.message, {}, &rules.lines).status());
  return std::move(rules.message);
}

absl::StatusOr<v1::AlertPolicy> LoadPolicy(const AlertsConfig& config) {
  ASSIGN_OR_RETURN(
      config::Document<v1::AlertPolicy> policy,
      config::LoadShipped<v1::AlertPolicy>(config.policy_file, "policy.yaml", ShippedFiles()));
  RETURN_IF_ERROR(ToPolicy(policy.message, absl::UTCTimeZone(), &policy.lines).status());
  return std::move(policy.message);
}

absl::StatusOr<std::vector<WebhookTarget>> LoadWebhooks(const AlertsConfig& config) {
  std::vector<WebhookTarget> targets;
  if (config.webhooks_file.empty()) return targets;
  ASSIGN_OR_RETURN(const config::Document<v1::WebhookSet> document,
                   config::LoadShipped<v1::WebhookSet>(config.webhooks_file, "", {}));
  const v1::WebhookSet& set = document.message;
  if (set.targets_size() > static_cast<int>(kWebhookTargetsMax)) {
    return document.At(
        InvalidArgument("WEBHOOK_INVALID", "targets", "there may be at most 16 webhooks", "L6"));
  }
  absl::flat_hash_set<std::string> names;
  for (int i = 0; i < set.targets_size(); ++i) {
    const std::string field = absl::StrCat("targets[", i, "]");
    absl::StatusOr<WebhookTarget> checked = ToTarget(set.targets(i), field);
    if (!checked.ok()) return document.At(checked.status());
    const std::string& name = set.targets(i).name();
    if (!names.insert(name).second) {
      return document.At(InvalidArgument("WEBHOOK_INVALID", absl::StrCat(field, ".name"),
                                         absl::StrCat("two webhooks are named ", name), "L6"));
    }
    targets.push_back(*std::move(checked));
  }
  return targets;
}

absl::StatusOr<std::vector<http::Url>> ParseAlertmanagers(const AlertsConfig& config) {
  std::vector<http::Url> urls;
  absl::flat_hash_set<std::string> seen;
  for (const absl::string_view part :
       absl::StrSplit(config.alertmanager_url, ',', absl::SkipWhitespace())) {
    ASSIGN_OR_RETURN(http::Url url, http::ParseUrl(absl::StripAsciiWhitespace(part)));
    if (!seen.insert(url.Authority()).second) {
      return InvalidArgument("ALERTMANAGER_INVALID", "alertmanager.url",
                             absl::StrCat(url.Authority(), " is named twice"), "L6");
    }
    url.target = absl::StrCat(absl::StripSuffix(url.target, "/"), kAlertmanagerPath);
    urls.push_back(std::move(url));
  }
  if (urls.size() > kAlertmanagersMax) {
    return InvalidArgument("ALERTMANAGER_INVALID", "alertmanager.url",
                           "there may be at most 8 Alertmanagers", "L6");
  }
  return urls;
}

}  // namespace bellwether::alerts
