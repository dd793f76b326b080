#include "services/imports/application/import_summary.h"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status.h"
#include "services/imports/application/record_rules.h"

namespace bellwether::imports {
namespace {

std::string StateName(opportunities::v1::State state) {
  switch (state) {
    case opportunities::v1::STATE_OPEN:
      return "open";
    case opportunities::v1::STATE_WON:
      return "won";
    case opportunities::v1::STATE_LOST:
      return "lost";
    default:
      return "unspecified";
  }
}

void AddOpportunities(const ImportPlan& plan, imports::v1::ImportSummary& summary) {
  summary.set_lead_count(plan.leads);
  for (const auto& [state, total] : plan.opportunity_states) {
    auto& added = *summary.add_opportunity_states();
    added.set_state(StateName(state));
    added.set_count(total.count);
    for (const auto& [currency, amount_minor] : total.minor) {
      auto& money = *added.add_amounts();
      money.set_currency_code(currency);
      money.set_amount_minor(amount_minor);
    }
  }
}

void SetCounts(const CreateCounts& counts, imports::v1::CreateSummary& summary) {
  summary.set_created(counts.created);
  summary.set_unchanged(counts.unchanged);
  summary.set_differing(counts.differing);
  summary.set_refused(counts.refused);
  summary.set_updated(counts.updated);
}

void AddResult(const ImportPlan& plan, const ImportResult& result,
               imports::v1::ImportSummary& summary) {
  summary.set_import_run(result.import_run);
  SetCounts(result.accounts, *summary.mutable_accounts());
  SetCounts(result.opportunities, *summary.mutable_opportunities());
  imports::v1::FactSummary& facts = *summary.mutable_facts();
  facts.set_accepted(result.facts_accepted);
  facts.set_rejected(result.facts_rejected);
  facts.set_withheld(result.facts_withheld);
  facts.set_complete(result.outcomes.has_value() || result.facts_accepted == 0);
  if (result.outcomes.has_value()) {
    facts.set_counted(result.outcomes->counted());
    facts.set_duplicates(result.outcomes->duplicates());
    facts.set_conflicts(result.outcomes->conflicts());
    facts.set_late(result.outcomes->late());
    facts.set_too_old(result.outcomes->too_old());
    facts.set_retracted(result.outcomes->retracted());
  }
  for (const Refusal& refusal : result.refusals) {
    const ErrorDetail detail = DetailOf(refusal.status).value_or(ErrorDetail{});
    auto& added = *summary.add_refusals();
    added.set_what(refusal.what);
    added.set_reason(detail.reason);
    added.set_field(detail.field);
    added.set_rule(detail.rule);
    added.set_message(std::string(refusal.status.message()));
    if (!refusal.place.has_value()) continue;
    added.set_path(plan.rows.files()[static_cast<size_t>(refusal.place->file)].path);
    added.set_line(refusal.place->line);
  }
}

void SetNote(const std::pair<std::string, std::string>& place, int64_t rows,
             imports::v1::ColumnNote& note) {
  note.set_path(place.first);
  note.set_column(place.second);
  note.set_rows(rows);
}

void AddTable(const FileCount& file, imports::v1::TableSummary& table) {
  table.set_path(file.path);
  table.set_rows(file.rows);
  table.set_refused(file.refused);
  table.set_made(file.made);
  table.set_duplicates(file.duplicates);
  table.set_blank(file.blank);
  table.set_encoding(file.encoding);
  for (const auto& [when, rows] : file.skipped) {
    auto& skipped = *table.add_skipped();
    skipped.set_when(when);
    skipped.set_rows(rows);
  }
  for (const auto& [place, total] : file.sums) {
    if (total.overflown) continue;
    auto& sum = *table.add_sums();
    sum.set_column(place.first);
    sum.set_currency_code(place.second);
    sum.set_sum(FormatExact(total.sum));
    sum.set_cells(total.cells);
  }
}

void AddFaults(const RowAccounts& rows, imports::v1::ImportSummary& summary) {
  for (const PlanProblem& at : rows.Problems()) {
    *summary.add_problems() = RowProblemOf(at);
  }
  for (const FaultGroup& group : rows.Groups()) {
    auto& added = *summary.add_fault_groups();
    added.set_path(group.path);
    added.set_column(group.column);
    added.set_reason(group.reason);
    added.set_rows(group.rows);
    added.set_message(group.message);
    for (const auto& [line, position] : group.places) {
      auto& place = *added.add_places();
      place.set_line(line);
      place.set_position(position);
    }
  }
}

void AddAmounts(const ImportPlan& plan, const SummaryOptions& options,
                imports::v1::ImportSummary& summary) {
  for (const auto& [key, total] : plan.amounts) {
    auto& sum = *summary.add_amounts();
    sum.set_field(key.first);
    sum.set_facts(total.facts);
    sum.mutable_amount()->set_currency_code(key.second);
    sum.mutable_amount()->set_amount_minor(total.minor);
    if (options.reporting_currency.empty() || !total.converted) continue;
    sum.mutable_amount()->set_base_amount_minor(total.base_minor);
    sum.set_reporting_currency(options.reporting_currency);
  }
}

int64_t RowsOfTablesRefused(const imports::v1::ImportSummary& summary) {
  int64_t refused = 0;
  for (const auto& table : summary.tables()) refused += table.refused();
  return refused;
}

// What is not in the system as the tables say it.
std::vector<std::string> Shortfalls(const imports::v1::ImportSummary& summary) {
  std::vector<std::string> faults;
  const auto add = [&](int64_t count, absl::string_view one, absl::string_view many) {
    if (count > 0) faults.push_back(absl::StrCat(count, " ", count == 1 ? one : many));
  };
  add(RowsOfTablesRefused(summary), "row was refused", "rows were refused");
  add(summary.accounts().differing(), "account is there with other content",
      "accounts are there with other content");
  add(summary.accounts().refused(), "account was refused", "accounts were refused");
  add(summary.opportunities().differing(), "opportunity is there with other content",
      "opportunities are there with other content");
  add(summary.opportunities().refused(), "opportunity was refused", "opportunities were refused");
  add(summary.facts().withheld(), "fact was withheld with its account",
      "facts were withheld with their accounts");
  add(summary.facts().rejected(), "fact was rejected", "facts were rejected");
  add(summary.facts().conflicts(), "fact is there with other content",
      "facts are there with other content");
  if (!summary.import_run().empty() && !summary.facts().complete()) {
    faults.push_back("what became of the facts was not known in time");
  }
  return faults;
}

std::string Conclude(const imports::v1::ImportSummary& summary) {
  const std::vector<std::string> faults = Shortfalls(summary);
  const int64_t found =
      summary.accounts().found() + summary.opportunities().found() + summary.facts().found();
  if (summary.import_run().empty()) {
    if (!faults.empty()) {
      return absl::StrCat("Checked, nothing sent: ", absl::StrJoin(faults, ", "), ".");
    }
    if (found == 0) return "Checked, nothing sent: the tables hold nothing to import.";
    return "Checked, nothing sent: every row can be imported.";
  }
  const auto& facts = summary.facts();
  const int64_t changed = summary.accounts().created() + summary.accounts().updated() +
                          summary.opportunities().created() + facts.counted() + facts.late();
  std::string begin;
  if (found == 0) {
    begin = "Nothing was imported: the tables hold nothing that could be";
  } else if (changed > 0) {
    begin =
        faults.empty() ? "Imported: all that the tables hold is in the system" : "Imported in part";
  } else if (facts.accepted() > 0 && !facts.complete()) {
    begin = "Sent";
  } else if (faults.empty() && facts.too_old() == 0 && facts.retracted() == 0) {
    begin = "Nothing has changed: all of it was there already";
  } else {
    begin = "Nothing was imported";
  }
  std::vector<std::string> rest = faults;
  if (facts.too_old() > 0) {
    rest.push_back(absl::StrCat(facts.too_old(), facts.too_old() == 1 ? " fact is" : " facts are",
                                " too old to count"));
  }
  if (facts.retracted() > 0) {
    rest.push_back(absl::StrCat(
        facts.retracted(), facts.retracted() == 1 ? " fact was taken back before and stays out"
                                                  : " facts were taken back before and stay out"));
  }
  return absl::StrCat(begin, rest.empty() ? "" : ": ", absl::StrJoin(rest, ", "), ".");
}

}  // namespace

imports::v1::RowProblem RowProblemOf(const PlanProblem& at) {
  imports::v1::RowProblem problem;
  problem.set_path(at.path);
  problem.set_line(at.problem.line);
  problem.set_position(at.problem.position);
  problem.set_column(at.problem.column);
  problem.set_reason(at.problem.reason);
  problem.set_message(at.problem.message);
  return problem;
}

imports::v1::ImportSummary Summarize(absl::string_view mapping_id, const ImportPlan& plan,
                                     const SummaryOptions& options, const ImportResult* result) {
  imports::v1::ImportSummary summary;
  summary.set_mapping_id(std::string(mapping_id));
  summary.set_shifted_days(options.shifted_days);
  for (const FileCount& file : plan.rows.files()) AddTable(file, *summary.add_tables());
  for (const auto& [text, rows] : plan.notes.aliases_used) {
    auto& alias = *summary.add_aliases_used();
    alias.set_text(text);
    alias.set_rows(rows);
  }
  for (const auto& [place, rows] : plan.notes.cleaned) {
    SetNote(place, rows, *summary.add_cleaned());
  }
  for (const auto& [place, rows] : plan.notes.repeated_times) {
    SetNote(place, rows, *summary.add_repeated_times());
  }
  AddFaults(plan.rows, summary);
  AddAmounts(plan, options, summary);
  summary.mutable_accounts()->set_found(plan.accounts.size());
  summary.mutable_opportunities()->set_found(plan.opportunities.size());
  summary.mutable_facts()->set_found(plan.facts.size());
  AddOpportunities(plan, summary);
  if (result != nullptr) {
    AddResult(plan, *result, summary);
  } else {
    for (std::string& rule : RecordRules::OnlyServerJudges()) {
      summary.add_only_server_judges(std::move(rule));
    }
  }
  summary.set_conclusion(Conclude(summary));
  return summary;
}

int64_t RefusedRows(const imports::v1::ImportSummary& summary) {
  return RowsOfTablesRefused(summary) + summary.accounts().refused() +
         summary.accounts().differing() + summary.opportunities().refused() +
         summary.opportunities().differing() + summary.facts().rejected();
}

absl::Status Verdict(const imports::v1::ImportSummary& summary) {
  const std::vector<std::string> faults = Shortfalls(summary);
  if (faults.empty()) return absl::OkStatus();
  return FailedPrecondition("IMPORT_INCOMPLETE", "", absl::StrJoin(faults, ", "));
}

}  // namespace bellwether::imports
