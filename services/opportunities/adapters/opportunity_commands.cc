#include "services/opportunities/adapters/opportunity_commands.h"

#include <string>

#include "common/base/status.h"
#include "services/opportunities/adapters/opportunity_messages.h"

namespace bellwether::opportunities {

using command::Moment;

OpportunityCommands::OpportunityCommands(command::Runner& runner,
                                         command::Entities<Opportunity>& opportunities,
                                         const Process& process, const CurrencySource& currencies,
                                         const Calendar& calendar, const Clock& clock)
    : commands_(runner, opportunities,
                {.type = "opportunity",
                 .not_found = {"OPPORTUNITY_NOT_FOUND", "name", ""},
                 .exists = {"OPPORTUNITY_EXISTS", "opportunity_id", "O1"}}),
      process_(process),
      currencies_(currencies),
      calendar_(calendar),
      clock_(clock) {}

absl::StatusOr<v1::Opportunity> OpportunityCommands::Create(
    const v1::CreateOpportunityRequest& request, const rpc::Call& call) {
  ASSIGN_OR_RETURN(Opportunity wanted, FromProto(request.opportunity(), request.opportunity_id()));
  wanted.import_run = request.import_run();
  const command::Command command = command::Of(request, call);
  RETURN_IF_ERROR(Convert(wanted.amount, wanted.close_time, command));
  ASSIGN_OR_RETURN(Opportunity opened, Open(wanted, process_));
  ASSIGN_OR_RETURN(const Opportunity created, commands_.Create(command, std::move(opened)));
  return ToProto(created);
}

absl::StatusOr<v1::Opportunity> OpportunityCommands::Advance(
    const v1::AdvanceOpportunityRequest& request, const rpc::Call& call) {
  return Change(request, call, [&](const Opportunity& present, const Moment&) {
    return opportunities::Advance(present, request.stage(), process_);
  });
}

absl::StatusOr<v1::Opportunity> OpportunityCommands::Win(const v1::WinOpportunityRequest& request,
                                                         const rpc::Call& call) {
  std::optional<Money> amount = MoneyOf(request.has_amount(), request.amount());
  ASSIGN_OR_RETURN(const std::optional<absl::Time> close_time,
                   TimeOf(request.has_close_time(), request.close_time(), "close_time"));
  RETURN_IF_ERROR(Convert(amount, close_time, command::Of(request, call)));
  return Change(request, call, [&](const Opportunity& present, const Moment& moment) {
    return opportunities::Win(present, amount, close_time.value_or(moment.at));
  });
}

absl::StatusOr<v1::Opportunity> OpportunityCommands::Lose(const v1::LoseOpportunityRequest& request,
                                                          const rpc::Call& call) {
  ASSIGN_OR_RETURN(const std::optional<absl::Time> close_time,
                   TimeOf(request.has_close_time(), request.close_time(), "close_time"));
  return Change(request, call, [&](const Opportunity& present, const Moment& moment) {
    return opportunities::Lose(present, request.loss_reason(), close_time.value_or(moment.at),
                               process_);
  });
}

absl::StatusOr<v1::Opportunity> OpportunityCommands::Attach(
    const v1::AttachOpportunityRequest& request, const rpc::Call& call) {
  ASSIGN_OR_RETURN(const std::string account_id, AccountIdOf(request.account()));
  return Change(request, call, [&](const Opportunity& present, const Moment&) {
    return opportunities::Attach(present, account_id);
  });
}

template <typename Request>
absl::StatusOr<v1::Opportunity> OpportunityCommands::Change(
    const Request& request, const rpc::Call& call,
    command::EntityCommands<Opportunity>::Decide decide) {
  ASSIGN_OR_RETURN(const std::string id, OpportunityIdOf(request.name()));
  ASSIGN_OR_RETURN(const Opportunity changed,
                   commands_.Change(command::Of(request, call), id, decide));
  return ToProto(changed);
}

absl::Status OpportunityCommands::Convert(std::optional<Money>& amount,
                                          std::optional<absl::Time> close_time,
                                          const command::Command& command) const {
  if (!amount.has_value()) return absl::OkStatus();
  const absl::Time at = close_time ? *close_time : command.effective_time.value_or(clock_.Now());
  const absl::StatusOr<int64_t> base = currencies_.Now()->Convert(
      Calendar::CivilDayOf(calendar_.LocalDayOf(at)), amount->currency_code, amount->amount_minor);
  if (!base.ok()) {
    const ErrorDetail detail = DetailOf(base.status()).value_or(ErrorDetail{});
    return InvalidArgument(detail.reason, "amount", base.status().message(), "O1");
  }
  amount->base_amount_minor = *base;
  return absl::OkStatus();
}

}  // namespace bellwether::opportunities
