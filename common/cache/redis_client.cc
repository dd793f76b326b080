#include "common/cache/redis_client.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "common/base/status.h"
#include "common/log/log.h"

namespace bellwether::cache {
namespace {

constexpr absl::Duration kLogInterval = absl::Seconds(10);

bool BeginsWithAnyOf(absl::string_view text, std::initializer_list<absl::string_view> words) {
  return std::any_of(words.begin(), words.end(),
                     [text](absl::string_view word) { return absl::StartsWith(text, word); });
}

std::string OutcomeOf(const absl::Status& status) {
  if (status.ok()) return "ok";
  const auto detail = DetailOf(status);
  return detail.has_value() ? detail->reason : "other";
}

}  // namespace

RedisClient::RedisClient(RedisOptions options, metrics::Registry& metrics, const Clock& clock)
    : options_(std::move(options)),
      clock_(clock),
      calls_(metrics.Counters("bellwether_cache_calls_total", "Calls to the live cache's server.",
                              {"operation", "outcome"})),
      seconds_(metrics.Histograms("bellwether_cache_call_seconds",
                                  "Calls to the live cache's server that were answered.",
                                  {"operation"})),
      circuit_open_(metrics.GaugeOf("bellwether_cache_circuit_open",
                                    "1 while the live cache's server is not being asked.")),
      connections_opened_(metrics.CounterOf("bellwether_cache_connections_opened_total",
                                            "Connections opened to the live cache's server.")),
      away_gate_(kLogInterval),
      timeout_gate_(kLogInterval),
      login_gate_(kLogInterval),
      refused_gate_(kLogInterval),
      breaker_({}, clock, [this] { return absl::Uniform(random_, 0.0, 1.0); }) {}

absl::StatusOr<std::vector<RedisReply>> RedisClient::Call(absl::string_view operation,
                                                          const RedisRequest& request) {
  const CircuitBreaker::Verdict verdict = breaker_.Admit();
  if (verdict == CircuitBreaker::Verdict::kRefuse) {
    calls_.With({operation, "CACHE_CIRCUIT_OPEN"}).Increment();
    return Error(absl::StatusCode::kUnavailable, {"CACHE_CIRCUIT_OPEN", "", ""},
                 "the cache cannot be reached and is not being asked");
  }
  const absl::Time begin = clock_.Now();
  absl::StatusOr<std::vector<RedisReply>> replies =
      Ask(request, verdict == CircuitBreaker::Verdict::kProbe);
  if (replies.ok()) {
    breaker_.OnSuccess();
    seconds_.With({operation}).Observe(absl::ToDoubleSeconds(clock_.Now() - begin));
  } else if (verdict == CircuitBreaker::Verdict::kProbe ||
             !absl::IsResourceExhausted(replies.status())) {
    breaker_.OnFailure(verdict);  // connections that are all in use say nothing about the server
  }
  circuit_open_.Set(breaker_.open() ? 1 : 0);
  calls_.With({operation, OutcomeOf(replies.status())}).Increment();
  return replies;
}

absl::StatusOr<std::vector<RedisReply>> RedisClient::Ask(const RedisRequest& request, bool probe) {
  // A probe logs in anew within the connect timeout, so that the thread that sends it does not
  // wait for a whole call.
  ASSIGN_OR_RETURN(std::unique_ptr<RedisConnection> connection, Acquire(/*fresh=*/probe));
  if (connection == nullptr) {
    auto opened = RedisConnection::Open(options_, clock_);
    if (!opened.ok()) {
      Release(nullptr);
      return Conceal(opened.status());
    }
    connections_opened_.Increment();
    connection = *std::move(opened);
  }
  absl::StatusOr<std::vector<RedisReply>> replies = connection->Exchange(request, options_.timeout);
  Release(replies.ok() ? std::move(connection) : nullptr);
  if (!replies.ok()) return Conceal(replies.status());
  for (const RedisReply& reply : *replies) {
    if (IsOutOfService(*reply)) return ErrorOf(*reply);
  }
  return replies;
}

absl::StatusOr<std::unique_ptr<RedisConnection>> RedisClient::Acquire(bool fresh) {
  // Closed outside of the lock.
  std::vector<std::unique_ptr<RedisConnection>> spent;
  absl::MutexLock lock(&mutex_);
  const auto free = [this] {
    mutex_.AssertReaderHeld();
    return leased_ < options_.connections;
  };
  if (!mutex_.AwaitWithTimeout(absl::Condition(&free), options_.timeout)) {
    return Error(absl::StatusCode::kResourceExhausted, {"CACHE_BUSY", "", ""},
                 "all connections to the cache are in use");
  }
  ++leased_;
  if (fresh) spent.swap(idle_);
  while (!idle_.empty()) {
    std::unique_ptr<RedisConnection> connection = std::move(idle_.back());
    idle_.pop_back();
    if (connection->Usable()) return connection;
    spent.push_back(std::move(connection));
  }
  return nullptr;
}

void RedisClient::Release(std::unique_ptr<RedisConnection> connection) {
  std::vector<std::unique_ptr<RedisConnection>> spent;
  absl::MutexLock lock(&mutex_);
  --leased_;
  if (connection != nullptr) {
    idle_.push_back(std::move(connection));
  } else {
    spent.swap(idle_);  // where one broke, the others are of the same server
  }
}

absl::Status RedisClient::Conceal(const absl::Status& failure) {
  if (absl::IsDeadlineExceeded(failure)) {
    LogLimited(timeout_gate_, LogLevel::kWarning, "redis does not answer in time");
    return Error(absl::StatusCode::kUnavailable, {"CACHE_TIMEOUT", "", ""},
                 "the cache does not answer in time");
  }
  if (absl::IsUnauthenticated(failure)) {
    LogLimited(login_gate_, LogLevel::kError, "redis refuses the login",
               {{"driver", failure.message()}});
  } else {
    LogLimited(away_gate_, LogLevel::kWarning, "redis is away", {{"driver", failure.message()}});
  }
  return Error(absl::StatusCode::kUnavailable, {"CACHE_UNAVAILABLE", "", ""},
               "the cache cannot be reached");
}

absl::Status RedisClient::ErrorOf(const redisReply& reply) {
  if (reply.type != REDIS_REPLY_ERROR) return absl::OkStatus();
  const absl::string_view text = TextOf(reply);
  LogLimited(refused_gate_, LogLevel::kError, "redis refused a command", {{"driver", text}});
  if (BeginsWithAnyOf(text, {"WRONGTYPE"})) {
    return FailedPrecondition("CACHE_KEY_FOREIGN", "",
                              "the cache holds something else under one of our keys");
  }
  if (BeginsWithAnyOf(text, {"OOM"})) {
    return Error(absl::StatusCode::kResourceExhausted, {"CACHE_FULL", "", ""},
                 "the cache has no memory left");
  }
  if (BeginsWithAnyOf(text, {"MOVED", "ASK ", "CROSSSLOT"})) {
    return FailedPrecondition("CACHE_IS_CLUSTER", "cache",
                              "the cache must be one server, not a cluster");
  }
  if (IsOutOfService(reply)) {
    return Error(absl::StatusCode::kUnavailable, {"CACHE_UNAVAILABLE", "", ""},
                 "the cache cannot serve at the moment");
  }
  return Error(absl::StatusCode::kInternal, {"CACHE_ERROR", "", ""}, "the cache refused a command");
}

bool RedisClient::IsNoScript(const redisReply& reply) {
  return reply.type == REDIS_REPLY_ERROR && absl::StartsWith(TextOf(reply), "NOSCRIPT");
}

bool RedisClient::IsOutOfService(const redisReply& reply) {
  return reply.type == REDIS_REPLY_ERROR &&
         BeginsWithAnyOf(TextOf(reply), {"LOADING", "READONLY", "MASTERDOWN", "BUSY", "NOREPLICAS",
                                         "NOAUTH", "NOPERM", "MISCONF", "CLUSTERDOWN"});
}

}  // namespace bellwether::cache
