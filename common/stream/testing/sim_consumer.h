// The consumer of a simulated process.
#ifndef BELLWETHER_COMMON_STREAM_TESTING_SIM_CONSUMER_H_
#define BELLWETHER_COMMON_STREAM_TESTING_SIM_CONSUMER_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/bus/bus.h"
#include "common/stream/testing/sim_bus.h"

namespace bellwether::stream::testing {

// A partition passes from one member to another in two steps, as in every real group: the holder
// gives it up in its own poll, then the next one claims it in its. A zombie keeps reading what the
// group has already given to others.
class SimConsumer final : public bus::Consumer {
 public:
  SimConsumer(SimBus& bus, SimClient& client, const bus::ConsumerOptions& options);
  ~SimConsumer() override;

  absl::StatusOr<bus::RecordBatch> Poll(size_t records_max, absl::Duration max_wait) override;
  absl::Status Pause(int32_t partition) override;
  absl::Status Resume(int32_t partition) override;
  absl::Status Seek(int32_t partition, int64_t offset) override;
  void ReportCommitted(int32_t partition, int64_t next_offset) override;
  bool Joined() const override { return joined_; }
  void Close() override;

  // The group forgets this member; it does not notice.
  void LeaveSilently();
  // It notices: everything is lost, and it joins again.
  void LoseEverything();

 private:
  struct Assigned {
    int64_t position = -1;  // -1: left unread
    bool paused = false;
  };

  SimBus::Group& group() { return bus_.groups_[options_.group]; }
  absl::Status TakePart();
  int32_t partitions() const;

  SimBus& bus_;
  SimClient& client_;
  const bus::ConsumerOptions options_;
  std::map<int32_t, Assigned> assigned_;
  int32_t last_read_ = -1;
  bool joined_ = false;  // a poll has brought its part
  bool lost_ = false;    // to be reported in the next poll
  bool closed_ = false;
};

}  // namespace bellwether::stream::testing

#endif  // BELLWETHER_COMMON_STREAM_TESTING_SIM_CONSUMER_H_
