#include "services/health/adapters/live/stored_health.h"

#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/journal/timestamps.h"
#include "services/health/adapters/history/journal_item_reader.h"
#include "services/health/adapters/live/health_messages.h"
#include "services/health/domain/account_codec.h"

namespace bellwether::health {
namespace {

constexpr size_t kRowsAtOnce = 1'000;

}  // namespace

absl::StatusOr<std::shared_ptr<const ActiveModel>> StoredHealth::ModelAt(
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

absl::StatusOr<std::optional<StoredHealth::Partition>> StoredHealth::Open(
    store::Transaction& transaction, int32_t partition) {
  ASSIGN_OR_RETURN(const auto offsets,
                   offsets_.Read(store_, transaction, partition, /*lock=*/false));
  if (offsets) RETURN_IF_ERROR(stream::CheckCaughtUp(*offsets, partition));
  ASSIGN_OR_RETURN(const auto row, ReadPartition(transaction, partition));
  if (!row) return std::nullopt;
  ASSIGN_OR_RETURN(auto model, ModelAt(transaction, partition, row->activation_offset));
  return Partition{*row, std::move(model), FoldDay::At(calendar_.LocalDayOf(row->applied_at))};
}

absl::StatusOr<std::vector<std::optional<v1::AccountHealth>>> StoredHealth::GetMany(
    const std::vector<std::string>& account_ids) {
  std::vector<std::optional<v1::AccountHealth>> healths(account_ids.size());
  if (account_ids.empty()) return healths;
  ASSIGN_OR_RETURN(const auto transaction, store_.BeginRead());
  std::map<int32_t, std::optional<Partition>> opened;
  for (size_t i = 0; i < account_ids.size(); ++i) {
    const std::string& id = account_ids[i];
    const int32_t number = PartitionOf(id, partitions_);
    auto it = opened.find(number);
    if (it == opened.end()) {
      ASSIGN_OR_RETURN(auto partition, Open(*transaction, number));
      it = opened.emplace(number, std::move(partition)).first;
    }
    if (!it->second) continue;
    const auto& [row, model, today] = *it->second;
    ASSIGN_OR_RETURN(const auto state, ReadAccount(*transaction, number, id));
    if (!state) continue;
    ASSIGN_OR_RETURN(const AccountCodec::Decoded decoded,
                     AccountCodec::Decode(*state, model.get(), row.activation_offset, today));
    if (decoded.account.deleted()) continue;
    v1::AccountHealth& health = healths[i].emplace();
    SetHealth(id, decoded.account.attributes(), model.get(), decoded.account.live(), health);
    health.set_version(decoded.position.version);
    *health.mutable_as_of() = journal::ToTimestamp(row.applied_at);
    health.set_as_of_checkpoint(true);
  }
  return healths;
}

absl::Status StoredHealth::ForEach(
    absl::FunctionRef<absl::Status(const std::string& id, const Account& account,
                                   const ActiveModel* model)>
        look) {
  for (int32_t number = 0; number < partitions_; ++number) {
    ASSIGN_OR_RETURN(const auto transaction, store_.BeginRead());
    ASSIGN_OR_RETURN(const auto partition, Open(*transaction, number));
    if (!partition) continue;
    std::string after;
    while (true) {
      ASSIGN_OR_RETURN(const std::vector<AccountRow> rows,
                       ReadAccounts(*transaction, number, after, kRowsAtOnce));
      for (const AccountRow& stored : rows) {
        ASSIGN_OR_RETURN(const AccountCodec::Decoded decoded,
                         AccountCodec::Decode(stored.state, partition->model.get(),
                                              partition->row.activation_offset, partition->today));
        if (decoded.account.deleted()) continue;
        RETURN_IF_ERROR(look(stored.account, decoded.account, partition->model.get()));
      }
      if (rows.size() < kRowsAtOnce) break;
      after = rows.back().account;
    }
  }
  return absl::OkStatus();
}

}  // namespace bellwether::health
