#include "services/health/adapters/fold/signal_outbox.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "bellwether/events/v1/signal.pb.h"
#include "common/bus/topics.h"
#include "common/journal/entry.h"
#include "common/journal/envelope.h"
#include "common/subject/subject_messages.h"
#include "common/subject/subject_type.h"
#include "services/health/adapters/fold/wire_writer.h"

namespace bellwether::health {
namespace {

constexpr char kSource[] = "bellwether/health";

journal::Envelope EnvelopeAt(const stream::Moment& moment) {
  journal::Envelope envelope;
  envelope.source = kSource;
  envelope.time = moment.time;
  envelope.recorded_at = moment.time;
  envelope.backfill = moment.backfill;
  return envelope;
}

// About no subject.
bus::Message PartitionMessage(int32_t partition, absl::string_view type, events::v1::Signal signal,
                              const stream::Moment& moment) {
  const std::string key = journal::PartitionKey(partition);
  const std::string id = absl::StrCat(key, "@", moment.version);
  journal::Envelope envelope = EnvelopeAt(moment);
  envelope.id = id;
  envelope.type = type;
  signal.set_version(moment.version);
  return journal::NewMessage(envelope, key, signal.SerializeAsString());
}

}  // namespace

bus::Message SignalMessage(const std::string& account, absl::string_view steps,
                           const stream::Moment& moment) {
  const std::string id = absl::StrCat(account, "@", moment.version);
  journal::Envelope envelope = EnvelopeAt(moment);
  envelope.id = id;
  envelope.type = bus::kTypeSignal;
  envelope.subject = account;
  using events::v1::Signal;
  const auto type = events::v1::SUBJECT_TYPE_ACCOUNT;
  std::string value;
  WireWriter writer(value, BytesFieldSize(account.size()) + NumberFieldSize(type) +
                               NumberFieldSize(moment.version) + steps.size());
  writer.Bytes(Signal::kSubjectFieldNumber, account);
  writer.Number(Signal::kSubjectTypeFieldNumber, type);
  writer.Number(Signal::kVersionFieldNumber, moment.version);
  writer.Raw(steps);
  return journal::NewMessage(envelope, account, std::move(value));
}

bus::Message SignalMessage(const events::v1::Signal& signal, const stream::Moment& moment) {
  const std::string& key = signal.account().empty() ? signal.subject() : signal.account();
  const std::string id = absl::StrCat(SubjectTypeName(signal.subject_type()), "/", signal.subject(),
                                      "@", moment.version);
  journal::Envelope envelope = EnvelopeAt(moment);
  envelope.id = id;
  envelope.type = bus::kTypeSignal;
  envelope.subject = key;
  return journal::NewMessage(envelope, key, SerializedInOrder(signal));
}

bus::Message WatermarkMessage(int32_t partition, const stream::Moment& moment) {
  return PartitionMessage(partition, bus::kTypeTick, {}, moment);
}

bus::Message ImportRunMessage(int32_t partition, const events::v1::JournalEntry& entry,
                              const stream::Moment& moment) {
  events::v1::Signal signal;
  if (entry.has_import_run_started()) {
    *signal.mutable_import_run_started() = entry.import_run_started();
  } else if (entry.has_import_run_renewed()) {
    *signal.mutable_import_run_renewed() = entry.import_run_renewed();
  } else {
    *signal.mutable_import_run_ended() = entry.import_run_ended();
  }
  return PartitionMessage(partition, journal::TypeOf(entry), std::move(signal), moment);
}

}  // namespace bellwether::health
