#include "services/ctl/adapters/command_line.h"

#include <utility>

#include "common/cli/command.h"
#include "services/ctl/adapters/commands.h"
#include "services/ctl/adapters/session.h"

namespace bellwether::ctl {

int RunCommandLine(std::vector<std::string> arguments, std::istream& in, std::ostream& out,
                   std::ostream& err) {
  Session session(in, out, err);
  Action action;
  cli::Program program("Bellwether from the command line: feed it, ask it, act on what it says.",
                       "bellwetherctl");
  program.RequireCommand();
  program.TakeOptionsAnywhere();
  program.AddOption("--server", session.options.server, "Address of the gRPC endpoint")
      .Environment("BELLWETHER_SERVER")
      .ShowDefault();
  program.AddOption("--as", session.options.principal, "Who acts; stands in what is changed")
      .Environment("BELLWETHER_PRINCIPAL")
      .ShowDefault();
  program.AddFlag("--json", session.options.json, "Proto JSON, one object a line");
  program.AddFlag("--utc", session.options.utc,
                  "Times in UTC, not in the zone of the server's calendar");
  program.AddOption("--lang", session.options.lang, "Language of texts")
      .OneOf({"en", "zh"})
      .ShowDefault();
  program.AddOption("--timeout", session.options.timeout_seconds, "Seconds a call may take")
      .Between(1, 3'600)
      .ShowDefault();
  AddHealthCommands(program, session, action);
  AddAlertCommands(program, session, action);
  AddAccountCommands(program, session, action);
  AddOpportunityCommands(program, session, action);
  AddSilenceCommands(program, session, action);
  AddAuditCommands(program, session, action);
  AddEmitCommand(program, session, action);
  AddFactCommands(program, session, action);
  AddImportCommand(program, session, action);
  AddImportRunCommands(program, session, action);
  AddTableImportCommands(program, session, action);
  AddJournalCommands(program, session, action);
  AddDeadLetterCommands(program, session, action);
  AddFeedCommands(program, session, action);
  AddSystemCommand(program, session, action);
  AddDemoCommand(program, session, action);
  if (const auto exit_code = program.Parse(std::move(arguments), out, err)) {
    // Help asked for is an answer; anything else is wrong usage, whatever number it is given.
    return *exit_code == 0 ? kExitDone : kExitUsage;
  }
  const absl::Status status = action();
  return status.ok() ? kExitDone : session.PrintError(status);
}

}  // namespace bellwether::ctl
