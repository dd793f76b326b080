// How the deployment is doing.
#include <string>

#include "absl/strings/str_cat.h"
#include "bellwether/system/v1/system_service.grpc.pb.h"
#include "common/base/status.h"
#include "services/ctl/adapters/commands.h"
#include "services/ctl/adapters/format.h"

namespace bellwether::ctl {
namespace {

using system::v1::SystemService;
using system::v1::SystemStatus;

std::string SecondsText(const google::protobuf::Duration& duration) {
  return absl::StrCat(duration.seconds(), " s");
}

void ShowProcesses(Session& session, const SystemStatus& status) {
  TextTable table({{session.Label("service", "服务")},
                   {session.Label("process", "进程")},
                   {session.Label("ready", "就绪")},
                   {session.Label("outbox", "发件箱"), Align::kRight},
                   {session.Label("oldest", "最早"), Align::kRight},
                   {session.Label("problem", "问题")}});
  for (const auto& service : status.services()) {
    for (const auto& process : service.processes()) {
      const auto& said = process.status();
      std::string problem =
          process.has_status() ? said.not_ready_reason() : process.error_message();
      for (const std::string& one : said.problems()) {
        absl::StrAppend(&problem, problem.empty() ? "" : "; ", one);
      }
      table.AddRow({service.service(), process.address(),
                    !process.has_status() ? "?"
                    : said.ready()        ? session.Label("yes", "是")
                                          : session.Label("no", "否"),
                    said.has_outbox() ? absl::StrCat(said.outbox().unsent_count()) : "",
                    said.has_outbox() ? SecondsText(said.outbox().oldest_age()) : "", problem});
    }
  }
  session.Print(table);
}

void ShowLags(Session& session, const SystemStatus& status) {
  TextTable table({{session.Label("service", "服务")},
                   {session.Label("topic", "主题")},
                   {session.Label("partition", "分区"), Align::kRight},
                   {session.Label("records", "记录"), Align::kRight},
                   {session.Label("behind", "落后"), Align::kRight},
                   {session.Label("since", "自")},
                   {session.Label("state", "状态")},
                   {session.Label("reason", "原因")}});
  for (const auto& service : status.services()) {
    for (const auto& lag : service.lags()) {
      table.AddRow({service.service(), lag.topic(), absl::StrCat(lag.partition()),
                    lag.has_records() ? absl::StrCat(lag.records()) : "?",
                    lag.has_behind() ? SecondsText(lag.behind()) : "?",
                    session.Instant(lag.behind_since_time()), lag.state(), lag.reason()});
    }
  }
  session.Print(table);
}

void ShowChannels(Session& session, const SystemStatus& status) {
  TextTable table({{session.Label("channel", "渠道")},
                   {session.Label("last success", "最近成功")},
                   {session.Label("last failure", "最近失败")},
                   {session.Label("reason", "原因")},
                   {session.Label("waiting", "等待"), Align::kRight},
                   {session.Label("given up", "放弃"), Align::kRight}});
  for (const auto& service : status.services()) {
    // Every process says the same.
    for (const auto& process : service.processes()) {
      if (process.status().channels().empty()) continue;
      for (const auto& channel : process.status().channels()) {
        table.AddRow({absl::StrCat(channel.kind(), " ", channel.name()),
                      session.Instant(channel.last_success_time()),
                      session.Instant(channel.last_failure_time()), channel.last_failure_reason(),
                      absl::StrCat(channel.waiting_count()),
                      absl::StrCat(channel.given_up_count())});
      }
      break;
    }
  }
  session.Print(table);
}

}  // namespace

void AddSystemCommand(cli::Command app, Session& session, Action& action) {
  cli::Command command =
      app.AddCommand("system", "How every service is doing: readiness, lag, outbox");
  command.OnChosen([&session, &action] {
    action = [&session]() -> absl::Status {
      ASSIGN_OR_RETURN(const SystemStatus status,
                       session.Call<SystemService>(&SystemService::Stub::GetSystemStatus,
                                                   system::v1::GetSystemStatusRequest()));
      if (session.options.json) {
        session.PrintJson(status);
        return absl::OkStatus();
      }
      ShowProcesses(session, status);
      session.out << "\n";
      ShowLags(session, status);
      session.out << "\n";
      ShowChannels(session, status);
      return absl::OkStatus();
    };
  });
}

}  // namespace bellwether::ctl
