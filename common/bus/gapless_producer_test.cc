#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "common/base/ids.h"
#include "common/base/status.h"
#include "common/bus/embedded_bus.h"
#include "gtest/gtest.h"

namespace bellwether::bus {
namespace {

constexpr char kTopic[] = "topic.v1";
constexpr absl::Duration kPatience = absl::Seconds(30);

class GaplessProducerTest : public ::testing::Test {
 protected:
  GaplessProducerTest() : directory_(std::filesystem::path(::testing::TempDir()) / NewUuid()) {
    bus_ = *EmbeddedBus::Open(directory_.string());
    EXPECT_TRUE(bus_->EnsureTopic({kTopic, 1}).ok());
  }
  ~GaplessProducerTest() override {
    bus_.reset();
    std::filesystem::remove_all(directory_);
  }

  absl::Status Produce(Producer& producer, std::string value) {
    return producer.Produce(kTopic, 0, {"k", {}, std::move(value)},
                            [this](absl::StatusOr<Position> position) {
                              absl::MutexLock lock(&mutex_);
                              answers_.push_back(position.status());
                            });
  }
  std::vector<absl::Status> TakeAnswers() {
    absl::MutexLock lock(&mutex_);
    return std::exchange(answers_, {});
  }

  const std::filesystem::path directory_;
  std::unique_ptr<EmbeddedBus> bus_;
  absl::Mutex mutex_;
  std::vector<absl::Status> answers_;
};

// The file-size limit of the process stands in for a full disk.
TEST_F(GaplessProducerTest, WritesNothingAfterAFailedDelivery) {
  auto gapless = *bus_->NewGaplessProducer();
  auto ordinary = *bus_->NewProducer();
  ASSERT_TRUE(Produce(*gapless, "0").ok());
  ASSERT_TRUE(gapless->Flush(kPatience).ok());

  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto old_handler = signal(SIGXFSZ, SIG_IGN);
  rlimit full = before;
  full.rlim_cur = 256 << 10;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &full), 0);
  ASSERT_TRUE(Produce(*gapless, std::string(300 << 10, 'x')).ok());
  // Queued behind, or refused at once when the failure is already known: not written either way.
  for (int i = 0; i < 100; ++i) Produce(*gapless, absl::StrCat("later ", i)).IgnoreError();
  ASSERT_TRUE(gapless->Flush(kPatience).ok());
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  signal(SIGXFSZ, old_handler);

  const std::vector<absl::Status> answers = TakeAnswers();
  ASSERT_GE(answers.size(), 2u);
  EXPECT_TRUE(answers[0].ok());
  for (size_t i = 1; i < answers.size(); ++i) EXPECT_FALSE(answers[i].ok());

  const absl::Status refused = Produce(*gapless, "after");
  EXPECT_TRUE(absl::IsUnavailable(refused)) << refused;
  EXPECT_EQ(DetailOf(refused)->reason, "PRODUCER_BROKEN");
  EXPECT_EQ(bus_->Offsets(kTopic, 0)->end, 1);

  ASSERT_TRUE(Produce(*ordinary, "others go on").ok());
  auto another = *bus_->NewGaplessProducer();
  ASSERT_TRUE(Produce(*another, "and so does a new one").ok());
  ASSERT_TRUE(another->Flush(kPatience).ok());
  EXPECT_EQ(bus_->Offsets(kTopic, 0)->end, 3);
}

}  // namespace
}  // namespace bellwether::bus
