#include "services/accounts/adapters/signals_consumer.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/bus/topics.h"
#include "common/journal/dead_letter.h"
#include "common/journal/envelope.h"
#include "common/log/log.h"
#include "common/outbox/deliveries.h"

namespace bellwether::accounts {
namespace {

constexpr char kGroup[] = "accounts-rfm";
constexpr char kRefusedBy[] = "accounts";
constexpr size_t kRecordsPerPollMax = 2'000;
constexpr absl::Duration kPollWait = absl::Milliseconds(200);
// A commit comes after this many records or this long, and whenever a cut may be due.
constexpr size_t kRecordsPerCommitMax = 50'000;
constexpr absl::Duration kCommitInterval = absl::Seconds(1);
constexpr absl::Duration kDeadLetterWait = absl::Seconds(10);
// Figures travel in 10⁻⁶ of their unit.
constexpr int64_t kMicrosPerUnit = 1'000'000;

}  // namespace

SignalsConsumer::SignalsConsumer(const SignalsConsumerParts& parts, OrderMetrics order_metrics)
    : parts_(parts),
      order_metrics_(std::move(order_metrics)),
      cuts_taken_(parts.metrics.CounterOf("bellwether_accounts_rfm_cuts_total",
                                          "Nightly RFM cuts taken (A3).")),
      tiers_changed_(parts.metrics.CounterOf("bellwether_accounts_rfm_tier_changes_total",
                                             "Tiers that followed a change of RFM level.")),
      refused_(parts.metrics.CounterOf("bellwether_accounts_signals_refused_total",
                                       "Signals that went to the dead letter.")),
      loop_({.name = "accounts-rfm"}, [this](const std::stop_token&) { return Step(); }) {}

SignalsConsumer::~SignalsConsumer() { Stop(); }

void SignalsConsumer::Stop() {
  loop_.Stop();
  if (consumer_ == nullptr) return;
  consumer_->Close();  // commits through OnRevoked
  consumer_ = nullptr;
}

absl::Status SignalsConsumer::Ready() const {
  RETURN_IF_ERROR(loop_.last_status());
  if (joined_.load()) return absl::OkStatus();
  return Error(absl::StatusCode::kUnavailable, {"SIGNALS_NOT_ASSIGNED", "", ""},
               "waiting for the partitions of the signals topic");
}

absl::StatusOr<absl::Duration> SignalsConsumer::Step() {
  absl::Status status = consumer_ == nullptr ? Connect() : absl::OkStatus();
  if (status.ok()) status = Read();
  if (status.ok()) return absl::ZeroDuration();
  Reset();
  return status;
}

absl::Status SignalsConsumer::Connect() {
  ASSIGN_OR_RETURN(topic_, parts_.bus.Describe(bus::kSignalsTopic));
  ASSIGN_OR_RETURN(
      consumer_,
      parts_.bus.NewConsumer({.group = kGroup, .topic = bus::kSignalsTopic, .listener = this}));
  last_commit_ = parts_.clock.Now();
  return absl::OkStatus();
}

absl::Status SignalsConsumer::Read() {
  ASSIGN_OR_RETURN(const bus::RecordBatch batch, consumer_->Poll(kRecordsPerPollMax, kPollWait));
  joined_ = consumer_->Joined();
  RETURN_IF_ERROR(std::exchange(revoke_failure_, absl::OkStatus()));
  for (const bus::Record& record : batch.records) RETURN_IF_ERROR(Take(record));
  const absl::Time now = parts_.clock.Now();
  return CommitIsDue(now) ? Commit(now) : absl::OkStatus();
}

absl::Status SignalsConsumer::Take(const bus::Record& record) {
  const auto found = states_.find(record.partition);
  // Delivered late for a partition that has been revoked.
  if (found == states_.end()) return absl::OkStatus();
  PartitionState& state = found->second;
  absl::Status taken;
  const absl::StatusOr<journal::Envelope> envelope = journal::ParseEnvelope(record);
  if (!envelope.ok()) {
    taken = envelope.status();
  } else if (envelope->type == bus::kTypeTick) {
    TakeTick(envelope->recorded_at, state);
  } else {
    taken = TakeSignal(record, state);
  }
  if (!taken.ok()) RETURN_IF_ERROR(Bury(record, taken));
  state.position.next_offset = record.offset + 1;
  ++pending_;
  return absl::OkStatus();
}

void SignalsConsumer::TakeTick(absl::Time time, PartitionState& state) {
  SignalsPosition& position = state.position;
  if (!position.first_watermark.has_value()) position.first_watermark = time;
  // Watermarks only rise.
  if (position.watermark.has_value() && time <= *position.watermark) return;
  if (!position.watermark.has_value() ||
      parts_.calendar.NextMidnight(*position.watermark) <= time) {
    midnight_passed_ = true;
  }
  position.watermark = time;
}

absl::Status SignalsConsumer::TakeSignal(const bus::Record& record, PartitionState& state) {
  if (!signal_.ParseFromArray(record.value.data(), static_cast<int>(record.value.size()))) {
    return InvalidArgument("MALFORMED_PAYLOAD", "", "the value is not a Signal");
  }
  // Team and portfolio figures travel on the same topic.
  if (signal_.subject_type() != events::v1::SUBJECT_TYPE_ACCOUNT) return absl::OkStatus();
  steps_.clear();
  for (const events::v1::SignalStep& step : signal_.steps()) {
    FigureStep& figures = steps_.emplace_back();
    figures.time = absl::FromUnixMicros(step.time_micros());
    for (const events::v1::NamedValue& value : step.values()) {
      ToldFigure* figure = value.name() == order_metrics_.recency     ? &figures.recency_days
                           : value.name() == order_metrics_.frequency ? &figures.order_count
                           : value.name() == order_metrics_.monetary  ? &figures.order_value_minor
                                                                      : nullptr;
      if (figure == nullptr) continue;
      figure->told = true;
      if (!value.absent()) figure->value = value.value() / kMicrosPerUnit;
    }
  }
  state.figures.Apply(signal_.subject(), signal_.version(), steps_);
  return absl::OkStatus();
}

absl::Status SignalsConsumer::Bury(const bus::Record& record, const absl::Status& why) {
  refused_.Increment();
  LogWarning("signal refused",
             {{"partition", record.partition}, {"offset", record.offset}, {"status", why}});
  if (dead_letters_ == nullptr) {
    ASSIGN_OR_RETURN(dead_letters_, parts_.bus.NewProducer());
  }
  ASSIGN_OR_RETURN(const bus::TopicDescription topic, parts_.bus.Describe(bus::kDeadLetterTopic));
  const ErrorDetail detail = DetailOf(why).value_or(ErrorDetail{.reason = "UNREADABLE"});
  bus::Message letter = journal::EncodeDeadLetter(bus::kSignalsTopic, record,
                                                  {.reason = detail.reason,
                                                   .field = detail.field,
                                                   .rule = detail.rule,
                                                   .message = std::string(why.message()),
                                                   .refused_by = kRefusedBy,
                                                   .time = parts_.clock.Now()});
  const int32_t partition = PartitionOf(letter.key, topic.partitions);
  outbox::Deliveries delivery;
  delivery.Produce(*dead_letters_, record.offset, bus::kDeadLetterTopic, partition,
                   std::move(letter));
  return delivery.Wait({record.offset}, kDeadLetterWait).front();
}

bool SignalsConsumer::CommitIsDue(absl::Time now) const {
  return pending_ > 0 && (midnight_passed_ || pending_ >= kRecordsPerCommitMax ||
                          now - last_commit_ >= kCommitInterval);
}

absl::Status SignalsConsumer::Commit(absl::Time now) {
  RfmCuts::Taken taken;
  do {
    ASSIGN_OR_RETURN(taken, CommitOnce(now));
    cuts_taken_.Increment(taken.cut ? 1 : 0);
    tiers_changed_.Increment(taken.tiers_changed);
    if (taken.tiers_changed > 0) parts_.changes.Committed();
  } while (taken.cut);
  return absl::OkStatus();
}

absl::StatusOr<RfmCuts::Taken> SignalsConsumer::CommitOnce(absl::Time now) {
  ASSIGN_OR_RETURN(auto transaction, parts_.store.Begin());
  for (auto& [partition, state] : states_) {
    if (state.committed == state.position.next_offset) continue;
    RETURN_IF_ERROR(parts_.rfm.MovePosition(*transaction, state.position, state.committed));
    RETURN_IF_ERROR(parts_.rfm.SaveFigures(*transaction, state.figures.TakeChanged()));
  }
  ASSIGN_OR_RETURN(const RfmCuts::Taken taken,
                   parts_.cuts.TakeDue(*transaction, topic_.partitions, now));
  RETURN_IF_ERROR(transaction->Commit());
  for (auto& [partition, state] : states_) {
    if (state.committed == state.position.next_offset) continue;
    state.committed = state.position.next_offset;
    consumer_->ReportCommitted(partition, state.position.next_offset);
  }
  pending_ = 0;
  midnight_passed_ = false;
  last_commit_ = now;
  return taken;
}

void SignalsConsumer::Reset() {
  states_.clear();  // so that closing commits nothing
  pending_ = 0;
  midnight_passed_ = false;
  dead_letters_ = nullptr;
  if (consumer_ != nullptr) consumer_->Close();
  consumer_ = nullptr;
  revoke_failure_ = absl::OkStatus();
}

absl::StatusOr<int64_t> SignalsConsumer::OnAssigned(int32_t partition) {
  std::vector<SignalsPosition> positions;
  std::vector<FiguresAt> latest;
  {
    ASSIGN_OR_RETURN(auto transaction, parts_.store.BeginRead());
    ASSIGN_OR_RETURN(positions, parts_.rfm.Positions(*transaction));
    ASSIGN_OR_RETURN(latest, parts_.rfm.LatestFigures(*transaction, partition));
  }
  // After the position, which whoever had the partition before may have moved beyond an older
  // answer.
  ASSIGN_OR_RETURN(const bus::OffsetRange range, parts_.bus.Offsets(bus::kSignalsTopic, partition));
  SignalsPosition position{
      .partition = partition, .log_id = topic_.log_id, .next_offset = range.first};
  std::optional<int64_t> committed;
  for (const SignalsPosition& each : positions) {
    if (each.partition != partition) continue;
    position = each;
    committed = each.next_offset;
  }
  if (position.log_id != topic_.log_id) {
    return FailedPrecondition("SIGNALS_LOG_REPLACED", "",
                              "the signals topic is not the one that was read before");
  }
  if (position.next_offset < range.first || position.next_offset > range.end) {
    return FailedPrecondition(
        "SIGNALS_POSITION_OUTSIDE_LOG", "",
        absl::StrCat("partition ", partition, " was read up to ", position.next_offset,
                     " but holds ", range.first, " to ", range.end));
  }
  const int64_t next_offset = position.next_offset;
  states_.erase(partition);
  states_.emplace(partition, PartitionState{std::move(position), committed,
                                            PartitionFigures(partition, parts_.calendar, latest)});
  return next_offset;
}

void SignalsConsumer::OnRevoked(int32_t partition) {
  if (states_.count(partition) > 0 && pending_ > 0) {
    // After a failed commit whoever has the partition next reads it again; what else is ours is
    // read again too.
    revoke_failure_.Update(Commit(parts_.clock.Now()));
  }
  states_.erase(partition);
}

void SignalsConsumer::OnLost(int32_t partition) { states_.erase(partition); }

}  // namespace bellwether::accounts
