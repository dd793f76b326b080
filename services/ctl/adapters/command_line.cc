#include "services/ctl/adapters/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "services/ctl/adapters/commands.h"
#include "services/ctl/adapters/session.h"

namespace bellwether::ctl {

int RunCommandLine(std::vector<std::string> arguments, std::istream& in, std::ostream& out,
                   std::ostream& err) {
  Session session(in, out, err);
  Action action;
  CLI::App app("Bellwether from the command line: feed it, ask it, act on what it says.",
               "bellwetherctl");
  app.require_subcommand(1);
  app.fallthrough();
  app.add_option("--server", session.options.server, "Address of the gRPC endpoint")
      ->envname("BELLWETHER_SERVER")
      ->capture_default_str();
  app.add_option("--as", session.options.principal, "Who acts; stands in what is changed")
      ->envname("BELLWETHER_PRINCIPAL")
      ->capture_default_str();
  app.add_flag("--json", session.options.json, "Proto JSON, one object a line");
  app.add_flag("--utc", session.options.utc,
               "Times in UTC, not in the zone of the server's calendar");
  app.add_option("--lang", session.options.lang, "Language of texts")
      ->check(CLI::IsMember({"en", "zh"}))
      ->capture_default_str();
  app.add_option("--timeout", session.options.timeout_seconds, "Seconds a call may take")
      ->check(CLI::Range(1, 3'600))
      ->capture_default_str();
  AddHealthCommands(app, session, action);
  AddAlertCommands(app, session, action);
  AddAccountCommands(app, session, action);
  AddOpportunityCommands(app, session, action);
  AddSilenceCommands(app, session, action);
  AddAuditCommands(app, session, action);
  AddEmitCommand(app, session, action);
  AddFactCommands(app, session, action);
  AddImportCommand(app, session, action);
  AddImportRunCommands(app, session, action);
  AddJournalCommands(app, session, action);
  AddDeadLetterCommands(app, session, action);
  AddDemoCommand(app, session, action);
  // CLI11 takes them last first.
  std::reverse(arguments.begin(), arguments.end());
  try {
    app.parse(arguments);
  } catch (const CLI::ParseError& error) {
    // Help asked for is an answer; anything else is wrong usage, whatever number CLI11 gives it.
    return app.exit(error, out, err) == 0 ? kExitDone : kExitUsage;
  }
  const absl::Status status = action();
  return status.ok() ? kExitDone : session.PrintError(status);
}

}  // namespace bellwether::ctl
