#include "services/health/testing/fold_rig.h"

#include <utility>

#include "absl/synchronization/notification.h"
#include "common/journal/subject_entries.h"
#include "services/health/testing/models.h"

namespace bellwether::health {
namespace {

v1::MetricUnit ToMessage(Unit unit) {
  // The messages number units as the domain does, after "unspecified".
  return static_cast<v1::MetricUnit>(static_cast<int>(unit) + 1);
}
v1::MetricFormula ToMessage(Formula formula) {
  return static_cast<v1::MetricFormula>(static_cast<int>(formula) + 1);
}

}  // namespace

events::v1::ModelActivated SmallActivation(const std::string& version) {
  events::v1::ModelActivated activated;
  const MetricCatalogue catalogue = EveryFormula();
  activated.mutable_catalogue()->set_version(catalogue.version);
  activated.mutable_catalogue()->set_restate_days(catalogue.restate_days);
  for (const MetricDefinition& metric : catalogue.metrics) {
    v1::MetricDefinition& message = *activated.mutable_catalogue()->add_metrics();
    message.set_name(metric.name);
    message.set_unit(ToMessage(metric.unit));
    message.set_formula(ToMessage(metric.formula));
    message.set_series(metric.series);
    message.set_denominator_series(metric.denominator_series);
    message.set_window_days(metric.window_days);
    message.set_offset_days(metric.offset_days);
    message.set_materiality_micros(metric.materiality_micros);
    message.set_minimum_baseline(metric.minimum_baseline);
    message.set_empty_is_zero(metric.empty_is_zero);
    message.set_trouble(metric.trouble);
  }
  const HealthModel model = SmallModel();
  activated.mutable_model()->set_model_id(model.id);
  activated.mutable_model()->set_version(version);
  activated.mutable_model()->set_minimum_confidence_micros(model.minimum_confidence_micros);
  activated.mutable_model()->set_materiality_micros(model.materiality_micros);
  for (const Dimension& dimension : model.dimensions) {
    v1::Dimension& message = *activated.mutable_model()->add_dimensions();
    message.set_dimension_id(dimension.id);
    message.set_weight_micros(dimension.weight_micros);
    for (const WeightedMetric& metric : dimension.metrics) {
      v1::WeightedMetric& weighted = *message.add_metrics();
      weighted.set_metric(metric.metric);
      weighted.set_weight_micros(metric.weight_micros);
      for (const CurvePoint& point : metric.curve) {
        v1::CurvePoint& at = *weighted.add_curve();
        at.set_at_micros(point.at_micros);
        at.set_points_micros(point.points_micros);
      }
    }
  }
  for (const Band& band : model.bands) {
    v1::Band& message = *activated.mutable_model()->add_bands();
    message.set_band_id(band.id);
    message.set_from_points_micros(band.from_micros);
  }
  return activated;
}

FoldRig::FoldRig(int64_t segment_offsets) {
  for (const char* topic : {bus::kJournalTopic, bus::kSignalsTopic, bus::kDeadLetterTopic}) {
    EXPECT_TRUE(bus->EnsureTopic({topic, kPartitions}).ok());
  }
  EXPECT_TRUE(CreateTables(*store).ok());
  EXPECT_TRUE(stream::CreateTables(*store).ok());
  producer_ = bus->NewProducer().value();
  settings = {.calendar = &calendar,
              .signals_topic = bus::kSignalsTopic,
              .history = {.bus = bus.get(),
                          .store = store.get(),
                          .topic = bus::kJournalTopic,
                          .partitions = kPartitions,
                          .segment_offsets = segment_offsets}};
  options.name = "health";
  options.group = "health";
  options.topic = bus::kJournalTopic;
}

void FoldRig::FoldBackUntil(int32_t partition, int64_t records_on) {
  const auto transaction = store->Begin().value();
  EXPECT_EQ(transaction
                ->Execute("UPDATE stream_offsets SET fold_back_until = next_offset + $1 WHERE "
                          "processor = $2 AND partition_number = $3",
                          {records_on, options.name, int64_t{partition}})
                .value(),
            1);
  EXPECT_TRUE(transaction->Commit().ok());
}

FoldRig::Sent FoldRig::Send(bus::Message message, int32_t partition) {
  Sent sent;
  absl::Notification done;
  const absl::Status queued = producer_->Produce(bus::kJournalTopic, partition, std::move(message),
                                                 [&](absl::StatusOr<bus::Position> position) {
                                                   EXPECT_TRUE(position.ok()) << position.status();
                                                   if (position.ok())
                                                     sent = {position->partition, position->offset};
                                                   done.Notify();
                                                 });
  EXPECT_TRUE(queued.ok()) << queued;
  if (queued.ok()) done.WaitForNotification();
  return sent;
}

FoldRig::Sent FoldRig::SendFact(const std::string& account, const std::string& id, absl::Time time,
                                const events::v1::Fact& fact, std::optional<absl::Time> recorded_at,
                                const std::string& origin, bool backfill) {
  events::v1::FactEvent event;
  event.set_id(id);
  event.set_source("test");
  event.set_account_id(account);
  *event.mutable_time() = journal::ToTimestamp(time);
  *event.mutable_fact() = fact;
  journal::Acceptance acceptance;
  acceptance.recorded_at = recorded_at.value_or(time);
  acceptance.origin = origin;
  acceptance.backfill = backfill;
  return Send(journal::EncodeFact(event, acceptance), PartitionFor(account));
}

FoldRig::Sent FoldRig::SendOrder(const std::string& account, const std::string& id, absl::Time time,
                                 int64_t amount, std::optional<absl::Time> recorded_at,
                                 const std::string& origin) {
  events::v1::Fact fact;
  fact.mutable_order_placed()->mutable_amount()->set_base_amount_minor(amount);
  return SendFact(account, id, time, fact, recorded_at, origin);
}

FoldRig::Sent FoldRig::SendAccount(const events::v1::AccountChanged& changed,
                                   absl::Time recorded_at) {
  events::v1::JournalEntry entry;
  *entry.mutable_account_changed() = changed;
  const std::string id = absl::StrCat(changed.account_id(), "-", changed.entity_version());
  journal::Envelope envelope;
  envelope.id = id;
  envelope.source = "accounts";
  envelope.time = recorded_at;
  envelope.recorded_at = recorded_at;
  return Send(journal::EncodeEntry(envelope, changed.account_id(), entry),
              PartitionFor(changed.account_id()));
}

FoldRig::Sent FoldRig::SendOpportunity(const std::string& key,
                                       const events::v1::OpportunityChanged& changed,
                                       absl::Time recorded_at) {
  events::v1::JournalEntry entry;
  *entry.mutable_opportunity_changed() = changed;
  journal::Envelope envelope;
  envelope.id = changed.opportunity_id();
  envelope.source = "opportunities";
  envelope.time = recorded_at;
  envelope.recorded_at = recorded_at;
  return Send(journal::EncodeEntry(envelope, key, entry), PartitionFor(key));
}

FoldRig::Sent FoldRig::SendSubject(const events::v1::SubjectChanged& changed,
                                   absl::Time recorded_at, std::string key) {
  if (key.empty()) key = std::string(journal::KeyOf(changed));
  events::v1::JournalEntry entry;
  *entry.mutable_subject_changed() = changed;
  const std::string id = absl::StrCat(changed.subject_id(), "@", changed.entity_version());
  journal::Envelope envelope;
  envelope.id = id;
  envelope.source = "test";
  envelope.time = recorded_at;
  envelope.recorded_at = recorded_at;
  return Send(journal::EncodeEntry(envelope, key, entry), PartitionFor(key));
}

void FoldRig::SendSemantics(journal::Semantics semantics) {
  for (int32_t p = 0; p < kPartitions; ++p) Send(journal::EncodeSemantics(p, semantics), p);
}

void FoldRig::SendWithdrawal(const std::string& import_run, absl::Time recorded_at) {
  for (int32_t p = 0; p < kPartitions; ++p) {
    Send(journal::EncodeWithdrawal(p, import_run, "", recorded_at), p);
  }
}

void FoldRig::SendTick(absl::Time time, bool backfill) {
  for (int32_t p = 0; p < kPartitions; ++p) Send(journal::EncodeTick(p, time, backfill), p);
}

void FoldRig::SendActivation(const events::v1::ModelActivated& activated, absl::Time recorded_at) {
  events::v1::JournalEntry entry;
  *entry.mutable_model_activated() = activated;
  for (int32_t p = 0; p < kPartitions; ++p) {
    const std::string key = journal::PartitionKey(p);
    journal::Envelope envelope;
    envelope.id = key;
    envelope.source = "health";
    envelope.time = recorded_at;
    envelope.recorded_at = recorded_at;
    Send(journal::EncodeEntry(envelope, key, entry), p);
  }
}

void FoldRig::Start() {
  folds_ = std::make_unique<HealthFoldFactory>(settings);
  processor_ = std::make_unique<stream::Processor>(
      options, stream::Ports{bus.get(), store.get(), &cache, &clock, folds_.get()}, NewUuid());
  const absl::Status opened = processor_->Open();
  EXPECT_TRUE(opened.ok()) << opened;
}

void FoldRig::Drain() {
  if (processor_ == nullptr) Start();
  const auto done = [&] {
    const auto status = processor_->Status();
    if (status.size() != kPartitions) return false;
    for (const stream::PartitionStatus& partition : status) {
      const auto range = bus->Offsets(bus::kJournalTopic, partition.partition);
      if (partition.next_offset < range.value().end || partition.effects_outstanding > 0 ||
          partition.state != stream::PartitionState::kLive) {
        return false;
      }
    }
    return true;
  };
  const absl::Time deadline = absl::Now() + absl::Seconds(60);
  while (!done()) {
    ASSERT_LT(absl::Now(), deadline) << "the fold does not get on";
    const absl::Status run = processor_->RunOnce(absl::Milliseconds(2));
    ASSERT_TRUE(run.ok()) << run;
    processor_->StepCommitter();
  }
}

void FoldRig::Stop() {
  if (processor_ == nullptr) return;
  processor_->Close();
  processor_.reset();
}

std::optional<v1::AccountHealth> FoldRig::Cached(const std::string& account) {
  const auto entry = cache.Get(CacheKey(account)).value();
  if (!entry) return std::nullopt;
  v1::AccountHealth health;
  EXPECT_TRUE(health.ParseFromString(entry->value));
  return health;
}

std::optional<AccountView> FoldRig::Live(const std::string& account) {
  std::optional<AccountView> view;
  const absl::Status status =
      processor_->Inspect(PartitionFor(account), [&](const stream::PartitionFold& fold) {
        view = dynamic_cast<const HealthFold&>(fold).View(account);
      });
  EXPECT_TRUE(status.ok()) << status;
  return view;
}

std::vector<bus::RecordBatch> FoldRig::ReadAll(absl::string_view topic, int32_t partition) {
  std::vector<bus::RecordBatch> batches;
  auto reader = bus->NewReader(topic, partition, 0).value();
  while (true) {
    bus::RecordBatch batch = reader->Read(10'000, absl::ZeroDuration()).value();
    if (batch.empty()) return batches;
    batches.push_back(std::move(batch));
  }
}

std::vector<ReceivedSignal> FoldRig::Signals(int32_t partition) {
  std::vector<ReceivedSignal> signals;
  for (const bus::RecordBatch& batch : ReadAll(bus::kSignalsTopic, partition)) {
    for (const bus::Record& record : batch.records) {
      const auto envelope = journal::ParseEnvelope(record);
      EXPECT_TRUE(envelope.ok()) << envelope.status();
      ReceivedSignal& received = signals.emplace_back();
      received.watermark = envelope->type == bus::kTypeTick;
      received.recorded_at = envelope->recorded_at;
      received.backfill = envelope->backfill;
      EXPECT_TRUE(received.signal.ParseFromArray(record.value.data(),
                                                 static_cast<int>(record.value.size())));
    }
  }
  return signals;
}

std::vector<events::v1::Signal> FoldRig::SignalsOf(const std::string& subject) {
  std::vector<events::v1::Signal> signals;
  for (int32_t p = 0; p < kPartitions; ++p) {
    for (ReceivedSignal& received : Signals(p)) {
      if (received.signal.subject() == subject) signals.push_back(std::move(received.signal));
    }
  }
  return signals;
}

std::vector<bus::Message> FoldRig::DeadLetters() {
  std::vector<bus::Message> letters;
  for (int32_t p = 0; p < kPartitions; ++p) {
    for (const bus::RecordBatch& batch : ReadAll(bus::kDeadLetterTopic, p)) {
      for (const bus::Record& record : batch.records) letters.push_back(bus::ToMessage(record));
    }
  }
  return letters;
}

std::vector<SnapshotRow> FoldRig::Snapshots(const std::string& account, absl::Time known_at) {
  const auto transaction = store->BeginRead().value();
  return ReadSnapshots(*transaction, account, known_at, INT32_MAX, 10'000).value();
}

Refolded FoldRig::RefoldNow(const std::string& account, RefoldRequest request,
                            const RefoldObserver& observer) {
  request.account = account;
  const int32_t partition = PartitionFor(account);
  auto history =
      HistoryReader::Open(settings.history, calendar, partition, INT64_MAX, account).value();
  return Refold(calendar, *history, request, observer).value();
}

}  // namespace bellwether::health
