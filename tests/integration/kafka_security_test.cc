// A broker that wants to know who comes: TLS, SASL and access lists.
#include <librdkafka/rdkafka.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "common/base/ids.h"
#include "common/base/status.h"
#include "common/bus/kafka_client.h"
#include "common/bus/open_bus.h"
#include "common/log/log.h"
#include "common/testing/await.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/kafka_broker.h"

namespace bellwether::bus::kafka_security_test {
namespace {

using ::testing::HasSubstr;
using testing::KafkaBroker;
using ::testing::Not;

constexpr char kUser[] = "bellwether";
constexpr char kPassword[] = "correct-horse-battery";
constexpr char kTopic[] = "secured.topic.v1";
constexpr absl::Duration kPatience = absl::Seconds(60);

class KafkaSecurityTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto broker = KafkaBroker::StartSecured(kUser, kPassword);
    ASSERT_TRUE(broker.ok()) << broker.status();
    broker_ = *std::move(broker);
  }

  std::unique_ptr<Bus> Open(const std::string& password, const std::string& more) {
    const std::string file = (std::filesystem::path(::testing::TempDir()) / NewUuid()).string();
    std::ofstream(file) << password << "\n";
    auto bus = OpenBus(broker_->SecuredUrl(absl::StrCat(
        "sasl.mechanism=PLAIN&sasl.username=", kUser, "&sasl.password.file=", file, more)));
    std::filesystem::remove(file);
    EXPECT_TRUE(bus.ok()) << bus.status();
    return *std::move(bus);
  }
  std::string Trusting() { return absl::StrCat("&ssl.ca.location=", broker_->certificate()); }

  // Lets the user do that with everything of the kind whose name begins so.
  void Allow(rd_kafka_ResourceType_t what, const char* prefix, rd_kafka_AclOperation_t operation) {
    auto client = KafkaClient::Open(*ParseKafkaUrl(broker_->Url()), {});
    ASSERT_TRUE(client.ok());
    char text[256];
    rd_kafka_AclBinding_t* acl = rd_kafka_AclBinding_new(
        what, prefix, RD_KAFKA_RESOURCE_PATTERN_PREFIXED, absl::StrCat("User:", kUser).c_str(), "*",
        operation, RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW, text, sizeof text);
    ASSERT_NE(acl, nullptr) << text;
    const KafkaOwned<rd_kafka_queue_t> queue(rd_kafka_queue_new((*client)->get()));
    rd_kafka_CreateAcls((*client)->get(), &acl, 1, nullptr, queue.get());
    const KafkaOwned<rd_kafka_event_t> event(rd_kafka_queue_poll(queue.get(), 10'000));
    rd_kafka_AclBinding_destroy(acl);
    ASSERT_NE(event, nullptr);
    ASSERT_EQ(rd_kafka_event_error(event.get()), RD_KAFKA_RESP_ERR_NO_ERROR);
  }

  std::string log_;
  absl::Mutex log_mu_;
  LogCapture capture_{[this](absl::string_view line) {
    absl::MutexLock lock(&log_mu_);
    absl::StrAppend(&log_, line, "\n");
  }};
  std::string Log() {
    absl::MutexLock lock(&log_mu_);
    return log_;
  }
  std::unique_ptr<KafkaBroker> broker_;
};

TEST_F(KafkaSecurityTest, LetsInWhoProvesWhoTheyAreAndDoWhatTheyMay) {
  // Not without the right password, and not to a broker nobody vouches for.
  EXPECT_TRUE(absl::IsUnavailable(Open("wrong", Trusting())->Describe(kTopic).status()));
  EXPECT_TRUE(testing::Await([&] { return absl::StrContains(Log(), "SASL"); }))
      << "the log says why";
  EXPECT_TRUE(absl::IsUnavailable(Open(kPassword, "")->Describe(kTopic).status()));

  ASSERT_TRUE((*OpenBus(broker_->Url()))->EnsureTopic({kTopic, 1}).ok());
  auto bus = Open(kPassword, Trusting());
  EXPECT_TRUE(absl::IsPermissionDenied(bus->Describe(kTopic).status()) ||
              absl::IsNotFound(bus->Describe(kTopic).status()))
      << bus->Describe(kTopic).status();

  // The list of docs/kafka.md.
  for (const auto operation :
       {RD_KAFKA_ACL_OPERATION_DESCRIBE, RD_KAFKA_ACL_OPERATION_DESCRIBE_CONFIGS,
        RD_KAFKA_ACL_OPERATION_CREATE, RD_KAFKA_ACL_OPERATION_READ}) {
    Allow(RD_KAFKA_RESOURCE_TOPIC, "secured.", operation);
  }
  Allow(RD_KAFKA_RESOURCE_GROUP, "secured.", RD_KAFKA_ACL_OPERATION_READ);
  ASSERT_TRUE(testing::Await([&] { return bus->Describe(kTopic).ok(); }));

  // It may read by now, not write.
  auto producer = *bus->NewProducer();
  absl::Status answer;
  const auto keep = [&](const absl::StatusOr<Position>& position) { answer = position.status(); };
  if (producer->Produce(kTopic, 0, {"k", {}, "refused"}, keep).ok()) {
    ASSERT_TRUE(producer->Flush(kPatience).ok());
    EXPECT_TRUE(absl::IsPermissionDenied(answer)) << answer;
  }
  Allow(RD_KAFKA_RESOURCE_TOPIC, "secured.", RD_KAFKA_ACL_OPERATION_WRITE);
  producer = nullptr;
  bus = Open(kPassword, Trusting());
  ASSERT_TRUE(bus->EnsureTopic({"secured.another.v1", 1}).ok());
  producer = *bus->NewProducer();
  ASSERT_TRUE(producer->Produce(kTopic, 0, {"k", {}, "taken"}, keep).ok());
  ASSERT_TRUE(producer->Flush(kPatience).ok());
  EXPECT_TRUE(answer.ok()) << answer;

  auto consumer = *bus->NewConsumer({"secured.group", kTopic, nullptr});
  const auto batch = consumer->Poll(10, kPatience);
  ASSERT_TRUE(batch.ok()) << batch.status();
  ASSERT_EQ(batch->records.size(), 1u);
  EXPECT_EQ(batch->records[0].value, "taken");
  consumer->Close();
  producer = nullptr;
  bus = nullptr;

  EXPECT_THAT(Log(), Not(HasSubstr(kPassword)));
}

}  // namespace
}  // namespace bellwether::bus::kafka_security_test
