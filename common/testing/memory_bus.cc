#include "common/testing/memory_bus.h"

#include "common/base/check.h"
#include "common/base/status.h"
#include "common/bus/open_bus.h"
#include "common/bus/topics.h"

namespace bellwether::testing {
namespace {

constexpr size_t kRecordsPerRead = 1'000;

}  // namespace

std::unique_ptr<bus::Bus> NewMemoryBus(int32_t partitions) {
  auto bus = bus::OpenBus("embedded::memory:");
  BELLWETHER_CHECK(bus.ok(), "a bus in memory needs nothing");
  for (const char* topic : {bus::kFactsTopic, bus::kJournalTopic, bus::kSignalsTopic,
                            bus::kAlertsTopic, bus::kDeadLetterTopic}) {
    BELLWETHER_CHECK((*bus)->EnsureTopic({topic, partitions}).ok(), "ask for 1 or more partitions");
  }
  BELLWETHER_CHECK((*bus)->EnsureTopic({bus::kClockTopic, 1}).ok(), "one partition is enough");
  return *std::move(bus);
}

std::string KeptRecord::HeaderOf(absl::string_view name) const {
  for (const bus::Header& header : message.headers) {
    if (header.name == name) return header.value;
  }
  return "";
}

std::vector<KeptRecord> ReadAll(bus::Bus& bus, absl::string_view topic) {
  std::vector<KeptRecord> records;
  const auto description = bus.Describe(topic);
  BELLWETHER_CHECK(description.ok(), "the topic exists");
  for (int32_t partition = 0; partition < description->partitions; ++partition) {
    const auto range = bus.Offsets(topic, partition);
    BELLWETHER_CHECK(range.ok(), "the partition exists");
    auto reader = bus.NewReader(topic, partition, range->first);
    BELLWETHER_CHECK(reader.ok(), "a log can be read from its start");
    for (int64_t next = range->first; next < range->end;) {
      const auto batch = (*reader)->Read(kRecordsPerRead, absl::Seconds(10));
      BELLWETHER_CHECK(batch.ok() && !batch->empty(), "a log holds what lies before its end");
      for (const bus::Record& record : batch->records) {
        records.push_back({{record.partition, record.offset}, bus::ToMessage(record)});
        next = record.offset + 1;
      }
    }
  }
  return records;
}

class GatedBus::GatedProducer final : public bus::Producer {
 public:
  GatedProducer(GatedBus& bus, std::shared_ptr<bus::Producer> inner, bool gapless)
      : bus_(bus), inner_(std::move(inner)), gapless_(gapless) {}

  absl::Status Produce(absl::string_view topic, int32_t partition, bus::Message message,
                       bus::Delivered delivered) override {
    absl::Status failure;
    {
      absl::MutexLock lock(&bus_.mu_);
      if (bus_.holding_) {
        bus_.waiting_.push_back(
            {inner_, std::string(topic), partition, std::move(message), std::move(delivered)});
        return absl::OkStatus();
      }
      failure = broken_.ok() ? bus_.failure_ : broken_;
      if (gapless_) broken_ = failure;
    }
    if (failure.ok()) {
      return inner_->Produce(topic, partition, std::move(message), std::move(delivered));
    }
    if (delivered) delivered(failure);
    return absl::OkStatus();
  }

  absl::Status Flush(absl::Duration timeout) override {
    {
      absl::MutexLock lock(&bus_.mu_);
      const auto passed = [this]() ABSL_SHARED_LOCKS_REQUIRED(bus_.mu_) {
        return bus_.waiting_.empty();
      };
      if (!bus_.mu_.AwaitWithTimeout(absl::Condition(&passed), timeout)) {
        return Error(absl::StatusCode::kDeadlineExceeded, {"FLUSH_TIMEOUT", "", ""}, "held up");
      }
    }
    return inner_->Flush(timeout);
  }

 private:
  GatedBus& bus_;
  const std::shared_ptr<bus::Producer> inner_;
  const bool gapless_;
  absl::Status broken_ ABSL_GUARDED_BY(bus_.mu_);  // for good
};

absl::StatusOr<std::unique_ptr<bus::Producer>> GatedBus::NewProducer() {
  ASSIGN_OR_RETURN(std::unique_ptr<bus::Producer> inner, inner_.NewProducer());
  return std::make_unique<GatedProducer>(*this, std::move(inner), /*gapless=*/false);
}

absl::StatusOr<std::unique_ptr<bus::Producer>> GatedBus::NewGaplessProducer() {
  ASSIGN_OR_RETURN(std::unique_ptr<bus::Producer> inner, inner_.NewGaplessProducer());
  return std::make_unique<GatedProducer>(*this, std::move(inner), /*gapless=*/true);
}

void GatedBus::Hold() {
  absl::MutexLock lock(&mu_);
  holding_ = true;
}

void GatedBus::Release() {
  absl::MutexLock lock(&mu_);
  holding_ = false;
  for (; !waiting_.empty(); waiting_.pop_front()) {
    Waiting& next = waiting_.front();
    const absl::Status taken = next.producer->Produce(
        next.topic, next.partition, std::move(next.message), std::move(next.delivered));
    BELLWETHER_CHECK(taken.ok(), "hold no more than the bus behind can take");
  }
}

void GatedBus::FailWith(absl::Status failure) {
  absl::MutexLock lock(&mu_);
  failure_ = std::move(failure);
}

void GatedBus::RefuseConsumers(absl::Status refusal) {
  absl::MutexLock lock(&mu_);
  refusal_ = std::move(refusal);
}

absl::StatusOr<std::unique_ptr<bus::Consumer>> GatedBus::NewConsumer(
    const bus::ConsumerOptions& options) {
  {
    absl::MutexLock lock(&mu_);
    RETURN_IF_ERROR(refusal_);
  }
  return inner_.NewConsumer(options);
}

size_t GatedBus::held() const {
  absl::MutexLock lock(&mu_);
  return waiting_.size();
}

}  // namespace bellwether::testing
