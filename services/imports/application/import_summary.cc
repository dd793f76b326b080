#include "services/imports/application/import_summary.h"

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status.h"

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
  struct State {
    int64_t count = 0;
    std::map<std::string, int64_t> amounts;
  };
  std::map<opportunities::v1::State, State> states;
  for (const auto& request : plan.opportunities) {
    const auto& opportunity = request.opportunity();
    State& state = states[opportunity.state()];
    ++state.count;
    if (opportunity.amount().amount_minor() != 0) {
      state.amounts[opportunity.amount().currency_code()] += opportunity.amount().amount_minor();
    }
    if (opportunity.account().empty()) summary.set_lead_count(summary.lead_count() + 1);
  }
  for (const auto& [name, state] : states) {
    auto& added = *summary.add_opportunity_states();
    added.set_state(StateName(name));
    added.set_count(state.count);
    for (const auto& [currency, amount_minor] : state.amounts) {
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
}

void AddResult(const ImportResult& result, imports::v1::ImportSummary& summary) {
  summary.set_import_run(result.import_run);
  SetCounts(result.accounts, *summary.mutable_accounts());
  SetCounts(result.opportunities, *summary.mutable_opportunities());
  imports::v1::FactSummary& facts = *summary.mutable_facts();
  facts.set_accepted(result.facts_accepted);
  facts.set_rejected(result.facts_rejected);
  facts.set_complete(result.outcomes.has_value() || result.facts_accepted == 0);
  if (result.outcomes.has_value()) {
    facts.set_counted(result.outcomes->counted());
    facts.set_duplicates(result.outcomes->duplicates());
    facts.set_conflicts(result.outcomes->conflicts());
    facts.set_late(result.outcomes->late());
    facts.set_too_old(result.outcomes->too_old());
  }
  for (const Refusal& refusal : result.refusals) {
    const ErrorDetail detail = DetailOf(refusal.status).value_or(ErrorDetail{});
    auto& added = *summary.add_refusals();
    added.set_what(refusal.what);
    added.set_reason(detail.reason);
    added.set_field(detail.field);
    added.set_rule(detail.rule);
    added.set_message(std::string(refusal.status.message()));
  }
}

}  // namespace

imports::v1::ImportSummary Summarize(absl::string_view mapping_id, const ImportPlan& plan,
                                     int64_t shifted_days, const ImportResult* result) {
  imports::v1::ImportSummary summary;
  summary.set_mapping_id(std::string(mapping_id));
  summary.set_shifted_days(shifted_days);
  for (const FileCount& file : plan.files) {
    auto& table = *summary.add_tables();
    table.set_path(file.path);
    table.set_rows(file.rows);
    table.set_refused(file.refused);
  }
  for (const auto& [text, rows] : plan.aliases_used) {
    auto& alias = *summary.add_aliases_used();
    alias.set_text(text);
    alias.set_rows(rows);
  }
  for (const PlanProblem& at : plan.problems) {
    auto& problem = *summary.add_problems();
    problem.set_path(at.path);
    problem.set_line(at.problem.line);
    problem.set_position(at.problem.position);
    problem.set_column(at.problem.column);
    problem.set_reason(at.problem.reason);
    problem.set_message(at.problem.message);
  }
  summary.mutable_accounts()->set_found(static_cast<int64_t>(plan.accounts.size()));
  summary.mutable_opportunities()->set_found(static_cast<int64_t>(plan.opportunities.size()));
  summary.mutable_facts()->set_found(static_cast<int64_t>(plan.facts.size()));
  AddOpportunities(plan, summary);
  if (result != nullptr) AddResult(*result, summary);
  return summary;
}

absl::Status Verdict(const imports::v1::ImportSummary& summary) {
  int64_t rows_refused = 0;
  for (const auto& table : summary.tables()) rows_refused += table.refused();
  std::vector<std::string> faults;
  const auto add = [&](int64_t count, absl::string_view what) {
    if (count > 0) faults.push_back(absl::StrCat(count, " ", what));
  };
  add(rows_refused, "rows could not be read");
  for (const auto* creates : {&summary.accounts(), &summary.opportunities()}) {
    const absl::string_view kind = creates == &summary.accounts() ? "accounts" : "opportunities";
    add(creates->differing(), absl::StrCat(kind, " are there with other content"));
    add(creates->refused(), absl::StrCat(kind, " were refused"));
  }
  add(summary.facts().rejected(), "facts were rejected");
  add(summary.facts().conflicts(), "facts are there with other content");
  if (!summary.import_run().empty() && !summary.facts().complete()) {
    faults.push_back("what became of the facts was not known in time");
  }
  if (faults.empty()) return absl::OkStatus();
  return FailedPrecondition("IMPORT_INCOMPLETE", "", absl::StrJoin(faults, ", "));
}

}  // namespace bellwether::imports
