// Copies a journal, record by record, into an empty one on another bus: the same partitions, the
// same offsets, the same bytes.
//
//   copy_journal --from embedded:DIR --to kafka://HOST:PORT
#include <cstdint>
#include <iostream>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/base/status.h"
#include "common/bus/open_bus.h"
#include "common/bus/topics.h"
#include "common/cli/command.h"

namespace bellwether::chaos {
namespace {

constexpr size_t kRecordsAtOnce = 1'000;
constexpr absl::Duration kReadMax = absl::Seconds(1);
constexpr absl::Duration kDeliveryMax = absl::Minutes(2);

// What became of the records of one partition.
class Copied {
 public:
  // The next record of the partition was delivered, or not.
  void Note(const absl::StatusOr<bus::Position>& position) {
    absl::MutexLock lock(&mutex_);
    if (!position.ok()) {
      failure_.Update(position.status());
    } else if (position->offset != next_++) {
      failure_.Update(Error(absl::StatusCode::kInternal, {"OFFSET_MOVED"},
                            "a record came to another offset than it had"));
    }
  }
  absl::Status failure() const {
    absl::MutexLock lock(&mutex_);
    return failure_;
  }

 private:
  mutable absl::Mutex mutex_;
  int64_t next_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
};

absl::StatusOr<int64_t> CopyPartition(bus::Bus& from, bus::Bus& to, bus::Producer& producer,
                                      int32_t partition) {
  ASSIGN_OR_RETURN(const bus::OffsetRange range, from.Offsets(bus::kJournalTopic, partition));
  ASSIGN_OR_RETURN(const bus::OffsetRange target, to.Offsets(bus::kJournalTopic, partition));
  if (range.first != 0 || target.end != 0) {
    return FailedPrecondition("NOT_COPIED", "to",
                              "only a whole journal is copied, and only into an empty one");
  }
  ASSIGN_OR_RETURN(const auto reader, from.NewReader(bus::kJournalTopic, partition, 0));
  // Also of the deliveries that fail once we have given up.
  const auto copied = std::make_shared<Copied>();
  for (int64_t at = 0; at < range.end;) {
    ASSIGN_OR_RETURN(const bus::RecordBatch batch, reader->Read(kRecordsAtOnce, kReadMax));
    for (const bus::Record& record : batch.records) {
      if (at++ == range.end) break;
      RETURN_IF_ERROR(producer.Produce(
          bus::kJournalTopic, partition, bus::ToMessage(record),
          [copied](const absl::StatusOr<bus::Position>& position) { copied->Note(position); }));
    }
    RETURN_IF_ERROR(producer.Flush(kDeliveryMax));
    RETURN_IF_ERROR(copied->failure());
  }
  return range.end;
}

absl::Status Copy(const std::string& from_url, const std::string& to_url) {
  ASSIGN_OR_RETURN(const auto from, bus::OpenBus(from_url));
  ASSIGN_OR_RETURN(const auto to, bus::OpenBus(to_url));
  ASSIGN_OR_RETURN(const bus::TopicDescription journal, from->Describe(bus::kJournalTopic));
  RETURN_IF_ERROR(to->EnsureTopic({.name = bus::kJournalTopic, .partitions = journal.partitions}));
  ASSIGN_OR_RETURN(const auto producer, to->NewProducer());
  int64_t records = 0;
  for (int32_t partition = 0; partition < journal.partitions; ++partition) {
    ASSIGN_OR_RETURN(const int64_t copied, CopyPartition(*from, *to, *producer, partition));
    records += copied;
  }
  std::cout << records << std::endl;
  return absl::OkStatus();
}

}  // namespace
}  // namespace bellwether::chaos

int main(int argc, char** argv) {
  std::string from, to;
  bellwether::cli::Program program(
      "Copies a journal into an empty one on another bus; prints how many records it has.");
  program.AddOption("--from", from).Required();
  program.AddOption("--to", to).Required();
  if (const auto exit_code = program.Parse(argc, argv)) return *exit_code;
  const absl::Status status = bellwether::chaos::Copy(from, to);
  if (!status.ok()) std::cerr << status << std::endl;
  return status.ok() ? 0 : 1;
}
