#include "services/health/adapters/fold/live_encoder.h"

#include "bellwether/events/v1/signal.pb.h"
#include "common/journal/timestamps.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"
#include "services/health/adapters/live/health_messages.h"
#include "services/health/testing/models.h"

namespace bellwether::health::live_encoder_test {
namespace {

using google::protobuf::util::MessageDifferencer;

std::string SomeCause() {
  events::v1::Cause cause;
  cause.set_kind(events::v1::CAUSE_KIND_FACT);
  cause.set_source("crm");
  return cause.SerializeAsString();
}

RC_GTEST_PROP(LiveEncoder, WritesWhatTheGeneratedCodeReadsBack,
              (uint64_t version, const std::vector<int64_t>& amounts, bool named, bool backfill)) {
  static const auto model = SmallActiveModel();
  Account account;
  Changes changes;
  if (named) {
    account.ChangeAttributes(model.get(), {"Acme", "li", "", "core", "east"}, false, 1,
                             FoldDay::At(20'000), changes);
  }
  uint64_t id = 0;
  for (const int64_t amount : amounts) {
    account.ApplyFact(model.get(), Order(++id, 20'000, amount), FoldDay::At(20'000), changes);
  }
  changes.gone = {"a.value.that.is.gone"};
  const absl::Time time = absl::FromUnixMicros(1'700'000'000'123'456);
  LiveEncoder encoder(model);

  std::string bytes = "not empty";
  encoder.EncodeHealth({.account_id = "acme",
                        .as_of = time,
                        .version = static_cast<int64_t>(version >> 11),
                        .cause = SomeCause(),
                        .score_before = 7},
                       account, bytes);
  v1::AccountHealth expected;
  SetHealth("acme", account.attributes(), model.get(), account.live(), expected);
  expected.set_version(static_cast<int64_t>(version >> 11));
  *expected.mutable_as_of() = journal::ToTimestamp(time);
  expected.mutable_last_cause()->ParseFromString(SomeCause());
  expected.set_previous_score_micros(7);
  v1::AccountHealth read;
  RC_ASSERT(read.ParseFromString(bytes));
  RC_ASSERT(MessageDifferencer::Equals(read, expected));

  std::string steps;
  for (int i = 0; i < 2; ++i) {
    encoder.AppendStep({.time = time, .backfill = backfill, .cause = SomeCause()}, changes, steps);
  }
  events::v1::Signal signal;
  RC_ASSERT(signal.ParseFromString(steps));
  RC_ASSERT(signal.steps_size() == 2);
  const events::v1::SignalStep& step = signal.steps(1);
  RC_ASSERT(step.time_micros() == absl::ToUnixMicros(time));
  RC_ASSERT(step.backfill() == backfill);
  RC_ASSERT(step.cause().SerializeAsString() == SomeCause());
  RC_ASSERT(static_cast<size_t>(step.values_size()) == changes.values.size() + 1);
  for (size_t i = 0; i < changes.values.size(); ++i) {
    const events::v1::NamedValue& value = step.values(static_cast<int>(i));
    const bool absent = changes.values[i].now == kAbsent;
    RC_ASSERT(value.name() == model->ValueName(changes.values[i].value));
    RC_ASSERT(value.absent() == absent);
    RC_ASSERT(value.value() == (absent ? 0 : changes.values[i].now));
  }
  RC_ASSERT(step.values(step.values_size() - 1).absent());
  // No byte is left over or unknown.
  RC_ASSERT(signal.SerializeAsString().size() == steps.size());
}

TEST(LiveEncoder, ShowsAnAccountWithoutAModelAsUnknown) {
  Account account;
  std::string bytes;
  LiveEncoder(nullptr).EncodeHealth({.account_id = "acme"}, account, bytes);
  v1::AccountHealth read;
  ASSERT_TRUE(read.ParseFromString(bytes));
  EXPECT_EQ(read.account(), "accounts/acme");
  EXPECT_TRUE(read.low_confidence());
  EXPECT_EQ(read.confidence_micros(), 0);
  EXPECT_FALSE(read.has_last_cause());
}

}  // namespace
}  // namespace bellwether::health::live_encoder_test
