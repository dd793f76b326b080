// The URL of a Kafka cluster, and what it asks of librdkafka.
#ifndef BELLWETHER_COMMON_BUS_KAFKA_URL_H_
#define BELLWETHER_COMMON_BUS_KAFKA_URL_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace bellwether::bus {

// One property of librdkafka. Values that are secrets never reach a log or an error.
struct KafkaProperty {
  std::string name;
  std::string value;
};

struct KafkaSettings {
  std::string brokers;  // "host:port,host:port"
  // Before the names of topics and groups, so that deployments can share a cluster.
  std::string topic_prefix;
  int32_t replication_factor = -1;  // −1: the brokers' default
  std::optional<int32_t> min_insync_replicas;
  // How long an ordinary message is tried; producers without gaps try for ever.
  absl::Duration message_timeout = absl::Minutes(5);

  std::vector<KafkaProperty> all;       // of every client
  std::vector<KafkaProperty> producer;  // of producers only
  std::vector<KafkaProperty> member;    // of members of consumer groups only
};

// "kafka://host:port[,host:port][?name=value[&name=value]]", values percent-encoded where needed:
//
//   topic.prefix, replication.factor, min.insync.replicas, message.timeout.ms
//   compression              lz4 (default), zstd, snappy, gzip or none
//   linger.ms, session.timeout.ms, queued.max.messages.kbytes, client.id, statistics.interval.ms
//   security.protocol        plaintext (default), ssl, sasl_plaintext or sasl_ssl
//   sasl.mechanism, sasl.username, sasl.password.file
//   ssl.ca.location, ssl.certificate.location, ssl.key.location, ssl.key.password.file
//   ssl.endpoint.identification.algorithm
//
// Secrets come from the files named or from BELLWETHER_KAFKA_SASL_PASSWORD and
// BELLWETHER_KAFKA_SSL_KEY_PASSWORD, looked up by `environment`.
//
// INVALID_ARGUMENT / KAFKA_URL, naming the part that is wrong. FAILED_PRECONDITION / BUS_NEEDS_TLS
// when another host than this one would be connected to without TLS.
absl::StatusOr<KafkaSettings> ParseKafkaUrl(
    absl::string_view url, absl::FunctionRef<std::optional<std::string>(const char*)> environment);

// As above, with the environment of the process.
absl::StatusOr<KafkaSettings> ParseKafkaUrl(absl::string_view url);

}  // namespace bellwether::bus

#endif  // BELLWETHER_COMMON_BUS_KAFKA_URL_H_
