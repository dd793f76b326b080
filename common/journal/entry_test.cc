#include "common/journal/entry.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/bus/topics.h"
#include "common/journal/timestamps.h"
#include "gtest/gtest.h"

namespace bellwether::journal::entry_test {
namespace {

using events::v1::Fact;
using events::v1::FactEvent;
using events::v1::JournalEntry;

constexpr int32_t kPartitions = 12;
const absl::Time kHappened = absl::FromUnixMicros(1'700'000'000'123'456);
const absl::Time kAccepted = absl::FromUnixMicros(1'700'000'001'000'001);

FactEvent Order() {
  FactEvent event;
  event.set_id("o-1");
  event.set_source("crm/test");
  event.set_account_id("acme");
  *event.mutable_time() = ToTimestamp(kHappened);
  event.mutable_fact()->mutable_order_placed()->mutable_amount()->set_amount_minor(12'345);
  return event;
}

// A message seen as a consumer sees it. Keeps the views' bytes.
struct Received {
  explicit Received(bus::Message from, int32_t partition = 0) : message(std::move(from)) {
    for (const bus::Header& header : message.headers)
      headers.push_back({header.name, header.value});
    record.partition = partition;
    record.key = message.key;
    record.value = message.value;
    record.headers = headers;
  }
  Received(const Received&) = delete;

  bus::Message message;
  std::vector<bus::HeaderView> headers;
  bus::Record record;
};

std::string ReasonOf(const absl::Status& status) {
  const auto detail = DetailOf(status);
  return detail.has_value() ? detail->reason + ":" + detail->field : status.ToString();
}

TEST(JournalEntryRecord, CarriesAFactAndItsEnvelope) {
  const Received received(EncodeFact(Order(), {.recorded_at = kAccepted,
                                               .origin = "import-7",
                                               .traceparent = "00-ab-cd-01",
                                               .backfill = true}));
  EXPECT_EQ(received.record.key, "acme");
  Envelope envelope;
  JournalEntry entry;
  ASSERT_TRUE(DecodeEntry(received.record, envelope, entry).ok());
  EXPECT_EQ(envelope.id, "o-1");
  EXPECT_EQ(envelope.source, "crm/test");
  EXPECT_EQ(envelope.type, "bellwether.fact.order_placed.v1");
  EXPECT_EQ(envelope.subject, "acme");
  EXPECT_EQ(envelope.time, kHappened);
  EXPECT_EQ(envelope.recorded_at, kAccepted);
  EXPECT_EQ(envelope.origin, "import-7");
  EXPECT_EQ(envelope.traceparent, "00-ab-cd-01");
  EXPECT_TRUE(envelope.backfill);
  EXPECT_EQ(entry.fact().SerializeAsString(), Order().fact().SerializeAsString());
}

TEST(JournalEntryRecord, LeavesOutWhatALiveFactDoesNotHave) {
  const Received received(EncodeFact(Order(), {.recorded_at = kAccepted}));
  EXPECT_EQ(received.record.HeaderOr(bus::kHeaderOrigin, "none"), "none");
  EXPECT_EQ(received.record.HeaderOr(bus::kHeaderBackfill, "none"), "none");
  EXPECT_FALSE(ParseEnvelope(received.record)->backfill);
}

TEST(JournalEntryRecord, HoldsAFactOfAnySize) {
  for (const size_t size : {size_t{0}, size_t{100}, size_t{127}, size_t{128}, size_t{20'000}}) {
    FactEvent event = Order();
    event.mutable_fact()->mutable_order_placed()->set_product(std::string(size, 'p'));
    const Received received(EncodeFact(event, {.recorded_at = kAccepted}));
    Envelope envelope;
    JournalEntry entry;
    ASSERT_TRUE(DecodeEntry(received.record, envelope, entry).ok()) << size;
    EXPECT_EQ(entry.fact().order_placed().product().size(), size);
  }
}

TEST(JournalEntryRecord, CarriesATickOfAPartition) {
  const Received received(EncodeTick(7, kAccepted, false), 7);
  Envelope envelope;
  JournalEntry entry;
  ASSERT_TRUE(DecodeEntry(received.record, envelope, entry).ok());
  EXPECT_EQ(envelope.type, bus::kTypeTick);
  EXPECT_EQ(envelope.time, kAccepted);
  EXPECT_EQ(envelope.recorded_at, kAccepted);
  EXPECT_TRUE(entry.has_tick());
  EXPECT_TRUE(CheckPartition(received.record, envelope.type, kPartitions).ok());
}

TEST(JournalEntryRecord, TypesOtherEntriesByWhatTheyHold) {
  JournalEntry entry;
  entry.mutable_account_changed()->set_account_id("acme");
  Envelope envelope{.id = "1", .source = "s", .subject = "acme"};
  envelope.time = envelope.recorded_at = kAccepted;
  const Received received(EncodeEntry(envelope, "acme", entry));
  EXPECT_EQ(received.record.HeaderOr(bus::kHeaderType), bus::kTypeAccountChanged);
}

TEST(JournalEntryRecord, IsRefusedWithoutANeededHeader) {
  for (const char* name : {bus::kHeaderSpecVersion, bus::kHeaderId, bus::kHeaderSource,
                           bus::kHeaderType, bus::kHeaderTime, bus::kHeaderRecordedAt}) {
    bus::Message message = EncodeFact(Order(), {.recorded_at = kAccepted});
    std::erase_if(message.headers, [&](const bus::Header& header) { return header.name == name; });
    const Received received(std::move(message));
    EXPECT_EQ(ReasonOf(ParseEnvelope(received.record).status()),
              std::string("HEADER_MISSING:") + name);
  }
}

TEST(JournalEntryRecord, IsRefusedWithAMalformedHeader) {
  const std::pair<const char*, const char*> cases[] = {
      {bus::kHeaderSpecVersion, "0.3"},
      {bus::kHeaderTime, "yesterday"},
      {bus::kHeaderRecordedAt, "12:00"},
      {bus::kHeaderRecordedAt, "99999999999999999999"},
      {bus::kHeaderRecordedAt, "9223372036854775807"},
      {bus::kHeaderContentType, "application/json"},
      {bus::kHeaderBackfill, "yes"}};
  for (const auto& [name, value] : cases) {
    bus::Message message = EncodeFact(Order(), {.recorded_at = kAccepted, .backfill = true});
    for (bus::Header& header : message.headers) {
      if (header.name == name) header.value = value;
    }
    const Received received(std::move(message));
    EXPECT_EQ(ReasonOf(ParseEnvelope(received.record).status()),
              std::string("HEADER_MALFORMED:") + name);
  }
}

TEST(JournalEntryRecord, IsRefusedWhenThePayloadIsNotTheTypesOwn) {
  Envelope envelope;
  JournalEntry entry;
  bus::Message garbled = EncodeFact(Order(), {.recorded_at = kAccepted});
  garbled.value = "\xff\xff\xff";
  EXPECT_EQ(ReasonOf(DecodeEntry(Received(std::move(garbled)).record, envelope, entry)),
            "MALFORMED_PAYLOAD:");
  bus::Message empty = EncodeFact(Order(), {.recorded_at = kAccepted});
  empty.value.clear();
  EXPECT_EQ(ReasonOf(DecodeEntry(Received(std::move(empty)).record, envelope, entry)),
            "UNKNOWN_ENTRY_KIND:");
  bus::Message tick = EncodeFact(Order(), {.recorded_at = kAccepted});
  tick.value = EncodeTick(0, kAccepted, false).value;
  EXPECT_EQ(ReasonOf(DecodeEntry(Received(std::move(tick)).record, envelope, entry)),
            absl::StrCat("TYPE_MISMATCH:", bus::kHeaderType));
}

TEST(Partition, OfARecordMustBeItsKeys) {
  const int32_t right = PartitionOf("acme", kPartitions);
  const Received here(EncodeFact(Order(), {.recorded_at = kAccepted}), right);
  EXPECT_TRUE(CheckPartition(here.record, FactType(Fact::kOrderPlaced), kPartitions).ok());
  const Received elsewhere(EncodeFact(Order(), {.recorded_at = kAccepted}), (right + 1) % 12);
  EXPECT_EQ(ReasonOf(CheckPartition(elsewhere.record, FactType(Fact::kOrderPlaced), kPartitions)),
            "WRONG_PARTITION:");
  const Received foreign_tick(EncodeTick(3, kAccepted, false), 4);
  EXPECT_EQ(ReasonOf(CheckPartition(foreign_tick.record, bus::kTypeTick, kPartitions)),
            "WRONG_PARTITION:");
}

TEST(FactTypes, GoBothWaysForEveryKindOfTheProto) {
  const auto* oneof = Fact::descriptor()->FindOneofByName("kind");
  ASSERT_EQ(oneof->field_count(), 23);
  for (int i = 0; i < oneof->field_count(); ++i) {
    const auto kind = static_cast<Fact::KindCase>(oneof->field(i)->number());
    EXPECT_EQ(FactType(kind), absl::StrCat("bellwether.fact.", oneof->field(i)->name(), ".v1"));
    EXPECT_EQ(FactKindOf(FactType(kind)), kind);
  }
}

TEST(FactTypes, KnowNothingElse) {
  EXPECT_EQ(FactType(Fact::KIND_NOT_SET), "");
  for (const char* type :
       {"", "bellwether.fact.v1", "bellwether.fact..v1", "order_placed",
        "bellwether.fact.unknown.v1", "bellwether.fact.order_placed.v2", "bellwether.tick.v1"}) {
    EXPECT_EQ(FactKindOf(type), std::nullopt) << type;
  }
}

TEST(JournalEntryRecord, OfAnImportRunBelongsToItsPartition) {
  JournalEntry entry;
  entry.mutable_import_run_ended()->set_import_run("r1");
  const Received received(EncodeImportRunEntry(3, kAccepted, "r1", entry), 3);
  Envelope envelope;
  JournalEntry read;
  ASSERT_TRUE(DecodeEntry(received.record, envelope, read).ok());
  EXPECT_EQ(read.import_run_ended().import_run(), "r1");
  EXPECT_EQ(envelope.type, "bellwether.import_run.ended.v1");
  EXPECT_EQ(envelope.recorded_at, kAccepted);
  EXPECT_TRUE(CheckPartition(received.record, envelope.type, kPartitions).ok());
  const Received elsewhere(EncodeImportRunEntry(3, kAccepted, "r1", entry), 4);
  EXPECT_EQ(ReasonOf(CheckPartition(elsewhere.record, envelope.type, kPartitions)),
            "WRONG_PARTITION:");
}

}  // namespace
}  // namespace bellwether::journal::entry_test
