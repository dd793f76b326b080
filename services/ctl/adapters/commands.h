// The commands, by their subject. Each adds itself to `app`; when one is chosen its options
// are in place and `action` says what to do.
#ifndef BELLWETHER_SERVICES_CTL_ADAPTERS_COMMANDS_H_
#define BELLWETHER_SERVICES_CTL_ADAPTERS_COMMANDS_H_

#include <CLI/CLI.hpp>

#include "services/ctl/adapters/session.h"

namespace bellwether::ctl {

void AddHealthCommands(CLI::App& app, Session& session, Action& action);
void AddAccountCommands(CLI::App& app, Session& session, Action& action);
void AddOpportunityCommands(CLI::App& app, Session& session, Action& action);
void AddAlertCommands(CLI::App& app, Session& session, Action& action);
void AddSilenceCommands(CLI::App& app, Session& session, Action& action);
void AddAuditCommands(CLI::App& app, Session& session, Action& action);
void AddEmitCommand(CLI::App& app, Session& session, Action& action);
void AddFactCommands(CLI::App& app, Session& session, Action& action);
void AddJournalCommands(CLI::App& app, Session& session, Action& action);
void AddDeadLetterCommands(CLI::App& app, Session& session, Action& action);
void AddImportCommand(CLI::App& app, Session& session, Action& action);
void AddImportRunCommands(CLI::App& app, Session& session, Action& action);
void AddDemoCommand(CLI::App& app, Session& session, Action& action);

}  // namespace bellwether::ctl

#endif  // BELLWETHER_SERVICES_CTL_ADAPTERS_COMMANDS_H_
