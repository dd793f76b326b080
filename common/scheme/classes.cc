#include "common/scheme/classes.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/scheme/migration_files.h"

namespace bellwether::scheme {
namespace {

store::Value Stored(const std::vector<Input>& inputs) {
  if (inputs.empty()) return store::Null();
  v1::StoredInputs stored;
  for (const Input& input : inputs) {
    v1::Input& each = *stored.add_inputs();
    each.set_name(input.name);
    each.set_value_micros(input.value_micros);
  }
  return store::Blob{stored.SerializeAsString()};
}

absl::StatusOr<std::vector<Input>> InputsFrom(const store::Row& row, size_t column) {
  std::vector<Input> inputs;
  if (row.IsNull(column)) return inputs;
  v1::StoredInputs stored;
  if (!stored.ParseFromString(row.Bytes(column))) {
    return Error(absl::StatusCode::kDataLoss, {"SCHEME_INPUTS_MALFORMED"},
                 "the stored inputs of a class cannot be read");
  }
  for (const v1::Input& input : stored.inputs()) {
    inputs.push_back({input.name(), input.value_micros()});
  }
  return inputs;
}

// What the subject becomes; nothing where its class stays.
absl::StatusOr<std::optional<Change>> Next(const std::optional<Standing>& before,
                                           Assignment assignment, absl::Time at,
                                           absl::string_view reason) {
  if (before.has_value() && before->class_name == assignment.class_name) return std::nullopt;
  if (before.has_value() && before->since >= at) {
    return FailedPrecondition("SCHEME_OUT_OF_ORDER", "at",
                              "the subject has been classified later already");
  }
  Change change{.subject_id = std::move(assignment.subject_id),
                .at = at,
                .class_name = std::move(assignment.class_name),
                .reason = std::string(reason),
                .inputs = std::move(assignment.inputs)};
  if (before.has_value()) change.previous = before->class_name;
  return change;
}

}  // namespace

absl::Status CreateTables(store::Store& store) {
  return store::Migrate(store, store::MigrationsFrom("scheme", MigrationFiles()));
}

absl::Status Classes::Check(const Assignment& assignment) const {
  if (scheme_.Has(assignment.class_name)) return absl::OkStatus();
  return InvalidArgument("CLASS_UNKNOWN", "class_name",
                         absl::StrCat(scheme_.id, " has no class ", assignment.class_name),
                         scheme_.rule);
}

absl::StatusOr<std::vector<Change>> Classes::AssignAll(store::Transaction& transaction,
                                                       absl::Time at, absl::string_view reason,
                                                       std::vector<Assignment> assignments,
                                                       absl::Span<const std::string> others) const {
  ASSIGN_OR_RETURN(const std::vector<Standing> known, All(transaction));
  struct Subject {
    std::optional<Standing> before;
    std::optional<Assignment> assignment;
  };
  std::map<std::string, Subject> subjects;
  for (const std::string& id : others) subjects[id];
  for (const Standing& standing : known) subjects[standing.subject_id].before = standing;
  for (Assignment& assignment : assignments) {
    RETURN_IF_ERROR(Check(assignment));
    std::optional<Assignment>& of_subject = subjects[assignment.subject_id].assignment;
    of_subject = std::move(assignment);
  }
  std::vector<Change> changes;
  for (auto& [id, subject] : subjects) {
    if (!subject.assignment.has_value()) {
      if (scheme_.otherwise.empty()) continue;
      subject.assignment = Assignment{.subject_id = id, .class_name = scheme_.otherwise};
    }
    ASSIGN_OR_RETURN(std::optional<Change> change,
                     Next(subject.before, *std::move(subject.assignment), at, reason));
    if (change.has_value()) changes.push_back(*std::move(change));
  }
  RETURN_IF_ERROR(Save(transaction, changes));
  return changes;
}

absl::StatusOr<std::optional<Change>> Classes::Assign(store::Transaction& transaction,
                                                      absl::Time at, absl::string_view reason,
                                                      Assignment assignment) const {
  RETURN_IF_ERROR(Check(assignment));
  ASSIGN_OR_RETURN(const std::optional<Standing> before, Of(transaction, assignment.subject_id));
  ASSIGN_OR_RETURN(std::optional<Change> change, Next(before, std::move(assignment), at, reason));
  if (change.has_value()) RETURN_IF_ERROR(Save(transaction, {*change}));
  return change;
}

absl::Status Classes::Save(store::Transaction& transaction,
                           absl::Span<const Change> changes) const {
  if (changes.empty()) return absl::OkStatus();
  std::vector<std::vector<store::Value>> classes;
  std::vector<std::vector<store::Value>> history;
  for (const Change& change : changes) {
    const int64_t at = absl::ToUnixMicros(change.at);
    classes.push_back({scheme_.id, scheme_.subject_type, change.subject_id, change.class_name, at});
    history.push_back({scheme_.id, scheme_.subject_type, change.subject_id, at,
                       store::TextOrNull(change.previous.value_or("")), change.class_name,
                       change.reason, Stored(change.inputs)});
  }
  RETURN_IF_ERROR(transaction.ExecuteMany(
      "INSERT INTO scheme_classes (scheme, subject_type, subject_id, class, since_micros) "
      "VALUES ($1, $2, $3, $4, $5) ON CONFLICT (scheme, subject_type, subject_id) DO UPDATE SET "
      "class = excluded.class, since_micros = excluded.since_micros",
      classes));
  return transaction.ExecuteMany(
      "INSERT INTO scheme_changes (scheme, subject_type, subject_id, at_micros, previous, class, "
      "reason, inputs) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
      history);
}

absl::StatusOr<std::optional<Standing>> Classes::Of(store::Transaction& transaction,
                                                    const std::string& subject_id) const {
  ASSIGN_OR_RETURN(const store::Rows rows,
                   transaction.Query("SELECT class, since_micros FROM scheme_classes WHERE "
                                     "scheme = $1 AND subject_type = $2 AND subject_id = $3",
                                     {scheme_.id, scheme_.subject_type, subject_id}));
  if (rows.empty()) return std::nullopt;
  return Standing{subject_id, rows[0].Text(0), absl::FromUnixMicros(rows[0].Int(1))};
}

absl::StatusOr<std::vector<Standing>> Classes::All(store::Transaction& transaction) const {
  ASSIGN_OR_RETURN(const store::Rows rows,
                   transaction.Query("SELECT subject_id, class, since_micros FROM scheme_classes "
                                     "WHERE scheme = $1 AND subject_type = $2 ORDER BY subject_id",
                                     {scheme_.id, scheme_.subject_type}));
  std::vector<Standing> standings;
  standings.reserve(rows.size());
  for (const store::Row& row : rows) {
    standings.push_back({row.Text(0), row.Text(1), absl::FromUnixMicros(row.Int(2))});
  }
  return standings;
}

absl::StatusOr<std::vector<Change>> Classes::Read(store::Transaction& transaction,
                                                  const std::string& subject_id, absl::Time until,
                                                  size_t count_max) const {
  ASSIGN_OR_RETURN(
      const store::Rows rows,
      transaction.Query("SELECT at_micros, previous, class, reason, inputs FROM scheme_changes "
                        "WHERE scheme = $1 AND subject_type = $2 AND subject_id = $3 "
                        "AND at_micros <= $4 ORDER BY at_micros DESC LIMIT $5",
                        {scheme_.id, scheme_.subject_type, subject_id, absl::ToUnixMicros(until),
                         static_cast<int64_t>(count_max)}));
  std::vector<Change> changes;
  for (const store::Row& row : rows) {
    ASSIGN_OR_RETURN(std::vector<Input> inputs, InputsFrom(row, 4));
    Change& change = changes.emplace_back();
    change.subject_id = subject_id;
    change.at = absl::FromUnixMicros(row.Int(0));
    if (!row.IsNull(1)) change.previous = row.Text(1);
    change.class_name = row.Text(2);
    change.reason = row.Text(3);
    change.inputs = std::move(inputs);
  }
  return changes;
}

absl::StatusOr<std::optional<Change>> Classes::AsOf(store::Transaction& transaction,
                                                    const std::string& subject_id,
                                                    absl::Time as_of) const {
  ASSIGN_OR_RETURN(std::vector<Change> changes, Read(transaction, subject_id, as_of, 1));
  if (changes.empty()) return std::nullopt;
  return std::move(changes[0]);
}

absl::StatusOr<std::vector<Change>> Classes::History(store::Transaction& transaction,
                                                     const std::string& subject_id,
                                                     absl::Time before, size_t count_max) const {
  const absl::Time until =
      before == absl::InfiniteFuture() ? before : before - absl::Microseconds(1);
  return Read(transaction, subject_id, until, count_max);
}

}  // namespace bellwether::scheme
