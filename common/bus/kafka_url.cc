#include "common/bus/kafka_url.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/base/loopback.h"
#include "common/base/status.h"
#include "common/bus/topic_name.h"

namespace bellwether::bus {
namespace {

constexpr absl::string_view kScheme = "kafka://";
constexpr size_t kSecretBytesMax = 4'096;
constexpr size_t kPrefixMax = 64;
constexpr int32_t kReplicasMax = 32;
constexpr int32_t kMessageTimeoutMsMin = 1'000;
constexpr int32_t kMessageTimeoutMsMax = 86'400'000;

absl::Status Wrong(absl::string_view field, absl::string_view why) {
  return InvalidArgument("KAFKA_URL", field, absl::StrCat("kafka URL: ", why));
}

struct Passed {
  const char* name;      // in the URL
  const char* property;  // of librdkafka
  std::vector<KafkaProperty> KafkaSettings::*to;
};

constexpr Passed kPassed[] = {
    {"compression", "compression.codec", &KafkaSettings::producer},
    {"linger.ms", "linger.ms", &KafkaSettings::producer},
    {"session.timeout.ms", "session.timeout.ms", &KafkaSettings::member},
    {"queued.max.messages.kbytes", "queued.max.messages.kbytes", &KafkaSettings::member},
    {"client.id", "client.id", &KafkaSettings::all},
    // Not of the clients that only answer questions: nobody would take their statistics.
    {"statistics.interval.ms", "statistics.interval.ms", &KafkaSettings::producer},
    {"statistics.interval.ms", "statistics.interval.ms", &KafkaSettings::member},
    {"security.protocol", "security.protocol", &KafkaSettings::all},
    {"sasl.mechanism", "sasl.mechanism", &KafkaSettings::all},
    {"sasl.username", "sasl.username", &KafkaSettings::all},
    {"ssl.ca.location", "ssl.ca.location", &KafkaSettings::all},
    {"ssl.certificate.location", "ssl.certificate.location", &KafkaSettings::all},
    {"ssl.key.location", "ssl.key.location", &KafkaSettings::all},
    {"ssl.endpoint.identification.algorithm", "ssl.endpoint.identification.algorithm",
     &KafkaSettings::all},
};

struct Secret {
  const char* property;
  const char* file_parameter;
  const char* variable;
};

constexpr Secret kSecrets[] = {
    {"sasl.password", "sasl.password.file", "BELLWETHER_KAFKA_SASL_PASSWORD"},
    {"ssl.key.password", "ssl.key.password.file", "BELLWETHER_KAFKA_SSL_KEY_PASSWORD"},
};

std::optional<std::string> PercentDecode(absl::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded.push_back(text[i]);
      continue;
    }
    int code = 0;
    if (i + 2 >= text.size() || !absl::SimpleHexAtoi(text.substr(i + 1, 2), &code)) {
      return std::nullopt;
    }
    decoded.push_back(static_cast<char>(code));
    i += 2;
  }
  return decoded;
}

absl::StatusOr<int32_t> Number(absl::string_view name, absl::string_view value, int32_t min,
                               int32_t max) {
  int32_t number = 0;
  if (!absl::SimpleAtoi(value, &number) || number < min || number > max) {
    return Wrong(name,
                 absl::StrCat(name, " is a number from ", min, " to ", max, ", not '", value, "'"));
  }
  return number;
}

absl::Status CheckBrokers(absl::string_view brokers, bool& loopback) {
  if (brokers.empty()) return Wrong("", "it names no broker: kafka://host:port");
  if (absl::StrContains(brokers, '@')) {
    return Wrong("", "users and passwords do not stand in it: sasl.username, sasl.password.file");
  }
  loopback = true;
  for (const absl::string_view broker : absl::StrSplit(brokers, ',')) {
    const size_t colon = broker.rfind(':');
    int port = 0;
    if (colon == 0 || colon == absl::string_view::npos ||
        !absl::SimpleAtoi(broker.substr(colon + 1), &port) || port < 1 || port > 65'535) {
      return Wrong("", absl::StrCat("'", broker, "' is no host:port"));
    }
    absl::string_view host = broker.substr(0, colon);
    if (absl::ConsumePrefix(&host, "[")) host = absl::StripSuffix(host, "]");
    loopback = loopback && IsLoopback(host);
  }
  return absl::OkStatus();
}

bool HasTls(const KafkaSettings& settings) {
  return std::any_of(settings.all.begin(), settings.all.end(), [](const KafkaProperty& property) {
    return property.name == "security.protocol" &&
           (absl::EqualsIgnoreCase(property.value, "ssl") ||
            absl::EqualsIgnoreCase(property.value, "sasl_ssl"));
  });
}

absl::StatusOr<std::string> ReadSecret(absl::string_view parameter, const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string secret{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file.good() && !file.eof()) {
    return Wrong(parameter, absl::StrCat("the file of ", parameter, " cannot be read"));
  }
  secret = std::string(absl::StripTrailingAsciiWhitespace(secret));
  if (secret.empty() || secret.size() > kSecretBytesMax) {
    return Wrong(parameter, absl::StrCat("the file of ", parameter, " cannot be read, is empty or ",
                                         "longer than ", kSecretBytesMax, " bytes"));
  }
  return secret;
}

// One name=value that is no secret.
absl::Status Take(absl::string_view name, std::string value, KafkaSettings& settings) {
  if (name == "topic.prefix") {
    if (!HasOnlyTopicCharacters(value) || value.size() > kPrefixMax) {
      return Wrong(name, absl::StrCat("topic.prefix has at most ", kPrefixMax,
                                      " characters of [A-Za-z0-9._-]"));
    }
    settings.topic_prefix = std::move(value);
    return absl::OkStatus();
  }
  if (name == "replication.factor") {
    ASSIGN_OR_RETURN(settings.replication_factor, Number(name, value, 1, kReplicasMax));
    return absl::OkStatus();
  }
  if (name == "min.insync.replicas") {
    ASSIGN_OR_RETURN(settings.min_insync_replicas, Number(name, value, 1, kReplicasMax));
    return absl::OkStatus();
  }
  if (name == "message.timeout.ms") {
    ASSIGN_OR_RETURN(const int32_t ms,
                     Number(name, value, kMessageTimeoutMsMin, kMessageTimeoutMsMax));
    settings.message_timeout = absl::Milliseconds(ms);
    return absl::OkStatus();
  }
  bool known = false;
  for (const Passed& passed : kPassed) {
    if (name != passed.name) continue;
    known = true;
    (settings.*passed.to).push_back({passed.property, value});
  }
  if (known) return absl::OkStatus();
  for (const Secret& secret : kSecrets) {
    if (name == secret.property) {
      return Wrong(name, absl::StrCat("secrets do not stand in it: give ", secret.file_parameter,
                                      " or set ", secret.variable));
    }
  }
  return Wrong(name, absl::StrCat("there is no parameter '", name, "'"));
}

}  // namespace

absl::StatusOr<KafkaSettings> ParseKafkaUrl(
    absl::string_view url, absl::FunctionRef<std::optional<std::string>(const char*)> environment) {
  absl::string_view rest = url;
  if (!absl::ConsumePrefix(&rest, kScheme)) return Wrong("", "it begins with kafka://");
  const std::pair<absl::string_view, absl::string_view> halves =
      absl::StrSplit(rest, absl::MaxSplits('?', 1));
  KafkaSettings settings;
  bool loopback = false;
  RETURN_IF_ERROR(CheckBrokers(absl::StripSuffix(halves.first, "/"), loopback));
  settings.brokers = std::string(absl::StripSuffix(halves.first, "/"));

  std::set<std::string> seen;
  std::vector<KafkaProperty> secrets;
  for (const absl::string_view parameter : absl::StrSplit(halves.second, '&', absl::SkipEmpty())) {
    const std::pair<std::string, absl::string_view> pair =
        absl::StrSplit(parameter, absl::MaxSplits('=', 1));
    const std::string& name = pair.first;
    std::optional<std::string> value = PercentDecode(pair.second);
    if (!value.has_value()) return Wrong(name, absl::StrCat(name, " is not percent-encoded"));
    if (value->empty()) return Wrong(name, absl::StrCat(name, " has no value"));
    if (!seen.insert(name).second) return Wrong(name, absl::StrCat(name, " stands in it twice"));
    bool is_file = false;
    for (const Secret& secret : kSecrets) {
      if (name != secret.file_parameter) continue;
      is_file = true;
      ASSIGN_OR_RETURN(std::string read, ReadSecret(name, *value));
      secrets.push_back({secret.property, std::move(read)});
    }
    if (!is_file) RETURN_IF_ERROR(Take(name, *std::move(value), settings));
  }
  for (const Secret& secret : kSecrets) {
    std::optional<std::string> value = environment(secret.variable);
    if (value.has_value() && !value->empty() && !seen.contains(secret.file_parameter)) {
      secrets.push_back({secret.property, *std::move(value)});
    }
  }
  std::move(secrets.begin(), secrets.end(), std::back_inserter(settings.all));
  if (!loopback && !HasTls(settings)) {
    return FailedPrecondition("BUS_NEEDS_TLS", "bus",
                              "a broker on another host is connected to through TLS only: "
                              "security.protocol=ssl or sasl_ssl");
  }
  return settings;
}

absl::StatusOr<KafkaSettings> ParseKafkaUrl(absl::string_view url) {
  return ParseKafkaUrl(url, [](const char* name) -> std::optional<std::string> {
    const char* value = std::getenv(name);
    if (value == nullptr) return std::nullopt;
    return value;
  });
}

}  // namespace bellwether::bus
