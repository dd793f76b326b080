#include "services/opportunities/application/opportunity_commands.h"

#include <optional>
#include <utility>

#include "common/base/status.h"

namespace bellwether::opportunities {

absl::StatusOr<Opportunity> OpportunityCommands::Create(const Opportunity& wanted,
                                                        const idempotency::Request& request) {
  // Before the transaction, so that what can never be disturbs nobody's group.
  ASSIGN_OR_RETURN(const Opportunity opened, Open(wanted, process_));
  return Run(request,
             [&](store::Transaction& transaction, absl::Time now) -> absl::StatusOr<Opportunity> {
               Opportunity opportunity = opened;
               ASSIGN_OR_RETURN(const std::optional<Opportunity> existing,
                                repository_.Find(transaction, opportunity.id));
               if (existing.has_value()) {
                 return Error(absl::StatusCode::kAlreadyExists,
                              {"OPPORTUNITY_EXISTS", "opportunity_id", "O1"},
                              "an opportunity of that id exists");
               }
               RETURN_IF_ERROR(CheckNotAhead(nullptr, opportunity, now + ahead_max_));
               opportunity.version = 1;
               opportunity.created = opportunity.updated = now;
               RETURN_IF_ERROR(repository_.Insert(transaction, opportunity));
               RETURN_IF_ERROR(changes_.Record(transaction, opportunity, /*advanced=*/false, now));
               return opportunity;
             });
}

absl::StatusOr<Opportunity> OpportunityCommands::Change(const std::string& id, Decide decide,
                                                        const idempotency::Request& request) {
  return Run(request,
             [&](store::Transaction& transaction, absl::Time now) -> absl::StatusOr<Opportunity> {
               ASSIGN_OR_RETURN(const std::optional<Opportunity> present,
                                repository_.FindForUpdate(transaction, id));
               if (!present.has_value()) {
                 return Error(absl::StatusCode::kNotFound, {"OPPORTUNITY_NOT_FOUND", "name"},
                              "there is no such opportunity");
               }
               ASSIGN_OR_RETURN(Opportunity wanted, decide(*present, now));
               if (wanted == *present) return wanted;
               RETURN_IF_ERROR(CheckNotAhead(&*present, wanted, now + ahead_max_));
               wanted.version = present->version + 1;
               wanted.updated = now;
               const bool advanced = wanted.stage != present->stage;
               RETURN_IF_ERROR(repository_.Update(transaction, wanted));
               RETURN_IF_ERROR(changes_.Record(transaction, wanted, advanced, now));
               return wanted;
             });
}

absl::StatusOr<Opportunity> OpportunityCommands::Run(const idempotency::Request& request,
                                                     Mutate mutate) {
  std::string answer;
  const auto work = [&](store::Transaction& transaction) -> absl::Status {
    const absl::Time now = clock_.Now();
    ASSIGN_OR_RETURN(
        answer, idempotency::AnswerOnce(transaction, request, now,
                                        [&](store::Transaction&) -> absl::StatusOr<std::string> {
                                          ASSIGN_OR_RETURN(const Opportunity opportunity,
                                                           mutate(transaction, now));
                                          return repository_.Encode(opportunity);
                                        }));
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(idempotency::Settled(request, [&] { return group_.Run(work); }));
  changes_.Committed();
  return repository_.Decode(answer);
}

}  // namespace bellwether::opportunities
