#include "services/alerts/adapters/sql_silences.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "services/alerts/adapters/case_states.h"
#include "services/alerts/adapters/silence_messages.h"
#include "services/alerts/adapters/state_codec.h"

namespace bellwether::alerts {
namespace {

absl::StatusOr<std::vector<Silence>> AllSilences(const store::Rows& rows) {
  std::vector<Silence> silences;
  for (const store::Row& row : rows) {
    ASSIGN_OR_RETURN(Silence silence, DecodeSilence(row.Bytes(0)));
    silences.push_back(std::move(silence));
  }
  return silences;
}

}  // namespace

absl::StatusOr<std::optional<Silence>> FindSilence(store::Transaction& transaction,
                                                   const std::string& silence_id,
                                                   absl::string_view for_update) {
  ASSIGN_OR_RETURN(
      const store::Rows rows,
      transaction.Query(
          absl::StrCat("SELECT stored FROM alert_silences WHERE silence_id = $1", for_update),
          {silence_id}));
  ASSIGN_OR_RETURN(std::vector<Silence> found, AllSilences(rows));
  if (found.empty()) return std::nullopt;
  return std::optional<Silence>(std::move(found[0]));
}

absl::Status InsertSilence(store::Transaction& transaction, const Silence& silence) {
  return transaction
      .Execute(
          "INSERT INTO alert_silences (silence_id, start_micros, end_micros, stored) "
          "VALUES ($1, $2, $3, $4)",
          {silence.id, absl::ToUnixMicros(silence.start), absl::ToUnixMicros(silence.end),
           store::Blob{EncodeSilence(silence)}})
      .status();
}

absl::Status UpdateSilence(store::Transaction& transaction, const Silence& silence) {
  return transaction
      .Execute(
          "UPDATE alert_silences SET start_micros = $2, end_micros = $3, stored = $4 "
          "WHERE silence_id = $1",
          {silence.id, absl::ToUnixMicros(silence.start), absl::ToUnixMicros(silence.end),
           store::Blob{EncodeSilence(silence)}})
      .status();
}

absl::StatusOr<std::vector<Silence>> ActiveSilences(store::Transaction& transaction,
                                                    absl::Time at) {
  ASSIGN_OR_RETURN(const store::Rows rows,
                   transaction.Query("SELECT stored FROM alert_silences WHERE end_micros > $1 AND "
                                     "start_micros <= $1 ORDER BY silence_id",
                                     {absl::ToUnixMicros(at)}));
  return AllSilences(rows);
}

absl::StatusOr<int64_t> CountSilencesFrom(store::Transaction& transaction, absl::Time at) {
  ASSIGN_OR_RETURN(const store::Rows rows,
                   transaction.Query("SELECT COUNT(*) FROM alert_silences WHERE end_micros > $1",
                                     {absl::ToUnixMicros(at)}));
  return rows[0].Int(0);
}

absl::StatusOr<std::vector<Silence>> ListSilences(
    store::Transaction& transaction, absl::Time from,
    const std::optional<std::pair<int64_t, std::string>>& after, int64_t rows_max) {
  Where where;
  if (from > absl::InfinitePast()) where.Add("end_micros >", absl::ToUnixMicros(from));
  if (after.has_value()) {
    const std::string end = where.Place(after->first);
    const std::string id = where.Place(after->second);
    where.Add(absl::StrCat("(end_micros > ", end, " OR (end_micros = ", end, " AND silence_id > ",
                           id, "))"));
  }
  const std::string text = where.Text();
  const std::string limit = where.Place(rows_max);
  ASSIGN_OR_RETURN(const store::Rows rows,
                   transaction.Query(absl::StrCat("SELECT stored FROM alert_silences WHERE ", text,
                                                  " ORDER BY end_micros, silence_id LIMIT ", limit),
                                     where.parameters()));
  return AllSilences(rows);
}

void AddMatchers(const SilenceMatchers& matchers, Where& where) {
  AddFilter(
      {.rule_ids = matchers.rule_ids, .tiers = matchers.tiers, .assignees = matchers.assignees},
      where);
  where.AddOneOf("account", matchers.accounts);
  if (matchers.maximum_level != Level::kNone) {
    where.Add("level <=", int64_t{Rank(matchers.maximum_level)});
  }
}

absl::StatusOr<int64_t> CountMatching(store::Transaction& transaction,
                                      const SilenceMatchers& matchers) {
  Where where;
  AddMatchers(matchers, where);
  ASSIGN_OR_RETURN(
      const store::Rows rows,
      transaction.Query(absl::StrCat("SELECT COUNT(*) FROM alert_cases WHERE ", where.Text()),
                        where.parameters()));
  return rows[0].Int(0);
}

absl::StatusOr<std::vector<int64_t>> CountMatchingEach(store::Transaction& transaction,
                                                       absl::Span<const Silence> silences) {
  std::vector<int64_t> counts(silences.size(), 0);
  if (silences.empty()) return counts;
  ASSIGN_OR_RETURN(const store::Rows rows,
                   transaction.Query(absl::StrCat(
                       "SELECT rule_id, account, tier, assignee, level, COUNT(*) FROM alert_cases "
                       "WHERE backfill = 0 AND ",
                       kIsOpen, " GROUP BY rule_id, account, tier, assignee, level")));
  for (const store::Row& row : rows) {
    Case alike;
    alike.rule_id = row.Text(0);
    alike.account = row.Text(1);
    alike.attributes = {{std::string(kTierAttribute), row.Text(2)}};
    alike.assignee = row.Text(3);
    alike.level = static_cast<Level>(row.Int(4));
    for (size_t i = 0; i < silences.size(); ++i) {
      if (silences[i].matchers.Match(alike)) counts[i] += row.Int(5);
    }
  }
  return counts;
}

absl::StatusOr<int64_t> CountHeldBack(store::Transaction& transaction) {
  ASSIGN_OR_RETURN(const store::Rows rows,
                   transaction.Query(absl::StrCat(
                       "SELECT COUNT(*) FROM alert_cases WHERE held_back = 1 AND ", kIsOpen)));
  return rows[0].Int(0);
}

absl::StatusOr<std::vector<Case>> HeldBackAlerts(store::Transaction& transaction,
                                                 const std::string& after, int64_t rows_max) {
  ASSIGN_OR_RETURN(
      const store::Rows rows,
      transaction.Query(absl::StrCat("SELECT stored FROM alert_cases WHERE held_back = 1 AND ",
                                     kIsOpen, " AND alert_id > $1 ORDER BY alert_id LIMIT $2"),
                        {after, rows_max}));
  std::vector<Case> alerts;
  for (const store::Row& row : rows) {
    ASSIGN_OR_RETURN(Case alert, DecodeCase(row.Bytes(0)));
    alerts.push_back(std::move(alert));
  }
  return alerts;
}

}  // namespace bellwether::alerts
