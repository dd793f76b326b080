#include "tests/integration/ledger_fold.h"

#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/bus/topics.h"
#include "common/stream/offsets_table.h"

namespace bellwether::ledger {
namespace {

constexpr size_t kReadMax = 1'000;

int64_t NumberOf(absl::string_view text) {
  int64_t number = 0;
  return absl::SimpleAtoi(text, &number) ? number : 0;
}

absl::StatusOr<std::vector<bus::Message>> ReadPartition(bus::Bus& bus, absl::string_view topic,
                                                        int32_t partition) {
  ASSIGN_OR_RETURN(const bus::OffsetRange range, bus.Offsets(topic, partition));
  ASSIGN_OR_RETURN(const auto reader, bus.NewReader(topic, partition, range.first));
  std::vector<bus::Message> messages;
  while (true) {
    ASSIGN_OR_RETURN(const bus::RecordBatch batch, reader->Read(kReadMax, absl::ZeroDuration()));
    if (batch.empty()) return messages;
    for (const bus::Record& record : batch.records) messages.push_back(ToMessage(record));
  }
}

absl::Status Differs(int32_t partition, absl::string_view account, absl::string_view what) {
  return absl::DataLossError(absl::StrCat("partition ", partition, ", ", account, ": ", what));
}

}  // namespace

absl::Status LedgerFold::Load(store::Transaction& transaction, absl::Time) {
  ASSIGN_OR_RETURN(
      const store::Rows rows,
      transaction.Query("SELECT account, total FROM ledger WHERE partition_number = $1",
                        {store::Value(int64_t{partition_})}));
  for (const store::Row& row : rows) sums_[row.Text(0)] = row.Int(1);
  return absl::OkStatus();
}

void LedgerFold::Apply(const bus::Record& record, const stream::Moment& moment,
                       stream::Effects& effects) {
  const std::string account(record.key);
  int64_t& sum = sums_[account];
  sum += NumberOf(record.value);
  dirty_.insert(account);
  effects.Emit(kSums, partition_,
               {account, {{kVersionHeader, absl::StrCat(moment.version)}}, absl::StrCat(sum)});
}

stream::CheckpointWrite LedgerFold::TakeCheckpoint() {
  std::vector<std::vector<store::Value>> rows;
  for (const std::string& account : std::exchange(dirty_, {})) {
    rows.push_back({store::Value(int64_t{partition_}), store::Value(account),
                    store::Value(sums_.at(account))});
  }
  return [rows = std::move(rows)](store::Transaction& transaction) {
    return transaction.ExecuteMany(
        "INSERT INTO ledger (partition_number, account, total) VALUES ($1, $2, $3) "
        "ON CONFLICT (partition_number, account) DO UPDATE SET total = excluded.total",
        rows);
  };
}

absl::Status LedgerFold::Clear(store::Transaction& transaction) {
  return transaction
      .Execute("DELETE FROM ledger WHERE partition_number = $1",
               {store::Value(int64_t{partition_})})
      .status();
}

stream::ProcessorOptions LedgerOptions() {
  stream::ProcessorOptions options;
  options.name = options.group = "ledger";
  options.topic = kJournal;
  options.checkpoint_records = 2'000;
  options.checkpoint_interval = absl::Milliseconds(200);
  return options;
}

absl::Status CreateTopics(bus::Bus& bus) {
  for (const char* topic : {kJournal, kSums, bus::kDeadLetterTopic}) {
    RETURN_IF_ERROR(bus.EnsureTopic({topic, kPartitions}));
  }
  return absl::OkStatus();
}

absl::Status CreateTables(store::Store& store) {
  RETURN_IF_ERROR(stream::CreateTables(store));
  const store::Migration ledger[] = {
      {"ledger",
       "CREATE TABLE ledger (partition_number BIGINT, account TEXT, total BIGINT NOT NULL, "
       "PRIMARY KEY (partition_number, account));"}};
  return store::Migrate(store, ledger);
}

bool AllCommitted(bus::Bus& bus, store::Store& store) {
  const stream::OffsetsTable offsets(LedgerOptions().name);
  for (int32_t partition = 0; partition < kPartitions; ++partition) {
    const auto range = bus.Offsets(kJournal, partition);
    const auto transaction = store.BeginRead();
    if (!range.ok() || !transaction.ok()) return false;
    const auto row = offsets.Read(store, **transaction, partition, /*lock=*/false);
    if (!row.ok() || !row->has_value() || (*row)->next_offset != range->end) return false;
  }
  return true;
}

absl::Status CompareWithSequentialFold(bus::Bus& bus, store::Store& store) {
  for (int32_t partition = 0; partition < kPartitions; ++partition) {
    std::map<std::string, int64_t> sums;
    std::map<std::string, std::vector<int64_t>> expected;  // after each record of the account
    ASSIGN_OR_RETURN(const std::vector<bus::Message> journal,
                     ReadPartition(bus, kJournal, partition));
    for (const bus::Message& message : journal) {
      expected[message.key].push_back(sums[message.key] += NumberOf(message.value));
    }

    ASSIGN_OR_RETURN(const auto transaction, store.BeginRead());
    ASSIGN_OR_RETURN(
        const store::Rows rows,
        transaction->Query("SELECT account, total FROM ledger WHERE partition_number = $1",
                           {store::Value(int64_t{partition})}));
    if (rows.size() != sums.size()) return Differs(partition, "store", "other accounts");
    for (const store::Row& row : rows) {
      if (row.Int(1) != sums[row.Text(0)]) {
        return Differs(partition, row.Text(0),
                       absl::StrCat(row.Int(1), " and not ", sums[row.Text(0)]));
      }
    }

    std::map<std::string, std::map<int64_t, int64_t>> by_version;
    std::map<std::string, std::vector<int64_t>> seen;
    ASSIGN_OR_RETURN(const std::vector<bus::Message> effects, ReadPartition(bus, kSums, partition));
    for (const bus::Message& message : effects) {
      std::map<int64_t, int64_t>& versions = by_version[message.key];
      const int64_t version = NumberOf(message.headers.at(0).value);
      const int64_t sum = NumberOf(message.value);
      const bool newer = versions.empty() || version > versions.rbegin()->first;
      const auto [known, first] = versions.try_emplace(version, sum);
      if (known->second != sum) return Differs(partition, message.key, "two sums of one version");
      if (first && !newer) return Differs(partition, message.key, "a version came late");
      if (newer) seen[message.key].push_back(sum);
    }
    if (seen != expected) return Differs(partition, "effects", "are not those of the fold");
  }
  return absl::OkStatus();
}

}  // namespace bellwether::ledger
