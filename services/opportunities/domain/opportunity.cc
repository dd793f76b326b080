#include "services/opportunities/domain/opportunity.h"

#include "absl/strings/str_cat.h"
#include "common/base/ids.h"
#include "common/base/status.h"
#include "common/text/readable.h"

namespace bellwether::opportunities {
namespace {

constexpr char kRule[] = "O1";
constexpr char kLossRule[] = "O10";

absl::Status Refuse(absl::string_view reason, absl::string_view field, absl::string_view message) {
  return InvalidArgument(reason, field, message, kRule);
}

absl::Status CheckText(absl::string_view field, absl::string_view text) {
  return text::CheckReadable({.field = field, .rule = kRule, .bytes_max = kTextLengthMax}, text);
}

absl::Status CheckAccountId(absl::string_view account_id) {
  if (IsValidId(account_id)) return absl::OkStatus();
  return Refuse("ACCOUNT_NAME_INVALID", "account", "not the name of an account");
}

absl::Status CheckAmount(const std::optional<Money>& amount) {
  if (!amount.has_value() || amount->amount_minor >= 0) return absl::OkStatus();
  return Refuse("AMOUNT_NEGATIVE", "amount.amount_minor",
                "an opportunity is not worth less than 0");
}

absl::Status CheckLossReason(absl::string_view code, const Process& process) {
  if (process.HasLossReason(code)) return absl::OkStatus();
  return InvalidArgument("LOSS_REASON_UNKNOWN", "loss_reason", "not a code of the process",
                         kLossRule);
}

absl::Status CheckOpen(const Opportunity& present) {
  if (present.state == State::kOpen) return absl::OkStatus();
  return FailedPrecondition("NOT_OPEN", "state", "the opportunity is won or lost already", kRule);
}

absl::Status CheckClose(const Opportunity& opportunity) {
  if (opportunity.engage_time.has_value() && opportunity.close_time.has_value() &&
      *opportunity.close_time < *opportunity.engage_time) {
    return Refuse("CLOSED_BEFORE_ENGAGED", "close_time", "closes before it was engaged");
  }
  return absl::OkStatus();
}

absl::Status CheckState(const Opportunity& wanted, const Process& process) {
  switch (wanted.state) {
    case State::kOpen:
      if (wanted.close_time.has_value()) {
        return Refuse("OPEN_WITH_CLOSE_TIME", "close_time", "an open opportunity has not closed");
      }
      break;
    case State::kWon:
    case State::kLost:
      if (!wanted.close_time.has_value()) {
        return Refuse("FIELD_MISSING", "close_time", "a closed opportunity says when it closed");
      }
      break;
    case State::kUnspecified:
      return Refuse("STATE_UNKNOWN", "state", "open, won or lost");
  }
  if (wanted.loss_reason.empty()) return absl::OkStatus();
  if (wanted.state != State::kLost) {
    return InvalidArgument("LOSS_REASON_WITHOUT_LOSS", "loss_reason",
                           "only a lost opportunity has a reason of its loss", kLossRule);
  }
  // The past may not know its reasons; those it names are of the process.
  return CheckLossReason(wanted.loss_reason, process);
}

absl::StatusOr<int> CheckStage(absl::string_view stage, const Process& process) {
  const int place = process.PlaceOf(stage);
  if (place < 0) return Refuse("STAGE_UNKNOWN", "stage", "not a stage of the process");
  return place;
}

absl::StatusOr<Opportunity> Close(const Opportunity& present, State state, absl::Time close_time) {
  RETURN_IF_ERROR(CheckOpen(present));
  Opportunity closed = present;
  closed.state = state;
  closed.close_time = close_time;
  RETURN_IF_ERROR(CheckClose(closed));
  return closed;
}

}  // namespace

Opportunity Tidied(Opportunity opportunity) {
  for (std::string* text :
       {&opportunity.title, &opportunity.owner, &opportunity.product, &opportunity.source}) {
    *text = text::Tidied(*text);
  }
  return opportunity;
}

absl::Status CheckNotAhead(const Opportunity* before, const Opportunity& opportunity,
                           absl::Time latest) {
  const auto check = [&](absl::string_view field,
                         std::optional<absl::Time> Opportunity::*instant) -> absl::Status {
    const std::optional<absl::Time>& given = opportunity.*instant;
    if (!given.has_value() || *given <= latest) return absl::OkStatus();
    if (before != nullptr && before->*instant == given) return absl::OkStatus();
    return Refuse("TIME_AHEAD", field, "lies ahead of our clock: it is a past instant");
  };
  RETURN_IF_ERROR(check("engage_time", &Opportunity::engage_time));
  return check("close_time", &Opportunity::close_time);
}

absl::StatusOr<Opportunity> Open(Opportunity wanted, const Process& process) {
  if (!IsValidId(wanted.id)) {
    return Refuse("OPPORTUNITY_ID_INVALID", "opportunity_id",
                  "1-64 characters of A-Z a-z 0-9 . _ -");
  }
  if (!wanted.account_id.empty()) RETURN_IF_ERROR(CheckAccountId(wanted.account_id));
  RETURN_IF_ERROR(CheckText("title", wanted.title));
  RETURN_IF_ERROR(CheckText("owner", wanted.owner));
  RETURN_IF_ERROR(CheckText("product", wanted.product));
  RETURN_IF_ERROR(CheckText("source", wanted.source));
  if (!wanted.import_run.empty() && !IsValidId(wanted.import_run)) {
    return Refuse("IMPORT_RUN_INVALID", "import_run",
                  "an import run has 1-64 characters of [A-Za-z0-9._-]");
  }
  RETURN_IF_ERROR(CheckAmount(wanted.amount));
  if (wanted.state == State::kUnspecified) wanted.state = State::kOpen;
  RETURN_IF_ERROR(CheckState(wanted, process));
  RETURN_IF_ERROR(CheckClose(wanted));
  int place = 0;
  if (!wanted.stage.empty()) {
    ASSIGN_OR_RETURN(place, CheckStage(wanted.stage, process));
  }
  wanted.stage = process.StageAt(place);
  return wanted;
}

absl::StatusOr<Opportunity> Advance(const Opportunity& present, absl::string_view stage,
                                    const Process& process) {
  RETURN_IF_ERROR(CheckOpen(present));
  ASSIGN_OR_RETURN(const int place, CheckStage(stage, process));
  if (place <= process.PlaceOf(present.stage)) {
    return FailedPrecondition("STAGE_NOT_LATER", "stage",
                              absl::StrCat("the opportunity is in ", present.stage, " already"),
                              kRule);
  }
  Opportunity advanced = present;
  advanced.stage = process.StageAt(place);
  return advanced;
}

absl::StatusOr<Opportunity> Win(const Opportunity& present, const std::optional<Money>& amount,
                                absl::Time close_time) {
  RETURN_IF_ERROR(CheckAmount(amount));
  ASSIGN_OR_RETURN(Opportunity won, Close(present, State::kWon, close_time));
  if (amount.has_value()) won.amount = amount;
  return won;
}

absl::StatusOr<Opportunity> Lose(const Opportunity& present, absl::string_view loss_reason,
                                 absl::Time close_time, const Process& process) {
  RETURN_IF_ERROR(CheckLossReason(loss_reason, process));
  ASSIGN_OR_RETURN(Opportunity lost, Close(present, State::kLost, close_time));
  lost.loss_reason = std::string(loss_reason);
  return lost;
}

absl::StatusOr<Opportunity> Attach(const Opportunity& present, absl::string_view account_id) {
  RETURN_IF_ERROR(CheckAccountId(account_id));
  if (!present.account_id.empty() && present.account_id != account_id) {
    return FailedPrecondition("ALREADY_ATTACHED", "account",
                              "the opportunity belongs to another account", kRule);
  }
  Opportunity attached = present;
  attached.account_id = std::string(account_id);
  return attached;
}

Opportunity Withdraw(const Opportunity& present, absl::string_view import_run) {
  Opportunity withdrawn = present;
  withdrawn.withdrawn = withdrawn.withdrawn || (present.import_run == import_run &&
                                                present.version == present.opened_version);
  return withdrawn;
}

std::optional<absl::Time> HappenedAt(const Opportunity& opportunity) {
  return opportunity.state == State::kOpen ? opportunity.engage_time : opportunity.close_time;
}

}  // namespace bellwether::opportunities
