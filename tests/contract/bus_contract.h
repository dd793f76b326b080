// What every implementation of bus::Bus must do. An implementation joins by instantiating
// BusContract with a BusDeployment of its own.
#ifndef BELLWETHER_TESTS_CONTRACT_BUS_CONTRACT_H_
#define BELLWETHER_TESTS_CONTRACT_BUS_CONTRACT_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/bus/bus.h"
#include "gtest/gtest.h"

namespace bellwether::bus {

// An empty log that buses can be opened on, one after the other.
class BusDeployment {
 public:
  virtual ~BusDeployment() = default;
  virtual std::unique_ptr<Bus> Open() = 0;
  // False where what was written ends with the bus.
  virtual bool outlives_bus() const = 0;
  // From here on nothing of kLargeBytes can be written to the topic, or again it can. False where
  // no write can be made to fail.
  virtual bool LetLargeMessagesFail(const std::string& /*topic*/, bool /*fail*/) { return false; }
};

struct BusImplementation {
  std::string name;
  std::function<std::unique_ptr<BusDeployment>()> make_deployment;

  // How a failing test names it.
  friend void PrintTo(const BusImplementation& implementation, std::ostream* out) {
    *out << implementation.name;
  }
};

// Far longer than any wait of a sound implementation.
inline constexpr absl::Duration kPatience = absl::Seconds(30);
// Of a message that some deployments can be made to refuse.
inline constexpr size_t kLargeBytes = 300 << 10;
// A wait that is meant to pass without anything coming.
inline constexpr absl::Duration kMoment = absl::Milliseconds(20);

std::string ReasonOf(const absl::Status& status);
std::vector<std::string> ValuesOf(const RecordBatch& batch);
// The next `count` values; a failure of the test when they do not come.
std::vector<std::string> ReadValues(Reader& reader, size_t count);
// Bytes that no codec makes fewer.
std::string Noise(size_t bytes);
// "<prefix><from>" … "<prefix><to − 1>"
std::vector<std::string> Numbered(int from, int to, const std::string& prefix = "");

class BusContract : public ::testing::TestWithParam<BusImplementation> {
 protected:
  static constexpr char kTopic[] = "contract.v1";
  static constexpr int32_t kPartitions = 4;

  BusContract();

  // Produces `count` messages "<prefix>0", "<prefix>1" … and waits until all are acknowledged.
  void Append(int32_t partition, int count, const std::string& prefix = "");
  std::unique_ptr<Reader> ReaderAt(int32_t partition, int64_t offset);
  // Appends `count` messages of the largest size; the key of each is its number.
  void AppendLargest(int32_t partition, int count);
  // Takes a batch of these, from `next` on, and moves that along.
  static void ExpectLargest(const absl::StatusOr<RecordBatch>& batch, int& next);

  std::unique_ptr<BusDeployment> deployment_;
  std::unique_ptr<Bus> bus_;
};

}  // namespace bellwether::bus

#endif  // BELLWETHER_TESTS_CONTRACT_BUS_CONTRACT_H_
