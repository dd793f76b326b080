#include "services/health/adapters/history/committed_accounts.h"

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "services/health/adapters/history/journal_item_reader.h"
#include "services/health/domain/account_codec.h"

namespace bellwether::health {

absl::StatusOr<CommittedAccounts> CommittedAccounts::Open(
    store::Store& store, const stream::CommittedPartitions& partitions, const Calendar& calendar,
    int32_t partition, std::optional<int64_t> generation) {
  ASSIGN_OR_RETURN(std::unique_ptr<store::Transaction> snapshot, store.BeginRead());
  CommittedAccounts accounts(partition, std::move(snapshot));
  RETURN_IF_ERROR(accounts.ReadPartitionRows(partitions, calendar));
  if (generation.value_or(accounts.generation_) != accounts.generation_) {
    return Error(absl::StatusCode::kUnavailable, {stream::kReasonFoldingBack, "", ""},
                 absl::StrCat("partition ", partition, " was folded again meanwhile"));
  }
  return accounts;
}

absl::Status CommittedAccounts::ReadPartitionRows(const stream::CommittedPartitions& partitions,
                                                  const Calendar& calendar) {
  ASSIGN_OR_RETURN(const std::optional<stream::OffsetsRow> offsets,
                   partitions.Read(*snapshot_, partition_));
  if (offsets) {
    RETURN_IF_ERROR(stream::CheckCaughtUp(*offsets, partition_));
    generation_ = offsets->generation;
  }
  ASSIGN_OR_RETURN(const std::optional<PartitionRow> row, ReadPartition(*snapshot_, partition_));
  if (!offsets || !row) return absl::OkStatus();  // nothing was ever committed
  next_offset_ = offsets->next_offset;
  today_ = FoldDay::At(calendar.LocalDayOf(offsets->time.now));
  activation_offset_ = row->activation_offset;
  if (activation_offset_ < 0) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::optional<ActivationRow> activation,
                   ReadActivation(*snapshot_, partition_, activation_offset_));
  if (!activation) {
    return Error(absl::StatusCode::kDataLoss, {"STATE_CORRUPT", "", ""},
                 "the active model of a partition is not stored");
  }
  ASSIGN_OR_RETURN(model_, ModelOf(*activation, partition_, calendar));
  return absl::OkStatus();
}

absl::StatusOr<Account> CommittedAccounts::Decode(const std::string& state) const {
  ASSIGN_OR_RETURN(AccountCodec::Decoded decoded,
                   AccountCodec::Decode(state, model_.get(), activation_offset_, today_));
  return std::move(decoded.account);
}

absl::StatusOr<CommittedAccounts::Accounts> CommittedAccounts::Read(
    const std::vector<std::string>& ids) const {
  Accounts accounts;
  for (const std::string& id : ids) {
    ASSIGN_OR_RETURN(const std::optional<std::string> state,
                     ReadAccount(*snapshot_, partition_, id));
    if (!state) continue;
    ASSIGN_OR_RETURN(Account account, Decode(*state));
    accounts.emplace_back(id, std::move(account));
  }
  return accounts;
}

absl::StatusOr<CommittedAccounts::Accounts> CommittedAccounts::ReadAfter(
    const std::string& after, size_t accounts_max) const {
  ASSIGN_OR_RETURN(const std::vector<AccountRow> rows,
                   ReadAccounts(*snapshot_, partition_, after, accounts_max));
  Accounts accounts;
  accounts.reserve(rows.size());
  for (const AccountRow& row : rows) {
    ASSIGN_OR_RETURN(Account account, Decode(row.state));
    accounts.emplace_back(row.account, std::move(account));
  }
  return accounts;
}

}  // namespace bellwether::health
