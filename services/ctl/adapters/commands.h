// The commands, by their subject. Each adds itself to `app`; when one is chosen its options
// are in place and `action` says what to do.
#ifndef BELLWETHER_SERVICES_CTL_ADAPTERS_COMMANDS_H_
#define BELLWETHER_SERVICES_CTL_ADAPTERS_COMMANDS_H_

#include "common/cli/command.h"
#include "services/ctl/adapters/session.h"

namespace bellwether::ctl {

void AddHealthCommands(cli::Command app, Session& session, Action& action);
void AddAccountCommands(cli::Command app, Session& session, Action& action);
void AddOpportunityCommands(cli::Command app, Session& session, Action& action);
void AddAlertCommands(cli::Command app, Session& session, Action& action);
void AddSilenceCommands(cli::Command app, Session& session, Action& action);
void AddAuditCommands(cli::Command app, Session& session, Action& action);
void AddEmitCommand(cli::Command app, Session& session, Action& action);
void AddFactCommands(cli::Command app, Session& session, Action& action);
void AddJournalCommands(cli::Command app, Session& session, Action& action);
void AddDeadLetterCommands(cli::Command app, Session& session, Action& action);
void AddImportCommand(cli::Command app, Session& session, Action& action);
void AddImportRunCommands(cli::Command app, Session& session, Action& action);
void AddFeedCommands(cli::Command app, Session& session, Action& action);
void AddTableImportCommands(cli::Command app, Session& session, Action& action);
void AddSystemCommand(cli::Command app, Session& session, Action& action);
void AddDemoCommand(cli::Command app, Session& session, Action& action);

}  // namespace bellwether::ctl

#endif  // BELLWETHER_SERVICES_CTL_ADAPTERS_COMMANDS_H_
