#include "services/health/adapters/history/history_store.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <set>
#include <utility>

#include "common/base/status.h"
#include "common/bus/topics.h"
#include "common/journal/entry.h"
#include "common/stream/stamp.h"
#include "services/health/adapters/history/message_codec.h"
#include "services/health/adapters/history/sql_state.h"

namespace bellwether::health {
namespace {

constexpr size_t kReadRecords = 4'096;

// Which records of the journal are part of an account's history. Changes of other subjects and
// import runs only pass through.
enum class HistoryKind { kNone, kAccount, kPartition };

HistoryKind KindOf(const bus::Record& record) {
  const absl::string_view type = record.HeaderOr(bus::kHeaderType);
  if (type == bus::kTypeTick || bus::IsImportRunType(type)) return HistoryKind::kNone;
  if (bus::BelongsToPartition(type)) return HistoryKind::kPartition;
  if (journal::IsSubjectRecordType(type) && type != bus::kTypeAccountChanged) {
    return HistoryKind::kNone;
  }
  return HistoryKind::kAccount;
}

using Visit = std::function<void(const bus::Record& record, absl::Time applied_at,
                                 const std::shared_ptr<const void>& storage)>;

// Calls `visit` for every record the fold applied in [from, until), ticks not included, each with
// its stream time, which `time` carries on.
absl::Status ScanJournal(const HistoryPorts& ports, int32_t partition, int64_t from, int64_t until,
                         stream::StreamTime& time, const Visit& visit) {
  ASSIGN_OR_RETURN(const bus::OffsetRange range, ports.bus->Offsets(ports.topic, partition));
  if (from < range.first && range.first > 0) {
    return Error(absl::StatusCode::kDataLoss, {"JOURNAL_TRIMMED", "", ""},
                 "the journal no longer holds records that are not in history yet");
  }
  until = std::min(until, range.end);
  if (from >= until) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::unique_ptr<bus::Reader> reader,
                   ports.bus->NewReader(ports.topic, partition, from));
  while (true) {
    ASSIGN_OR_RETURN(const bus::RecordBatch batch,
                     reader->Read(kReadRecords, absl::ZeroDuration()));
    // The end of the log, whose last offsets may be no records. A bus that is away says so instead.
    if (batch.empty()) return absl::OkStatus();
    for (const bus::Record& record : batch.records) {
      if (record.offset >= until) return absl::OkStatus();
      stream::Stamp stamp;
      if (stream::ReadStamp(record, ports.partitions, stamp) != stream::StampFault::kNone) continue;
      if (stamp.tick) {
        time.AdvanceByTick(stamp.recorded_at);
        continue;
      }
      time.AdvanceByRecord(stamp.recorded_at, stamp.backfill);
      visit(record, time.now, batch.storage);
      if (record.offset + 1 == until) return absl::OkStatus();
    }
  }
}

}  // namespace

absl::StatusOr<SealedEnd> ReadSealedEnd(const HistoryPorts& ports, store::Transaction& transaction,
                                        int32_t partition, int64_t until_offset) {
  ASSIGN_OR_RETURN(
      const store::Rows rows,
      transaction.Query("SELECT segment, stream_now, newest_tick FROM health_history_segment "
                        "WHERE partition = $1 AND segment < $2 ORDER BY segment DESC LIMIT 1",
                        {int64_t{partition}, ports.SegmentOf(until_offset)}));
  SealedEnd end;
  if (rows.empty()) return end;
  end.last_segment = rows[0].Int(0);
  end.next_offset = ports.FirstOffsetOf(end.last_segment + 1);
  end.time.now = FromStoredTime(rows[0].Int(1));
  end.time.newest_tick = FromStoredTime(rows[0].Int(2));
  return end;
}

absl::Status SealSegment(const HistoryPorts& ports, int32_t partition, int64_t segment,
                         const PreviousSegments& previous, store::Transaction& transaction) {
  // A rebuild comes past segments that are sealed already.
  ASSIGN_OR_RETURN(const SealedEnd sealed, ReadSealedEnd(ports, transaction, partition));
  if (sealed.last_segment >= segment) return absl::OkStatus();

  struct Item {
    bus::Record record;
    absl::Time applied_at;
  };
  std::vector<Item> items;
  std::vector<std::shared_ptr<const void>> storage;
  stream::StreamTime time = sealed.time;
  RETURN_IF_ERROR(ScanJournal(ports, partition, sealed.next_offset,
                              ports.FirstOffsetOf(segment + 1), time,
                              [&](const bus::Record& record, absl::Time applied_at,
                                  const std::shared_ptr<const void>& batch) {
                                if (KindOf(record) != HistoryKind::kAccount) return;
                                if (storage.empty() || storage.back() != batch)
                                  storage.push_back(batch);
                                items.push_back({record, applied_at});
                              }));
  std::stable_sort(items.begin(), items.end(),
                   [](const Item& a, const Item& b) { return a.record.key < b.record.key; });
  HistoryBlockWriter writer(ports.FirstOffsetOf(segment));
  absl::string_view account;
  int64_t before = -1;
  for (const Item& item : items) {
    if (item.record.key != account) {
      account = item.record.key;
      const auto it = previous.find(account);
      before = it == previous.end() ? -1 : it->second;
    }
    writer.Add(account, before, item.record, item.applied_at);
  }
  std::vector<std::vector<store::Value>> rows;
  for (HistoryBlockWriter::Block& block : std::move(writer).Finish()) {
    rows.push_back({int64_t{partition}, segment, static_cast<int64_t>(rows.size()),
                    store::Blob{std::move(block.first_account)},
                    store::Blob{std::move(block.last_account)},
                    store::Blob{std::move(block.content)}});
  }
  if (!rows.empty()) {
    RETURN_IF_ERROR(transaction.ExecuteMany(
        "INSERT INTO health_history_block (partition, segment, block, first_account, last_account, "
        "content) VALUES ($1, $2, $3, $4, $5, $6)",
        rows));
  }
  return transaction
      .Execute(
          "INSERT INTO health_history_segment (partition, segment, stream_now, newest_tick, "
          "records) VALUES ($1, $2, $3, $4, $5)",
          {int64_t{partition}, segment, ToStoredTime(time.now), ToStoredTime(time.newest_tick),
           static_cast<int64_t>(items.size())})
      .status();
}

absl::StatusOr<std::unique_ptr<HistoryReader>> HistoryReader::Open(
    const HistoryPorts& ports, const Calendar& calendar, int32_t partition, int64_t until_offset,
    std::optional<std::string> only) {
  std::unique_ptr<HistoryReader> reader(
      new HistoryReader(ports, calendar, partition, until_offset));
  ASSIGN_OR_RETURN(reader->snapshot_, ports.store->BeginRead());
  ASSIGN_OR_RETURN(reader->sealed_,
                   ReadSealedEnd(ports, *reader->snapshot_, partition, until_offset));
  reader->time_ = reader->sealed_.time;
  RETURN_IF_ERROR(reader->ReadCoverage());
  RETURN_IF_ERROR(reader->ReadPartitionRecords());
  reader->read_to_ = reader->sealed_.next_offset;
  reader->only_ = std::move(only);
  RETURN_IF_ERROR(reader->ReadOpenEnd());
  return reader;
}

absl::Status HistoryReader::ReachTo(int64_t until_offset) {
  until_offset_ = until_offset;
  if (snapshot_ == nullptr) {
    ASSIGN_OR_RETURN(snapshot_, ports_.store->BeginRead());
    RETURN_IF_ERROR(ReadCoverage());
  }
  return ReadOpenEnd();
}

absl::Status HistoryReader::ReadPartitionRecords() {
  // Those of the open end are read from the journal with the rest of it.
  ASSIGN_OR_RETURN(
      const store::Rows rows,
      snapshot_->Query("SELECT journal_offset, applied_at, entry FROM health_activation "
                       "WHERE partition = $1 AND journal_offset < $2 ORDER BY journal_offset",
                       {int64_t{partition_}, std::min(sealed_.next_offset, until_offset_)}));
  for (const store::Row& row : rows) {
    ASSIGN_OR_RETURN(bus::Message message, ParseStoredMessage(row.Bytes(2)));
    of_partition_.push_back({row.Int(0), FromStoredTime(row.Int(1)), std::move(message)});
  }
  return absl::OkStatus();
}

absl::Status HistoryReader::ReadOpenEnd() {
  if (read_to_ >= until_offset_) return absl::OkStatus();
  RETURN_IF_ERROR(ScanJournal(
      ports_, partition_, read_to_, until_offset_, time_,
      [&](const bus::Record& record, absl::Time applied_at, const std::shared_ptr<const void>&) {
        const HistoryKind kind = KindOf(record);
        if (kind == HistoryKind::kPartition) {
          of_partition_.push_back({record.offset, applied_at, ToMessage(record)});
        }
        if (kind != HistoryKind::kAccount) return;
        if (only_ && record.key != absl::string_view(*only_)) return;
        open_end_[std::string(record.key)].push_back(
            {record.offset, applied_at, StoredMessage(ToMessage(record))});
      }));
  read_to_ = until_offset_;
  return absl::OkStatus();
}

absl::Status HistoryReader::ReadCoverage() {
  ASSIGN_OR_RETURN(const SealedEnd newest, ReadSealedEnd(ports_, *snapshot_, partition_));
  newest_segment_ = newest.last_segment;
  ASSIGN_OR_RETURN(const auto row, ReadPartition(*snapshot_, partition_));
  states_cover_sealed_ = row.has_value() && row->open_segment > newest_segment_;
  return absl::OkStatus();
}

absl::StatusOr<std::vector<HistorySection>> HistoryReader::LinkedSections(
    const std::string& account) {
  std::vector<HistorySection> sections;
  ASSIGN_OR_RETURN(const auto position, ReadPosition(*snapshot_, partition_, account));
  if (!position) return sections;
  // The latest segment may be the open one; the one before is sealed then.
  int64_t segment =
      position->segment <= newest_segment_ ? position->segment : position->segment_before;
  while (segment >= 0) {
    ASSIGN_OR_RETURN(HistorySection section, ReadSection(segment, account));
    if (section.records.empty()) {
      return Error(absl::StatusCode::kDataLoss, {"HISTORY_CORRUPT", "", ""},
                   "history lacks a segment that an account's state points to");
    }
    const int64_t previous = section.previous_segment;
    if (previous >= segment) {
      return Error(absl::StatusCode::kDataLoss, {"HISTORY_CORRUPT", "", ""},
                   "history points forward");
    }
    // What was sealed beyond the end asked for is read in the journal.
    if (segment <= sealed_.last_segment) sections.push_back(std::move(section));
    segment = previous;
  }
  return sections;
}

absl::StatusOr<std::vector<HistorySection>> HistoryReader::SearchedSections(
    const std::string& account) {
  ASSIGN_OR_RETURN(
      const store::Rows found,
      snapshot_->Query("SELECT DISTINCT segment FROM health_history_block WHERE partition = $1 AND "
                       "segment <= $2 AND first_account <= $3 AND last_account >= $3 "
                       "ORDER BY segment DESC",
                       {int64_t{partition_}, sealed_.last_segment, store::Blob{account}}));
  std::vector<HistorySection> sections;
  for (const store::Row& row : found) {
    ASSIGN_OR_RETURN(HistorySection section, ReadSection(row.Int(0), account));
    if (!section.records.empty()) sections.push_back(std::move(section));
  }
  return sections;
}

absl::StatusOr<HistorySection> HistoryReader::ReadSection(int64_t segment,
                                                          const std::string& account) {
  // An account with many records has its section cut over several blocks.
  ASSIGN_OR_RETURN(
      const store::Rows found,
      snapshot_->Query("SELECT block FROM health_history_block WHERE partition = $1 AND "
                       "segment = $2 AND first_account <= $3 AND last_account >= $3 ORDER BY block",
                       {int64_t{partition_}, segment, store::Blob{account}}));
  HistorySection whole{.account = account};
  for (const store::Row& row : found) {
    CachedBlock& cached = blocks_[segment];
    if (cached.block != row.Int(0)) {
      ASSIGN_OR_RETURN(
          const store::Rows blocks,
          snapshot_->Query("SELECT content FROM health_history_block WHERE partition = $1 AND "
                           "segment = $2 AND block = $3",
                           {int64_t{partition_}, segment, row.Int(0)}));
      if (blocks.empty()) continue;
      ASSIGN_OR_RETURN(cached.sections,
                       ReadHistoryBlock(ports_.FirstOffsetOf(segment), blocks[0].Bytes(0)));
      cached.block = row.Int(0);
    }
    for (const HistorySection& section : cached.sections) {
      if (section.account != account) continue;
      whole.previous_segment = section.previous_segment;
      whole.records.insert(whole.records.end(), section.records.begin(), section.records.end());
    }
  }
  return whole;
}

absl::Status HistoryReader::Visit(const std::string& account,
                                  absl::FunctionRef<void(const AppliedItem&)> visit) {
  ASSIGN_OR_RETURN(const std::vector<HistoryRecord> records, Records(account));
  JournalItemReader reader(calendar_);
  JournalItem item;
  std::vector<bus::HeaderView> headers;
  const auto read = [&](const HistoryRecord& record) {
    // What was a dead letter then is one now.
    if (!reader.Read(ViewOf(record, partition_, headers), item).ok()) return;
    visit({record.offset, record.applied_at, item});
  };
  auto of_partition = of_partition_.begin();
  for (const HistoryRecord& record : records) {
    for (; of_partition != of_partition_.end() && of_partition->offset < record.offset;
         ++of_partition) {
      read(*of_partition);
    }
    read(record);
  }
  for (; of_partition != of_partition_.end(); ++of_partition) read(*of_partition);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<HistoryRecord>> HistoryReader::Records(const std::string& account) {
  ASSIGN_OR_RETURN(std::vector<HistorySection> sections,
                   states_cover_sealed_ ? LinkedSections(account) : SearchedSections(account));
  std::vector<HistoryRecord> records;
  for (auto section = sections.rbegin(); section != sections.rend(); ++section) {
    std::move(section->records.begin(), section->records.end(), std::back_inserter(records));
  }
  const auto open = open_end_.find(account);
  if (open == open_end_.end()) return records;
  for (const OpenRecord& record : open->second) {
    ASSIGN_OR_RETURN(bus::Message message, ParseStoredMessage(record.message));
    records.push_back({record.offset, record.applied_at, std::move(message)});
  }
  return records;
}

absl::StatusOr<std::vector<std::string>> HistoryReader::AccountsOf(absl::string_view import_run,
                                                                   int64_t from_offset) {
  const auto is_of_run = [&](const bus::Message& message) {
    return std::any_of(message.headers.begin(), message.headers.end(),
                       [&](const bus::Header& header) {
                         return header.name == bus::kHeaderOrigin && header.value == import_run;
                       });
  };
  std::set<std::string> accounts;
  ASSIGN_OR_RETURN(
      const store::Rows blocks,
      snapshot_->Query("SELECT segment, block FROM health_history_block WHERE partition = $1 AND "
                       "segment >= $2 AND segment <= $3 ORDER BY segment, block",
                       {int64_t{partition_}, ports_.SegmentOf(from_offset), sealed_.last_segment}));
  for (const store::Row& row : blocks) {
    ASSIGN_OR_RETURN(
        const store::Rows contents,
        snapshot_->Query("SELECT content FROM health_history_block WHERE partition = $1 AND "
                         "segment = $2 AND block = $3",
                         {int64_t{partition_}, row.Int(0), row.Int(1)}));
    if (contents.empty()) continue;
    ASSIGN_OR_RETURN(const std::vector<HistorySection> sections,
                     ReadHistoryBlock(ports_.FirstOffsetOf(row.Int(0)), contents[0].Bytes(0)));
    for (const HistorySection& section : sections) {
      if (std::any_of(section.records.begin(), section.records.end(),
                      [&](const HistoryRecord& record) { return is_of_run(record.message); })) {
        accounts.insert(section.account);
      }
    }
  }
  for (const auto& [account, records] : open_end_) {
    for (const OpenRecord& record : records) {
      ASSIGN_OR_RETURN(const bus::Message message, ParseStoredMessage(record.message));
      if (is_of_run(message)) {
        accounts.insert(account);
        break;
      }
    }
  }
  return std::vector<std::string>(accounts.begin(), accounts.end());
}

}  // namespace bellwether::health
