// The alert board.
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/base/ids.h"
#include "common/base/resource_name.h"
#include "common/base/status.h"
#include "common/decimal/decimal.h"
#include "common/subject/subject_type.h"
#include "services/ctl/adapters/alert_filter.h"
#include "services/ctl/adapters/commands.h"
#include "services/ctl/adapters/format.h"
#include "services/ctl/adapters/health_view.h"
#include "services/ctl/adapters/listing.h"

namespace bellwether::ctl {
namespace {

using alerts::v1::Alert;
using alerts::v1::AlertsService;

alerts::v1::Level LevelOf(const std::string& text) {
  alerts::v1::Level level = alerts::v1::LEVEL_UNSPECIFIED;
  if (!text.empty()) alerts::v1::Level_Parse("LEVEL_" + absl::AsciiStrToUpper(text), &level);
  return level;
}

// An account by its id, every other subject as "opportunity/7".
std::string SubjectText(const Alert& alert) {
  const bool is_account = alert.subject_type() == events::v1::SUBJECT_TYPE_ACCOUNT;
  const std::string type(is_account ? "" : SubjectTypeName(alert.subject_type()));
  return absl::StrCat(type, type.empty() ? "" : "/", alert.subject(),
                      alert.subject_display_name().empty() ? "" : " ",
                      alert.subject_display_name());
}

absl::Status SetSubject(absl::string_view text, alerts::v1::ListAlertsRequest& request) {
  const size_t slash = text.find('/');
  if (slash == absl::string_view::npos) {
    request.set_subject(std::string(text));
    return absl::OkStatus();
  }
  request.set_subject_type(SubjectTypeOf(text.substr(0, slash)));
  request.set_subject(std::string(text.substr(slash + 1)));
  if (request.subject_type() != events::v1::SUBJECT_TYPE_UNSPECIFIED) return absl::OkStatus();
  return InvalidArgument("SUBJECT_TYPE_UNKNOWN", "subject", "is of no type of subjects");
}

// Late facts may have changed what an alert was raised on since: then it says so.
std::string StateText(const Session& session, const Alert& alert) {
  return alert.restated()
             ? absl::StrCat(EnumText(alert.state()), " ", session.Label("(restated)", "（已更正）"))
             : EnumText(alert.state());
}

// Since when the condition holds; where that is not known, since when it could be seen.
google::protobuf::Timestamp SinceOf(const Alert& alert) {
  if (alert.has_since_time()) return alert.since_time();
  return alert.has_fire_time() ? alert.fire_time() : alert.pending_time();
}

std::string AtRiskText(Session& session, const Alert& alert) {
  if (alert.value_at_risk_minor() == 0) return "";
  return FormatGrouped(alert.value_at_risk_minor(), session.ReportingDigits());
}

void AddListAlerts(cli::Command alerts, Session& session, Action& action) {
  struct Options {
    std::string subject;
    std::string rule;
    std::string level;
    bool all = false;
    bool backfill = false;
    int limit = kListDefault;
  };
  cli::Command command = alerts.AddCommand("list", "The board: highest priority first");
  auto options = std::make_shared<Options>();
  command.AddOption("--subject", options->subject,
                    "Only of this account, or of another subject as opportunity/7");
  command.AddOption("--rule", options->rule, "Only of this rule, for example R13");
  command.AddOption("--level", options->level, "This level and above")
      .OneOf({"yellow", "orange", "red"});
  const auto filter = AlertFilterOptions::AddTo(command);
  command.AddFlag("--all", options->all, "Resolved ones too");
  command.AddFlag("--backfill", options->backfill, "Those decided while building a past too");
  command.AddOption("--limit", options->limit, "How many").Between(1, 1'000'000);
  command.OnChosen([&session, &action, options, filter] {
    action = [&session, options, filter]() -> absl::Status {
      alerts::v1::ListAlertsRequest request;
      filter->FillIn(*request.mutable_filter());
      RETURN_IF_ERROR(SetSubject(options->subject, request));
      request.set_rule_id(options->rule);
      request.set_minimum_level(LevelOf(options->level));
      request.set_include_backfill(options->backfill);
      if (options->all) {
        for (const auto state :
             {alerts::v1::ALERT_STATE_PENDING, alerts::v1::ALERT_STATE_FIRING,
              alerts::v1::ALERT_STATE_ACKNOWLEDGED, alerts::v1::ALERT_STATE_RESOLVED}) {
          request.add_states(state);
        }
      }
      TextTable table({{session.Label("alert", "预警")},
                       {session.Label("level", "级别")},
                       {session.Label("state", "状态")},
                       {session.Label("priority", "优先级"), Align::kRight},
                       {session.Label("at risk", "流失金额"), Align::kRight},
                       {session.Label("rule", "规则")},
                       {session.Label("subject", "对象")},
                       {session.Label("title", "标题")},
                       {session.Label("since", "开始")},
                       {session.Label("assignee", "处理人")}});
      RETURN_IF_ERROR((ReadPages<AlertsService>(
          session, &AlertsService::Stub::ListAlerts, request, options->limit,
          [&](const alerts::v1::ListAlertsResponse& page) {
            for (const Alert& row : page.alerts()) {
              if (session.options.json) {
                session.PrintJson(row);
                continue;
              }
              table.AddRow({ResourceId(row.name()), EnumText(row.level()), StateText(session, row),
                            absl::StrCat(row.priority()), AtRiskText(session, row), row.rule_id(),
                            SubjectText(row), session.Text(row.title(), row.title_zh()),
                            session.Instant(SinceOf(row)), row.assignee()});
            }
            return page.alerts_size();
          })));
      if (!session.options.json) session.Print(table);
      return absl::OkStatus();
    };
  });
}

void ShowAlert(Session& session, const Alert& alert) {
  auto& out = session.out;
  out << Printable(ResourceId(alert.name())) << "  " << EnumText(alert.level()) << "  "
      << StateText(session, alert) << "  " << alert.rule_id() << " v" << alert.rule_version()
      << "  " << session.Label("priority", "优先级") << " " << alert.priority() << "\n"
      << Printable(SubjectText(alert)) << "\n"
      << Printable(session.Text(alert.title(), alert.title_zh())) << "\n"
      << Printable(session.Text(alert.text(), alert.text_zh())) << "\n"
      << session.Label("cause", "原因") << ": " << Printable(CauseText(alert.cause())) << "\n"
      << session.Label("since", "开始") << ": " << session.Instant(SinceOf(alert));
  if (alert.value_at_risk_minor() != 0) {
    out << "  " << session.Label("at risk", "流失金额") << " " << AtRiskText(session, alert);
  }
  out << "\n"
      << session.Label("assignee", "处理人") << ": " << Printable(alert.assignee()) << "  "
      << session.Label("escalation", "升级") << " " << alert.escalation_level() << "  etag "
      << alert.etag() << "\n\n";
  TextTable table({{session.Label("time", "时间")},
                   {session.Label("what", "事件")},
                   {session.Label("level", "级别")},
                   {session.Label("who", "谁")},
                   {session.Label("reason", "原因")},
                   {session.Label("note", "备注")}});
  for (const auto& entry : alert.timeline()) {
    table.AddRow({session.Instant(entry.time()), EnumText(entry.kind()),
                  entry.level() == alerts::v1::LEVEL_UNSPECIFIED ? "" : EnumText(entry.level()),
                  entry.actor(), entry.reason(), entry.note()});
  }
  session.Print(table);
}

absl::Status Finish(Session& session, const Alert& alert) {
  if (session.options.json) {
    session.PrintJson(alert);
  } else {
    ShowAlert(session, alert);
  }
  return absl::OkStatus();
}

void AddGetAlert(cli::Command alerts, Session& session, Action& action) {
  cli::Command command = alerts.AddCommand("get", "One alert or several, with their timelines");
  auto ids = std::make_shared<std::vector<std::string>>();
  command.AddOption("alert", *ids, "Alert ids").Required();
  command.OnChosen([&session, &action, ids] {
    action = [&session, ids]() -> absl::Status {
      for (const std::string& id : *ids) {
        alerts::v1::GetAlertRequest request;
        request.set_name(ResourceName("alerts", id));
        ASSIGN_OR_RETURN(const Alert found,
                         session.Call<AlertsService>(&AlertsService::Stub::GetAlert, request));
        RETURN_IF_ERROR(Finish(session, found));
      }
      return absl::OkStatus();
    };
  });
}

// What became of each; not OK unless all were acknowledged.
absl::Status FinishBatch(Session& session,
                         const alerts::v1::BatchAcknowledgeAlertsResponse& response) {
  TextTable table({{session.Label("alert", "预警")},
                   {session.Label("state", "状态")},
                   {session.Label("refused", "被拒")}});
  int refused = 0;
  for (const alerts::v1::AcknowledgeResult& result : response.results()) {
    if (result.has_refusal()) ++refused;
    if (session.options.json) session.PrintJson(result);
    table.AddRow({ResourceId(result.name()),
                  result.has_alert() ? EnumText(result.alert().state()) : "–",
                  result.refusal().message()});
  }
  if (!session.options.json) session.Print(table);
  if (refused == 0) return absl::OkStatus();
  return FailedPrecondition(
      "NOT_ALL_ACKNOWLEDGED", "alert",
      absl::StrCat(refused, " of ", response.results_size(), " were not acknowledged"), "L3");
}

void AddAcknowledge(cli::Command alerts, Session& session, Action& action) {
  struct Options {
    std::vector<std::string> alerts;
    std::string note;
    std::string etag;
  };
  cli::Command command = alerts.AddCommand("ack", "Say that somebody is at it");
  auto options = std::make_shared<Options>();
  command.AddOption("alert", options->alerts, "Alert id, or several").Required();
  command.AddOption("--note", options->note, "A word for the timeline");
  command.AddOption("--etag", options->etag, "Only if the alert is still as read; of one alert");
  command.OnChosen([&session, &action, options] {
    action = [&session, options]() -> absl::Status {
      if (options->alerts.size() == 1) {
        alerts::v1::AcknowledgeAlertRequest request;
        request.set_name(ResourceName("alerts", options->alerts[0]));
        request.set_note(options->note);
        request.set_etag(options->etag);
        request.set_request_id(NewUuid());
        ASSIGN_OR_RETURN(const Alert changed, session.Call<AlertsService>(
                                                  &AlertsService::Stub::AcknowledgeAlert, request));
        return Finish(session, changed);
      }
      if (!options->etag.empty()) {
        return session.WrongUsage(
            InvalidArgument("ETAG_OF_SEVERAL", "etag", "is of one alert, several are named"));
      }
      alerts::v1::BatchAcknowledgeAlertsRequest request;
      for (const std::string& alert : options->alerts) {
        request.add_alerts()->set_name(ResourceName("alerts", alert));
      }
      request.set_note(options->note);
      request.set_request_id(NewUuid());
      ASSIGN_OR_RETURN(
          const alerts::v1::BatchAcknowledgeAlertsResponse response,
          session.Call<AlertsService>(&AlertsService::Stub::BatchAcknowledgeAlerts, request));
      return FinishBatch(session, response);
    };
  });
}

void AddUnacknowledge(cli::Command alerts, Session& session, Action& action) {
  cli::Command command = alerts.AddCommand("unack", "Take an acknowledgement back");
  auto request = std::make_shared<alerts::v1::UnacknowledgeAlertRequest>();
  auto alert = std::make_shared<std::string>();
  command.AddOption("alert", *alert, "Alert id").Required();
  command.AddOption("--note", *request->mutable_note(), "A word for the timeline");
  command.AddOption("--etag", *request->mutable_etag(), "Only if the alert is still as read");
  command.OnChosen([&session, &action, alert, request] {
    action = [&session, alert, request]() -> absl::Status {
      request->set_name(ResourceName("alerts", *alert));
      request->set_request_id(NewUuid());
      ASSIGN_OR_RETURN(
          const Alert changed,
          session.Call<AlertsService>(&AlertsService::Stub::UnacknowledgeAlert, *request));
      return Finish(session, changed);
    };
  });
}

void AddResolve(cli::Command alerts, Session& session, Action& action) {
  cli::Command command = alerts.AddCommand("resolve", "Close an alert by hand");
  auto request = std::make_shared<alerts::v1::ResolveAlertRequest>();
  auto alert = std::make_shared<std::string>();
  command.AddOption("alert", *alert, "Alert id").Required();
  command.AddOption("--reason", *request->mutable_reason(), "Why")
      .Required()
      .OneOf({"HANDLED", "FALSE_ALARM", "DUPLICATE", "ACCEPTED_RISK"});
  command.AddOption("--note", *request->mutable_note(), "A word for the timeline");
  command.AddOption("--etag", *request->mutable_etag(), "Only if the alert is still as read");
  command.OnChosen([&session, &action, alert, request] {
    action = [&session, alert, request]() -> absl::Status {
      request->set_name(ResourceName("alerts", *alert));
      request->set_request_id(NewUuid());
      ASSIGN_OR_RETURN(const Alert changed,
                       session.Call<AlertsService>(&AlertsService::Stub::ResolveAlert, *request));
      return Finish(session, changed);
    };
  });
}

void AddWatchAlerts(cli::Command alerts, Session& session, Action& action) {
  struct Options {
    std::string level;
    std::string resume;
    bool open = false;
    int limit = 0;
    int seconds = static_cast<int>(kWatchTimeoutDefault / absl::Seconds(1));
  };
  cli::Command command = alerts.AddCommand("watch", "Alerts as they change");
  auto options = std::make_shared<Options>();
  command.AddOption("--level", options->level, "This level and above")
      .OneOf({"yellow", "orange", "red"});
  command.AddFlag("--open", options->open, "Begin with those that are open");
  command.AddOption("--resume", options->resume,
                    "Begin with what has changed since a watch (--json) gave this token");
  command.AddOption("--limit", options->limit, "Leave after so many changes").NotNegative();
  command.AddOption("--for", options->seconds, "Leave after so many seconds").Positive();
  command.OnChosen([&session, &action, options] {
    action = [&session, options]() -> absl::Status {
      alerts::v1::WatchAlertsRequest request;
      request.set_include_open(options->open);
      request.set_resume_token(options->resume);
      request.set_minimum_level(LevelOf(options->level));
      ASSIGN_OR_RETURN(const auto stub, session.Stub<AlertsService>());
      return ReadStream<alerts::v1::WatchAlertsResponse>(
          absl::Seconds(options->seconds), options->limit,
          [&](grpc::ClientContext* context) { return stub->WatchAlerts(context, request); },
          [&](const alerts::v1::WatchAlertsResponse& response) {
            if (response.mark().kind() == type::v1::WATCH_MARK_KIND_HEARTBEAT) return false;
            if (session.options.json) session.PrintJson(response);
            if (session.options.json || response.has_mark()) return !response.has_mark();
            const Alert& alert = response.change().alert();
            const auto& entry = response.change().entry();
            session.out << session.Instant(entry.time()) << "  " << EnumText(alert.level()) << "  "
                        << EnumText(entry.kind()) << "  " << alert.rule_id() << "  "
                        << Printable(SubjectText(alert)) << "  "
                        << Printable(entry.kind() == alerts::v1::TIMELINE_KIND_RESTATED
                                         ? entry.note()
                                         : session.Text(alert.text(), alert.text_zh()))
                        << std::endl;
            return true;
          });
    };
  });
}

}  // namespace

void AddAlertCommands(cli::Command app, Session& session, Action& action) {
  cli::Command alerts = app.AddCommand("alerts", "The alert board");
  alerts.RequireCommand();
  AddListAlerts(alerts, session, action);
  AddGetAlert(alerts, session, action);
  AddCountAlerts(alerts, session, action);
  AddWatchAlerts(alerts, session, action);
  AddAcknowledge(alerts, session, action);
  AddUnacknowledge(alerts, session, action);
  AddResolve(alerts, session, action);
}

}  // namespace bellwether::ctl
