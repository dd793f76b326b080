#include "common/consume/refused_records.h"

#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/bus/topics.h"
#include "common/journal/dead_letter.h"
#include "common/outbox/deliveries.h"

namespace bellwether::consume {

absl::Status RefusedRecords::Keep(const bus::Record& record, const absl::Status& why,
                                  absl::Duration wait) {
  if (producer_ == nullptr) {
    ASSIGN_OR_RETURN(producer_, bus_.NewProducer());
  }
  ASSIGN_OR_RETURN(const bus::TopicDescription letters, bus_.Describe(bus::kDeadLetterTopic));
  const ErrorDetail detail = DetailOf(why).value_or(ErrorDetail{.reason = "UNREADABLE"});
  bus::Message letter = journal::EncodeDeadLetter(topic_, record,
                                                  {.reason = detail.reason,
                                                   .field = detail.field,
                                                   .rule = detail.rule,
                                                   .message = std::string(why.message()),
                                                   .refused_by = refused_by_,
                                                   .time = clock_.Now()});
  const int32_t partition = PartitionOf(letter.key, letters.partitions);
  outbox::Deliveries delivery;
  delivery.Produce(*producer_, record.offset, bus::kDeadLetterTopic, partition, std::move(letter));
  RETURN_IF_ERROR(producer_->Flush(wait));
  return delivery.Wait({record.offset}, absl::ZeroDuration()).front();
}

}  // namespace bellwether::consume
