#include "common/cache/redis_cache.h"

#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/check.h"
#include "common/base/status.h"
#include "common/cache/cache_errors.h"
#include "common/cache/redis_scripts.h"
#include "common/log/log.h"

namespace bellwether::cache {
namespace {

constexpr char kRunId[] = "run_id";
constexpr char kVersion[] = "version";
constexpr char kValue[] = "value";

absl::Status Foreign(absl::string_view key) {
  LogError("redis holds what is not ours", {{"key", key}});
  return FailedPrecondition("CACHE_KEY_FOREIGN", "",
                            "the cache holds something else under one of our keys");
}

std::string TextOrEmpty(const std::optional<int64_t>& value) {
  return value.has_value() ? absl::StrCat(*value) : std::string();
}

// The names as netstrings, which Lua takes apart without knowing what is in them.
std::string NamesOf(const Write& write) {
  std::string names;
  for (const Write::Rank& rank : write.ranks) {
    absl::StrAppend(&names, rank.ranking.size(), ":", rank.ranking);
  }
  return names;
}

absl::StatusOr<std::optional<Entry>> ParseEntry(const redisReply& reply, absl::string_view key) {
  if (reply.type != REDIS_REPLY_ARRAY || reply.elements != 2) return Foreign(key);
  const redisReply& version = *reply.element[0];
  const redisReply& value = *reply.element[1];
  if (!IsText(version)) return std::nullopt;
  Entry entry{std::string(key), 0, "", /*tombstone=*/!IsText(value)};
  if (!entry.tombstone) entry.value = std::string(TextOf(value));
  if (!absl::SimpleAtoi(TextOf(version), &entry.version)) return Foreign(key);
  return entry;
}

}  // namespace

RedisCache::RedisCache(RedisOptions options, metrics::Registry& metrics, const Clock& clock)
    : client_(options, metrics, clock),
      entries_(absl::StrCat(options.prefix, "entry:")),
      rankings_(absl::StrCat(options.prefix, "ranking:")),
      versions_(absl::StrCat(options.prefix, "versions:")),
      apply_(ShippedScript({"apply.lua"})),
      lowest_(ShippedScript({"order.lua", "lowest.lua"})),
      changed_(ShippedScript({"order.lua", "changed.lua"})),
      forget_(ShippedScript({"forget.lua"})) {}

RedisCache::Script RedisCache::ShippedScript(std::initializer_list<absl::string_view> names) {
  Script script;
  for (const absl::string_view name : names) {
    const absl::Span<const EmbeddedFile> files = RedisScripts();
    const auto file = std::find_if(files.begin(), files.end(),
                                   [name](const EmbeddedFile& each) { return each.name == name; });
    BELLWETHER_CHECK(file != files.end(), "the script is compiled in");
    absl::StrAppend(&script.text, file->content);
  }
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest;
  SHA1(reinterpret_cast<const unsigned char*>(script.text.data()), script.text.size(),
       digest.data());
  script.digest = absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(digest.data()), digest.size()));
  return script;
}

std::string RedisCache::RankingKey(int32_t partition, absl::string_view ranking) const {
  return absl::StrCat(rankings_, partition, ":", ranking);
}
std::string RedisCache::VersionsKey(int32_t partition) const {
  return absl::StrCat(versions_, partition);
}
std::string RedisCache::SentinelKey(int32_t partition) const {
  return absl::StrCat(client_.options().prefix, "sentinel:", partition);
}

void RedisCache::BeginScript(RedisRequest& request, const Script& script, size_t keys,
                             size_t arguments) const {
  request.Command(3 + arguments).Add("EVALSHA").Add(script.digest).Add(static_cast<int64_t>(keys));
}

absl::StatusOr<std::vector<RedisReply>> RedisCache::Run(absl::string_view operation,
                                                        const Script& script,
                                                        const RedisRequest& request) {
  ASSIGN_OR_RETURN(std::vector<RedisReply> replies, client_.Call(operation, request));
  const auto forgotten = [](const RedisReply& reply) { return RedisClient::IsNoScript(*reply); };
  if (std::none_of(replies.begin(), replies.end(), forgotten)) return replies;
  RedisRequest load;
  load.Command(3).Add("SCRIPT").Add("LOAD").Add(script.text);
  ASSIGN_OR_RETURN(const std::vector<RedisReply> loaded, client_.Call("load", load));
  RETURN_IF_ERROR(client_.ErrorOf(*loaded[0]));
  // What did run before may run twice: the scripts take the same write once.
  return client_.Call(operation, request);
}

void RedisCache::AddWrite(RedisRequest& request, const Write& write) const {
  request.Add(write.entry.version);
  if (write.delete_entry) {
    request.Add("deleted").Add("").Add("").Add(int64_t{0});
    return;
  }
  request.Add("").Add(write.entry.value).Add(NamesOf(write));
  request.Add(static_cast<int64_t>(write.ranks.size()));
  for (const Write::Rank& rank : write.ranks) request.Add(rank.ranking).Add(rank.score);
}

size_t RedisCache::AddApply(RedisRequest& request, int32_t partition,
                            absl::Span<const Write> writes, const Advance* advance, bool moves) {
  size_t taken = 0, bytes = 0, arguments = 2 + 7;
  for (const Write& write : writes) {
    const size_t size = write.entry.key.size() + write.entry.value.size();
    if (taken == kScriptWritesMax || (taken > 0 && bytes + size > kScriptBytesMax)) break;
    ++taken;
    bytes += size;
    arguments += 6 + (write.delete_entry ? 0 : 2 * write.ranks.size());
  }
  const absl::Span<const Write> chunk = writes.subspan(0, taken);
  BeginScript(request, apply_, 2 + taken, arguments);
  request.Add(SentinelKey(partition)).Add(VersionsKey(partition));
  for (const Write& write : chunk) request.Add(absl::StrCat(entries_, write.entry.key));
  request.Add(entries_).Add(rankings_).Add(versions_).Add(partition);
  if (advance == nullptr) {
    request.Add("").Add("").Add("");
  } else {
    const bool last = taken == writes.size();
    request.Add(advance->run_id).Add(TextOrEmpty(advance->from));
    request.Add(last && moves ? TextOrEmpty(advance->to) : "");
  }
  for (const Write& write : chunk) AddWrite(request, write);
  return taken;
}

absl::Status RedisCache::Apply(int32_t partition, absl::Span<const Write> writes,
                               const Advance* advance) {
  RETURN_IF_ERROR(CheckWrites(writes));
  if (writes.empty() && advance == nullptr) return absl::OkStatus();
  absl::Status first;  // a key that is not ours stands in the way of no other
  // The sentinel moves with the last script only where what came of all others is known: together
  // with the writes if they are one script, else by a trip of its own.
  bool moved = advance == nullptr || !advance->to.has_value();
  RedisRequest request;
  do {
    request.clear();
    do {
      const bool moves = request.commands() == 0 && first.ok();
      writes.remove_prefix(AddApply(request, partition, writes, advance, moves));
      moved = moved || (moves && writes.empty());
    } while (!writes.empty() && request.commands() < kTripCommandsMax &&
             request.bytes().size() < kTripBytesMax);
    ASSIGN_OR_RETURN(const std::vector<RedisReply> replies, Run("apply", apply_, request));
    for (const RedisReply& reply : replies) {
      if (absl::Status refused = client_.ErrorOf(*reply); !refused.ok()) {
        first.Update(refused);
        continue;
      }
      if (reply->type != REDIS_REPLY_ARRAY || reply->elements == 0) return Foreign("apply");
      if (TextOf(*reply->element[0]) == "lost") {
        first.Update(LostError(partition));
        return first;
      }
      for (size_t i = 1; i < reply->elements; ++i) {
        first.Update(Foreign(TextOf(*reply->element[i])));
      }
    }
  } while (!writes.empty() || (!moved && first.ok()));
  return first;
}

absl::Status RedisCache::Forget(int32_t partition, int64_t below_version) {
  RedisRequest request;
  BeginScript(request, forget_, 1, 6);
  request.Add(VersionsKey(partition)).Add(entries_).Add(rankings_).Add(partition);
  request.Add(below_version).Add(static_cast<int64_t>(kForgetEntriesPerScript));
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<RedisReply> replies, Run("forget", forget_, request));
    RETURN_IF_ERROR(client_.ErrorOf(*replies[0]));
    if (replies[0]->integer == 0) return absl::OkStatus();
  }
}

absl::StatusOr<std::optional<Entry>> RedisCache::Get(absl::string_view key) {
  ASSIGN_OR_RETURN(auto entries, GetMany({std::string(key)}));
  if (entries[0].has_value() && entries[0]->tombstone) entries[0].reset();
  return std::move(entries[0]);
}

absl::StatusOr<std::vector<std::optional<Entry>>> RedisCache::GetMany(
    absl::Span<const std::string> keys) {
  std::vector<std::optional<Entry>> entries;
  entries.reserve(keys.size());
  RedisRequest request;
  while (!keys.empty()) {
    const absl::Span<const std::string> trip = keys.subspan(0, kTripReadsMax);
    keys.remove_prefix(trip.size());
    request.clear();
    for (const std::string& key : trip) {
      request.Command(4).Add("HMGET").Add(absl::StrCat(entries_, key)).Add(kVersion).Add(kValue);
    }
    ASSIGN_OR_RETURN(const std::vector<RedisReply> replies, client_.Call("get", request));
    for (size_t i = 0; i < trip.size(); ++i) {
      RETURN_IF_ERROR(client_.ErrorOf(*replies[i]));
      ASSIGN_OR_RETURN(std::optional<Entry> entry, ParseEntry(*replies[i], trip[i]));
      entries.push_back(std::move(entry));
    }
  }
  return entries;
}

absl::StatusOr<std::vector<Ranked>> RedisCache::Lowest(absl::string_view ranking,
                                                       int32_t partitions, size_t limit,
                                                       const std::optional<Ranked>& after) {
  RETURN_IF_ERROR(CheckLimit(limit));
  if (limit == 0 || partitions <= 0) return std::vector<Ranked>();
  const size_t keys = 2 * static_cast<size_t>(partitions);
  RedisRequest request;
  BeginScript(request, lowest_, keys, keys + (after.has_value() ? 3 : 1));
  for (int32_t p = 0; p < partitions; ++p) request.Add(RankingKey(p, ranking));
  for (int32_t p = 0; p < partitions; ++p) request.Add(SentinelKey(p));
  request.Add(static_cast<int64_t>(limit));
  if (after.has_value()) request.Add(after->score).Add(after->key);
  ASSIGN_OR_RETURN(const std::vector<RedisReply> replies, Run("lowest", lowest_, request));
  const redisReply& reply = *replies[0];
  RETURN_IF_ERROR(client_.ErrorOf(reply));
  if (reply.type != REDIS_REPLY_ARRAY || reply.elements == 0) return Foreign(ranking);
  if (TextOf(*reply.element[0]) == "incomplete") return IncompleteError();
  std::vector<Ranked> places((reply.elements - 1) / 2);
  for (size_t i = 0; i < places.size(); ++i) {
    places[i].key = std::string(TextOf(*reply.element[2 * i + 1]));
    if (!absl::SimpleAtoi(TextOf(*reply.element[2 * i + 2]), &places[i].score)) {
      return Foreign(ranking);
    }
  }
  return places;
}

absl::StatusOr<std::vector<Write>> RedisCache::ChangedAfter(int32_t partition,
                                                            const Position& after, size_t limit) {
  RETURN_IF_ERROR(CheckLimit(limit));
  if (limit == 0) return std::vector<Write>();
  const std::string key = VersionsKey(partition);
  RedisRequest request;
  BeginScript(request, changed_, 1, 5);
  request.Add(key).Add(entries_).Add(static_cast<int64_t>(limit));
  request.Add(after.version).Add(after.key);
  ASSIGN_OR_RETURN(const std::vector<RedisReply> replies, Run("changed", changed_, request));
  const redisReply& reply = *replies[0];
  RETURN_IF_ERROR(client_.ErrorOf(reply));
  if (reply.type != REDIS_REPLY_ARRAY || reply.elements % 3 != 0) return Foreign(key);
  std::vector<Write> changes(reply.elements / 3);
  for (size_t i = 0; i < changes.size(); ++i) {
    Write& change = changes[i];
    const redisReply& value = *reply.element[3 * i + 2];
    change.entry.key = std::string(TextOf(*reply.element[3 * i]));
    if (!absl::SimpleAtoi(TextOf(*reply.element[3 * i + 1]), &change.entry.version)) {
      return Foreign(key);
    }
    change.delete_entry = !IsText(value);
    if (IsText(value)) change.entry.value = std::string(TextOf(value));
  }
  return changes;
}

absl::StatusOr<std::optional<Cache::Sentinel>> RedisCache::GetSentinel(int32_t partition) {
  RedisRequest request;
  request.Command(4).Add("HMGET").Add(SentinelKey(partition)).Add(kRunId).Add(kVersion);
  ASSIGN_OR_RETURN(const std::vector<RedisReply> replies, client_.Call("sentinel", request));
  const redisReply& reply = *replies[0];
  RETURN_IF_ERROR(client_.ErrorOf(reply));
  if (reply.type != REDIS_REPLY_ARRAY || reply.elements != 2) return Foreign(kRunId);
  if (!IsText(*reply.element[0])) return std::nullopt;
  Sentinel sentinel{std::string(TextOf(*reply.element[0])), std::nullopt};
  if (IsText(*reply.element[1])) {
    if (!absl::SimpleAtoi(TextOf(*reply.element[1]), &sentinel.version.emplace())) {
      return Foreign(SentinelKey(partition));
    }
  }
  return sentinel;
}

absl::Status RedisCache::SetSentinel(int32_t partition, const Sentinel& sentinel) {
  const std::string key = SentinelKey(partition);
  RedisRequest request;
  if (sentinel.version.has_value()) {
    request.Command(6).Add("HSET").Add(key).Add(kRunId).Add(sentinel.run_id);
    request.Add(kVersion).Add(*sentinel.version);
  } else {
    // In this order a reader in between sees a partition that is being filled.
    request.Command(3).Add("HDEL").Add(key).Add(kVersion);
    request.Command(4).Add("HSET").Add(key).Add(kRunId).Add(sentinel.run_id);
  }
  ASSIGN_OR_RETURN(const std::vector<RedisReply> replies, client_.Call("sentinel", request));
  for (const RedisReply& reply : replies) RETURN_IF_ERROR(client_.ErrorOf(*reply));
  return absl::OkStatus();
}

}  // namespace bellwether::cache
