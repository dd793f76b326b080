// Single facts: sending one, asking what became of one.

#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/ids.h"
#include "common/base/resource_name.h"
#include "common/base/status.h"
#include "common/config/yaml_message.h"
#include "common/json/json.h"
#include "common/json/message.h"
#include "services/ctl/adapters/commands.h"
#include "services/ctl/adapters/format.h"
#include "services/ctl/adapters/health_view.h"
#include "services/imports/application/message_fields.h"

namespace bellwether::ctl {
namespace {

using health::v1::HealthService;
using ingest::v1::IngestService;

constexpr absl::Duration kOutcomeWaitMax = absl::Seconds(30);
constexpr absl::Duration kOutcomePollInterval = absl::Milliseconds(100);
constexpr size_t kStdinBytesMax = 1 << 20;

absl::StatusOr<std::string> ReadInput(Session& session, const std::string& path) {
  if (path != "-") return config::ReadFile(path);
  std::string text(kStdinBytesMax + 1, '\0');
  session.in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(session.in.gcount()));
  if (text.size() > kStdinBytesMax) {
    return InvalidArgument("TOO_LARGE", "", "a fact has at most 1 MiB");
  }
  return text;
}

absl::Status ShowOutcome(Session& session, const health::v1::FactOutcome& outcome) {
  if (session.options.json) {
    session.PrintJson(outcome);
  } else {
    session.out << EnumText(outcome.outcome()) << session.Label(", recorded ", "，记录于 ")
                << session.Instant(outcome.recorded_time());
    if (outcome.has_retracted_by()) {
      session.out << session.Label(", by ", "，由 ")
                  << Printable(CauseText(outcome.retracted_by()));
    }
    session.out << "\n";
  }
  return absl::OkStatus();
}

// Waits until the fold has passed the fact.
absl::StatusOr<health::v1::FactOutcome> AwaitOutcome(
    Session& session, const health::v1::GetFactOutcomeRequest& request) {
  const absl::Time deadline = absl::Now() + kOutcomeWaitMax;
  while (true) {
    auto outcome = session.Call<HealthService>(&HealthService::Stub::GetFactOutcome, request);
    if (outcome.ok() || !absl::IsNotFound(outcome.status()) || absl::Now() > deadline) {
      return outcome;
    }
    // STYLE(sleep): the server is asked again until the deadline
    absl::SleepFor(kOutcomePollInterval);
  }
}

struct EmitOptions {
  std::string account;
  std::string kind;
  std::string id;
  std::string source = "ctl";
  std::string time;
  std::vector<std::string> set;
  std::string file;
  std::string cloud_event;
  bool wait = false;
  // Of corrections.
  int64_t revision = -1;  // −1: not given
  std::string reason;
  std::string moved_from;
};

absl::StatusOr<events::v1::FactEvent> FactFromFlags(const EmitOptions& options, absl::Time time) {
  events::v1::FactEvent event;
  event.set_id(options.id.empty() ? NewUuid() : options.id);
  event.set_source(options.source);
  event.set_account_id(ResourceId(options.account));
  *event.mutable_time() = ToTimestamp(time);
  // Also a kind without fields ("--kind tick") has to exist.
  const auto* kind = events::v1::Fact::descriptor()->FindFieldByName(options.kind);
  if (kind == nullptr) {
    return InvalidArgument("UNKNOWN_FACT_KIND", "--kind",
                           absl::StrCat("no kind of fact \"", options.kind, "\""));
  }
  event.mutable_fact()->GetReflection()->MutableMessage(event.mutable_fact(), kind);
  for (const std::string& assignment : options.set) {
    const size_t equals = assignment.find('=');
    if (equals == std::string::npos) {
      return InvalidArgument("BAD_ASSIGNMENT", "--set",
                             absl::StrCat("\"", assignment, "\" is not field=value"));
    }
    RETURN_IF_ERROR(imports::SetField(*event.mutable_fact(),
                                      absl::StrCat(options.kind, ".", assignment.substr(0, equals)),
                                      assignment.substr(equals + 1)));
  }
  return event;
}

// Sends what is in `request`, and says of each whether it was accepted. Waits for the outcome of
// the last one if asked to.
absl::Status SendFacts(Session& session, const ingest::v1::IngestFactsRequest& request, bool wait) {
  ASSIGN_OR_RETURN(const auto response,
                   session.Call<IngestService>(&IngestService::Stub::IngestFacts, request));
  if (response.answers_size() != request.events_size()) {
    return Error(absl::StatusCode::kInternal, {"NO_ANSWER", "", ""},
                 "the server did not answer for the fact");
  }
  for (int i = 0; i < response.answers_size(); ++i) {
    const auto& sent = request.events(i);
    const auto& answer = response.answers(i);
    if (session.options.json) session.PrintJson(answer);
    if (answer.state() != ingest::v1::ANSWER_STATE_ACCEPTED) {
      const auto& rejection = answer.rejection();
      return InvalidArgument(rejection.reason(), rejection.field(), rejection.message(),
                             rejection.rule());
    }
    if (session.options.json) continue;
    session.out << session.Label("accepted", "已接收");
    if (sent.has_fact()) session.out << "  " << sent.fact().source() << " " << sent.fact().id();
    session.out << "  " << answer.partition() << "/" << answer.offset() << "\n";
  }
  const auto& last = request.events(request.events_size() - 1);
  if (!wait || !last.has_fact()) return absl::OkStatus();
  health::v1::GetFactOutcomeRequest ask;
  ask.set_account_id(last.fact().account_id());
  ask.set_source(last.fact().source());
  ask.set_id(last.fact().id());
  ASSIGN_OR_RETURN(const auto outcome, AwaitOutcome(session, ask));
  RETURN_IF_ERROR(ShowOutcome(session, outcome));
  if (outcome.outcome() != health::v1::OUTCOME_CONFLICT) return absl::OkStatus();
  return Error(absl::StatusCode::kAlreadyExists, {"FACT_CONFLICT", "id", ""},
               "another fact of this account with this source and id, but other content, was there "
               "before; \"fact replace\" says it anew");
}

absl::StatusOr<absl::Time> TimeOf(Session& session, const EmitOptions& options) {
  if (options.time.empty()) return absl::Now();
  return session.When(options.time);
}

absl::Status Emit(Session& session, const EmitOptions& options) {
  ingest::v1::IngestFactsRequest request;
  auto& sent = *request.add_events();
  if (!options.cloud_event.empty()) {
    ASSIGN_OR_RETURN(*sent.mutable_cloud_event_json(),
                     session.WrongUsage(ReadInput(session, options.cloud_event)));
  } else if (!options.file.empty()) {
    ASSIGN_OR_RETURN(const std::string text, session.WrongUsage(ReadInput(session, options.file)));
    ASSIGN_OR_RETURN(const json::Value fact, session.WrongUsage(json::Parse(text)));
    RETURN_IF_ERROR(
        session.WrongUsage(json::ReadMessage(fact, "fact", /*rule=*/"", *sent.mutable_fact())));
  } else {
    ASSIGN_OR_RETURN(const absl::Time time, TimeOf(session, options));
    ASSIGN_OR_RETURN(*sent.mutable_fact(), session.WrongUsage(FactFromFlags(options, time)));
  }
  return SendFacts(session, request, options.wait);
}

// Of the fact that `options` name; its account may be another than theirs.
events::v1::FactEvent RetractionOf(const EmitOptions& options, absl::string_view account) {
  events::v1::FactEvent event;
  event.set_id(NewUuid());
  event.set_source("ctl");
  event.set_account_id(ResourceId(account));
  *event.mutable_time() = ToTimestamp(absl::Now());
  events::v1::FactRetracted& retracted = *event.mutable_fact()->mutable_fact_retracted();
  retracted.set_source(options.source);
  retracted.set_id(options.id);
  if (options.revision >= 0) retracted.set_revision(options.revision);
  retracted.set_reason(options.reason);
  return event;
}

absl::Status Retract(Session& session, const EmitOptions& options) {
  ingest::v1::IngestFactsRequest request;
  *request.add_events()->mutable_fact() = RetractionOf(options, options.account);
  return SendFacts(session, request, options.wait);
}

absl::Status Replace(Session& session, const EmitOptions& options) {
  ingest::v1::IngestFactsRequest request;
  if (!options.moved_from.empty()) {
    EmitOptions whole = options;
    whole.revision = -1;
    *request.add_events()->mutable_fact() = RetractionOf(whole, options.moved_from);
  }
  ASSIGN_OR_RETURN(const absl::Time time, TimeOf(session, options));
  ASSIGN_OR_RETURN(events::v1::FactEvent event, session.WrongUsage(FactFromFlags(options, time)));
  // The present instant is above whatever was said before in this way.
  event.mutable_fact()->set_revision(options.revision >= 0 ? options.revision
                                                           : absl::ToUnixMicros(absl::Now()));
  *request.add_events()->mutable_fact() = std::move(event);
  return SendFacts(session, request, options.wait);
}

}  // namespace

void AddEmitCommand(cli::Command app, Session& session, Action& action) {
  cli::Command command =
      app.AddCommand("emit", "Send one fact, from flags, a file or standard input");
  auto options = std::make_shared<EmitOptions>();
  cli::Option account = command.AddOption("--account", options->account, "Account id");
  cli::Option kind = command.AddOption("--kind", options->kind, "Kind, for example order_placed");
  account.Needs(kind);
  kind.Needs(account);
  command.AddOption("--id", options->id, "Id within the source; a new one if not given");
  command.AddOption("--source", options->source, "Source").ShowDefault();
  command.AddOption("--time", options->time, "When it happened; now if not given");
  command.AddOption("--set", options->set, "field=value, for example amount.amount_minor=1200")
      .Needs(kind);
  cli::Option file =
      command.AddOption("--file", options->file, "A FactEvent as JSON; \"-\": standard input");
  cli::Option cloud_event = command.AddOption("--cloud-event", options->cloud_event,
                                              "A CloudEvents JSON document, sent as it is");
  file.Excludes(kind).Excludes(cloud_event);
  cloud_event.Excludes(kind);
  command.AddFlag("--wait", options->wait, "Wait until it is folded and say what became of it");
  command.OnChosen([&session, &action, options] {
    if (options->kind.empty() && options->file.empty() && options->cloud_event.empty()) {
      cli::RefuseMissing("--kind, --file or --cloud-event");
    }
    action = [&session, options] { return Emit(session, *options); };
  });
}

namespace {

cli::Command AddFact(cli::Command group, const char* name, const char* what,
                     const std::shared_ptr<EmitOptions>& options) {
  cli::Command command = group.AddCommand(name, what);
  command.AddOption("--account", options->account, "Account id").Required();
  command.AddOption("--source", options->source, "Source of the fact").Required();
  command.AddOption("--id", options->id, "Id of the fact within the source").Required();
  command.AddFlag("--wait", options->wait, "Wait until it is folded and say what became of it");
  return command;
}

}  // namespace

void AddFactCommands(cli::Command app, Session& session, Action& action) {
  cli::Command fact = app.AddCommand("fact", "What became of a fact, and what was wrong about it");
  fact.RequireCommand();
  cli::Command command =
      fact.AddCommand("outcome", "Counted, duplicate, conflict, late, too old or retracted");
  auto request = std::make_shared<health::v1::GetFactOutcomeRequest>();
  command.AddOption("--account", *request->mutable_account_id(), "Account id").Required();
  command.AddOption("--source", *request->mutable_source(), "Source").Required();
  command.AddOption("--id", *request->mutable_id(), "Id within the source").Required();
  command.OnChosen([&session, &action, request] {
    action = [&session, request]() -> absl::Status {
      ASSIGN_OR_RETURN(const auto outcome,
                       session.Call<HealthService>(&HealthService::Stub::GetFactOutcome, *request));
      return ShowOutcome(session, outcome);
    };
  });

  auto retracted = std::make_shared<EmitOptions>();
  cli::Command retract = AddFact(fact, "retract", "Take a fact back: it counts no more", retracted);
  retract.AddOption("--revision", retracted->revision,
                    "Take back this revision and lower ones; all if not given");
  retract.AddOption("--reason", retracted->reason, "Why, for the journal");
  retract.OnChosen([&session, &action, retracted] {
    action = [&session, retracted] { return Retract(session, *retracted); };
  });

  auto replaced = std::make_shared<EmitOptions>();
  cli::Command replace = AddFact(fact, "replace", "Say a fact anew: the new words count", replaced);
  replace.AddOption("--kind", replaced->kind, "Kind, for example order_placed").Required();
  replace.AddOption("--time", replaced->time, "When it happened; now if not given");
  replace.AddOption("--set", replaced->set, "field=value, for example amount.amount_minor=1200");
  replace.AddOption("--revision", replaced->revision,
                    "Above every earlier one; the present instant if not given");
  replace.AddOption("--moved-from", replaced->moved_from,
                    "The account it had been said of; there it is taken back");
  replace.OnChosen([&session, &action, replaced] {
    action = [&session, replaced] { return Replace(session, *replaced); };
  });
}

}  // namespace bellwether::ctl
