#include "common/runtime/readiness.h"

#include "gtest/gtest.h"

namespace bellwether::runtime::readiness_test {
namespace {

TEST(Readiness, IsThereWhenEveryCheckPasses) {
  Readiness readiness;
  EXPECT_TRUE(readiness.Overall().ok());
  absl::Status lag = absl::UnavailableError("lag 12000 records");
  readiness.Add("store", [] { return absl::OkStatus(); });
  readiness.Add("journal", [&] { return lag; });
  EXPECT_EQ(readiness.Overall(), lag);
  ASSERT_EQ(readiness.Ask().size(), 2u);
  EXPECT_EQ(readiness.Ask()[1].name, "journal");
  lag = absl::OkStatus();
  EXPECT_TRUE(readiness.Overall().ok());
}

TEST(Readiness, ForgetsAWithdrawnCheck) {
  Readiness readiness;
  readiness.Add("store", [] { return absl::UnavailableError("away"); });
  readiness.Remove("store");
  EXPECT_TRUE(readiness.Ask().empty());
}

}  // namespace
}  // namespace bellwether::runtime::readiness_test
