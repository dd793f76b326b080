#include "common/bus/embedded_topic.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace bellwether::bus {
namespace {

absl::Status OffsetOutsideLog(int64_t offset, const OffsetRange& range) {
  return Error(absl::StatusCode::kOutOfRange, {"OFFSET_OUTSIDE_LOG", "offset", ""},
               absl::StrCat("offset ", offset, " lies outside the log, which holds [", range.first,
                            ", ", range.end, ")"));
}

}  // namespace

EmbeddedTopic::EmbeddedTopic(LogFile& file, LogFile::Topic topic)
    : file_(file), name_(std::move(topic.name)), log_id_(std::move(topic.log_id)) {
  for (const LogFile::Log& log : topic.logs) logs_.push_back({log.number, log.offsets, {}, 0});
}

absl::Status EmbeddedTopic::CheckPartition(int32_t partition) const {
  if (partition >= 0 && partition < partitions()) return absl::OkStatus();
  return InvalidArgument(
      "PARTITION_OUT_OF_RANGE", "partition",
      absl::StrCat(name_, " has ", partitions(), " partitions, not ", partition));
}

absl::Status EmbeddedTopic::CheckOffset(int32_t partition, int64_t offset) {
  absl::ReaderMutexLock lock(&mu);
  const OffsetRange range = RangeOf(partition);
  if (offset < range.first || offset > range.end) return OffsetOutsideLog(offset, range);
  return absl::OkStatus();
}

std::vector<BatchPointer> EmbeddedTopic::RecentFrom(const Log& log, int64_t offset) {
  std::vector<BatchPointer> batches;
  if (log.recent.empty() || offset < log.recent.front()->first_offset()) return batches;
  auto at = std::upper_bound(
      log.recent.begin(), log.recent.end(), offset,
      [](int64_t wanted, const BatchPointer& batch) { return wanted < batch->end_offset(); });
  for (size_t bytes = 0; at != log.recent.end() && bytes < kReadBytesMax; ++at) {
    bytes += (*at)->bytes();
    batches.push_back(*at);
  }
  return batches;
}

absl::StatusOr<std::vector<BatchPointer>> EmbeddedTopic::Load(int32_t partition, int64_t offset) {
  const Log& log = logs_[partition];
  OffsetRange range;
  {
    absl::ReaderMutexLock lock(&mu);
    range = log.offsets;
    if (offset < range.first || offset > range.end) return OffsetOutsideLog(offset, range);
    std::vector<BatchPointer> batches = RecentFrom(log, offset);
    if (offset == range.end || !batches.empty()) return batches;
  }
  ASSIGN_OR_RETURN(std::vector<BatchPointer> batches,
                   file_.Read(log.number, partition, offset, range.end, kReadBytesMax));
  // Dropped while we looked, or lost: never skip over what is not there.
  if (batches.empty() || batches.front()->first_offset() > offset ||
      batches.front()->end_offset() <= offset) {
    RETURN_IF_ERROR(CheckOffset(partition, offset));
    return Error(absl::StatusCode::kDataLoss, {"LOG_DAMAGED", "", ""},
                 absl::StrCat("offset ", offset, " of ", name_, "/", partition, " is missing"));
  }
  return batches;
}

void EmbeddedTopic::Publish(absl::Span<const Appended> appended) {
  const size_t recent_bytes_max = kRecentBytesMax / logs_.size();
  absl::MutexLock lock(&mu);
  for (const Appended& one : appended) {
    Log& log = logs_[one.partition];
    log.offsets.end = one.batch->end_offset();
    log.recent.push_back(one.batch);
    log.recent_bytes += one.batch->bytes();
    while (log.recent_bytes > recent_bytes_max && log.recent.size() > 1) {
      log.recent_bytes -= log.recent.front()->bytes();
      log.recent.pop_front();
    }
  }
}

absl::Status EmbeddedTopic::Reload(int32_t partition) {
  ASSIGN_OR_RETURN(const OffsetRange range, file_.Offsets(logs_[partition].number));
  absl::MutexLock lock(&mu);
  Log& log = logs_[partition];
  if (range.end != log.offsets.end) {
    log.recent.clear();
    log.recent_bytes = 0;
  }
  log.offsets = range;
  return absl::OkStatus();
}

absl::Status EmbeddedTopic::DropBefore(int32_t partition, int64_t offset) {
  RETURN_IF_ERROR(CheckPartition(partition));
  RETURN_IF_ERROR(CheckOffset(partition, offset));
  RETURN_IF_ERROR(file_.DropBefore(logs_[partition].number, offset));
  absl::MutexLock lock(&mu);
  Log& log = logs_[partition];
  log.offsets.first = std::max(log.offsets.first, offset);
  while (!log.recent.empty() && log.recent.front()->end_offset() <= offset) {
    log.recent_bytes -= log.recent.front()->bytes();
    log.recent.pop_front();
  }
  return absl::OkStatus();
}

GroupMembers& EmbeddedTopic::GroupOf(const std::string& name) {
  std::unique_ptr<GroupMembers>& group = groups_[name];
  if (group == nullptr) group = std::make_unique<GroupMembers>(partitions());
  return *group;
}

}  // namespace bellwether::bus
