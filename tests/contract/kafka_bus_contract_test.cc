// The bus contract over a real Kafka broker, one for all cases: a prefix makes each case its own
// deployment.
#include <memory>

#include "absl/strings/str_cat.h"
#include "common/base/ids.h"
#include "common/bus/open_bus.h"
#include "tests/contract/bus_contract.h"
#include "tests/support/kafka_admin.h"
#include "tests/support/shared_kafka.h"

namespace bellwether::bus::kafka_bus_contract_test {
namespace {

class KafkaPrefix final : public BusDeployment {
 public:
  std::unique_ptr<Bus> Open() override {
    auto bus = OpenBus(testing::SharedKafka().Url(absl::StrCat("topic.prefix=", prefix_)));
    EXPECT_TRUE(bus.ok()) << bus.status();
    return bus.ok() ? *std::move(bus) : nullptr;
  }
  bool outlives_bus() const override { return true; }
  bool LetLargeMessagesFail(const std::string& topic, bool fail) override {
    testing::ConfigureTopic(testing::SharedKafka(), absl::StrCat(prefix_, topic),
                            "max.message.bytes",
                            absl::StrCat(fail ? kLargeBytes / 2 : 2 * kMessageBytesMax));
    return true;
  }

 private:
  const std::string prefix_ = absl::StrCat(NewUuid(), ".");
};

INSTANTIATE_TEST_SUITE_P(Kafka, BusContract,
                         ::testing::Values(BusImplementation{
                             "Broker", [] { return std::make_unique<KafkaPrefix>(); }}),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace bellwether::bus::kafka_bus_contract_test
