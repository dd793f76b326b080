#include "tests/support/shared_kafka.h"

#include <memory>
#include <utility>

#include "common/base/check.h"
#include "gtest/gtest.h"

namespace bellwether::testing {
namespace {

std::unique_ptr<KafkaBroker>& Slot() {
  static std::unique_ptr<KafkaBroker> broker;
  return broker;
}

class BrokerEnvironment final : public ::testing::Environment {
 public:
  void SetUp() override {
    auto broker = KafkaBroker::Start();
    ASSERT_TRUE(broker.ok()) << broker.status();
    Slot() = *std::move(broker);
  }
  void TearDown() override { Slot() = nullptr; }
};

// GoogleTest owns it.
const auto* const kEnvironment =
    ::testing::AddGlobalTestEnvironment(std::make_unique<BrokerEnvironment>().release());

}  // namespace

KafkaBroker& SharedKafka() {
  BELLWETHER_CHECK(kEnvironment != nullptr && Slot() != nullptr, "called from within a case");
  return *Slot();
}

}  // namespace bellwether::testing
