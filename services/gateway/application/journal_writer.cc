#include "services/gateway/application/journal_writer.h"

#include <utility>

#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/bus/topics.h"

namespace bellwether::gateway {
namespace {

// A record in every partition: gathers the answers.
class Round {
 public:
  Round(int32_t partitions, absl::AnyInvocable<void(JournalWriter::Everywhere)> done)
      : positions_(static_cast<size_t>(partitions)), left_(partitions), done_(std::move(done)) {}

  void Answer(int32_t partition, absl::StatusOr<bus::Position> position) {
    {
      absl::MutexLock lock(&mu_);
      if (position.ok()) positions_[static_cast<size_t>(partition)] = *position;
      first_failure_.Update(position.status());
      if (--left_ > 0) return;
    }
    if (first_failure_.ok()) {
      done_(std::move(positions_));
    } else {
      done_(first_failure_);
    }
  }

 private:
  absl::Mutex mu_;
  // Neither changes any more when left_ is 0.
  std::vector<bus::Position> positions_;
  absl::Status first_failure_;
  int32_t left_ ABSL_GUARDED_BY(mu_);
  absl::AnyInvocable<void(JournalWriter::Everywhere)> done_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<JournalWriter>> JournalWriter::Create(bus::Bus& bus) {
  return CreateOn(bus, bus.NewProducer());
}

absl::StatusOr<std::unique_ptr<JournalWriter>> JournalWriter::CreateGapless(bus::Bus& bus) {
  return CreateOn(bus, bus.NewGaplessProducer());
}

absl::StatusOr<std::unique_ptr<JournalWriter>> JournalWriter::CreateOn(
    bus::Bus& bus, absl::StatusOr<std::unique_ptr<bus::Producer>> journal) {
  RETURN_IF_ERROR(journal.status());
  ASSIGN_OR_RETURN(const bus::TopicDescription journal_topic, bus.Describe(bus::kJournalTopic));
  ASSIGN_OR_RETURN(const bus::TopicDescription letters_topic, bus.Describe(bus::kDeadLetterTopic));
  ASSIGN_OR_RETURN(std::unique_ptr<bus::Producer> dead_letters, bus.NewProducer());
  return std::unique_ptr<JournalWriter>(
      new JournalWriter(*std::move(journal), std::move(dead_letters), journal_topic.partitions,
                        letters_topic.partitions));
}

JournalWriter::JournalWriter(std::unique_ptr<bus::Producer> journal,
                             std::unique_ptr<bus::Producer> dead_letters, int32_t partitions,
                             int32_t dead_letter_partitions)
    : journal_(std::move(journal)),
      dead_letters_(std::move(dead_letters)),
      partitions_(partitions),
      dead_letter_partitions_(dead_letter_partitions) {}

void JournalWriter::Produce(bus::Producer& producer, absl::string_view topic, int32_t partition,
                            bus::Message message, bus::Delivered delivered) {
  // Shared, because a producer that refuses the message has taken its callback all the same.
  const auto answered = std::make_shared<bus::Delivered>(std::move(delivered));
  const absl::Status status = producer.Produce(
      topic, partition, std::move(message),
      [answered](absl::StatusOr<bus::Position> position) { (*answered)(std::move(position)); });
  if (!status.ok()) (*answered)(status);
}

void JournalWriter::Append(absl::string_view account_id, bus::Message message,
                           bus::Delivered delivered) {
  const int32_t partition = PartitionOf(account_id, partitions_);
  Produce(*journal_, bus::kJournalTopic, partition, std::move(message), std::move(delivered));
}

void JournalWriter::AppendDeadLetter(bus::Message letter, bus::Delivered delivered) {
  const int32_t partition = PartitionOf(letter.key, dead_letter_partitions_);
  Produce(*dead_letters_, bus::kDeadLetterTopic, partition, std::move(letter),
          std::move(delivered));
}

void JournalWriter::AppendToAll(absl::FunctionRef<bus::Message(int32_t)> make,
                                absl::AnyInvocable<void(absl::Status)> done) {
  AppendEverywhere(make, [done = std::move(done)](const Everywhere& answered) mutable {
    done(answered.status());
  });
}

JournalWriter::Everywhere JournalWriter::AppendToAll(absl::FunctionRef<bus::Message(int32_t)> make,
                                                     absl::Duration wait_max) {
  // Shared with answers that may come after nobody waits any more.
  struct Waiting {
    absl::Notification answered;
    Everywhere result;
  };
  const auto waiting = std::make_shared<Waiting>();
  AppendEverywhere(make, [waiting](Everywhere result) {
    waiting->result = std::move(result);
    waiting->answered.Notify();
  });
  if (!waiting->answered.WaitForNotificationWithTimeout(wait_max)) {
    return Error(absl::StatusCode::kUnavailable, {"JOURNAL_TOO_SLOW", "", ""},
                 "the journal did not take a record of every partition in time");
  }
  return waiting->result;
}

void JournalWriter::AppendEverywhere(absl::FunctionRef<bus::Message(int32_t)> make,
                                     absl::AnyInvocable<void(Everywhere)> done) {
  const auto round = std::make_shared<Round>(partitions_, std::move(done));
  for (int32_t partition = 0; partition < partitions_; ++partition) {
    Produce(*journal_, bus::kJournalTopic, partition, make(partition),
            [round, partition](absl::StatusOr<bus::Position> position) {
              round->Answer(partition, std::move(position));
            });
  }
}

absl::Status JournalWriter::Flush(absl::Duration timeout) {
  RETURN_IF_ERROR(journal_->Flush(timeout));
  return dead_letters_->Flush(timeout);
}

}  // namespace bellwether::gateway
