#include "services/alerts/testing/folded_alerts.h"

#include "absl/strings/str_cat.h"
#include "common/base/check.h"
#include "common/base/hash.h"
#include "common/bus/topics.h"
#include "common/journal/entry.h"
#include "common/outbox/outbox.h"
#include "common/store/testing/test_database.h"
#include "common/stream/offsets_table.h"
#include "services/alerts/adapters/state_codec.h"
#include "services/alerts/testing/rules.h"
#include "services/alerts/testing/signals.h"

namespace bellwether::alerts::testing {
namespace {

void Require(const absl::Status& status) {
  BELLWETHER_CHECK(status.ok(), std::string(status.message()).c_str());
}

std::string KeyOf(const store::Row& row) { return absl::StrCat(row.Text(0), "/", row.Int(1)); }

}  // namespace

std::ostream& operator<<(std::ostream& out, const Seen& seen) {
  for (const Case& alert : seen.cases) {
    out << alert.alert_id << " v" << alert.entity_version << " state "
        << static_cast<int>(alert.state) << " " << std::string(LevelName(alert.level)) << "\n";
  }
  for (const std::string& delivery : seen.deliveries) out << delivery << "\n";
  return out;
}

FoldedAlerts::FoldedAlerts(std::vector<Rule> rules)
    : clock_(for_tests::kStart), store_(store::testing::NewScratchStore()) {
  Require(CreateTables(*store_));
  Require(outbox::CreateTables(*store_));
  Require(stream::CreateTables(*store_));
  for (const char* topic : {bus::kSignalsTopic, bus::kAlertsTopic, bus::kDeadLetterTopic}) {
    bus_.CreateTopic(topic, kSimPartitions);
  }
  rows_.policy = for_tests::Policy();
  rows_.policy.targets = {{.name = "ops"}};
  rules_ = std::make_unique<RuleSet>(std::move(rules));
}

FoldedAlerts::~FoldedAlerts() {
  if (up()) Crash();
}

int32_t FoldedAlerts::PartitionFor(const std::string& key) const {
  return PartitionOf(key, kSimPartitions);
}

void FoldedAlerts::Append(const std::string& subject, bus::Message message) {
  bus_.Append(bus::kSignalsTopic, PartitionFor(subject), std::move(message));
}

void FoldedAlerts::AppendTicks(absl::Time at) {
  for (int32_t partition = 0; partition < kSimPartitions; ++partition) {
    bus_.Append(bus::kSignalsTopic, partition,
                journal::EncodeTick(partition, at, /*backfill=*/false));
  }
}

void FoldedAlerts::AppendToAll(const events::v1::Signal& import_run, absl::Time at) {
  for (int32_t partition = 0; partition < kSimPartitions; ++partition) {
    bus_.Append(bus::kSignalsTopic, partition, RunRecord(import_run, partition, at));
  }
}

void FoldedAlerts::Boot(std::vector<Rule> rules) {
  if (!rules.empty()) rules_ = std::make_unique<RuleSet>(std::move(rules));
  cases_ = std::make_unique<CaseBook>(*rules_, rows_.policy);
  context_ = {.rules = rules_.get(), .cases = cases_.get(), .rows = &rows_, .clock = &clock_};
  folds_ = std::make_unique<ConditionFoldFactory>(context_);
  client_ = std::make_unique<stream::testing::SimClient>(bus_);
  processor_ = std::make_unique<stream::Processor>(
      stream::ProcessorOptions{.name = "alerts",
                               .topic = bus::kSignalsTopic,
                               .group = "alerts",
                               .checkpoint_records = 7,
                               .poll_records_max = 3},
      stream::Ports{
          .bus = client_.get(), .store = store_.get(), .clock = &clock_, .folds = folds_.get()},
      absl::StrCat("member-", ++boots_));
  Require(processor_->Open());
}

void FoldedAlerts::Poll() { Require(processor_->RunOnce(absl::ZeroDuration())); }

void FoldedAlerts::Commit() {
  while (processor_->StepCommitter()) {
  }
}

void FoldedAlerts::CatchUp() {
  const auto behind = [this] {
    const std::vector<stream::PartitionStatus> status = processor_->Status();
    if (status.size() != kSimPartitions) return true;
    for (const stream::PartitionStatus& partition : status) {
      const auto end =
          static_cast<int64_t>(bus_.Log(bus::kSignalsTopic, partition.partition).size());
      if (partition.state != stream::PartitionState::kLive || partition.next_offset < end) {
        return true;
      }
    }
    return false;
  };
  while (behind()) {
    Poll();
    bus_.Settle();
    Commit();
  }
}

void FoldedAlerts::Close() {
  bus_.Settle();
  processor_->Close();
  processor_.reset();
  client_.reset();
}

void FoldedAlerts::Crash() {
  client_->Crash([] { return true; });
  processor_.reset();
  client_.reset();
}

void FoldedAlerts::Rebuild() {
  std::vector<int32_t> partitions;
  for (int32_t partition = 0; partition < kSimPartitions; ++partition) {
    partitions.push_back(partition);
  }
  Require(processor_->Rebuild(partitions));
}

Seen FoldedAlerts::Look() {
  Seen seen;
  const auto transaction = *store_->BeginRead();
  const auto select = [&](absl::string_view sql) { return *transaction->Query(sql); };
  for (const store::Row& row : select("SELECT stored FROM alert_cases ORDER BY alert_id")) {
    seen.cases.push_back(*DecodeCase(row.Bytes(0)));
  }
  for (const store::Row& row : select("SELECT alert_id, entry_number, entry FROM alert_timeline "
                                      "ORDER BY alert_id, entry_number")) {
    seen.timeline.push_back(absl::StrCat(KeyOf(row), " ", row.Bytes(2)));
  }
  for (const store::Row& row :
       select("SELECT subject, entity_version FROM outbox ORDER BY subject, position")) {
    seen.published.push_back(KeyOf(row));
  }
  for (const store::Row& row : select("SELECT alert_id, entry_number, target FROM alert_deliveries "
                                      "ORDER BY alert_id, entry_number, target")) {
    seen.deliveries.push_back(absl::StrCat(row.Text(2), " ", KeyOf(row)));
  }
  return seen;
}

std::optional<Case> FoldedAlerts::Latest(const std::string& rule_id, const std::string& subject) {
  std::optional<Case> latest;
  for (const Case& alert : Look().cases) {
    if (alert.rule_id != rule_id || alert.subject != subject) continue;
    if (!latest.has_value() || alert.sequence > latest->sequence) latest = alert;
  }
  return latest;
}

}  // namespace bellwether::alerts::testing
