#include "common/cache/redis_options.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/base/loopback.h"
#include "common/base/status.h"

namespace bellwether::cache {
namespace {

constexpr char kScheme[] = "redis://";
constexpr int kDatabaseMost = 1'023;
constexpr int kConnectionsMost = 64;
constexpr size_t kPrefixBytesMost = 64;
constexpr absl::Duration kTimeoutLeast = absl::Milliseconds(10);
constexpr absl::Duration kTimeoutMost = absl::Minutes(1);

absl::Status Invalid(absl::string_view what) {
  return InvalidArgument("CACHE_URL_INVALID", "cache", what);
}

absl::Status ParseInteger(absl::string_view what, absl::string_view text, int least, int most,
                          int& value) {
  if (absl::SimpleAtoi(text, &value) && value >= least && value <= most) return absl::OkStatus();
  return Invalid(absl::StrCat(what, " is a number from ", least, " to ", most));
}

absl::Status ParseTimeout(absl::string_view what, absl::string_view text, absl::Duration& value) {
  if (absl::ParseDuration(text, &value) && value >= kTimeoutLeast && value <= kTimeoutMost) {
    return absl::OkStatus();
  }
  return Invalid(absl::StrCat(what, " is a duration from ", absl::FormatDuration(kTimeoutLeast),
                              " to ", absl::FormatDuration(kTimeoutMost)));
}

bool IsPrefix(absl::string_view text) {
  return !text.empty() && text.size() <= kPrefixBytesMost &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                  absl::StrContains("._:-", c);
         });
}

absl::Status ReadPasswordFile(absl::string_view path, std::string& password) {
  std::ifstream file{std::string(path)};
  if (!std::getline(file, password) || password.empty()) {
    return Invalid(absl::StrCat("password-file ", path, " cannot be read or begins with no line"));
  }
  return absl::OkStatus();
}

absl::Status ReadPasswordVariable(absl::string_view name, std::string& password) {
  const char* const value = std::getenv(std::string(name).c_str());
  if (value == nullptr || *value == '\0') {
    return Invalid(absl::StrCat("password-variable ", name, " is not set"));
  }
  password = value;
  return absl::OkStatus();
}

absl::Status ParseAddress(absl::string_view address, RedisOptions& options) {
  absl::string_view port;
  if (absl::ConsumePrefix(&address, "[")) {  // [::1]:6379
    const size_t end = address.find(']');
    if (end == absl::string_view::npos) return Invalid("an address that begins with [ ends with ]");
    port = address.substr(end + 1);
    address = address.substr(0, end);
    if (!port.empty() && !absl::ConsumePrefix(&port, ":")) return Invalid("after ] comes :PORT");
  } else if (const size_t colon = address.find(':'); colon != absl::string_view::npos) {
    port = address.substr(colon + 1);
    address = address.substr(0, colon);
  }
  if (address.empty()) return Invalid("redis://HOST:PORT names no host");
  options.host = std::string(address);
  if (port.empty()) return absl::OkStatus();
  return ParseInteger("the port", port, 1, 65'535, options.port);
}

absl::Status ParseParameter(absl::string_view key, absl::string_view value, RedisOptions& options) {
  if (key == "prefix") {
    if (!IsPrefix(value)) return Invalid("prefix is 1-64 characters of [A-Za-z0-9._:-]");
    options.prefix = std::string(value);
    return absl::OkStatus();
  }
  if (key == "user") {
    options.user = std::string(value);
    return absl::OkStatus();
  }
  if (key == "password-file") return ReadPasswordFile(value, options.password);
  if (key == "password-variable") return ReadPasswordVariable(value, options.password);
  if (key == "connect-timeout") return ParseTimeout(key, value, options.connect_timeout);
  if (key == "timeout") return ParseTimeout(key, value, options.timeout);
  if (key == "connections") {
    return ParseInteger(key, value, 1, kConnectionsMost, options.connections);
  }
  if (key == "password") {
    return Invalid("a password does not stand in a URL: give password-file or password-variable");
  }
  return Invalid(absl::StrCat("unknown parameter '", key,
                              "'; known are prefix, user, password-file, password-variable, "
                              "connect-timeout, timeout, connections"));
}

}  // namespace

absl::StatusOr<RedisOptions> ParseRedisUrl(absl::string_view url) {
  if (!absl::ConsumePrefix(&url, kScheme)) return Invalid("a Redis cache is redis://HOST:PORT");
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(url, absl::MaxSplits('?', 1));
  const std::pair<absl::string_view, absl::string_view> place =
      absl::StrSplit(parts.first, absl::MaxSplits('/', 1));
  if (absl::StrContains(place.first, '@')) {
    return Invalid(
        "a login does not stand in a URL: give user, and password-file or password-variable");
  }
  RedisOptions options;
  RETURN_IF_ERROR(ParseAddress(place.first, options));
  if (!place.second.empty()) {
    RETURN_IF_ERROR(ParseInteger("the database", place.second, 0, kDatabaseMost, options.database));
  }
  std::set<absl::string_view> seen;
  for (const absl::string_view parameter : absl::StrSplit(parts.second, '&', absl::SkipEmpty())) {
    const std::pair<absl::string_view, absl::string_view> pair =
        absl::StrSplit(parameter, absl::MaxSplits('=', 1));
    if (!seen.insert(pair.first).second) {
      return Invalid(absl::StrCat("parameter '", pair.first, "' is given twice"));
    }
    RETURN_IF_ERROR(ParseParameter(pair.first, pair.second, options));
  }
  if (seen.contains("password-file") && seen.contains("password-variable")) {
    return Invalid("give password-file or password-variable, not both");
  }
  if (!options.user.empty() && options.password.empty()) {
    return Invalid("a user needs password-file or password-variable");
  }
  if (!IsLoopback(options.host)) {
    return FailedPrecondition(
        "CACHE_NEEDS_TLS", "cache",
        "a Redis on another host is connected to through TLS only: name a TLS "
        "proxy on this one (docs/redis.md)");
  }
  return options;
}

}  // namespace bellwether::cache
