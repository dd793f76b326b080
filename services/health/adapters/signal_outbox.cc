#include "services/health/adapters/signal_outbox.h"

#include "absl/strings/str_cat.h"
#include "common/bus/topics.h"
#include "common/journal/envelope.h"

namespace bellwether::health {
namespace {

constexpr char kSource[] = "bellwether/health";

void AddValue(const std::string& name, int64_t value, events::v1::SignalStep& step) {
  events::v1::NamedValue& named = *step.add_values();
  named.set_name(name);
  if (value == kAbsent) {
    named.set_absent(true);
  } else {
    named.set_value(value);
  }
}

journal::Envelope EnvelopeAt(const stream::Moment& moment) {
  journal::Envelope envelope;
  envelope.source = kSource;
  envelope.time = moment.time;
  envelope.recorded_at = moment.time;
  envelope.backfill = moment.backfill;
  return envelope;
}

}  // namespace

void SetValues(const ActiveModel* model, const Changes& changes, events::v1::SignalStep& step) {
  for (const ValueChange& change : changes.values) {
    AddValue(model->ValueName(change.value), change.now, step);
  }
  for (const std::string& name : changes.gone) AddValue(name, kAbsent, step);
}

void SetAllValues(const ActiveModel& model, const std::vector<int64_t>& values,
                  events::v1::SignalStep& step) {
  for (size_t i = 0; i < values.size(); ++i) {
    AddValue(model.ValueName(static_cast<int>(i)), values[i], step);
  }
}

bus::Message SignalMessage(const std::string& subject, const events::v1::Signal& signal,
                           const stream::Moment& moment) {
  const std::string id = absl::StrCat(subject, "@", moment.version);
  journal::Envelope envelope = EnvelopeAt(moment);
  envelope.id = id;
  envelope.type = bus::kTypeSignal;
  envelope.subject = subject;
  return journal::NewMessage(envelope, subject, signal.SerializeAsString());
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
