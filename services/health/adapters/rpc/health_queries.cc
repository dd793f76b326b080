#include "services/health/adapters/rpc/health_queries.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/journal/timestamps.h"
#include "common/rpc/paging.h"
#include "services/health/adapters/fold/health_fold.h"
#include "services/health/adapters/live/health_messages.h"
#include "services/health/adapters/rpc/rank_filter.h"
#include "services/health/adapters/rpc/resource_names.h"
#include "services/health/adapters/rpc/verification.h"
#include "services/health/application/explain_health.h"
#include "services/health/application/fact_outcome.h"

namespace bellwether::health {
namespace {

constexpr absl::Duration kExplainedByDefault = absl::Hours(24 * 7);
constexpr int kExplainedChangesByDefault = 20;

absl::Status Unknown(const std::string& account) {
  return Error(absl::StatusCode::kNotFound, {"ACCOUNT_UNKNOWN", "account", "H9"},
               absl::StrCat("nothing is known of ", account));
}

absl::StatusOr<absl::Time> TimeOf(const google::protobuf::Timestamp& timestamp,
                                  absl::string_view field) {
  const auto time = journal::FromTimestamp(timestamp);
  if (!time) return InvalidArgument("TIME_INVALID", field, "is no timestamp");
  return *time;
}

absl::StatusOr<std::optional<cache::Ranked>> PlaceOf(const std::string& cursor) {
  if (cursor.empty()) return std::nullopt;
  const std::pair<std::string, std::string> parts = absl::StrSplit(cursor, absl::MaxSplits('|', 1));
  cache::Ranked place{.key = parts.second};
  if (!absl::SimpleAtoi(parts.first, &place.score)) {
    return InvalidArgument("PAGE_TOKEN_INVALID", "page_token", "is not a page of this list");
  }
  return place;
}

void SetCounts(const ImportRow& row, v1::ImportReport& report) {
  report.set_counted(row.counts.counted);
  report.set_duplicates(row.counts.duplicates);
  report.set_conflicts(row.counts.conflicts);
  report.set_late(row.counts.late);
  report.set_too_old(row.counts.too_old);
  report.set_retracted(row.counts.retracted);
  report.set_withdrawn(row.withdrawn());
}

std::string DayText(Day day) { return absl::FormatCivilTime(Calendar::CivilDayOf(day)); }

}  // namespace

absl::StatusOr<HealthQueries::Past> HealthQueries::PastOf(const std::string& account) const {
  const int32_t partition = PartitionOf(account, ports_.history.partitions);
  Past past;
  std::optional<int64_t> until;
  for (const stream::PartitionStatus& status : ports_.folds.Status()) {
    if (status.partition != partition || status.state != stream::PartitionState::kLive) continue;
    until = status.next_offset;
    past.generation = status.generation;
  }
  if (!until) {
    ASSIGN_OR_RETURN(const auto standing, ports_.folds.committed().StandingOf(partition));
    until = standing.end;
    past.generation = standing.generation;
  }
  ASSIGN_OR_RETURN(past.history, HistoryReader::Open(ports_.history, ports_.calendar, partition,
                                                     *until, account));
  return past;
}

absl::StatusOr<v1::AccountHealth> HealthQueries::Get(const v1::GetHealthRequest& request) const {
  return HealthOf(request.account());
}

absl::StatusOr<v1::AccountHealth> HealthQueries::HealthOf(const std::string& account_name) const {
  ASSIGN_OR_RETURN(const std::string account, AccountIdOf(account_name));
  ASSIGN_OR_RETURN(std::optional<v1::AccountHealth> health, ports_.live.Get(account));
  if (!health) return Unknown(account_name);
  return *std::move(health);
}

absl::StatusOr<v1::BatchGetHealthResponse> HealthQueries::BatchGet(
    const v1::BatchGetHealthRequest& request) const {
  if (static_cast<size_t>(request.accounts_size()) > kBatchMax) {
    return InvalidArgument("TOO_MANY_ACCOUNTS", "accounts", "at most 1 000 may be asked for");
  }
  std::vector<std::string> ids;
  for (const std::string& name : request.accounts()) {
    ASSIGN_OR_RETURN(std::string id, AccountIdOf(name));
    ids.push_back(std::move(id));
  }
  ASSIGN_OR_RETURN(auto healths, ports_.live.GetMany(ids));
  v1::BatchGetHealthResponse response;
  for (int i = 0; i < request.accounts_size(); ++i) {
    if (auto& health = healths[static_cast<size_t>(i)]) {
      *response.add_healths() = *std::move(health);
    } else {
      response.add_missing_accounts(request.accounts(i));
    }
  }
  return response;
}

absl::StatusOr<v1::RankHealthResponse> HealthQueries::Rank(
    const v1::RankHealthRequest& request) const {
  ASSIGN_OR_RETURN(
      const std::string ranking,
      RankingOf(request.tier(), request.owner(), request.industry(), request.without_tier()));
  ASSIGN_OR_RETURN(const RankSpan span, SpanOf(request, ports_.model.model()));
  ASSIGN_OR_RETURN(const int size, rpc::PageSize(request.page_size()));
  ASSIGN_OR_RETURN(const std::string cursor, rpc::PageCursor(request));
  ASSIGN_OR_RETURN(std::optional<cache::Ranked> after, PlaceOf(cursor));
  if (!after.has_value()) after = span.Begin();
  ASSIGN_OR_RETURN(LiveHealth::RankedPage page,
                   ports_.live.Rank(ranking, static_cast<size_t>(size), after, span.below));
  v1::RankHealthResponse response;
  for (v1::AccountHealth& health : page.healths) *response.add_healths() = std::move(health);
  if (page.next) {
    response.set_next_page_token(
        rpc::NextPageToken(request, absl::StrCat(page.next->score, "|", page.next->key)));
  }
  return response;
}

absl::StatusOr<v1::ListHealthHistoryResponse> HealthQueries::ListHistory(
    const v1::ListHealthHistoryRequest& request) const {
  ASSIGN_OR_RETURN(const std::string account, AccountIdOf(request.account()));
  ASSIGN_OR_RETURN(const int size, rpc::PageSize(request.page_size()));
  ASSIGN_OR_RETURN(const std::string cursor, rpc::PageCursor(request));
  Day before = INT32_MAX;
  if (!cursor.empty() && !absl::SimpleAtoi(cursor, &before)) {
    return InvalidArgument("PAGE_TOKEN_INVALID", "page_token", "is not a page of this list");
  }
  absl::Time known_at = absl::InfiniteFuture();
  if (request.has_known_at()) {
    ASSIGN_OR_RETURN(known_at, TimeOf(request.known_at(), "known_at"));
  }
  ASSIGN_OR_RETURN(const auto transaction, ports_.store.BeginRead());
  ASSIGN_OR_RETURN(
      std::vector<SnapshotRow> rows,
      ReadSnapshots(*transaction, account, known_at, before, static_cast<size_t>(size) + 1));
  v1::ListHealthHistoryResponse response;
  if (rows.size() > static_cast<size_t>(size)) {
    rows.resize(static_cast<size_t>(size));
    response.set_next_page_token(rpc::NextPageToken(request, absl::StrCat(rows.back().day)));
  }
  for (const SnapshotRow& row : rows) {
    v1::HealthSnapshot& snapshot = *response.add_snapshots();
    if (!snapshot.ParseFromString(row.snapshot)) {
      return Error(absl::StatusCode::kDataLoss, {"STATE_CORRUPT", "", ""},
                   "a stored snapshot cannot be read");
    }
    snapshot.set_day(DayText(row.day));
    *snapshot.mutable_known_time() = journal::ToTimestamp(row.known_at);
    snapshot.set_restated(row.restated);
    snapshot.set_fold_version(row.fold_version);
  }
  return response;
}

absl::StatusOr<bool> HealthQueries::DiffersFromShown(const std::string& account,
                                                     const std::vector<ClosedDay>& days) const {
  ASSIGN_OR_RETURN(const auto transaction, ports_.store.BeginRead());
  for (const ClosedDay& day : days) {
    ASSIGN_OR_RETURN(const std::vector<SnapshotRow> rows,
                     ReadSnapshots(*transaction, account, day.closed_at, day.snapshot.day + 1, 1));
    if (rows.empty() || rows[0].day != day.snapshot.day) continue;
    v1::HealthSnapshot shown;
    if (!shown.ParseFromString(rows[0].snapshot) ||
        shown.score_micros() != day.snapshot.breakdown.score_micros ||
        shown.confidence_micros() != day.snapshot.breakdown.confidence_micros) {
      return true;
    }
  }
  return false;
}

absl::StatusOr<v1::ExplainHealthResponse> HealthQueries::ExplainChanges(
    const v1::ExplainHealthRequest& request) const {
  ASSIGN_OR_RETURN(const std::string account, AccountIdOf(request.account()));
  ExplainRequest asked{.account = account, .to = ports_.clock.Now()};
  if (request.has_to_time()) {
    ASSIGN_OR_RETURN(asked.to, TimeOf(request.to_time(), "to_time"));
  }
  asked.from = asked.to - kExplainedByDefault;
  if (request.has_from_time()) {
    ASSIGN_OR_RETURN(asked.from, TimeOf(request.from_time(), "from_time"));
  }
  if (asked.from > asked.to || request.limit() < 0) {
    return InvalidArgument("SPAN_INVALID", asked.from > asked.to ? "from_time" : "limit",
                           "the span must not be empty nor the limit negative", "H4");
  }
  const int limit = request.limit() == 0 ? kExplainedChangesByDefault : request.limit();
  asked.changes_max = std::min(static_cast<size_t>(limit), kExplainedChangesMax);

  v1::ExplainHealthResponse response;
  ASSIGN_OR_RETURN(*response.mutable_current(), HealthOf(request.account()));
  ASSIGN_OR_RETURN(const Past past, PastOf(account));
  ASSIGN_OR_RETURN(const Explanation explanation,
                   health::ExplainHealth(ports_.calendar, *past.history, asked));
  for (const ScoreChange& change : explanation.changes) {
    v1::ScoreChange& message = *response.add_changes();
    *message.mutable_time() = journal::ToTimestamp(change.time);
    SetCause(change, *message.mutable_cause());
    message.set_score_before_micros(change.score_before == kAbsent ? 0 : change.score_before);
    message.set_score_after_micros(change.score_after == kAbsent ? 0 : change.score_after);
    message.set_absent_before(change.score_before == kAbsent);
    message.set_absent_after(change.score_after == kAbsent);
    if (change.retracted_by) SetCause(*change.retracted_by, *message.mutable_retracted_by());
    for (const PointChange& points : change.points) SetPointChange(points, *message.add_points());
    if (change.record) {
      message.set_version(stream::VersionOf(past.generation, change.record->offset));
    }
  }
  ASSIGN_OR_RETURN(const bool differs, DiffersFromShown(account, explanation.days));
  response.set_refold_differs(differs);
  return response;
}

absl::StatusOr<v1::AccountHealth> HealthQueries::GetAsOf(
    const v1::GetHealthAsOfRequest& request) const {
  ASSIGN_OR_RETURN(const std::string account, AccountIdOf(request.account()));
  if (!request.has_as_of()) {
    return InvalidArgument("TIME_MISSING", "as_of", "must be given", "H4");
  }
  ASSIGN_OR_RETURN(const absl::Time as_of, TimeOf(request.as_of(), "as_of"));
  absl::Time known_at = as_of;
  if (request.has_known_at()) {
    ASSIGN_OR_RETURN(known_at, TimeOf(request.known_at(), "known_at"));
  }
  if (known_at < as_of || as_of > ports_.clock.Now()) {
    return InvalidArgument("TIME_INVALID", known_at < as_of ? "known_at" : "as_of",
                           "as_of must be past and known_at not earlier", "H4");
  }
  ASSIGN_OR_RETURN(const Past past, PastOf(account));
  ASSIGN_OR_RETURN(const Refolded refolded,
                   Refold(ports_.calendar, *past.history,
                          {.account = account, .until = known_at, .as_of = as_of}, nullptr));
  if (refolded.last_offset < 0 || refolded.account.deleted()) return Unknown(request.account());
  std::vector<int64_t> values;
  if (refolded.model != nullptr) {
    values =
        Evaluate(*refolded.model, refolded.account.series(), ports_.calendar.LocalDayOf(as_of));
  }
  v1::AccountHealth health;
  SetHealth(account, refolded.account.attributes(), refolded.model.get(), values, health);
  health.set_version(stream::VersionOf(past.generation, refolded.last_offset));
  *health.mutable_as_of() = request.as_of();
  return health;
}

absl::StatusOr<v1::FactOutcome> HealthQueries::OutcomeOf(
    const v1::GetFactOutcomeRequest& request) const {
  ASSIGN_OR_RETURN(const std::string account,
                   AccountIdOf(absl::StrCat(kAccountPrefix, request.account_id())));
  ASSIGN_OR_RETURN(const Past past, PastOf(account));
  ASSIGN_OR_RETURN(
      const std::optional<FactFate> fate,
      FateOfFact(ports_.calendar, *past.history, account, request.source(), request.id()));
  if (!fate) {
    return Error(absl::StatusCode::kNotFound, {"FACT_UNKNOWN", "id", "X1"},
                 "the fold has not come past such a fact");
  }
  v1::FactOutcome outcome;
  // The message numbers outcomes as the domain does, after "unspecified".
  outcome.set_outcome(static_cast<v1::Outcome>(static_cast<int>(fate->outcome) + 1));
  *outcome.mutable_recorded_time() = journal::ToTimestamp(fate->applied_at);
  if (fate->retracted_by) SetCause(*fate->retracted_by, *outcome.mutable_retracted_by());
  return outcome;
}

absl::StatusOr<v1::ListImportRunsResponse> HealthQueries::ListImportRuns(
    const v1::ListImportRunsRequest& request) const {
  ASSIGN_OR_RETURN(const std::string before, rpc::PageCursor(request));
  ASSIGN_OR_RETURN(const int size, rpc::PageSize(request.page_size()));
  std::map<std::string, ImportRow> runs;
  const auto add = [&](const std::map<std::string, ImportRow>& of_partition) {
    for (const auto& [run, row] : of_partition) runs[run].Add(row);
  };
  std::vector<int32_t> elsewhere;
  for (int32_t partition = 0; partition < ports_.history.partitions; ++partition) {
    const absl::Status looked =
        ports_.folds.Inspect(partition, [&](const stream::PartitionFold& fold) {
          add(dynamic_cast<const HealthFold&>(fold).imports().All());
        });
    if (!looked.ok()) elsewhere.push_back(partition);
  }
  if (!elsewhere.empty()) {
    ASSIGN_OR_RETURN(const auto transaction, ports_.store.BeginRead());
    for (const int32_t partition : elsewhere) {
      ASSIGN_OR_RETURN(const auto of_partition, ReadImports(*transaction, partition));
      add(of_partition);
    }
  }
  v1::ListImportRunsResponse response;
  for (auto run = runs.rbegin(); run != runs.rend(); ++run) {
    if (!before.empty() && run->first >= before) continue;
    if (response.runs_size() == size) {
      response.set_next_page_token(
          rpc::NextPageToken(request, response.runs(size - 1).import_run()));
      break;
    }
    v1::ImportReport& report = *response.add_runs();
    report.set_import_run(run->first);
    report.set_complete(true);
    SetCounts(run->second, report);
  }
  return response;
}

absl::StatusOr<v1::ImportReport> HealthQueries::ReportImport(
    const v1::GetImportReportRequest& request) const {
  if (request.import_run().empty()) {
    return InvalidArgument("IMPORT_RUN_MISSING", "import_run", "must be given", "X1");
  }
  const auto partitions = static_cast<size_t>(ports_.history.partitions);
  ImportRow total;
  std::vector<int64_t> next_offsets(partitions, 0);
  std::vector<int32_t> elsewhere;  // another replica's, or just being loaded
  for (int32_t partition = 0; partition < ports_.history.partitions; ++partition) {
    const absl::Status looked =
        ports_.folds.Inspect(partition, [&](const stream::PartitionFold& fold) {
          const auto& health = dynamic_cast<const HealthFold&>(fold);
          total.Add(health.imports().Of(request.import_run()));
          next_offsets[static_cast<size_t>(partition)] = health.applied_offset() + 1;
        });
    if (!looked.ok()) elsewhere.push_back(partition);
  }
  if (!elsewhere.empty()) {
    // Counts and offsets of one snapshot: complete at most a checkpoint interval later.
    ASSIGN_OR_RETURN(const auto transaction, ports_.store.BeginRead());
    for (const int32_t partition : elsewhere) {
      ASSIGN_OR_RETURN(const auto row, ports_.folds.committed().Read(*transaction, partition));
      ASSIGN_OR_RETURN(const ImportRow imported,
                       ReadImport(*transaction, partition, request.import_run()));
      total.Add(imported);
      if (row) next_offsets[static_cast<size_t>(partition)] = row->next_offset;
    }
  }
  bool complete = true;
  for (const v1::PartitionOffset& last : request.up_to()) {
    if (last.partition() < 0 || last.partition() >= ports_.history.partitions) {
      return InvalidArgument("PARTITION_UNKNOWN", "up_to", "is none of the journal's");
    }
    complete = complete && next_offsets[static_cast<size_t>(last.partition())] > last.offset();
  }
  v1::ImportReport report;
  report.set_import_run(request.import_run());
  report.set_complete(complete);
  SetCounts(total, report);
  return report;
}

absl::StatusOr<v1::VerifyHealthResponse> HealthQueries::Verify(
    const v1::VerifyHealthRequest& request, const rpc::Call& call) const {
  std::map<int32_t, std::vector<std::string>> accounts;
  for (const std::string& name : request.accounts()) {
    ASSIGN_OR_RETURN(std::string account, AccountIdOf(name));
    accounts[PartitionOf(account, ports_.history.partitions)].push_back(std::move(account));
  }
  Verification verification({.store = ports_.store,
                             .clock = ports_.clock,
                             .calendar = ports_.calendar,
                             .history = ports_.history,
                             .folds = ports_.folds},
                            call);
  for (auto& [partition, ids] : accounts) {
    RETURN_IF_ERROR(verification.VerifyAccounts(partition, std::move(ids)));
  }
  if (accounts.empty()) {
    for (int32_t partition = 0; partition < ports_.history.partitions; ++partition) {
      RETURN_IF_ERROR(verification.VerifyAll(partition));
    }
  }
  return std::move(verification).Take();
}

absl::StatusOr<v1::MetricCatalogue> HealthQueries::Catalogue(
    const v1::GetMetricCatalogueRequest&) const {
  return ports_.model.catalogue();
}

absl::StatusOr<v1::HealthModel> HealthQueries::Model(const v1::GetHealthModelRequest&) const {
  return ports_.model.model();
}

absl::StatusOr<v1::GetCalendarResponse> HealthQueries::CalendarInUse(
    const v1::GetCalendarRequest&) const {
  v1::GetCalendarResponse calendar;
  calendar.set_time_zone(ports_.calendar.time_zone().name());
  if (ports_.calendars != nullptr) {
    *calendar.mutable_definition() = ports_.calendars->Now()->definition;
  }
  return calendar;
}

}  // namespace bellwether::health
