#include "common/bus/kafka_producer.h"

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

bool KafkaSenders::MayBeMade() const {
  return current_ == nullptr || (current_->idle() && not_before_.passed());
}

bool KafkaSenders::HasOne() const {
  absl::MutexLock lock(&mu_);
  return (current_ != nullptr && !current_->failed()) || MayBeMade();
}

absl::StatusOr<std::shared_ptr<KafkaSender>> KafkaSenders::Current() {
  absl::MutexLock lock(&mu_);
  if (current_ != nullptr && !current_->failed()) return current_;
  if (!MayBeMade()) return QueueFull("a producer that failed has not been replaced yet");
  if (current_ != nullptr) retired_.push_back(std::move(current_));
  current_ = nullptr;
  std::erase_if(retired_, [](const auto& sender) { return sender.use_count() == 1; });
  ASSIGN_OR_RETURN(current_, KafkaSender::Open(settings_, gapless_, topics_.Known()));
  not_before_ = KafkaDeadline(kSenderLifeMin);
  return current_;
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
