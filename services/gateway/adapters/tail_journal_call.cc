#include "services/gateway/adapters/tail_journal_call.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "bellwether/events/v1/journal.pb.h"
#include "common/base/hash.h"
#include "common/base/ids.h"
#include "common/base/status.h"
#include "common/bus/topics.h"
#include "common/journal/envelope.h"
#include "common/journal/timestamps.h"
#include "google/protobuf/util/json_util.h"

namespace bellwether::gateway {
namespace {

using ingest::v1::TailJournalRequest;
using ingest::v1::TailJournalResponse;

// What is no record of ours is shown by its headers alone.
TailJournalResponse Show(const bus::Record& record) {
  TailJournalResponse shown;
  shown.set_partition(record.partition);
  shown.set_offset(record.offset);
  shown.set_key(std::string(record.key));
  for (const bus::HeaderView& header : record.headers) {
    (*shown.mutable_headers())[std::string(header.name)] = std::string(header.value);
  }
  if (const auto envelope = journal::ParseEnvelope(record); envelope.ok()) {
    *shown.mutable_recorded_time() = journal::ToTimestamp(envelope->recorded_at);
  }
  events::v1::JournalEntry entry;
  if (entry.ParseFromArray(record.value.data(), static_cast<int>(record.value.size()))) {
    google::protobuf::util::JsonPrintOptions options;
    options.preserve_proto_field_names = true;
    std::string json;
    if (google::protobuf::util::MessageToJsonString(entry, &json, options).ok()) {
      shown.set_entry_json(std::move(json));
    }
  }
  return shown;
}

}  // namespace

absl::StatusOr<TailPlace> OpenTail(bus::Bus& bus, const TailJournalRequest& request) {
  ASSIGN_OR_RETURN(const bus::TopicDescription topic, bus.Describe(bus::kJournalTopic));
  TailPlace place;
  place.partition = request.partition();
  place.account_id = request.account_id();
  if (!place.account_id.empty()) {
    if (!IsValidId(place.account_id)) {
      return InvalidArgument("ACCOUNT_INVALID", "account_id", "this is no account id");
    }
    place.partition = PartitionOf(place.account_id, topic.partitions);
  }
  if (request.limit() < 0) return InvalidArgument("OUT_OF_RANGE", "limit", "cannot be negative");
  if (request.from_offset() < -1) {
    return InvalidArgument("OUT_OF_RANGE", "from_offset", "is −1 or an offset");
  }
  ASSIGN_OR_RETURN(const bus::OffsetRange range, bus.Offsets(bus::kJournalTopic, place.partition));
  place.until = range.end;
  place.from = request.from_offset() < 0 ? range.end : std::max(request.from_offset(), range.first);
  place.follow = request.follow();
  place.limit = request.limit();
  ASSIGN_OR_RETURN(place.reader, bus.NewReader(bus::kJournalTopic, place.partition, place.from));
  return place;
}

TailJournalCall::TailJournalCall(const rpc::Call& call, TailPlace place,
                                 std::function<void()> drained, Closed closed)
    : call_(call),
      drained_(std::move(drained)),
      closed_(std::move(closed)),
      place_(std::move(place)),
      next_(place_.from) {}

bool TailJournalCall::AtEnd() const {
  return (place_.limit > 0 && shown_ == place_.limit) || (!place_.follow && next_ >= place_.until);
}

bool TailJournalCall::Pump() {
  {
    absl::MutexLock lock(&mu_);
    if (finished_ || end_.has_value() || writing_ || !pending_.empty()) return false;
  }
  if (AtEnd()) {
    End(absl::OkStatus());
    return false;
  }
  const auto batch = place_.reader->Read(kRecordsPerPump, absl::ZeroDuration());
  if (!batch.ok()) {
    End(batch.status());
    return false;
  }
  std::vector<TailJournalResponse> shown;
  for (const bus::Record& record : batch->records) {
    if (AtEnd()) break;
    next_ = record.offset + 1;
    if (!place_.account_id.empty() && record.key != place_.account_id) continue;
    shown.push_back(Show(record));
    ++shown_;
  }
  // Offsets may skip: where nothing more comes, the end is reached. A bus that is away says so.
  if (batch->empty() && !place_.follow) next_ = place_.until;
  const bool again = shown.empty() && (!batch->empty() || !place_.follow);
  if (!shown.empty()) {
    absl::MutexLock lock(&mu_);
    for (TailJournalResponse& one : shown) pending_.push_back(std::move(one));
  }
  Advance();
  return again;
}

void TailJournalCall::Advance() {
  std::optional<absl::Status> finish;
  {
    absl::MutexLock lock(&mu_);
    if (writing_ || finished_) return;
    if (end_.has_value() && (!end_->ok() || pending_.empty())) {
      finished_ = true;
      finish = *end_;
    } else if (!pending_.empty()) {
      writing_ = true;
      outgoing_ = std::move(pending_.front());
      pending_.pop_front();
    } else {
      return;
    }
  }
  if (finish.has_value()) {
    Finish(rpc::EndStream(call_, *finish));
  } else {
    StartWrite(&outgoing_);
  }
}

void TailJournalCall::OnWriteDone(bool ok) {
  bool drained = false;
  {
    absl::MutexLock lock(&mu_);
    writing_ = false;
    drained = pending_.empty();
  }
  if (!ok) {
    OnCancel();
    return;
  }
  Advance();
  if (drained) drained_();
}

void TailJournalCall::End(const absl::Status& why) {
  {
    absl::MutexLock lock(&mu_);
    if (!end_.has_value()) end_ = why;
  }
  Advance();
}

void TailJournalCall::OnCancel() {
  End(Error(absl::StatusCode::kCancelled, {"CANCELLED", "", ""}, "the caller left"));
}

}  // namespace bellwether::gateway
