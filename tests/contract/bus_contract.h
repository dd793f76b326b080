// What every implementation of bus::Bus must do. An implementation joins by instantiating
// BusContract with a BusDeployment of its own.
#ifndef BELLWETHER_TESTS_CONTRACT_BUS_CONTRACT_H_
#define BELLWETHER_TESTS_CONTRACT_BUS_CONTRACT_H_

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

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
};

struct BusImplementation {
  std::string name;
  std::function<std::unique_ptr<BusDeployment>()> make_deployment;

  // How a failing test names it.
  friend void PrintTo(const BusImplementation& implementation, std::ostream* out) {
    *out << implementation.name;
  }
};

class BusContract : public ::testing::TestWithParam<BusImplementation> {
 protected:
  static constexpr char kTopic[] = "contract.v1";
  static constexpr int32_t kPartitions = 4;

  BusContract();

  // Produces `count` messages "<prefix>0", "<prefix>1" … and waits until all are acknowledged.
  void Append(int32_t partition, int count, const std::string& prefix = "");
  std::unique_ptr<Reader> ReaderAt(int32_t partition, int64_t offset);

  std::unique_ptr<BusDeployment> deployment_;
  std::unique_ptr<Bus> bus_;
};

}  // namespace bellwether::bus

#endif  // BELLWETHER_TESTS_CONTRACT_BUS_CONTRACT_H_
