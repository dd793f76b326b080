#include "common/cache/memory_cache.h"

#include <algorithm>
#include <tuple>

#include "absl/hash/hash.h"
#include "common/base/status.h"
#include "common/cache/cache_errors.h"

namespace bellwether::cache {

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

Cache::Sentinel* MemoryCache::Expected(int32_t partition, const Advance& advance) {
  const auto found = sentinels_.find(partition);
  if (found == sentinels_.end()) return nullptr;
  Sentinel& held = found->second;
  const bool expected = held.run_id == advance.run_id &&
                        held.version.has_value() == advance.from.has_value() &&
                        held.version >= advance.from;
  return expected ? &held : nullptr;
}

absl::Status MemoryCache::CheckSentinel(int32_t partition, const Advance& advance) {
  absl::ReaderMutexLock lock(&sentinels_mu_);
  return Expected(partition, advance) == nullptr ? LostError(partition) : absl::OkStatus();
}

absl::Status MemoryCache::MoveSentinel(int32_t partition, const Advance& advance) {
  absl::MutexLock lock(&sentinels_mu_);
  Sentinel* const held = Expected(partition, advance);
  if (held == nullptr) return LostError(partition);
  held->version = std::max(held->version, advance.to);
  return absl::OkStatus();
}

absl::Status MemoryCache::Apply(int32_t partition, absl::Span<const Write> writes,
                                const Advance* advance) {
  RETURN_IF_ERROR(CheckWrites(writes));
  if (advance != nullptr) RETURN_IF_ERROR(CheckSentinel(partition, *advance));
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
    const auto found = shard.slots.try_emplace(write.entry.key).first;
    Slot& slot = found->second;
    if (write.entry.version <= slot.version) continue;
    slot.version = write.entry.version;
    slot.partition = partition;
    slot.tombstone = write.delete_entry;
    slot.value = write.delete_entry ? std::string() : write.entry.value;
    Move(found->first, slot, std::move(places));
  }
  return advance == nullptr ? absl::OkStatus() : MoveSentinel(partition, *advance);
}

absl::Status MemoryCache::Forget(int32_t partition, int64_t below_version) {
  for (Shard& shard : shards_) {
    absl::MutexLock lock(&shard.mu);
    for (auto it = shard.slots.begin(); it != shard.slots.end();) {
      const auto slot = it++;
      if (slot->second.partition != partition || slot->second.version >= below_version) continue;
      Move(slot->first, slot->second, {});
      shard.slots.erase(slot);
    }
  }
  return absl::OkStatus();
}

std::optional<Entry> MemoryCache::Held(absl::string_view key) {
  Shard& shard = ShardOf(key);
  absl::ReaderMutexLock lock(&shard.mu);
  const auto found = shard.slots.find(key);
  if (found == shard.slots.end()) return std::nullopt;
  const Slot& slot = found->second;
  return Entry{std::string(key), slot.version, slot.value, slot.tombstone};
}

absl::StatusOr<std::optional<Entry>> MemoryCache::Get(absl::string_view key) {
  std::optional<Entry> entry = Held(key);
  if (!entry.has_value() || entry->tombstone) return std::nullopt;
  return *std::move(entry);
}

absl::StatusOr<std::vector<std::optional<Entry>>> MemoryCache::GetMany(
    absl::Span<const std::string> keys) {
  std::vector<std::optional<Entry>> entries;
  entries.reserve(keys.size());
  for (const std::string& key : keys) entries.push_back(Held(key));
  return entries;
}

bool MemoryCache::Filled(int32_t partitions) {
  absl::ReaderMutexLock lock(&sentinels_mu_);
  for (int32_t partition = 0; partition < partitions; ++partition) {
    const auto found = sentinels_.find(partition);
    if (found == sentinels_.end() || !found->second.version.has_value()) return false;
  }
  return true;
}

absl::StatusOr<std::vector<Ranked>> MemoryCache::Lowest(absl::string_view ranking,
                                                        int32_t partitions, size_t limit,
                                                        const std::optional<Ranked>& after) {
  RETURN_IF_ERROR(CheckLimit(limit));
  if (!Filled(partitions)) return IncompleteError();
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

absl::StatusOr<std::vector<Write>> MemoryCache::ChangedAfter(int32_t partition,
                                                             const Position& after, size_t limit) {
  RETURN_IF_ERROR(CheckLimit(limit));
  std::vector<Write> changes;
  for (Shard& shard : shards_) {
    absl::ReaderMutexLock lock(&shard.mu);
    for (const auto& [key, slot] : shard.slots) {
      if (slot.partition != partition ||
          std::tie(slot.version, key) <= std::tie(after.version, after.key)) {
        continue;
      }
      changes.push_back({{key, slot.version, slot.value}, slot.tombstone, {}});
    }
  }
  std::sort(changes.begin(), changes.end(), [](const Write& a, const Write& b) {
    return std::tie(a.entry.version, a.entry.key) < std::tie(b.entry.version, b.entry.key);
  });
  if (changes.size() > limit) changes.resize(limit);
  return changes;
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
