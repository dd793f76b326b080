// `health summary` and `health movers`: the portfolio as a whole.
#ifndef BELLWETHER_SERVICES_CTL_ADAPTERS_PORTFOLIO_VIEW_H_
#define BELLWETHER_SERVICES_CTL_ADAPTERS_PORTFOLIO_VIEW_H_

#include "services/ctl/adapters/commands.h"

namespace bellwether::ctl {

void AddSummarizeHealth(cli::Command health, Session& session, Action& action);
void AddHealthMovers(cli::Command health, Session& session, Action& action);

}  // namespace bellwether::ctl

#endif  // BELLWETHER_SERVICES_CTL_ADAPTERS_PORTFOLIO_VIEW_H_
