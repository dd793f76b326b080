#include "services/ctl/adapters/alert_filter.h"

#include "absl/strings/str_cat.h"
#include "bellwether/alerts/v1/alerts_service.grpc.pb.h"
#include "common/base/status.h"
#include "services/ctl/adapters/format.h"

namespace bellwether::ctl {

std::shared_ptr<AlertFilterOptions> AlertFilterOptions::AddTo(cli::Command command) {
  auto options = std::make_shared<AlertFilterOptions>();
  command.AddOption("--tier", options->tiers_, "Only of accounts of this service level, or these");
  command.AddOption("--assignee", options->assignees_, "Only those that this person has, or these");
  command.AddOption("--account", options->account_, "Only of this account and what belongs to it");
  command.AddFlag("--mine", options->mine_, "Only those that you have");
  return options;
}

void AlertFilterOptions::FillIn(alerts::v1::AlertFilter& filter) const {
  for (const std::string& tier : tiers_) filter.add_tiers(tier);
  for (const std::string& assignee : assignees_) filter.add_assignees(assignee);
  filter.set_account_id(account_);
  filter.set_mine(mine_);
}

void AddCountAlerts(cli::Command alerts, Session& session, Action& action) {
  using alerts::v1::AlertsService;
  cli::Command command =
      alerts.AddCommand("count", "How many there are, by what they can be told by");
  const auto options = AlertFilterOptions::AddTo(command);
  command.OnChosen([&session, &action, options] {
    action = [&session, options]() -> absl::Status {
      alerts::v1::CountAlertsRequest request;
      options->FillIn(*request.mutable_filter());
      ASSIGN_OR_RETURN(const alerts::v1::CountAlertsResponse counted,
                       session.Call<AlertsService>(&AlertsService::Stub::CountAlerts, request));
      if (session.options.json) {
        session.PrintJson(counted);
        return absl::OkStatus();
      }
      TextTable table({{session.Label("by", "按")},
                       {session.Label("value", "值")},
                       {session.Label("alerts", "预警"), Align::kRight}});
      table.AddRow({session.Label("all", "全部"), "", absl::StrCat(counted.total())});
      for (const auto& level : counted.levels()) {
        table.AddRow(
            {session.Label("level", "级别"), EnumText(level.level()), absl::StrCat(level.count())});
      }
      for (const auto& state : counted.states()) {
        table.AddRow(
            {session.Label("state", "状态"), EnumText(state.state()), absl::StrCat(state.count())});
      }
      const auto add = [&](const std::string& by, const auto& counts) {
        for (const alerts::v1::FacetCount& count : counts) {
          table.AddRow(
              {by, count.value().empty() ? "–" : count.value(), absl::StrCat(count.count())});
        }
      };
      add(session.Label("rule", "规则"), counted.rules());
      add(session.Label("tier", "层级"), counted.tiers());
      add(session.Label("assignee", "处理人"), counted.assignees());
      if (counted.cut()) table.AddRow({session.Label("and others", "及其他"), "", ""});
      session.Print(table);
      return absl::OkStatus();
    };
  });
}

}  // namespace bellwether::ctl
