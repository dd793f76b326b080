#include "services/gateway/application/facts_passage.h"

#include <utility>

#include "common/base/status.h"

namespace bellwether::gateway {

void PartitionAnswers::Take(int64_t offset) {
  absl::MutexLock lock(&mu_);
  ledger_.Take(offset);
}

void PartitionAnswers::Answer(int64_t offset) {
  absl::MutexLock lock(&mu_);
  ledger_.Answer(offset);
}

void PartitionAnswers::Fail(const absl::Status& why) {
  absl::MutexLock lock(&mu_);
  failure_.Update(why);
}

int64_t PartitionAnswers::settled() const {
  absl::MutexLock lock(&mu_);
  return ledger_.settled();
}

absl::Status PartitionAnswers::failure() const {
  absl::MutexLock lock(&mu_);
  return failure_;
}

void PartitionAnswers::AwaitAnswers(absl::Duration wait_max) const {
  absl::MutexLock lock(&mu_);
  const auto settled = [this]() ABSL_SHARED_LOCKS_REQUIRED(mu_) {
    return ledger_.AllAnswered() || !failure_.ok();
  };
  mu_.AwaitWithTimeout(absl::Condition(&settled), wait_max);
}

absl::StatusOr<std::unique_ptr<FactsPassage>> FactsPassage::Open(
    bus::Bus& bus, const FactValidator& validator, const Clock& clock, metrics::Registry& metrics,
    std::shared_ptr<FeedTally> feeds, const Counts& counts) {
  ASSIGN_OR_RETURN(std::unique_ptr<JournalWriter> writer, JournalWriter::CreateGapless(bus));
  return std::unique_ptr<FactsPassage>(
      new FactsPassage(std::move(writer), validator, clock, metrics, std::move(feeds), counts));
}

bool FactsPassage::TryTake(IncomingEvent event, int64_t offset,
                           const std::shared_ptr<PartitionAnswers>& answers) {
  const size_t bytes = event.size();
  if (!acceptor_->TryEnter(bytes)) return false;
  answers->Take(offset);
  acceptor_->Accept(std::move(event), bytes,
                    [acceptor = acceptor_, counts = counts_, answers,
                     offset](const absl::StatusOr<Answer>& answer) {
                      if (!answer.ok()) {
                        answers->Fail(answer.status());
                        return;
                      }
                      (answer->rejection.ok() ? counts.accepted : counts.refused).Increment();
                      answers->Answer(offset);
                    });
  return true;
}

}  // namespace bellwether::gateway
