#include "services/health/app.h"

#include <functional>
#include <map>
#include <utility>

#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/base/status.h"
#include "common/bus/bus.h"
#include "common/bus/topics.h"
#include "common/calendar/calendar.h"
#include "common/journal/timestamps.h"
#include "common/rpc/call_pool.h"
#include "common/rpc/stream_methods.h"
#include "common/service_status/status_parts.h"
#include "common/store/store.h"
#include "common/stream/offsets_table.h"
#include "services/health/adapters/live/health_messages.h"
#include "services/health/adapters/models/model_journal.h"

namespace bellwether::health {
namespace {

constexpr char kService[] = "health";
constexpr absl::Duration kMeasureInterval = absl::Seconds(5);

HealthFoldSettings FoldSettings(const HealthConfig& config, const hosting::Ports& ports) {
  return {.calendar = &ports.calendar,
          .signals_topic = bus::kSignalsTopic,
          .history = {.bus = &ports.bus,
                      .store = &ports.store,
                      .topic = bus::kJournalTopic,
                      .partitions = config.partitions},
          .closed_kept = config.closed_kept};
}

stream::ProcessorOptions FoldOptions(const HealthConfig& config,
                                     std::function<void(absl::Span<const cache::Write>)> shown) {
  stream::ProcessorOptions options;
  options.name = kProcessor;
  options.topic = bus::kJournalTopic;
  options.group = kService;
  options.checkpoint_records = config.checkpoint_records;
  options.checkpoint_interval = config.checkpoint_interval;
  options.shown = std::move(shown);
  options.cache_layout = kCacheLayout;
  return options;
}

}  // namespace

absl::StatusOr<std::unique_ptr<App>> App::Create(const HealthConfig& config,
                                                 const hosting::Ports& ports) {
  ASSIGN_OR_RETURN(events::v1::ModelActivated model,
                   LoadModel(config.model, config.metrics_file, config.feeds));
  RETURN_IF_ERROR(CreateTables(ports.store));
  RETURN_IF_ERROR(stream::CreateTables(ports.store));
  RETURN_IF_ERROR(outbox::CreateTables(ports.store));
  for (const char* topic : {bus::kJournalTopic, bus::kSignalsTopic, bus::kDeadLetterTopic}) {
    RETURN_IF_ERROR(ports.bus.EnsureTopic({.name = topic, .partitions = config.partitions}));
  }
  if (config.ship_model) {
    RETURN_IF_ERROR(ShipModel(ports.store, model, config.partitions, ports.clock.Now()).status());
  }
  return std::unique_ptr<App>(new App(config, ports, std::move(model)));
}

App::App(const HealthConfig& config, const hosting::Ports& ports, events::v1::ModelActivated model)
    : config_(config),
      ports_(ports),
      model_(std::move(model)),
      fold_factory_(FoldSettings(config, ports)),
      live_({.cache = *ports.cache,
             .store = ports.store,
             .calendar = ports.calendar,
             .clock = ports.clock,
             .metrics = ports.metrics},
            config.partitions),
      relay_(ports.store, ports.bus, ports.clock, ports.metrics,
             std::make_unique<ModelStamp>(ports.bus), {.service = kService, .owner = NewUuid()}),
      fact_to_score_seconds_(ports.metrics.HistogramOf(
          "bellwether_health_fact_to_score_seconds",
          "From a live record's acceptance to its score being shown; one sample a batch.")),
      accounts_by_band_(
          ports.metrics.Gauges("bellwether_health_accounts", "Accounts with a score.", {"band"})),
      folds_(FoldOptions(config, [this](auto writes) { OnShown(writes); }),
             {.bus = &ports.bus,
              .store = &ports.store,
              .cache = ports.cache,
              .clock = &ports.clock,
              .folds = &fold_factory_},
             config.fold_threads),
      queries_({.live = live_,
                .store = ports.store,
                .clock = ports.clock,
                .calendar = ports.calendar,
                .calendars = ports.calendars,
                .history = FoldSettings(config, ports).history,
                .folds = folds_,
                .model = model_}),
      portfolio_({.live = live_,
                  .store = ports.store,
                  .clock = ports.clock,
                  .calendar = ports.calendar,
                  .partitions = config.partitions,
                  .model = model_.model(),
                  .queries = queries_}),
      status_(kService, ports.clock, [this] { return Ready(); },
              {service_status::OutboxPart(ports.store, ports.clock),
               service_status::FoldPart({kProcessor, bus::kJournalTopic}, ports.store, ports.bus,
                                        ports.clock, [this] { return folds_.Status(); })}),
      commands_(folds_, config.partitions),
      fold_metrics_(ports.metrics, kService),
      follower_({.cache = *ports.cache,
                 .own = [this] { return OwnPartitions(); },
                 .watched = [this] { return streams_ != nullptr && streams_->watched(); },
                 .publish = [this](auto changes) { streams_->Publish(changes); }},
                config.partitions),
      measuring_({.name = "health-metrics"}, [this](const std::stop_token&) { return Measure(); }) {
}

App::~App() { Stop(); }

void App::Register(rpc::Server& server) {
  streams_ = std::make_unique<HealthStreams>(live_, ports_.pool, server.streams(),
                                             config_.watch_heartbeat);
  server.Add(Methods(), [this] { return Ready(); });
}

rpc::MethodTable App::Methods() {
  rpc::MethodTable table("bellwether.health.v1.HealthService", ports_.pool);
  table.Query("GetHealth", queries_, &HealthQueries::Get);
  table.Query("BatchGetHealth", queries_, &HealthQueries::BatchGet);
  table.Query("RankHealth", queries_, &HealthQueries::Rank);
  table.Query("SummarizeHealth", portfolio_, &PortfolioQueries::Summarize);
  table.Query("ListHealthMovers", portfolio_, &PortfolioQueries::ListMovers);
  table.Query("ListHealthHistory", queries_, &HealthQueries::ListHistory);
  table.Query("ExplainHealth", queries_, &HealthQueries::ExplainChanges);
  table.Query("GetHealthAsOf", queries_, &HealthQueries::GetAsOf);
  table.Query("VerifyHealth", queries_, &HealthQueries::Verify);
  table.Query("GetFactOutcome", queries_, &HealthQueries::OutcomeOf);
  table.Query("GetImportReport", queries_, &HealthQueries::ReportImport);
  table.Query("ListImportRuns", queries_, &HealthQueries::ListImportRuns);
  table.Command("RebuildHealth", commands_, &HealthCommands::Rebuild);
  table.ServerStream("WatchHealth",
                     [this](const v1::WatchHealthRequest& request, const rpc::Call& call) {
                       return streams_->Watch(request, call);
                     });
  table.Query("GetServiceStatus", status_, &service_status::StatusQueries::Get);
  table.InlineQuery("GetMetricCatalogue", [this](const v1::GetMetricCatalogueRequest& request) {
    return queries_.Catalogue(request);
  });
  table.InlineQuery("GetHealthModel", [this](const v1::GetHealthModelRequest& request) {
    return queries_.Model(request);
  });
  table.InlineQuery("GetCalendar", [this](const v1::GetCalendarRequest& request) {
    return queries_.CalendarInUse(request);
  });
  return table;
}

absl::Status App::Start() {
  relay_.Start();
  started_ = true;
  RETURN_IF_ERROR(folds_.Start());
  follower_.Start();
  measuring_.Start();
  return absl::OkStatus();
}

void App::Stop() {
  if (!std::exchange(started_, false)) return;
  measuring_.Stop();
  follower_.Stop();
  folds_.Stop();
  relay_.Stop();
}

absl::Status App::Ready() const {
  RETURN_IF_ERROR(folds_.Readiness());
  return relay_.Ready();
}

std::set<int32_t> App::OwnPartitions() const {
  std::set<int32_t> own;
  for (const stream::PartitionStatus& partition : folds_.Status()) {
    if (IsFoldedHere(partition.state)) own.insert(partition.partition);
  }
  return own;
}

void App::OnShown(absl::Span<const cache::Write> writes) {
  if (streams_ != nullptr) streams_->Publish(writes);
  // One sample a call: reading every value back would cost as much as making it.
  v1::AccountHealth last;
  if (writes.empty() || !last.ParseFromString(writes.back().entry.value)) return;
  const auto as_of = journal::FromTimestamp(last.as_of());
  if (!as_of || !last.has_last_cause()) return;
  const absl::Duration delay = ports_.clock.Now() - *as_of;
  if (delay >= absl::ZeroDuration()) {
    fact_to_score_seconds_.Observe(absl::ToDoubleSeconds(delay));
  }
}

absl::StatusOr<absl::Duration> App::Measure() {
  live_.DropExpired();
  const std::vector<stream::PartitionStatus> partitions = folds_.Status();
  fold_metrics_.Observe(partitions, folds_.counters());
  // A replica that folds nothing any more says so: the sum over replicas is the deployment's.
  std::map<std::string, int64_t> bands;
  for (const v1::Band& band : model_.model().bands()) bands[band.band_id()] = 0;
  for (const stream::PartitionStatus& partition : partitions) {
    // A partition that is just being loaded is counted the next time.
    (void)folds_.Inspect(partition.partition, [&](const stream::PartitionFold& fold) {
      for (const auto& [band, count] : dynamic_cast<const HealthFold&>(fold).CountByBand()) {
        bands[band] += count;
      }
    });
  }
  for (const auto& [band, count] : bands) {
    accounts_by_band_.With({band}).Set(static_cast<double>(count));
  }
  return kMeasureInterval;
}

}  // namespace bellwether::health
