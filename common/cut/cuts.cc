#include "common/cut/cuts.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/base/check.h"
#include "common/base/status.h"
#include "common/cut/migration_files.h"

namespace bellwether::cut {
namespace {

constexpr char kInsertCut[] =
    "INSERT INTO cuts (family, at_micros, known_at_micros, version, result) "
    "VALUES ($1, $2, $3, $4, $5)";
int64_t Micros(absl::Time time) { return absl::ToUnixMicros(time); }

}  // namespace

absl::Status CreateTables(store::Store& store) {
  return store::Migrate(store, store::MigrationsFrom("cut", MigrationFiles()));
}

std::optional<Progress> ProgressOf(absl::Span<const consume::Position> positions,
                                   int32_t partitions) {
  Progress progress{absl::InfiniteFuture(), absl::InfiniteFuture()};
  int32_t ticked = 0;
  for (const consume::Position& position : positions) {
    if (!position.first_tick.has_value() || !position.watermark.has_value()) continue;
    ++ticked;
    progress.began = std::min(progress.began, *position.first_tick);
    progress.watermark = std::min(progress.watermark, *position.watermark);
  }
  if (ticked < partitions) return std::nullopt;
  return progress;
}

int64_t VersionOf(int64_t generation, absl::Time at) {
  return (generation << kGenerationShift) + absl::ToUnixSeconds(at);
}

absl::StatusOr<Cuts::Schedule> Cuts::Lock(store::Transaction& transaction) const {
  // Made first, so that there is a row to lock.
  RETURN_IF_ERROR(transaction
                      .Execute("INSERT INTO cut_schedules (family, generation, next_micros, begun) "
                               "VALUES ($1, 1, NULL, 0) ON CONFLICT (family) DO NOTHING",
                               {options_.family})
                      .status());
  ASSIGN_OR_RETURN(
      const store::Rows rows,
      transaction.Query(absl::StrCat("SELECT generation, next_micros, begun FROM cut_schedules "
                                     "WHERE family = $1",
                                     for_update_),
                        {options_.family}));
  Schedule schedule{.generation = rows[0].Int(0), .begun = rows[0].Int(2) != 0};
  if (!rows[0].IsNull(1)) schedule.next = absl::FromUnixMicros(rows[0].Int(1));
  return schedule;
}

absl::Status Cuts::Save(store::Transaction& transaction, const Schedule& schedule) const {
  store::Value next = store::Null();
  if (schedule.next.has_value()) next = Micros(*schedule.next);
  return transaction
      .Execute(
          "UPDATE cut_schedules SET generation = $2, next_micros = $3, begun = $4 "
          "WHERE family = $1",
          {options_.family, schedule.generation, next, int64_t{schedule.begun}})
      .status();
}

absl::StatusOr<std::optional<Cuts::Due>> Cuts::NextDue(store::Transaction& transaction) const {
  // The lock before the look: what the process before us committed is then seen.
  ASSIGN_OR_RETURN(Schedule schedule, Lock(transaction));
  ASSIGN_OR_RETURN(const std::vector<consume::Position> positions, positions_.All(transaction));
  const std::optional<Progress> progress = ProgressOf(positions, options_.partitions);
  if (!progress.has_value()) return std::nullopt;
  if (!schedule.next.has_value()) {
    schedule.next = options_.next(progress->began);
    RETURN_IF_ERROR(Save(transaction, schedule));
  }
  if (*schedule.next > progress->watermark) return std::nullopt;
  return Due{*schedule.next, VersionOf(schedule.generation, *schedule.next), schedule.begun,
             progress->watermark};
}

absl::Status Cuts::MoveOn(store::Transaction& transaction, const Due& due, absl::Time next,
                          bool begun) const {
  ASSIGN_OR_RETURN(Schedule schedule, Lock(transaction));
  if (schedule.next != due.at) {
    return Error(absl::StatusCode::kAborted, {"CUT_TAKEN"}, "the cut has been taken meanwhile");
  }
  schedule.next = next;
  schedule.begun = schedule.begun || begun;
  return Save(transaction, schedule);
}

absl::Status Cuts::Keep(store::Transaction& transaction, const Due& due, std::string result) const {
  RETURN_IF_ERROR(MoveOn(transaction, due, options_.next(due.at), /*begun=*/true));
  return transaction
      .Execute(kInsertCut, {options_.family, Micros(due.at), Micros(due.at), due.version,
                            store::Blob{std::move(result)}})
      .status();
}

absl::Status Cuts::PassOver(store::Transaction& transaction, const Due& due,
                            absl::Time until) const {
  BELLWETHER_CHECK(until > due.at, "a cut that is due is passed over or not");
  return MoveOn(transaction, due, options_.next(until - absl::Microseconds(1)), /*begun=*/false);
}

absl::Status Cuts::Correct(store::Transaction& transaction, absl::Time at, absl::Time known_at,
                           std::string result) const {
  ASSIGN_OR_RETURN(const std::optional<Kept> kept, AsOf(transaction, at));
  if (!kept.has_value() || kept->stands_at != at) {
    return FailedPrecondition("CUT_NOT_TAKEN", "at", "only a cut that was taken can be corrected");
  }
  if (known_at <= kept->known_at) {
    return FailedPrecondition("CUT_KNOWN_AT", "known_at",
                              "what is known of the cut already is as new");
  }
  return transaction
      .Execute(kInsertCut, {options_.family, Micros(at), Micros(known_at),
                            kept->version + absl::ToUnixSeconds(at) - absl::ToUnixSeconds(kept->at),
                            store::Blob{std::move(result)}})
      .status();
}

absl::StatusOr<std::optional<Cuts::Kept>> Cuts::AsOf(store::Transaction& transaction,
                                                     absl::Time as_of, absl::Time known_by) const {
  ASSIGN_OR_RETURN(
      const store::Rows rows,
      transaction.Query("SELECT at_micros, known_at_micros, version, result FROM cuts "
                        "WHERE family = $1 AND at_micros <= $2 AND known_at_micros <= $3 "
                        "ORDER BY at_micros DESC, known_at_micros DESC LIMIT 1",
                        {options_.family, Micros(as_of), Micros(known_by)}));
  if (rows.empty()) return std::nullopt;
  ASSIGN_OR_RETURN(const std::optional<absl::Time> next, Next(transaction));
  const absl::Time at = absl::FromUnixMicros(rows[0].Int(0));
  return Kept{at, StandsAt(at, as_of, next), absl::FromUnixMicros(rows[0].Int(1)), rows[0].Int(2),
              rows[0].Bytes(3)};
}

absl::Time Cuts::StandsAt(absl::Time at, absl::Time as_of, std::optional<absl::Time> next) const {
  while (true) {
    const absl::Time later = options_.next(at);
    if (later > as_of || (next.has_value() && later >= *next)) return at;
    at = later;
  }
}

absl::StatusOr<std::optional<absl::Time>> Cuts::Next(store::Transaction& transaction) const {
  ASSIGN_OR_RETURN(const store::Rows rows,
                   transaction.Query("SELECT next_micros FROM cut_schedules WHERE family = $1",
                                     {options_.family}));
  if (rows.empty() || rows[0].IsNull(0)) return std::nullopt;
  return absl::FromUnixMicros(rows[0].Int(0));
}

absl::StatusOr<std::optional<absl::Time>> Cuts::Reached(store::Transaction& transaction) const {
  ASSIGN_OR_RETURN(const std::vector<consume::Position> positions, positions_.All(transaction));
  const std::optional<Progress> progress = ProgressOf(positions, options_.partitions);
  if (!progress.has_value()) return std::nullopt;
  return progress->watermark;
}

absl::StatusOr<std::optional<absl::Time>> Cuts::LastKnown(store::Transaction& transaction) const {
  ASSIGN_OR_RETURN(const store::Rows rows,
                   transaction.Query("SELECT MAX(known_at_micros) FROM cuts WHERE family = $1",
                                     {options_.family}));
  if (rows[0].IsNull(0)) return std::nullopt;
  return absl::FromUnixMicros(rows[0].Int(0));
}

absl::StatusOr<std::optional<absl::Time>> Cuts::Latest(store::Transaction& transaction) const {
  ASSIGN_OR_RETURN(const store::Rows rows,
                   transaction.Query("SELECT at_micros FROM cuts WHERE family = $1 "
                                     "ORDER BY at_micros DESC LIMIT 1",
                                     {options_.family}));
  if (rows.empty()) return std::nullopt;
  return absl::FromUnixMicros(rows[0].Int(0));
}

absl::StatusOr<int64_t> Cuts::RaiseGeneration(store::Transaction& transaction) const {
  ASSIGN_OR_RETURN(Schedule schedule, Lock(transaction));
  ++schedule.generation;
  RETURN_IF_ERROR(Save(transaction, schedule));
  return schedule.generation;
}

}  // namespace bellwether::cut
