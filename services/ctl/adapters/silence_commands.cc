// Silences: what nobody is notified of for a time.
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "bellwether/alerts/v1/alerts_service.grpc.pb.h"
#include "common/base/ids.h"
#include "common/base/resource_name.h"
#include "common/base/status.h"
#include "services/ctl/adapters/commands.h"
#include "services/ctl/adapters/format.h"
#include "services/ctl/adapters/listing.h"

namespace bellwether::ctl {
namespace {

using alerts::v1::AlertsService;
using alerts::v1::Silence;
using alerts::v1::SilenceMatchers;

// "rules R13, accounts acme, up to orange"
std::string MatchersText(const SilenceMatchers& matchers) {
  std::vector<std::string> parts;
  const auto add = [&](const char* what, const auto& values) {
    if (!values.empty()) parts.push_back(absl::StrCat(what, " ", absl::StrJoin(values, " ")));
  };
  add("rules", matchers.rule_ids());
  add("accounts", matchers.account_ids());
  add("tiers", matchers.tiers());
  add("assignees", matchers.assignees());
  if (matchers.maximum_level() != alerts::v1::LEVEL_UNSPECIFIED) {
    parts.push_back(absl::StrCat("up to ", EnumText(matchers.maximum_level())));
  }
  return absl::StrJoin(parts, ", ");
}

TextTable TableOfSilences(const Session& session) {
  return TextTable({{session.Label("silence", "静默")},
                    {session.Label("covers", "范围")},
                    {session.Label("alerts", "预警"), Align::kRight},
                    {session.Label("from", "从")},
                    {session.Label("to", "至")},
                    {session.Label("by", "由")},
                    {session.Label("reason", "原因")}});
}

void AddRow(Session& session, const Silence& silence, TextTable& table) {
  table.AddRow({ResourceId(silence.name()), MatchersText(silence.matchers()),
                absl::StrCat(silence.match_count()), session.Instant(silence.start_time()),
                session.Instant(silence.end_time()), silence.author(), silence.reason()});
}

absl::Status Finish(Session& session, const Silence& silence) {
  if (session.options.json) {
    session.PrintJson(silence);
    return absl::OkStatus();
  }
  TextTable table = TableOfSilences(session);
  AddRow(session, silence, table);
  session.Print(table);
  return absl::OkStatus();
}

// What a silence is to cover, as options.
struct MatcherOptions {
  std::vector<std::string> rules;
  std::vector<std::string> accounts;
  std::vector<std::string> tiers;
  std::vector<std::string> assignees;
  std::string level;

  void AddTo(cli::Command command) {
    command.AddOption("--rule", rules, "Of this rule, or these");
    command.AddOption("--account", accounts, "Of this account and what belongs to it, or these");
    command.AddOption("--tier", tiers, "Of accounts of this service level, or these");
    command.AddOption("--assignee", assignees, "Those that this person has, or these");
    command.AddOption("--up-to", level, "This level and milder ones")
        .OneOf({"yellow", "orange", "red"});
  }
  void FillIn(SilenceMatchers& matchers) const {
    for (const std::string& rule : rules) matchers.add_rule_ids(rule);
    for (const std::string& account : accounts) matchers.add_account_ids(account);
    for (const std::string& tier : tiers) matchers.add_tiers(tier);
    for (const std::string& assignee : assignees) matchers.add_assignees(assignee);
    alerts::v1::Level maximum = alerts::v1::LEVEL_UNSPECIFIED;
    if (!level.empty()) {
      alerts::v1::Level_Parse("LEVEL_" + absl::AsciiStrToUpper(level), &maximum);
    }
    matchers.set_maximum_level(maximum);
  }
};

void AddListSilences(cli::Command silences, Session& session, Action& action) {
  struct Options {
    bool all = false;
    int limit = kListDefault;
  };
  cli::Command command = silences.AddCommand("list", "Those in force and to come");
  auto options = std::make_shared<Options>();
  command.AddFlag("--all", options->all, "Those that are over too");
  command.AddOption("--limit", options->limit, "How many").Between(1, 1'000'000);
  command.OnChosen([&session, &action, options] {
    action = [&session, options]() -> absl::Status {
      alerts::v1::ListSilencesRequest request;
      request.set_include_ended(options->all);
      TextTable table = TableOfSilences(session);
      RETURN_IF_ERROR((ReadPages<AlertsService>(session, &AlertsService::Stub::ListSilences,
                                                request, options->limit,
                                                [&](const alerts::v1::ListSilencesResponse& page) {
                                                  for (const Silence& silence : page.silences()) {
                                                    if (session.options.json)
                                                      session.PrintJson(silence);
                                                    AddRow(session, silence, table);
                                                  }
                                                  return page.silences_size();
                                                })));
      if (!session.options.json) session.Print(table);
      return absl::OkStatus();
    };
  });
}

void AddPreviewSilence(cli::Command silences, Session& session, Action& action) {
  cli::Command command = silences.AddCommand("preview", "The open alerts that one would cover");
  auto options = std::make_shared<MatcherOptions>();
  options->AddTo(command);
  command.OnChosen([&session, &action, options] {
    action = [&session, options]() -> absl::Status {
      alerts::v1::PreviewSilenceRequest request;
      options->FillIn(*request.mutable_matchers());
      TextTable table({{session.Label("alert", "预警")},
                       {session.Label("level", "级别")},
                       {session.Label("title", "标题")}});
      RETURN_IF_ERROR((ReadPages<AlertsService>(
          session, &AlertsService::Stub::PreviewSilence, request, kPageSizeMax,
          [&](const alerts::v1::PreviewSilenceResponse& page) {
            for (const alerts::v1::Alert& alert : page.alerts()) {
              if (session.options.json) session.PrintJson(alert);
              table.AddRow({ResourceId(alert.name()), EnumText(alert.level()),
                            session.Text(alert.title(), alert.title_zh())});
            }
            return page.alerts_size();
          })));
      if (!session.options.json) session.Print(table);
      return absl::OkStatus();
    };
  });
}

void AddCreateSilence(cli::Command silences, Session& session, Action& action) {
  struct Options {
    MatcherOptions matchers;
    std::string reason;
    std::string from;
    std::string to;
  };
  cli::Command command = silences.AddCommand("create", "Notify nobody of what matches, for a time");
  auto options = std::make_shared<Options>();
  options->matchers.AddTo(command);
  command.AddOption("--reason", options->reason, "Why").Required();
  command.AddOption("--from", options->from, "When it begins; now where not given");
  command.AddOption("--to", options->to, "When it ends").Required();
  command.OnChosen([&session, &action, options] {
    action = [&session, options]() -> absl::Status {
      alerts::v1::CreateSilenceRequest request;
      Silence& silence = *request.mutable_silence();
      options->matchers.FillIn(*silence.mutable_matchers());
      silence.set_reason(options->reason);
      if (!options->from.empty()) {
        ASSIGN_OR_RETURN(const absl::Time from, session.When(options->from));
        *silence.mutable_start_time() = ToTimestamp(from);
      }
      ASSIGN_OR_RETURN(const absl::Time to, session.When(options->to));
      *silence.mutable_end_time() = ToTimestamp(to);
      request.set_request_id(NewUuid());
      ASSIGN_OR_RETURN(const Silence made,
                       session.Call<AlertsService>(&AlertsService::Stub::CreateSilence, request));
      return Finish(session, made);
    };
  });
}

void AddEndSilence(cli::Command silences, Session& session, Action& action) {
  cli::Command command = silences.AddCommand("end", "End one before its time");
  auto name = std::make_shared<std::string>();
  command.AddOption("silence", *name, "Its id").Required();
  command.OnChosen([&session, &action, name] {
    action = [&session, name]() -> absl::Status {
      alerts::v1::EndSilenceRequest request;
      request.set_name(ResourceName("silences", *name));
      request.set_request_id(NewUuid());
      ASSIGN_OR_RETURN(const Silence ended,
                       session.Call<AlertsService>(&AlertsService::Stub::EndSilence, request));
      return Finish(session, ended);
    };
  });
}

}  // namespace

void AddSilenceCommands(cli::Command app, Session& session, Action& action) {
  cli::Command silences = app.AddCommand("silences", "What nobody is notified of for a time");
  silences.RequireCommand();
  AddListSilences(silences, session, action);
  AddPreviewSilence(silences, session, action);
  AddCreateSilence(silences, session, action);
  AddEndSilence(silences, session, action);
}

}  // namespace bellwether::ctl
