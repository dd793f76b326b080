#include "common/cache/memory_cache.h"

#include <algorithm>

#include "absl/hash/hash.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace bellwether::cache {
namespace {

constexpr int64_t kVersionEnd = int64_t{1} << 53;  // what Redis' Lua can compare exactly

absl::Status CheckWrite(const Write& write) {
  if (write.entry.version >= 0 && write.entry.version < kVersionEnd) return absl::OkStatus();
  return InvalidArgument("VERSION_OUT_OF_RANGE", "version",
                         absl::StrCat("version ", write.entry.version, " of ", write.entry.key,
                                      " is not within [0, 2^53)"));
}

}  // namespace

MemoryCache::Shard& MemoryCache::ShardOf(absl::string_view key) {
  return shards_[absl::HashOf(key) % kShards];
}

MemoryCache::Ranking& MemoryCache::RankingOf(const std::string& name) {
  {
    absl::ReaderMutexLock lock(&rankings_mu_);
    const auto found = rankings_.find(name);
    if (found != rankings_.end()) return *found->second;
  }
  absl::MutexLock lock(&rankings_mu_);
  std::unique_ptr<Ranking>& ranking = rankings_[name];
  if (ranking == nullptr) ranking = std::make_unique<Ranking>();
  return *ranking;
}

void MemoryCache::Move(const std::string& key, Slot& slot, std::vector<Place> places) {
  const auto among = [](const std::vector<Place>& all, const Place& place) {
    return std::find(all.begin(), all.end(), place) != all.end();
  };
  for (const Place& old : slot.places) {
    if (among(places, old)) continue;
    absl::MutexLock lock(&old.ranking->mu);
    old.ranking->members.erase({old.score, &key});
  }
  for (const Place& place : places) {
    if (among(slot.places, place)) continue;
    absl::MutexLock lock(&place.ranking->mu);
    place.ranking->members.insert({place.score, &key});
  }
  slot.places = std::move(places);
}

absl::Status MemoryCache::Apply(int32_t /*partition*/, absl::Span<const Write> writes) {
  for (const Write& write : writes) RETURN_IF_ERROR(CheckWrite(write));
  for (const Write& write : writes) {
    std::vector<Place> places;
    if (!write.delete_entry) {
      for (const Write::Rank& rank : write.ranks) {
        Ranking& ranking = RankingOf(rank.ranking);
        std::erase_if(places, [&](const Place& place) { return place.ranking == &ranking; });
        places.push_back({&ranking, rank.score});
      }
    }
    Shard& shard = ShardOf(write.entry.key);
    absl::MutexLock lock(&shard.mu);
    const auto [found, is_new] = shard.slots.try_emplace(write.entry.key);
    Slot& slot = found->second;
    if (!is_new && write.entry.version <= slot.version) continue;
    slot.version = write.entry.version;
    slot.tombstone = write.delete_entry;
    slot.value = write.delete_entry ? std::string() : write.entry.value;
    Move(found->first, slot, std::move(places));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<Entry>> MemoryCache::Get(absl::string_view key) {
  Shard& shard = ShardOf(key);
  absl::ReaderMutexLock lock(&shard.mu);
  const auto found = shard.slots.find(key);
  if (found == shard.slots.end() || found->second.tombstone) return std::nullopt;
  return Entry{std::string(key), found->second.version, found->second.value};
}

absl::StatusOr<std::vector<std::optional<Entry>>> MemoryCache::GetMany(
    absl::Span<const std::string> keys) {
  std::vector<std::optional<Entry>> entries;
  entries.reserve(keys.size());
  for (const std::string& key : keys) {
    ASSIGN_OR_RETURN(std::optional<Entry> entry, Get(key));
    entries.push_back(std::move(entry));
  }
  return entries;
}

absl::StatusOr<std::vector<Ranked>> MemoryCache::Lowest(absl::string_view ranking, size_t limit,
                                                        const std::optional<Ranked>& after) {
  Ranking* found = nullptr;
  {
    absl::ReaderMutexLock lock(&rankings_mu_);
    const auto at = rankings_.find(ranking);
    if (at == rankings_.end()) return std::vector<Ranked>();
    found = at->second.get();
  }
  std::vector<Ranked> ranked;
  absl::ReaderMutexLock lock(&found->mu);
  auto at = after.has_value() ? found->members.upper_bound({after->score, &after->key})
                              : found->members.begin();
  for (; at != found->members.end() && ranked.size() < limit; ++at) {
    ranked.push_back({*at->key, at->score});
  }
  return ranked;
}

absl::StatusOr<std::optional<Cache::Sentinel>> MemoryCache::GetSentinel(int32_t partition) {
  absl::ReaderMutexLock lock(&sentinels_mu_);
  const auto found = sentinels_.find(partition);
  if (found == sentinels_.end()) return std::nullopt;
  return found->second;
}

absl::Status MemoryCache::SetSentinel(int32_t partition, const Sentinel& sentinel) {
  absl::MutexLock lock(&sentinels_mu_);
  sentinels_[partition] = sentinel;
  return absl::OkStatus();
}

}  // namespace bellwether::cache
