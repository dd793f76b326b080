#include "services/alerts/adapters/alert_feed.h"

#include <stop_token>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/bus/topics.h"
#include "common/log/log.h"

namespace bellwether::alerts {
namespace {

constexpr size_t kPollRecordsMax = 1'024;
constexpr absl::Duration kPollWait = absl::Milliseconds(50);

}  // namespace

AlertFeed::AlertFeed(bus::Bus& bus, int32_t partitions, std::string id, Sink sink)
    : bus_(bus),
      partitions_(partitions),
      group_(absl::StrCat("alerts-feed-", id)),
      sink_(std::move(sink)),
      loop_({.name = "alert-feed"}, [this](const std::stop_token&) { return Step(); }) {}

void AlertFeed::Stop() {
  loop_.Stop();
  if (consumer_ != nullptr) consumer_->Close();
  consumer_.reset();
}

absl::Status AlertFeed::Ready() const {
  RETURN_IF_ERROR(loop_.last_status());
  if (following_.load()) return absl::OkStatus();
  return Error(absl::StatusCode::kUnavailable, {"FEED_NOT_READY", "", ""},
               "alert changes are not being followed");
}

absl::StatusOr<absl::Duration> AlertFeed::Step() {
  const absl::Status polled = PollOnce();
  if (polled.ok()) return absl::ZeroDuration();
  // New watches are refused from here on, so that those ended below are all that went by what came
  // before.
  following_.store(false);
  consumer_.reset();
  if (absl::IsOutOfRange(polled)) {
    places_.clear();
    sink_.interrupted(Error(absl::StatusCode::kUnavailable, {"CHANGES_MISSED", "", ""},
                            "changes of alerts may have been missed; watch again"));
  }
  return polled;
}

absl::StatusOr<int64_t> AlertFeed::OnAssigned(int32_t partition) {
  const auto place = places_.find(partition);
  if (place != places_.end()) return place->second;
  ASSIGN_OR_RETURN(const bus::OffsetRange range, bus_.Offsets(bus::kAlertsTopic, partition));
  places_[partition] = range.end;
  return range.end;
}

absl::Status AlertFeed::PollOnce() {
  if (consumer_ == nullptr) {
    ASSIGN_OR_RETURN(
        consumer_,
        bus_.NewConsumer({.group = group_, .topic = bus::kAlertsTopic, .listener = this}));
  }
  ASSIGN_OR_RETURN(const bus::RecordBatch batch, consumer_->Poll(kPollRecordsMax, kPollWait));
  following_.store(consumer_->Joined() && static_cast<int32_t>(places_.size()) == partitions_);
  v1::AlertChanged changed;
  for (const bus::Record& record : batch.records) {
    if (changed.ParseFromArray(record.value.data(), static_cast<int>(record.value.size()))) {
      if (newer_.Pass(changed)) sink_.changed(changed);
    } else {
      LogError("a record of the alerts topic cannot be read",
               {{"partition", record.partition}, {"offset", record.offset}});
    }
    places_[record.partition] = record.offset + 1;
  }
  return absl::OkStatus();
}

}  // namespace bellwether::alerts
