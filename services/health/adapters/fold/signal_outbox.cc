#include "services/health/adapters/fold/signal_outbox.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "bellwether/events/v1/signal.pb.h"
#include "common/bus/topics.h"
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
  const std::string key = journal::PartitionKey(partition);
  const std::string id = absl::StrCat(key, "@", moment.version);
  journal::Envelope envelope = EnvelopeAt(moment);
  envelope.id = id;
  envelope.type = bus::kTypeTick;
  events::v1::Signal watermark;
  watermark.set_version(moment.version);
  return journal::NewMessage(envelope, key, watermark.SerializeAsString());
}

}  // namespace bellwether::health
