// A bus for tests that run on one thread: nothing happens by itself.
#ifndef BELLWETHER_COMMON_STREAM_TESTING_SIM_BUS_H_
#define BELLWETHER_COMMON_STREAM_TESTING_SIM_BUS_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/bus/bus.h"

namespace bellwether::stream::testing {

class SimClient;
class SimConsumer;
class SimProducer;
class SimReader;

using TopicPartition = std::pair<std::string, int32_t>;

// What a message's delivery comes to.
enum class Delivery {
  kAcknowledged,      // written and answered
  kFailedButWritten,  // written, answered with a failure
  kFailed,            // not written, answered with a failure
};

// The topics of a simulated deployment. Processes see it through a SimClient each. Messages wait in
// their producer's queue until Write moves them (in order within a partition) into the log, and are
// answered for when Answer is called, so that a simulation decides about every interleaving.
class SimBus {
 public:
  // Deliberate faults of the double itself, to prove that simulations notice.
  struct Mutations {
    bool acknowledge_before_writing = false;
    bool leave_gaps = false;  // gapless producers go on after a failure
  };

  SimBus() = default;
  SimBus(const SimBus&) = delete;
  SimBus& operator=(const SimBus&) = delete;

  void CreateTopic(const std::string& topic, int32_t partitions);
  int64_t Append(const std::string& topic, int32_t partition, bus::Message message);
  const std::deque<bus::Message>& Log(const std::string& topic, int32_t partition) const;
  void set_log_id(const std::string& topic, std::string log_id) { topics_[topic].log_id = log_id; }
  // Forgets what lies before.
  void Trim(const std::string& topic, int32_t partition, int64_t first);
  void Truncate(const std::string& topic, int32_t partition, int64_t end);

  // Targets with messages to write, and with answers to give, of all clients that live.
  std::vector<std::pair<int64_t, TopicPartition>> Writable() const;  // (producer, target)
  std::vector<std::pair<int64_t, TopicPartition>> Answerable() const;
  void Write(const std::pair<int64_t, TopicPartition>& target, Delivery delivery);
  void Answer(const std::pair<int64_t, TopicPartition>& target);
  // Writes and answers everything there is, without faults.
  void Settle();

  // Group of a topic: who gets what is a function of the members and this number.
  void Rebalance(const std::string& group) { ++groups_[group].turn; }

  Mutations mutations;

 private:
  friend class SimClient;
  friend class SimConsumer;
  friend class SimProducer;

  struct Topic {
    std::string log_id;
    std::vector<std::deque<bus::Message>> logs;
    std::vector<int64_t> first;  // offset of the first record of each log
  };
  struct Waiting {
    bus::Message message;
    bus::Delivered delivered;
    absl::StatusOr<bus::Position> outcome = absl::UnknownError("not written yet");
  };
  // What a producer has queued; outlives it.
  struct Queue {
    const SimClient* client = nullptr;
    bool gapless = false;
    bool broken = false;
    bool owner_gone = false;
    std::map<TopicPartition, std::deque<Waiting>> to_write;
    std::map<TopicPartition, std::deque<Waiting>> to_answer;
    int64_t size = 0;
  };
  struct Group {
    std::vector<SimConsumer*> members;        // in order of joining
    std::map<int32_t, SimConsumer*> holders;  // by partition
    int64_t turn = 0;
    SimConsumer* Target(int32_t partition, int32_t partitions) const;
  };

  bus::Position WriteToLog(const TopicPartition& target, bus::Message message);
  void Break(Queue& queue);

  std::map<std::string, Topic> topics_;
  std::map<std::string, Group> groups_;
  std::map<int64_t, std::shared_ptr<Queue>> queues_;
  int64_t next_queue_ = 1;
};

// One process's connection to the bus. Faults are asked for through `fault`, so that the simulation
// owns every choice.
class SimClient final : public bus::Bus {
 public:
  // Asked before every call that can fail; the status to fail with. May be empty.
  using Fault = std::function<absl::Status(absl::string_view call)>;
  // How many of `available` records a poll returns. May be empty: all that fit.
  using Amount = std::function<size_t(size_t available)>;

  explicit SimClient(SimBus& bus) : bus_(bus) {}
  ~SimClient() override;

  // The process dies: a prefix of what its producers had queued still reaches the log (`survives`
  // says for each message, in order, whether the prefix goes on); nothing is answered any more, and
  // its group members are gone without a word.
  void Crash(const std::function<bool()>& survives);
  // The group gives the client's partitions away; it does not know until Learn, and its polls go on
  // returning records.
  void ExpireSession();
  void Learn();
  bool zombie() const { return zombie_; }

  // Input offsets, as given by `offset_of`, of messages a live producer of this client has not been
  // answered for.
  std::vector<int64_t> Unanswered(
      const std::function<int64_t(const bus::Message&)>& offset_of) const;

  absl::Status EnsureTopic(const bus::TopicOptions& options) override;
  absl::StatusOr<bus::TopicDescription> Describe(absl::string_view topic) override;
  absl::StatusOr<bus::OffsetRange> Offsets(absl::string_view topic, int32_t partition) override;
  absl::StatusOr<std::unique_ptr<bus::Producer>> NewProducer() override;
  absl::StatusOr<std::unique_ptr<bus::Producer>> NewGaplessProducer() override;
  absl::StatusOr<std::unique_ptr<bus::Consumer>> NewConsumer(
      const bus::ConsumerOptions& options) override;
  absl::StatusOr<std::unique_ptr<bus::Reader>> NewReader(absl::string_view topic, int32_t partition,
                                                         int64_t offset) override;

  Fault fault;
  Amount amount;
  bool joining = false;           // the group has not agreed yet: polls bring nothing
  int64_t queue_max = 1'000'000;  // messages of a producer that wait
  // What Flush does: by default everything this client has waiting is written and answered.
  std::function<void(absl::Duration timeout)> on_flush;

 private:
  friend class SimConsumer;
  friend class SimProducer;
  friend class SimReader;

  absl::Status Failing(absl::string_view call) const {
    return fault ? fault(call) : absl::OkStatus();
  }
  absl::StatusOr<std::unique_ptr<bus::Producer>> Make(bool gapless);

  SimBus& bus_;
  std::set<SimConsumer*> consumers_;
  bool zombie_ = false;
  bool dead_ = false;
};

}  // namespace bellwether::stream::testing

#endif  // BELLWETHER_COMMON_STREAM_TESTING_SIM_BUS_H_
