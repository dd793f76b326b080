#include "common/store/postgres_options.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/base/loopback.h"
#include "common/base/status.h"

namespace bellwether::store {
namespace {

constexpr char kDefaultPort[] = "5432";
constexpr absl::Duration kTimeoutLeast = absl::Milliseconds(10);
constexpr absl::Duration kTimeoutMost = absl::Hours(1);

absl::Status Invalid(absl::string_view message) {
  return InvalidArgument("STORE_URL_INVALID", "store", message);
}

// Identifiers that need no quotes, so that they mean the same wherever they are written.
bool IsIdentifier(absl::string_view name) {
  return !name.empty() && name.size() <= 63 && !absl::ascii_isdigit(name[0]) &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '_';
         });
}

absl::Status ReadHosts(absl::string_view text, PostgresOptions& options, bool& loopback) {
  std::vector<std::string> hosts, ports;
  loopback = true;
  for (absl::string_view each : absl::StrSplit(text, ',')) {
    absl::string_view host = each, port = kDefaultPort;
    const size_t bracket = each.rfind(']');
    const size_t colon = each.rfind(':');
    if (colon != absl::string_view::npos &&
        (bracket == absl::string_view::npos || colon > bracket)) {
      host = each.substr(0, colon);
      port = each.substr(colon + 1);
    }
    if (absl::ConsumePrefix(&host, "[") && !absl::ConsumeSuffix(&host, "]")) {
      return Invalid("a host's bracket is not closed");
    }
    int number = 0;
    if (host.empty() || !absl::SimpleAtoi(port, &number) || number < 1 || number > 65'535) {
      return Invalid("expected host or host:port");
    }
    loopback = loopback && IsLoopback(host);
    hosts.emplace_back(host);
    ports.emplace_back(port);
  }
  options.hosts = absl::StrJoin(hosts, ",");
  options.ports = absl::StrJoin(ports, ",");
  return absl::OkStatus();
}

absl::Status ReadTimeout(absl::string_view key, absl::string_view text, absl::Duration& timeout) {
  if (absl::ParseDuration(text, &timeout) && timeout >= kTimeoutLeast && timeout <= kTimeoutMost) {
    return absl::OkStatus();
  }
  return Invalid(absl::StrCat(key, " is a time from ", absl::FormatDuration(kTimeoutLeast), " to ",
                              absl::FormatDuration(kTimeoutMost), ", as in 10s"));
}

absl::Status ReadPool(absl::string_view text, size_t& connections) {
  if (absl::SimpleAtoi(text, &connections) && connections >= 1 &&
      connections <= kPostgresConnectionsMax) {
    return absl::OkStatus();
  }
  return Invalid(absl::StrCat("pool is a number from 1 to ", kPostgresConnectionsMax));
}

absl::Status ReadTlsMode(absl::string_view text, std::string& mode) {
  constexpr absl::string_view kModes[] = {"disable", "prefer", "require", "verify-ca",
                                          "verify-full"};
  if (std::find(std::begin(kModes), std::end(kModes), text) == std::end(kModes)) {
    return Invalid("sslmode is one of disable, prefer, require, verify-ca, verify-full");
  }
  mode = std::string(text);
  return absl::OkStatus();
}

absl::Status ReadKey(absl::string_view key, absl::string_view value, PostgresOptions& options) {
  if (key == "schema") {
    options.schema = std::string(value);
  } else if (key == "password-file") {
    options.password_file = std::string(value);
  } else if (key == "sslrootcert") {
    options.tls_root_certificate = std::string(value);
  } else if (key == "sslmode") {
    return ReadTlsMode(value, options.tls_mode);
  } else if (key == "pool") {
    return ReadPool(value, options.connections_max);
  } else if (key == "wait") {
    return ReadTimeout(key, value, options.wait);
  } else if (key == "connect-timeout") {
    return ReadTimeout(key, value, options.connect_timeout);
  } else if (key == "statement-timeout") {
    return ReadTimeout(key, value, options.statement_timeout);
  } else if (key == "lock-timeout") {
    return ReadTimeout(key, value, options.lock_timeout);
  } else if (key == "idle-timeout") {
    return ReadTimeout(key, value, options.idle_in_transaction_timeout);
  } else {
    return Invalid(absl::StrCat("the key ", key, " is not known"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<PostgresOptions> ParsePostgresUrl(absl::string_view url, absl::string_view service) {
  const std::string text = absl::StrReplaceAll(url, {{"{service}", std::string(service)}});
  absl::string_view rest = text;
  if (!absl::ConsumePrefix(&rest, "postgres://")) return Invalid("expected postgres://…");
  const std::pair<absl::string_view, absl::string_view> place_and_keys =
      absl::StrSplit(rest, absl::MaxSplits('?', 1));
  const std::vector<absl::string_view> place = absl::StrSplit(place_and_keys.first, '/');
  if (place.size() != 2 || !IsIdentifier(place[1])) {
    return Invalid("expected postgres://host/database, the database in lower case");
  }

  PostgresOptions options;
  options.database = std::string(place[1]);
  options.application = absl::StrCat("bellwether-", service);
  options.user = options.schema = std::string(service);
  absl::string_view hosts = place[0];
  if (const size_t at = hosts.rfind('@'); at != absl::string_view::npos) {
    options.user = std::string(hosts.substr(0, at));
    hosts.remove_prefix(at + 1);
  }
  if (absl::StrContains(options.user, ':')) {
    return Invalid("a password does not belong into a URL; use password-file or PGPASSWORD");
  }
  bool loopback = false;
  RETURN_IF_ERROR(ReadHosts(hosts, options, loopback));
  options.tls_mode = loopback ? "prefer" : "verify-full";
  for (absl::string_view pair : absl::StrSplit(place_and_keys.second, '&', absl::SkipEmpty())) {
    const std::pair<absl::string_view, absl::string_view> key_and_value =
        absl::StrSplit(pair, absl::MaxSplits('=', 1));
    RETURN_IF_ERROR(ReadKey(key_and_value.first, key_and_value.second, options));
  }
  if (!IsIdentifier(options.user) || !IsIdentifier(options.schema)) {
    return Invalid("user and schema are names in lower case, with digits and underscores");
  }
  if (!loopback && (options.tls_mode == "disable" || options.tls_mode == "prefer")) {
    return FailedPrecondition("STORE_NEEDS_TLS", "store",
                              "a database on another host is connected to through TLS only");
  }
  return options;
}

}  // namespace bellwether::store
