// The topics that Bellwether makes on a real broker, and those that it finds.
#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "common/base/ids.h"
#include "common/base/status.h"
#include "common/bus/kafka_bus.h"
#include "common/bus/topics.h"
#include "common/log/log.h"
#include "gtest/gtest.h"
#include "tests/support/kafka_admin.h"
#include "tests/support/shared_kafka.h"

namespace bellwether::bus::kafka_topics_test {
namespace {

using testing::ConfigureTopic;
using testing::SettingsOfTopic;
using testing::SharedKafka;

constexpr char kForgets[] = "the journal forgets";

std::string ReasonOf(const absl::Status& status) {
  const auto detail = DetailOf(status);
  return detail.has_value() ? detail->reason : status.ToString();
}

class KafkaTopicsTest : public ::testing::Test {
 protected:
  // A process of the deployment that comes up.
  absl::Status Ensure(const char* topic, absl::string_view query = "") {
    const auto bus = *KafkaBus::Open(
        SharedKafka().Url(absl::StrCat("topic.prefix=", prefix_, query.empty() ? "" : "&", query)));
    return bus->EnsureTopic({topic, 1});
  }
  std::string FullName(const char* topic) const { return absl::StrCat(prefix_, topic); }
  std::string TakeLog() {
    absl::MutexLock lock(&mu_);
    return std::exchange(log_, "");
  }

  absl::Mutex mu_;
  std::string log_;
  const LogCapture capture_{[this](absl::string_view line) {
    absl::MutexLock lock(&mu_);
    absl::StrAppend(&log_, line, "\n");
  }};
  const std::string prefix_ = absl::StrCat(NewUuid(), ".");
};

TEST_F(KafkaTopicsTest, AreMadeToKeepEveryRecordAsItWasSent) {
  ASSERT_TRUE(Ensure(kJournalTopic, "min.insync.replicas=1").ok());
  const auto settings = SettingsOfTopic(SharedKafka(), FullName(kJournalTopic));
  const std::pair<const char*, const char*> expected[] = {
      {"cleanup.policy", "delete"},     {"retention.ms", "-1"},
      {"retention.bytes", "-1"},        {"max.message.bytes", "2097152"},
      {"compression.type", "producer"}, {"message.timestamp.type", "CreateTime"},
      {"min.insync.replicas", "1"},
  };
  for (const auto& [name, value] : expected) EXPECT_EQ(settings.at(name), value) << name;
  EXPECT_NE(settings.at("min.compaction.lag.ms"), "0") << "the birth mark";
  TakeLog();
  EXPECT_TRUE(Ensure(kJournalTopic).ok());
  EXPECT_FALSE(absl::StrContains(TakeLog(), kForgets));
}

TEST_F(KafkaTopicsTest, AreRefusedWhenTheyKeepOnlyTheLastRecordOfAnAccount) {
  for (const char* policy : {"compact", "compact,delete"}) {
    ASSERT_TRUE(Ensure(kSignalsTopic).ok());
    ConfigureTopic(SharedKafka(), FullName(kSignalsTopic), "cleanup.policy", policy);
    const absl::Status refused = Ensure(kSignalsTopic);
    EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << refused;
    EXPECT_EQ(ReasonOf(refused), "TOPIC_COMPACTED") << policy;
    ConfigureTopic(SharedKafka(), FullName(kSignalsTopic), "cleanup.policy", "delete");
  }
}

// Its operator may have reasons, once records are in history: so it is said and not refused.
TEST_F(KafkaTopicsTest, AJournalThatForgetsIsUsedWithAWarning) {
  ASSERT_TRUE(Ensure(kJournalTopic).ok());
  ASSERT_TRUE(Ensure(kFactsTopic).ok());
  ConfigureTopic(SharedKafka(), FullName(kJournalTopic), "retention.ms", "604800000");
  ConfigureTopic(SharedKafka(), FullName(kFactsTopic), "retention.ms", "604800000");
  TakeLog();
  EXPECT_TRUE(Ensure(kFactsTopic).ok());
  EXPECT_FALSE(absl::StrContains(TakeLog(), kForgets)) << "facts may go once they are taken";
  EXPECT_TRUE(Ensure(kJournalTopic).ok());
  const std::string log = TakeLog();
  EXPECT_TRUE(absl::StrContains(log, kForgets)) << log;
  EXPECT_TRUE(absl::StrContains(log, "604800000")) << log;

  ConfigureTopic(SharedKafka(), FullName(kJournalTopic), "retention.bytes", "1000000");
  EXPECT_TRUE(Ensure(kJournalTopic).ok());
  EXPECT_TRUE(absl::StrContains(TakeLog(), "retention.bytes"));
}

// As on a first deployment, before every broker is up.
TEST_F(KafkaTopicsTest, ThatNeedMoreBrokersThanAreUpMayBeMadeLater) {
  const absl::Status refused = Ensure(kJournalTopic, "replication.factor=3");
  EXPECT_TRUE(absl::IsUnavailable(refused)) << refused;
  EXPECT_EQ(ReasonOf(refused), "TOPIC_SETTINGS_REFUSED");
}

}  // namespace
}  // namespace bellwether::bus::kafka_topics_test
