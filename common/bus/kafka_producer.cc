#include "common/bus/kafka_producer.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "common/base/status.h"

namespace bellwether::bus {
namespace {

// A sender that fails at once, for want of a permission say, is not made anew in a loop.
constexpr absl::Duration kSenderLifeMin = absl::Seconds(1);

absl::Status QueueFull(absl::string_view why) {
  return Error(absl::StatusCode::kResourceExhausted, {"QUEUE_FULL", "", ""}, why);
}

}  // namespace

KafkaSenders::KafkaSenders(const KafkaSettings& settings, KafkaTopics& topics, bool gapless)
    : settings_(settings),
      topics_(topics),
      gapless_(gapless),
      maker_({.name = "kafka-senders"}, [this](const std::stop_token&) {
        MakeOne();
        return absl::InfiniteDuration();
      }) {
  maker_.Start();
}

bool KafkaSenders::HasOne() {
  absl::MutexLock lock(&mu_);
  Provide();
  return Lives();
}

absl::StatusOr<std::shared_ptr<KafkaSender>> KafkaSenders::Current() {
  absl::MutexLock lock(&mu_);
  Provide();
  return Found();
}

absl::StatusOr<std::shared_ptr<KafkaSender>> KafkaSenders::AwaitOne() {
  absl::MutexLock lock(&mu_);
  Provide();
  mu_.Await(absl::Condition(this, &KafkaSenders::Settled));
  return Found();
}

void KafkaSenders::Provide() {
  if (Lives() || making_ || !not_before_.passed()) return;
  if (current_ != nullptr) {
    if (!current_->idle()) return;
    retired_.push_back(std::move(current_));
    current_ = nullptr;
  }
  making_ = true;
  maker_.Wake();
}

absl::StatusOr<std::shared_ptr<KafkaSender>> KafkaSenders::Found() const {
  if (Lives()) return current_;
  RETURN_IF_ERROR(failure_);
  return QueueFull("a producer that failed has not been replaced yet");
}

void KafkaSenders::MakeOne() {
  {
    absl::MutexLock lock(&mu_);
    if (!making_) return;
  }
  absl::StatusOr<std::shared_ptr<KafkaSender>> made =
      KafkaSender::Open(settings_, gapless_, topics_.Known());
  std::vector<std::shared_ptr<KafkaSender>> unused;
  {
    absl::MutexLock lock(&mu_);
    failure_ = made.status();
    if (made.ok()) current_ = *std::move(made);
    not_before_ = KafkaDeadline(kSenderLifeMin);
    const auto used = std::partition(retired_.begin(), retired_.end(),
                                     [](const auto& sender) { return sender.use_count() > 1; });
    std::move(used, retired_.end(), std::back_inserter(unused));
    retired_.erase(used, retired_.end());
  }
  unused.clear();  // which takes seconds, too
  absl::MutexLock lock(&mu_);
  making_ = false;
}

absl::StatusOr<std::shared_ptr<KafkaSender>> KafkaProducer::Sender() {
  absl::MutexLock lock(&mu_);
  if (gapless_ || (sender_ != nullptr && !sender_->failed())) return sender_;
  // Lets go of the old one first, so that it can end.
  sender_ = nullptr;
  ASSIGN_OR_RETURN(sender_, senders_.Current());
  return sender_;
}

absl::Status KafkaProducer::Produce(absl::string_view topic, int32_t partition, Message message,
                                    Delivered delivered) {
  ASSIGN_OR_RETURN(const KafkaTopic* to, topics_.Find(topic, partition));
  ASSIGN_OR_RETURN(const size_t bytes, CheckSize(message));
  if (!in_flight_->HasRoom(bytes)) return QueueFull("too much is waiting to be acknowledged");
  ASSIGN_OR_RETURN(const std::shared_ptr<KafkaSender> sender, Sender());
  auto parcel = std::make_unique<KafkaSender::Parcel>();
  parcel->delivered = std::move(delivered);
  parcel->in_flight = in_flight_;
  parcel->bytes = bytes;
  parcel->wave = in_flight_->Begin(bytes);
  absl::Status sent = sender->Send(*to, partition, std::move(message), parcel);
  if (!sent.ok()) in_flight_->End(parcel->wave, bytes);
  return sent;
}

bool KafkaProducer::HasRoom(size_t message_bytes) const {
  if (!in_flight_->HasRoom(message_bytes)) return false;
  if (gapless_) return true;
  absl::MutexLock lock(&mu_);
  return (sender_ != nullptr && !sender_->failed()) || senders_.HasOne();
}

absl::Status KafkaProducer::Flush(absl::Duration timeout) {
  if (in_flight_->Flush(timeout)) return absl::OkStatus();
  return Error(absl::StatusCode::kDeadlineExceeded, {"FLUSH_TIMEOUT", "", ""},
               "messages are still waiting to be acknowledged");
}

}  // namespace bellwether::bus
