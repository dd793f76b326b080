#include "tests/bench/sample_journal.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/bus/topics.h"
#include "common/journal/entry.h"
#include "common/journal/timestamps.h"
#include "services/health/adapters/models/model_journal.h"
#include "tests/bench/measure.h"

namespace bellwether {
namespace {

constexpr int64_t kFactsPerTick = 1'000;
constexpr absl::Duration kFlushMax = absl::Minutes(5);
constexpr size_t kRoom = 2'048;

events::v1::Fact SomeFact(std::mt19937_64& random) {
  events::v1::Fact fact;
  const uint64_t kind = random() % 100;
  if (kind < 40) {
    auto& usage = *fact.mutable_usage_reported();
    usage.set_logins(static_cast<int64_t>(random() % 200));
    usage.set_active_users(static_cast<int64_t>(random() % 80));
    usage.set_licensed_users(100);
    usage.set_features_used(static_cast<int32_t>(random() % 20));
    usage.set_features_available(25);
  } else if (kind < 65) {
    auto& interaction = *fact.mutable_interaction_held();
    interaction.set_channel(events::v1::INTERACTION_CHANNEL_CALL);
    interaction.add_person_ids("p17");
    interaction.set_level(static_cast<events::v1::ContactLevel>(1 + random() % 4));
    interaction.set_customer_initiated(random() % 2 == 0);
    interaction.set_representative("li.wei");
  } else if (kind < 80) {
    auto& order = *fact.mutable_order_placed();
    order.set_order_id(absl::StrCat("SO-", random() % 1'000'000));
    order.mutable_amount()->set_currency_code("CNY");
    order.mutable_amount()->set_amount_minor(static_cast<int64_t>(random() % 50'000'000));
    order.mutable_amount()->set_base_amount_minor(order.amount().amount_minor());
    order.set_product("suite");
  } else if (kind < 90) {
    auto& resolved = *fact.mutable_case_resolved();
    resolved.set_case_id(absl::StrCat("C-", random() % 1'000'000));
    resolved.set_resolution_seconds(static_cast<int64_t>(random() % 400'000));
    resolved.set_first_contact(random() % 3 != 0);
  } else if (kind < 95) {
    auto& survey = *fact.mutable_survey_answered();
    survey.set_kind(events::v1::SURVEY_KIND_CSAT);
    survey.set_score_micros(static_cast<int64_t>(random() % 101) * 1'000'000);
  } else {
    fact.mutable_sentiment_observed()->set_score_micros(static_cast<int64_t>(random() % 2'000'000) -
                                                        1'000'000);
  }
  return fact;
}

bus::Message Activation(int32_t partition) {
  events::v1::JournalEntry entry;
  *entry.mutable_model_activated() = ShippedModel();
  journal::Envelope envelope;
  envelope.id = "model";
  envelope.source = "bench";
  envelope.time = envelope.recorded_at = absl::UnixEpoch();
  return journal::EncodeEntry(envelope, journal::PartitionKey(partition), entry);
}

}  // namespace

absl::Time SampleBegin() {
  return absl::FromCivil(absl::CivilHour(2026, 3, 2, 9), absl::UTCTimeZone());
}

events::v1::FactEvent SomeEvent(int64_t number, int64_t account, absl::Time time,
                                std::mt19937_64& random) {
  events::v1::FactEvent event;
  event.set_id(absl::StrCat("evt-", number));
  event.set_source("crm/bench");
  event.set_account_id(absl::StrCat("account-", account));
  *event.mutable_time() = journal::ToTimestamp(time);
  *event.mutable_fact() = SomeFact(random);
  return event;
}

events::v1::ModelActivated ShippedModel() { return OrDie(health::LoadModel("six-dimension", "")); }

void FillJournal(bus::Bus& bus, int32_t partitions, int64_t facts, int64_t accounts) {
  const std::unique_ptr<bus::Producer> producer = OrDie(bus.NewProducer());
  const auto send = [&](int32_t partition, const bus::Message& message) {
    while (!producer->HasRoom(kRoom)) OrDie(producer->Flush(kFlushMax));
    OrDie(producer->Produce(
        bus::kJournalTopic, partition, message,
        [](const absl::StatusOr<bus::Position>& position) { OrDie(position.status()); }));
  };
  for (int32_t p = 0; p < partitions; ++p) send(p, Activation(p));
  std::mt19937_64 random(1);
  absl::Time now = SampleBegin();
  for (int64_t i = 0; i < facts; ++i) {
    if (i % kFactsPerTick == 0) {
      for (int32_t p = 0; p < partitions; ++p) send(p, journal::EncodeTick(p, now, false));
    }
    now += absl::Milliseconds(10);
    journal::Acceptance acceptance;
    acceptance.recorded_at = now;
    const events::v1::FactEvent event = SomeEvent(i, i % accounts, now, random);
    send(PartitionOf(event.account_id(), partitions), journal::EncodeFact(event, acceptance));
  }
  OrDie(producer->Flush(kFlushMax));
}

}  // namespace bellwether
