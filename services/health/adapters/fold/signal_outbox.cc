#include "services/health/adapters/fold/signal_outbox.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "bellwether/events/v1/signal.pb.h"
#include "common/bus/topics.h"
#include "common/journal/envelope.h"
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

bus::Message SignalMessage(const std::string& subject, bool of_account, absl::string_view steps,
                           const stream::Moment& moment) {
  const std::string id = absl::StrCat(subject, "@", moment.version);
  journal::Envelope envelope = EnvelopeAt(moment);
  envelope.id = id;
  envelope.type = bus::kTypeSignal;
  envelope.subject = subject;
  using events::v1::Signal;
  const auto type =
      of_account ? events::v1::SUBJECT_TYPE_ACCOUNT : events::v1::SUBJECT_TYPE_OPPORTUNITY;
  std::string value;
  WireWriter writer(value, BytesFieldSize(subject.size()) + NumberFieldSize(type) +
                               NumberFieldSize(moment.version) + steps.size());
  writer.Bytes(Signal::kSubjectFieldNumber, subject);
  writer.Number(Signal::kSubjectTypeFieldNumber, type);
  writer.Number(Signal::kVersionFieldNumber, moment.version);
  writer.Raw(steps);
  return journal::NewMessage(envelope, subject, std::move(value));
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
