#include "common/journal/entry.h"

#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/status.h"
#include "common/bus/topics.h"
#include "common/journal/timestamps.h"
#include "common/subject/subject_messages.h"
#include "common/subject/subject_type.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/io/coded_stream.h"

namespace bellwether::journal {
namespace {

using events::v1::Fact;
using events::v1::FactEvent;
using events::v1::JournalEntry;

constexpr char kFactTypePrefix[] = "bellwether.fact.";
constexpr char kFactTypeSuffix[] = ".v1";
constexpr char kSubjectTypePrefix[] = "bellwether.";
constexpr char kSubjectTypeSuffix[] = ".changed.v1";
constexpr char kTickerSource[] = "bellwether/ticker";
constexpr char kImportsSource[] = "bellwether/imports";
constexpr char kGatewaySource[] = "bellwether/gateway";

// Indexed by the field number of the kind; built once from the proto, so that a new kind needs no
// line here.
std::vector<std::string> ReadFactTypes() {
  const auto* oneof = Fact::descriptor()->FindOneofByName("kind");
  std::vector<std::string> types;
  for (int i = 0; i < oneof->field_count(); ++i) {
    const auto* field = oneof->field(i);
    const auto number = static_cast<size_t>(field->number());
    if (types.size() <= number) types.resize(number + 1);
    types[number] = absl::StrCat(kFactTypePrefix, field->name(), kFactTypeSuffix);
  }
  return types;
}

// By number of the subject type; types newer than this program share the first.
std::vector<std::string> ReadSubjectRecordTypes() {
  std::vector<std::string> types;
  for (int number = 0; number < events::v1::SubjectType_ARRAYSIZE; ++number) {
    const absl::string_view name = SubjectTypeName(static_cast<events::v1::SubjectType>(number));
    types.push_back(
        absl::StrCat(kSubjectTypePrefix, name.empty() ? "subject" : name, kSubjectTypeSuffix));
  }
  return types;
}

// The bytes of JournalEntry{fact}, without copying the fact into one.
std::string SerializeAsEntry(const Fact& fact) {
  using google::protobuf::io::CodedOutputStream;
  constexpr uint8_t kTag = JournalEntry::kFactFieldNumber << 3 | 2;
  const size_t fact_size = fact.ByteSizeLong();
  const auto length = static_cast<uint32_t>(fact_size);
  std::string bytes(1 + CodedOutputStream::VarintSize32(length) + fact_size, '\0');
  auto* at = reinterpret_cast<uint8_t*>(bytes.data());
  *at++ = kTag;
  at = CodedOutputStream::WriteVarint32ToArray(length, at);
  fact.SerializeWithCachedSizesToArray(at);
  return bytes;
}

}  // namespace

absl::string_view FactType(Fact::KindCase kind) {
  static const auto* const types = new std::vector<std::string>(ReadFactTypes());
  return static_cast<size_t>(kind) < types->size() ? (*types)[kind] : types->front();
}

std::optional<Fact::KindCase> FactKindOf(absl::string_view type) {
  if (!absl::ConsumePrefix(&type, kFactTypePrefix) ||
      !absl::ConsumeSuffix(&type, kFactTypeSuffix)) {
    return std::nullopt;
  }
  const auto* field = Fact::descriptor()->FindFieldByName(std::string(type));
  if (field == nullptr) return std::nullopt;
  return static_cast<Fact::KindCase>(field->number());
}

absl::string_view SubjectRecordType(events::v1::SubjectType type) {
  static const auto* const types = new std::vector<std::string>(ReadSubjectRecordTypes());
  return (*types)[events::v1::SubjectType_IsValid(type) ? static_cast<size_t>(type) : 0];
}

bool IsSubjectRecordType(absl::string_view type) {
  return absl::EndsWith(type, kSubjectTypeSuffix);
}

absl::string_view TypeOf(const JournalEntry& entry) {
  switch (entry.kind_case()) {
    case JournalEntry::kFact:
      return FactType(entry.fact().kind_case());
    case JournalEntry::kAccountChanged:
      return bus::kTypeAccountChanged;
    case JournalEntry::kOpportunityChanged:
      return bus::kTypeOpportunityChanged;
    case JournalEntry::kTick:
      return bus::kTypeTick;
    case JournalEntry::kModelActivated:
      return bus::kTypeModelActivated;
    case JournalEntry::kSemanticsChanged:
      return bus::kTypeSemanticsChanged;
    case JournalEntry::kImportRunWithdrawn:
      return bus::kTypeImportRunWithdrawn;
    case JournalEntry::kSubjectChanged:
      return SubjectRecordType(entry.subject_changed().subject_type());
    case JournalEntry::kImportRunStarted:
      return bus::kTypeImportRunStarted;
    case JournalEntry::kImportRunRenewed:
      return bus::kTypeImportRunRenewed;
    case JournalEntry::kImportRunEnded:
      return bus::kTypeImportRunEnded;
    case JournalEntry::KIND_NOT_SET:
      break;
  }
  return "";
}

bus::Message EncodeFact(const FactEvent& event, const Acceptance& acceptance) {
  Envelope envelope;
  envelope.id = event.id();
  envelope.source = event.source();
  envelope.type = FactType(event.fact().kind_case());
  envelope.subject = event.account_id();
  // Validation has refused timestamps without a meaning.
  envelope.time = FromTimestamp(event.time()).value_or(absl::UnixEpoch());
  envelope.recorded_at = acceptance.recorded_at;
  envelope.origin = acceptance.origin;
  envelope.traceparent = acceptance.traceparent;
  envelope.backfill = acceptance.backfill;
  return NewMessage(envelope, event.account_id(), SerializeAsEntry(event.fact()));
}

bus::Message EncodeEntry(const Envelope& envelope, absl::string_view key,
                         const JournalEntry& entry) {
  Envelope typed = envelope;
  if (typed.type.empty()) typed.type = TypeOf(entry);
  return NewMessage(typed, key, SerializedInOrder(entry));
}

bus::Message EncodeTick(int32_t partition, absl::Time recorded_at, bool backfill) {
  const std::string id = absl::StrCat("tick-", partition, "-", absl::ToUnixMicros(recorded_at));
  JournalEntry entry;
  entry.mutable_tick();
  Envelope envelope;
  envelope.id = id;
  envelope.source = kTickerSource;
  envelope.time = recorded_at;
  envelope.recorded_at = recorded_at;
  envelope.backfill = backfill;
  return EncodeEntry(envelope, PartitionKey(partition), entry);
}

bus::Message EncodeImportRunEntry(int32_t partition, absl::Time recorded_at,
                                  absl::string_view import_run, const JournalEntry& entry) {
  const std::string id =
      absl::StrCat(import_run, "-", partition, "-", absl::ToUnixMicros(recorded_at));
  Envelope envelope;
  envelope.id = id;
  envelope.source = kImportsSource;
  envelope.time = recorded_at;
  envelope.recorded_at = recorded_at;
  return EncodeEntry(envelope, PartitionKey(partition), entry);
}

bus::Message EncodeWithdrawal(int32_t partition, absl::string_view import_run,
                              absl::string_view reason, absl::Time recorded_at) {
  JournalEntry entry;
  entry.mutable_import_run_withdrawn()->set_import_run(std::string(import_run));
  entry.mutable_import_run_withdrawn()->set_reason(std::string(reason));
  Envelope envelope;
  envelope.id = import_run;
  envelope.source = kGatewaySource;
  envelope.time = recorded_at;
  envelope.recorded_at = recorded_at;
  return EncodeEntry(envelope, PartitionKey(partition), entry);
}

absl::Status DecodeEntry(const bus::Record& record, Envelope& envelope, JournalEntry& entry) {
  ASSIGN_OR_RETURN(envelope, ParseEnvelope(record));
  if (!entry.ParseFromArray(record.value.data(), static_cast<int>(record.value.size()))) {
    return InvalidArgument("MALFORMED_PAYLOAD", "", "the value is not a JournalEntry");
  }
  const absl::string_view type = TypeOf(entry);
  if (type.empty()) {
    return InvalidArgument("UNKNOWN_ENTRY_KIND", "", "the entry holds nothing this version knows");
  }
  if (type != envelope.type) {
    return InvalidArgument("TYPE_MISMATCH", bus::kHeaderType,
                           absl::StrCat("the payload is a ", type));
  }
  return absl::OkStatus();
}

}  // namespace bellwether::journal
