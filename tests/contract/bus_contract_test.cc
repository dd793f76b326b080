// The bus contract over the embedded bus, on disk and in memory.
#include "tests/contract/bus_contract.h"

#include <sys/resource.h>

#include <csignal>
#include <filesystem>

#include "common/base/ids.h"
#include "common/bus/open_bus.h"

namespace bellwether::bus::bus_contract_test {
namespace {

class EmbeddedDirectory final : public BusDeployment {
 public:
  EmbeddedDirectory() : directory_(std::filesystem::path(::testing::TempDir()) / NewUuid()) {}
  ~EmbeddedDirectory() override { std::filesystem::remove_all(directory_); }

  std::unique_ptr<Bus> Open() override {
    auto bus = OpenBus("embedded:" + directory_.string());
    EXPECT_TRUE(bus.ok()) << bus.status();
    return bus.ok() ? *std::move(bus) : nullptr;
  }
  bool outlives_bus() const override { return true; }
  // The file-size limit of the process stands in for a full disk.
  bool LetLargeMessagesFail(const std::string& /*topic*/, bool fail) override {
    if (fail) {
      signal(SIGXFSZ, SIG_IGN);
      EXPECT_EQ(getrlimit(RLIMIT_FSIZE, &before_), 0);
    }
    rlimit full = before_;
    full.rlim_cur = kFileBytesMax;
    EXPECT_EQ(setrlimit(RLIMIT_FSIZE, fail ? &full : &before_), 0);
    if (!fail) signal(SIGXFSZ, SIG_DFL);
    return true;
  }

 private:
  // More than the log of a few small messages takes.
  static constexpr rlim_t kFileBytesMax = 256 << 10;

  rlimit before_{};
  const std::filesystem::path directory_;
};

class EmbeddedMemory final : public BusDeployment {
 public:
  std::unique_ptr<Bus> Open() override { return *OpenBus("embedded::memory:"); }
  bool outlives_bus() const override { return false; }
};

INSTANTIATE_TEST_SUITE_P(
    Embedded, BusContract,
    ::testing::Values(
        BusImplementation{"Directory", [] { return std::make_unique<EmbeddedDirectory>(); }},
        BusImplementation{"Memory", [] { return std::make_unique<EmbeddedMemory>(); }}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace bellwether::bus::bus_contract_test
