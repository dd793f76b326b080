#include "common/bus/kafka_client.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/status.h"
#include "common/bus/kafka_client_closer.h"
#include "common/log/log.h"

namespace bellwether::bus {
namespace {

// syslog levels, as librdkafka uses them.
constexpr int kSyslogCritical = 2;
constexpr int kSyslogWarning = 4;
constexpr int kSyslogInfo = 6;

void WriteLog(const rd_kafka_t* client, int level, const char* facility, const char* text) {
  // That gapless delivery is called experimental there is known (docs/adr/0005) and not news each
  // time a producer is made.
  const bool known = absl::StrContains(text, "enable.gapless.guarantee is experimental");
  // A connection that failed is an error to librdkafka and comes back by itself: a warning to us.
  const LogLevel ours = known                      ? LogLevel::kDebug
                        : level <= kSyslogCritical ? LogLevel::kError
                        : level <= kSyslogWarning  ? LogLevel::kWarning
                        : level <= kSyslogInfo     ? LogLevel::kInfo
                                                   : LogLevel::kDebug;
  Log(ours, "kafka client",
      {{"client", rd_kafka_name(client)}, {"facility", facility}, {"text", text}});
}

int WriteStatistics(rd_kafka_t* client, char* json, size_t size, void* /*opaque*/) {
  LogInfo("kafka statistics",
          {{"client", rd_kafka_name(client)}, {"statistics", absl::string_view(json, size)}});
  return 0;  // librdkafka keeps the text
}

const std::vector<KafkaProperty>& Everywhere() {
  static const auto* const properties = new std::vector<KafkaProperty>{
      {"client.id", "bellwether"},
      // librdkafka leaves Nagle's algorithm on: small requests would wait for acknowledgements.
      {"socket.nagle.disable", "true"},
      {"socket.keepalive.enable", "true"},
      // Default 10 s: a restarted broker would be found late.
      {"reconnect.backoff.max.ms", "1000"},
      // Brokers close idle connections; that is no news.
      {"log.connection.close", "false"},
      // A misspelt topic is an error, not a new topic.
      {"allow.auto.create.topics", "false"},
  };
  return *properties;
}

absl::Status Set(rd_kafka_conf_t& conf, const std::vector<KafkaProperty>& properties) {
  char text[512];  // may quote the value: not passed on
  for (const KafkaProperty& property : properties) {
    if (rd_kafka_conf_set(&conf, property.name.c_str(), property.value.c_str(), text,
                          sizeof text) != RD_KAFKA_CONF_OK) {
      return InvalidArgument(
          "KAFKA_URL", property.name,
          absl::StrCat("kafka URL: librdkafka does not take this value of ", property.name));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<KafkaOwned<rd_kafka_conf_t>> NewConf(const KafkaSettings& settings,
                                                    KafkaClient::Kind kind,
                                                    const std::vector<KafkaProperty>& own) {
  KafkaOwned<rd_kafka_conf_t> conf(rd_kafka_conf_new());
  RETURN_IF_ERROR(Set(*conf, Everywhere()));
  RETURN_IF_ERROR(Set(*conf, {{"bootstrap.servers", settings.brokers}}));
  RETURN_IF_ERROR(Set(*conf, own));
  RETURN_IF_ERROR(Set(*conf, settings.all));
  if (kind == KafkaClient::Kind::kProducer) RETURN_IF_ERROR(Set(*conf, settings.producer));
  if (kind == KafkaClient::Kind::kMember) RETURN_IF_ERROR(Set(*conf, settings.member));
  rd_kafka_conf_set_log_cb(conf.get(), WriteLog);
  rd_kafka_conf_set_stats_cb(conf.get(), WriteStatistics);
  return conf;
}

}  // namespace

absl::Status KafkaError(rd_kafka_resp_err_t error, absl::string_view doing) {
  absl::StatusCode code = absl::StatusCode::kUnavailable;
  const char* reason = "BUS_UNAVAILABLE";
  switch (error) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
      return absl::OkStatus();
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
      code = absl::StatusCode::kNotFound;
      reason = "UNKNOWN_TOPIC";
      break;
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
      code = absl::StatusCode::kOutOfRange;
      reason = "OFFSET_OUTSIDE_LOG";
      break;
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
      code = absl::StatusCode::kInvalidArgument;
      reason = "MESSAGE_TOO_LARGE";
      break;
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
      code = absl::StatusCode::kPermissionDenied;
      reason = "BUS_PERMISSION_DENIED";
      break;
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
      code = absl::StatusCode::kUnauthenticated;
      reason = "BUS_UNAUTHENTICATED";
      break;
    case RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR:
      // Fewer brokers are up than it asks for, which on a first deployment passes.
      reason = "TOPIC_SETTINGS_REFUSED";
      break;
    case RD_KAFKA_RESP_ERR_INVALID_PARTITIONS:
    case RD_KAFKA_RESP_ERR_INVALID_CONFIG:
    case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
      code = absl::StatusCode::kFailedPrecondition;
      reason = "TOPIC_SETTINGS_REFUSED";
      break;
    default:
      break;
  }
  return Error(code, {reason, "", ""}, absl::StrCat(doing, " (", rd_kafka_err2name(error), ")"));
}

int KafkaDeadline::PollMs() const {
  constexpr int64_t kSliceMs = 1'000;
  const absl::Duration left = at_ - Now();
  const int64_t ms = absl::ToInt64Milliseconds(left + absl::Milliseconds(1) - absl::Nanoseconds(1));
  return static_cast<int>(std::clamp<int64_t>(ms, 0, kSliceMs));
}

absl::Time KafkaDeadline::Now() {
  return absl::Now();  // STYLE(clock): waits for a broker end at system time
}

absl::StatusOr<std::unique_ptr<KafkaClient>> KafkaClient::Open(const KafkaSettings& settings,
                                                               const Options& options) {
  if (options.kind == Kind::kMember) {
    RETURN_IF_ERROR(KafkaClientCloser::Instance().CheckRoom());
  }
  ASSIGN_OR_RETURN(KafkaOwned<rd_kafka_conf_t> conf,
                   NewConf(settings, options.kind, options.properties));
  if (options.prepare) options.prepare(conf.get());
  rd_kafka_conf_set_opaque(conf.get(), options.opaque);
  char text[512];
  rd_kafka_t* const client =
      rd_kafka_new(options.kind == Kind::kProducer ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER,
                   conf.get(), text, sizeof text);
  if (client == nullptr) {
    LogError("kafka client refused", {{"text", text}});
    return InvalidArgument("KAFKA_URL", "",
                           "kafka URL: librdkafka refuses these settings together");
  }
  (void)conf.release();  // now the client's
  return std::make_unique<KafkaClient>(client, options.kind);
}

KafkaClient::~KafkaClient() {
  if (kind_ == Kind::kMember) {
    // The group has been left, or will not be: its callbacks have no receiver.
    KafkaClientCloser::Instance().Close([client = client_] {
      rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    });
  } else {
    rd_kafka_destroy(client_);
  }
}

absl::Status KafkaClient::Check(const KafkaSettings& settings, Kind kind) {
  return NewConf(settings, kind, {}).status();
}

}  // namespace bellwether::bus
