#include "services/health/adapters/live_health.h"

#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/journal/timestamps.h"
#include "services/health/adapters/health_messages.h"
#include "services/health/adapters/history_block.h"
#include "services/health/adapters/journal_item_reader.h"
#include "services/health/adapters/state_tables.h"
#include "services/health/domain/account_codec.h"

namespace bellwether::health {
namespace {

absl::StatusOr<v1::AccountHealth> ParseHealth(const std::string& bytes) {
  v1::AccountHealth health;
  if (!health.ParseFromString(bytes)) {
    return Error(absl::StatusCode::kDataLoss, {"CACHE_CORRUPT", "", ""},
                 "a cached health cannot be read");
  }
  return health;
}

}  // namespace

absl::StatusOr<std::optional<v1::AccountHealth>> LiveHealth::Get(const std::string& account_id) {
  const auto cached = cache_.Get(CacheKey(account_id));
  // Without the cache reads fall back to the store, slower and as of the last checkpoint.
  if (!cached.ok() || !cached->has_value()) return FromStore(account_id);
  ASSIGN_OR_RETURN(v1::AccountHealth health, ParseHealth((*cached)->value));
  return health;
}

absl::StatusOr<std::vector<std::optional<v1::AccountHealth>>> LiveHealth::GetMany(
    const std::vector<std::string>& account_ids) {
  std::vector<std::string> keys;
  keys.reserve(account_ids.size());
  for (const std::string& id : account_ids) keys.push_back(CacheKey(id));
  const auto cached = cache_.GetMany(keys);
  std::vector<std::optional<v1::AccountHealth>> healths(account_ids.size());
  for (size_t i = 0; i < account_ids.size(); ++i) {
    if (cached.ok() && (*cached)[i].has_value()) {
      ASSIGN_OR_RETURN(healths[i], ParseHealth((*cached)[i]->value));
    } else {
      ASSIGN_OR_RETURN(healths[i], FromStore(account_ids[i]));
    }
  }
  return healths;
}

absl::StatusOr<LiveHealth::RankedPage> LiveHealth::Rank(const std::string& ranking, size_t limit,
                                                        const std::optional<cache::Ranked>& after) {
  ASSIGN_OR_RETURN(std::vector<cache::Ranked> ranked, cache_.Lowest(ranking, limit + 1, after));
  RankedPage page;
  if (ranked.size() > limit) {
    ranked.resize(limit);
    page.next = ranked.back();
  }
  std::vector<std::string> keys;
  for (const cache::Ranked& place : ranked) keys.push_back(place.key);
  ASSIGN_OR_RETURN(const auto entries, cache_.GetMany(keys));
  for (const auto& entry : entries) {
    if (!entry) continue;  // deleted since
    ASSIGN_OR_RETURN(v1::AccountHealth health, ParseHealth(entry->value));
    page.healths.push_back(std::move(health));
  }
  return page;
}

absl::StatusOr<std::shared_ptr<const ActiveModel>> LiveHealth::ModelAt(
    store::Transaction& transaction, int32_t partition, int64_t offset) {
  if (offset < 0) return nullptr;
  {
    absl::MutexLock lock(&mutex_);
    const auto it = models_.find(partition);
    if (it != models_.end() && it->second.first == offset) return it->second.second;
  }
  ASSIGN_OR_RETURN(const auto activation, ReadActivation(transaction, partition, offset));
  if (!activation) return nullptr;
  ASSIGN_OR_RETURN(const auto model, ModelOf(*activation, partition, calendar_));
  absl::MutexLock lock(&mutex_);
  models_[partition] = {offset, model};
  return model;
}

absl::StatusOr<std::optional<v1::AccountHealth>> LiveHealth::FromStore(
    const std::string& account_id) {
  const int32_t partition = PartitionOf(account_id, partitions_);
  ASSIGN_OR_RETURN(const auto transaction, store_.BeginRead());
  ASSIGN_OR_RETURN(const auto row, ReadPartition(*transaction, partition));
  ASSIGN_OR_RETURN(const auto state, ReadAccount(*transaction, partition, account_id));
  if (!row || !state) return std::nullopt;
  ASSIGN_OR_RETURN(const auto model, ModelAt(*transaction, partition, row->activation_offset));
  const FoldDay today = FoldDay::At(calendar_.LocalDayOf(row->applied_at));
  ASSIGN_OR_RETURN(const AccountCodec::Decoded decoded,
                   AccountCodec::Decode(*state, model.get(), row->activation_offset, today));
  if (decoded.account.deleted()) return std::nullopt;
  v1::AccountHealth health;
  SetHealth(account_id, decoded.account.attributes(), model.get(), decoded.account.live(), health);
  health.set_version(decoded.position.version);
  *health.mutable_as_of() = journal::ToTimestamp(row->applied_at);
  return health;
}

}  // namespace bellwether::health
