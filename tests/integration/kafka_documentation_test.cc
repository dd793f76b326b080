// Holds docs/kafka.md to what it says of reading: its examples print what stands below them. (What
// it says of writing is held by kafka_facts_test.)
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "bellwether/alerts/v1/alert.pb.h"
#include "bellwether/events/v1/fact.pb.h"
#include "bellwether/events/v1/signal.pb.h"
#include "common/base/hash.h"
#include "common/bus/open_bus.h"
#include "common/bus/topics.h"
#include "common/journal/entry.h"
#include "common/journal/envelope.h"
#include "common/journal/timestamps.h"
#include "common/log/log.h"
#include "gtest/gtest.h"
#include "tests/support/documented_examples.h"
#include "tests/support/shared_kafka.h"

namespace bellwether::bus::kafka_documentation_test {
namespace {

using testing::SharedKafka;

constexpr char kAccount[] = "acme";
constexpr int64_t kVersion = (int64_t{1} << 40) + 23;
constexpr absl::Duration kPatience = absl::Seconds(60);

class FromTheStart final : public RebalanceListener {
 public:
  absl::StatusOr<int64_t> OnAssigned(int32_t) override { return 0; }
  void OnRevoked(int32_t) override {}
  void OnLost(int32_t) override {}
};

class KafkaDocumentationTest : public ::testing::Test {
 protected:
  void SetUp() override {
    setenv("KAFKA", SharedKafka().address().c_str(), 1);
    bus_ = OpenBus(SharedKafka().Url()).value();
    producer_ = bus_->NewProducer().value();
    for (const char* topic : {kJournalTopic, kSignalsTopic, kAlertsTopic}) {
      ASSERT_TRUE(bus_->EnsureTopic({topic, kPartitionsDefault}).ok());
    }
  }

  void Write(const char* topic, Message message) {
    const int32_t partition = PartitionOf(kAccount, kPartitionsDefault);
    ASSERT_TRUE(producer_->Produce(topic, partition, std::move(message), nullptr).ok());
    ASSERT_TRUE(producer_->Flush(kPatience).ok());
  }
  // What each service writes about one order.
  void WriteFact() {
    events::v1::FactEvent event;
    event.set_id("order-4711");
    event.set_source("crm/example");
    event.set_account_id(kAccount);
    *event.mutable_time() = journal::ToTimestamp(time_);
    auto& amount = *event.mutable_fact()->mutable_order_placed()->mutable_amount();
    amount.set_currency_code("CNY");
    amount.set_amount_minor(1'250'000);
    Write(kJournalTopic, journal::EncodeFact(event, {.recorded_at = recorded_at_}));
  }
  void WriteSignal() {
    events::v1::Signal signal;
    signal.set_subject(kAccount);
    signal.set_subject_type(events::v1::SUBJECT_TYPE_ACCOUNT);
    signal.set_version(kVersion);
    events::v1::SignalStep& step = *signal.add_steps();
    step.set_time_micros(absl::ToUnixMicros(recorded_at_));
    step.mutable_cause()->set_kind(events::v1::CAUSE_KIND_FACT);
    step.mutable_cause()->set_type("order_placed");
    events::v1::NamedValue& value = *step.add_values();
    value.set_name("health.score");
    value.set_value(37'210'000);
    Write(kSignalsTopic, journal::NewMessage({.id = absl::StrCat(kAccount, "@", kVersion),
                                              .source = "bellwether/health",
                                              .type = kTypeSignal,
                                              .subject = kAccount,
                                              .time = recorded_at_,
                                              .recorded_at = recorded_at_},
                                             kAccount, signal.SerializeAsString()));
  }
  void WriteAlert() {
    alerts::v1::AlertChanged changed;
    alerts::v1::Alert& alert = *changed.mutable_alert();
    alert.set_name("alerts/R13-acme-1");
    alert.set_rule_id("R13");
    alert.set_subject(kAccount);
    alert.set_state(alerts::v1::ALERT_STATE_FIRING);
    alert.set_level(alerts::v1::LEVEL_YELLOW);
    changed.mutable_entry()->set_kind(alerts::v1::TIMELINE_KIND_FIRED);
    changed.set_entity_version(1);
    Write(kAlertsTopic, journal::NewMessage({.id = "R13-acme-1/1",
                                             .source = "bellwether/alerts",
                                             .type = kTypeAlertChanged,
                                             .subject = kAccount,
                                             .time = recorded_at_,
                                             .recorded_at = recorded_at_},
                                            kAccount, changed.SerializeAsString()));
  }
  // As the alerts service does, whose place in the log its store keeps.
  void FollowSignals() {
    FromTheStart listener;
    const auto consumer =
        bus_->NewConsumer({.group = "alerts", .topic = kSignalsTopic, .listener = &listener})
            .value();
    const auto batch = consumer->Poll(1, kPatience);
    ASSERT_TRUE(batch.ok()) << batch.status();
    ASSERT_EQ(batch->records.size(), 1u);
    const Record& record = batch->records.front();
    consumer->ReportCommitted(record.partition, record.offset + 1);
    consumer->Close();
  }

  const LogCapture quiet_{[](absl::string_view) {}};
  const absl::Time time_ =
      absl::FromCivil(absl::CivilSecond(2026, 11, 21, 9, 31, 40), absl::UTCTimeZone());
  const absl::Time recorded_at_ = time_ + absl::Seconds(1);
  std::unique_ptr<Bus> bus_;
  std::unique_ptr<Producer> producer_;
};

TEST_F(KafkaDocumentationTest, ItsExamplesOfReadingPrintWhatItSays) {
  WriteFact();
  WriteSignal();
  WriteAlert();
  FollowSignals();
  const auto examples = testing::ReadExamples("docs/kafka.md");
  ASSERT_GE(examples.size(), 6u);
  for (const testing::DocumentedExample& example : examples) {
    EXPECT_EQ(testing::OutputOf(example.command), example.printed) << example.command;
  }
}

}  // namespace
}  // namespace bellwether::bus::kafka_documentation_test
