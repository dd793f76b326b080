#include "services/standalone/seeding.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "bellwether/accounts/v1/accounts_service.grpc.pb.h"
#include "bellwether/health/v1/health_service.grpc.pb.h"
#include "bellwether/ingest/v1/ingest_service.grpc.pb.h"
#include "bellwether/opportunities/v1/opportunities_service.grpc.pb.h"
#include "common/base/ids.h"
#include "common/base/status.h"
#include "common/log/log.h"
#include "common/rpc/client.h"
#include "services/imports/adapters/grpc_import_target.h"
#include "services/imports/adapters/import_source.h"
#include "services/imports/application/import_plan.h"
#include "services/imports/application/import_run.h"
#include "services/imports/application/import_summary.h"
#include "services/imports/domain/row_identity.h"
#include "services/simulator/application/demo.h"

namespace bellwether::standalone {
namespace {

constexpr absl::Duration kCallTimeout = absl::Seconds(30);
constexpr char kPrincipal[] = "seeding";
constexpr absl::Duration kReadyPoll = absl::Milliseconds(50);

absl::StatusOr<std::shared_ptr<grpc::Channel>> Connect(const std::string& target) {
  return rpc::Connect(target,
                      {.services = {ingest::v1::IngestService::service_full_name(),
                                    accounts::v1::AccountsService::service_full_name(),
                                    opportunities::v1::OpportunitiesService::service_full_name(),
                                    health::v1::HealthService::service_full_name()},
                       .timeout = kCallTimeout,
                       .requests_have_ids = true,
                       .principal = kPrincipal});
}

// Notes the stages of an import in the log.
class LoggedImport : public imports::ImportObserver {
 public:
  void OnStage(absl::string_view stage, int64_t total) override {
    if (total > 0) LogInfo("import stage begins", {{"stage", stage}, {"total", total}});
  }
  void OnDone(int64_t) override {}
};

bool IsLiveAlready(const absl::Status& status) {
  const auto detail = DetailOf(status);
  return detail.has_value() && detail->reason == "JOURNAL_IS_LIVE";
}

}  // namespace

Seeding::Seeding(const StandaloneConfig& config, std::string target, absl::TimeZone zone,
                 runtime::ReadyCheck services_ready, const Clock& clock)
    : config_(config),
      target_(std::move(target)),
      zone_(zone),
      services_ready_(std::move(services_ready)),
      clock_(clock),
      loop_({.name = "seeding"}, [this](const std::stop_token& stop) { return Step(stop); }) {}

void Seeding::Stop() {
  // Seen by a past in the making, which would otherwise go on to its end.
  stopping_ = true;
  loop_.Stop();
}

absl::Status Seeding::Ready() const {
  if (built_) return absl::OkStatus();
  return absl::UnavailableError("the first accounts and facts are being brought in");
}

absl::StatusOr<absl::Duration> Seeding::Step(const std::stop_token&) {
  if (!built_) {
    if (!services_ready_().ok()) return kReadyPoll;
    RETURN_IF_ERROR(config_.demo.enabled ? BuildDemo() : Import());
    built_ = true;
  }
  if (!config_.demo.enabled) return absl::InfiniteDuration();
  RETURN_IF_ERROR(PlayOn());
  return absl::Seconds(1) / config_.demo.rate;
}

absl::Status Seeding::BuildDemo() {
  portfolio_.emplace(simulator::PortfolioOptions{.seed = static_cast<uint64_t>(config_.demo.seed),
                                                 .accounts = config_.demo.accounts,
                                                 .today = absl::ToCivilDay(clock_.Now(), zone_),
                                                 .zone = zone_});
  ASSIGN_OR_RETURN(const auto channel, Connect(target_));
  demo_target_.emplace(channel);
  simulator::PastOptions past;
  past.days = config_.demo.days;
  past.cancelled = [this] { return stopping_.load(); };
  past.progress = [](absl::string_view step, int64_t count) {
    LogInfo("demo", {{"step", step}, {"count", count}});
  };
  RETURN_IF_ERROR(BuildPast(*portfolio_, past, *demo_target_));
  player_.emplace(*portfolio_, absl::StrCat(absl::ToUnixSeconds(clock_.Now())));
  return absl::OkStatus();
}

absl::Status Seeding::PlayOn() { return demo_target_->Send({player_->Next(clock_.Now())}); }

absl::Status Seeding::ReadTables() {
  ASSIGN_OR_RETURN(const imports::ImportSource source,
                   imports::ReadImportSource(config_.import_mapping, config_.import_folder));
  // The first import there is: nothing was made before it.
  imports::NoLedger ledger;
  ASSIGN_OR_RETURN(
      imports::ImportPlan plan,
      imports::BuildPlan(source.mapping, source.tables, {.now = clock_.Now(), .ledger = &ledger}));
  const int64_t shift = imports::DaysToNow(plan, clock_.Now());
  imports::ShiftDays(plan, shift);
  tables_ = {source.mapping.spec->mapping_id(), std::move(plan), shift};
  return absl::OkStatus();
}

absl::Status Seeding::Import() {
  const auto live_already = [this] {
    LogInfo("the journal is live: nothing is imported", {{"folder", config_.import_folder}});
    return absl::OkStatus();
  };
  if (!tables_.has_value()) return live_already();
  ASSIGN_OR_RETURN(const auto channel, Connect(target_));
  imports::GrpcImportTarget target(channel, kCallTimeout);
  LoggedImport observer;
  const auto result = imports::RunImport(
      tables_->plan,
      {.import_run = imports::RunId(tables_->mapping_id, NewUuid()), .backfill = true}, target,
      observer);
  if (IsLiveAlready(result.status())) return live_already();
  RETURN_IF_ERROR(result.status());
  const auto summary = imports::Summarize(tables_->mapping_id, tables_->plan,
                                          {.shifted_days = tables_->shifted_days}, &*result);
  LogInfo("imported", {{"mapping", summary.mapping_id()},
                       {"shifted_days", summary.shifted_days()},
                       {"accounts", summary.accounts().created()},
                       {"opportunities", summary.opportunities().created()},
                       {"facts", summary.facts().accepted()}});
  // What could not be taken is the tables' fault: trying again would not help.
  const absl::Status verdict = imports::Verdict(summary);
  if (!verdict.ok()) LogWarning("the import is not complete", {{"status", verdict}});
  tables_.reset();
  return absl::OkStatus();
}

}  // namespace bellwether::standalone
