#include "services/opportunities/adapters/sql_opportunities.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "bellwether/opportunities/v1/storage.pb.h"
#include "common/base/status.h"
#include "common/command/field_changes.h"
#include "common/journal/timestamps.h"
#include "common/store/run_transaction.h"
#include "services/opportunities/adapters/opportunity_journal.h"
#include "services/opportunities/adapters/opportunity_messages.h"
#include "services/opportunities/migration_files.h"

namespace bellwether::opportunities {
namespace {

using store::Blob;
using store::Row;
using store::Rows;
using store::Value;

constexpr char kUpdate[] =
    "UPDATE opportunities SET version = $2, account_id = $3, state = $4, owner = $5, "
    "import_run = $6, withdrawn = $7, body = $8 WHERE opportunity_id = $1";

absl::Status Malformed() {
  return Error(absl::StatusCode::kDataLoss, {"OPPORTUNITY_ROW_MALFORMED"},
               "a stored opportunity cannot be read");
}

// " WHERE opportunity_id > $1 AND owner = $2 …" with its parameters.
struct Where {
  std::string sql;
  std::vector<Value> parameters;
};

Where WhereOf(const OpportunityFilter& filter, const std::string& after) {
  Where where{" WHERE opportunity_id > $1 AND withdrawn = 0", {after}};
  const auto equals = [&](absl::string_view column, Value value) {
    where.parameters.push_back(std::move(value));
    absl::StrAppend(&where.sql, " AND ", column, " = $", where.parameters.size());
  };
  if (filter.account_id.has_value()) equals("account_id", *filter.account_id);
  if (filter.state.has_value()) equals("state", static_cast<int64_t>(*filter.state));
  if (!filter.owner.empty()) equals("owner", filter.owner);
  if (!filter.import_run.empty()) equals("import_run", filter.import_run);
  return where;
}

}  // namespace

absl::Status CreateTables(store::Store& store) {
  return store::Migrate(store, store::MigrationsFrom("opportunities", MigrationFiles()));
}

absl::StatusOr<std::optional<Opportunity>> SqlOpportunities::Find(store::Transaction& transaction,
                                                                  const std::string& id) {
  ASSIGN_OR_RETURN(std::optional<Opportunity> found, Read(transaction, id, ""));
  if (found.has_value() && found->withdrawn) return std::nullopt;
  return found;
}

absl::StatusOr<std::optional<Opportunity>> SqlOpportunities::FindForUpdate(
    store::Transaction& transaction, const std::string& id) {
  return Read(transaction, id, for_update_);
}

absl::StatusOr<std::optional<Opportunity>> SqlOpportunities::Read(store::Transaction& transaction,
                                                                  const std::string& id,
                                                                  absl::string_view lock) {
  ASSIGN_OR_RETURN(
      const Rows rows,
      transaction.Query(
          absl::StrCat("SELECT body FROM opportunities WHERE opportunity_id = $1", lock), {id}));
  if (rows.empty()) return std::nullopt;
  return Decode(rows[0].Bytes(0));
}

absl::StatusOr<std::vector<Opportunity>> SqlOpportunities::List(store::Transaction& transaction,
                                                                const OpportunityFilter& filter,
                                                                const std::string& after,
                                                                size_t count_max) {
  Where where = WhereOf(filter, after);
  where.parameters.push_back(static_cast<int64_t>(count_max));
  ASSIGN_OR_RETURN(
      const Rows rows,
      transaction.Query(absl::StrCat("SELECT body FROM opportunities", where.sql,
                                     " ORDER BY opportunity_id LIMIT $", where.parameters.size()),
                        where.parameters));
  std::vector<Opportunity> opportunities;
  opportunities.reserve(rows.size());
  for (const Row& row : rows) {
    ASSIGN_OR_RETURN(Opportunity opportunity, Decode(row.Bytes(0)));
    opportunities.push_back(std::move(opportunity));
  }
  return opportunities;
}

absl::StatusOr<int64_t> SqlOpportunities::Count(store::Transaction& transaction,
                                                const OpportunityFilter& filter) {
  const Where where = WhereOf(filter, "");
  ASSIGN_OR_RETURN(const Rows rows,
                   transaction.Query(absl::StrCat("SELECT COUNT(*) FROM opportunities", where.sql),
                                     where.parameters));
  return rows[0].Int(0);
}

absl::Status SqlOpportunities::Insert(store::Transaction& transaction, Opportunity& opportunity) {
  RETURN_IF_ERROR(CheckNotAhead(nullptr, opportunity, opportunity.updated + ahead_max_));
  opportunity.opened_version = opportunity.version;
  if (opportunity.version > 1) return Write(transaction, kUpdate, opportunity);
  return store::ConflictIfExists(
      Write(transaction,
            "INSERT INTO opportunities (opportunity_id, version, account_id, state, owner, "
            "import_run, withdrawn, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            opportunity));
}

absl::Status SqlOpportunities::Update(store::Transaction& transaction, const Opportunity& before,
                                      const Opportunity& after) {
  RETURN_IF_ERROR(CheckNotAhead(&before, after, after.updated + ahead_max_));
  return Write(transaction, kUpdate, after);
}

std::vector<outbox::OutboxRow> SqlOpportunities::Outgoing(const Opportunity* before,
                                                          const Opportunity& after,
                                                          const command::Moment& moment) const {
  return JournalRows(before, after, moment);
}

std::vector<audit::v1::FieldChange> SqlOpportunities::Difference(const Opportunity* before,
                                                                 const Opportunity& after) const {
  if (before == nullptr) return command::FieldChanges(nullptr, ToProto(after));
  const v1::Opportunity was = ToProto(*before);
  return command::FieldChanges(&was, ToProto(after));
}

absl::Status SqlOpportunities::Write(store::Transaction& transaction, absl::string_view sql,
                                     const Opportunity& opportunity) {
  return transaction
      .Execute(sql,
               {opportunity.id, opportunity.version, opportunity.account_id,
                static_cast<int64_t>(opportunity.state), opportunity.owner, opportunity.import_run,
                int64_t{opportunity.withdrawn}, Blob{Encode(opportunity)}})
      .status();
}

std::string SqlOpportunities::Encode(const Opportunity& opportunity) const {
  v1::StoredOpportunity stored;
  *stored.mutable_opportunity() = ToProto(opportunity);
  stored.set_version(opportunity.version);
  stored.set_opened_version(opportunity.opened_version);
  stored.set_withdrawn(opportunity.withdrawn);
  return stored.SerializeAsString();
}

absl::StatusOr<Opportunity> SqlOpportunities::Decode(const std::string& bytes) const {
  v1::StoredOpportunity stored;
  if (!stored.ParseFromString(bytes)) return Malformed();
  const v1::Opportunity& proto = stored.opportunity();
  ASSIGN_OR_RETURN(const std::string id, OpportunityIdOf(proto.name()));
  ASSIGN_OR_RETURN(Opportunity opportunity, FromProto(proto, id));
  const auto created = journal::FromTimestamp(proto.create_time());
  const auto updated = journal::FromTimestamp(proto.update_time());
  if (!created.has_value() || !updated.has_value()) return Malformed();
  opportunity.created = *created;
  opportunity.updated = *updated;
  opportunity.version = stored.version();
  // Those of before runs were named opened with the first.
  opportunity.opened_version = std::max<int64_t>(1, stored.opened_version());
  opportunity.withdrawn = stored.withdrawn();
  opportunity.import_run = proto.import_run();
  return opportunity;
}

}  // namespace bellwether::opportunities
