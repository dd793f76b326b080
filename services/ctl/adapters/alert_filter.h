// Which alerts a command speaks of, as options.
#ifndef BELLWETHER_SERVICES_CTL_ADAPTERS_ALERT_FILTER_H_
#define BELLWETHER_SERVICES_CTL_ADAPTERS_ALERT_FILTER_H_

#include <memory>
#include <string>
#include <vector>

#include "bellwether/alerts/v1/alerts_service.pb.h"
#include "services/ctl/adapters/commands.h"

namespace bellwether::ctl {

// What the options of a command say, once it runs.
class AlertFilterOptions {
 public:
  // Adds --tier, --assignee, --account and --mine.
  static std::shared_ptr<AlertFilterOptions> AddTo(cli::Command command);

  void FillIn(alerts::v1::AlertFilter& filter) const;

 private:
  std::vector<std::string> tiers_;
  std::vector<std::string> assignees_;
  std::string account_;
  bool mine_ = false;
};

// `alerts count`.
void AddCountAlerts(cli::Command alerts, Session& session, Action& action);

}  // namespace bellwether::ctl

#endif  // BELLWETHER_SERVICES_CTL_ADAPTERS_ALERT_FILTER_H_
