// Dead letters, and replaying them.
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bellwether/ingest/v1/ingest_service.grpc.pb.h"
#include "common/base/ids.h"
#include "common/base/resource_name.h"
#include "common/base/status.h"
#include "services/ctl/adapters/commands.h"
#include "services/ctl/adapters/format.h"
#include "services/ctl/adapters/listing.h"

namespace bellwether::ctl {
namespace {

using ingest::v1::DeadLetterReplay;
using ingest::v1::IngestService;

// Which letters, as options.
struct LetterOptions {
  std::string reason;
  std::string refused_by;
  std::string from;
  std::string to;
  bool not_replayed = false;

  void AddTo(cli::Command command) {
    command.AddOption("--reason", reason, "Only those refused for this reason");
    command.AddOption("--refused-by", refused_by, "Only those that this service refused");
    command.AddOption("--from", from, "Refused from then on");
    command.AddOption("--to", to, "Refused before then");
  }
  absl::Status FillIn(Session& session, ingest::v1::DeadLetterFilter& filter) const {
    filter.set_reason(reason);
    filter.set_refused_by(refused_by);
    filter.set_not_replayed(not_replayed);
    if (!from.empty()) {
      ASSIGN_OR_RETURN(const absl::Time time, session.When(from));
      *filter.mutable_from_time() = ToTimestamp(time);
    }
    if (!to.empty()) {
      ASSIGN_OR_RETURN(const absl::Time time, session.When(to));
      *filter.mutable_to_time() = ToTimestamp(time);
    }
    return absl::OkStatus();
  }
};

void AddDeadLetterList(cli::Command dead_letters, Session& session, Action& action) {
  cli::Command command = dead_letters.AddCommand("list", "What could not be accepted, and why");
  auto limit = std::make_shared<int>(kListDefault);
  auto letters = std::make_shared<LetterOptions>();
  letters->AddTo(command);
  command.AddFlag("--not-replayed", letters->not_replayed,
                  "Without those that were replayed and accepted");
  command.AddOption("--limit", *limit, "How many").Between(1, 1'000'000);
  command.OnChosen([&session, &action, limit, letters] {
    action = [&session, limit, letters]() -> absl::Status {
      ingest::v1::ListDeadLettersRequest request;
      RETURN_IF_ERROR(letters->FillIn(session, *request.mutable_filter()));
      TextTable table({{session.Label("dead letter", "死信")},
                       {session.Label("since", "时间")},
                       {session.Label("refused by", "拒绝者")},
                       {session.Label("reason", "原因")},
                       {session.Label("field", "字段")},
                       {session.Label("key", "键")},
                       {session.Label("message", "说明")},
                       {""}});
      RETURN_IF_ERROR((ReadPages<IngestService>(
          session, &IngestService::Stub::ListDeadLetters, request, *limit,
          [&](const ingest::v1::ListDeadLettersResponse& page) {
            for (const auto& letter : page.dead_letters()) {
              if (session.options.json) {
                session.PrintJson(letter);
                continue;
              }
              table.AddRow({ResourceId(letter.name()), session.Instant(letter.dead_time()),
                            letter.refused_by(), letter.rejection().reason(),
                            letter.rejection().field(), letter.key(), letter.rejection().message(),
                            letter.replayed() ? session.Label("replayed", "已重放") : ""});
            }
            return page.dead_letters_size();
          })));
      if (!session.options.json) session.Print(table);
      return absl::OkStatus();
    };
  });
}

void AddDeadLetterReplay(cli::Command dead_letters, Session& session, Action& action) {
  cli::Command command = dead_letters.AddCommand("replay", "Try to accept dead letters again");
  auto names = std::make_shared<std::vector<std::string>>();
  command.AddOption("dead-letters", *names, "Their names").Required();
  command.OnChosen([&session, &action, names] {
    action = [&session, names]() -> absl::Status {
      absl::Status first_refusal;
      for (const std::string& name : *names) {
        ingest::v1::ReplayDeadLetterRequest request;
        request.set_name(ResourceName("deadLetters", name));
        ASSIGN_OR_RETURN(const auto response, session.Call<IngestService>(
                                                  &IngestService::Stub::ReplayDeadLetter, request));
        const auto& answer = response.answer();
        const bool accepted = answer.state() == ingest::v1::ANSWER_STATE_ACCEPTED;
        if (session.options.json) {
          session.PrintJson(response);
        } else {
          session.out << Printable(name) << "  "
                      << (accepted
                              ? absl::StrCat("accepted ", answer.partition(), "/", answer.offset())
                              : Printable(absl::StrCat(answer.rejection().reason(), "  ",
                                                       answer.rejection().message())))
                      << "\n";
        }
        if (!accepted && first_refusal.ok()) {
          first_refusal = InvalidArgument(answer.rejection().reason(), answer.rejection().field(),
                                          answer.rejection().message(), answer.rejection().rule());
        }
      }
      return first_refusal;
    };
  });
}

void Show(Session& session, const std::vector<DeadLetterReplay>& replays) {
  TextTable table({{session.Label("replay", "重放")},
                   {session.Label("state", "状态")},
                   {session.Label("by", "由")},
                   {session.Label("since", "时间")},
                   {session.Label("accepted", "接受"), Align::kRight},
                   {session.Label("refused", "拒绝"), Align::kRight},
                   {session.Label("passed over", "略过"), Align::kRight},
                   {session.Label("left", "剩余"), Align::kRight},
                   {session.Label("waits for", "等待")}});
  for (const DeadLetterReplay& replay : replays) {
    if (session.options.json) session.PrintJson(replay);
    table.AddRow({ResourceId(replay.name()), EnumText(replay.state()), replay.principal(),
                  session.Instant(replay.start_time()), absl::StrCat(replay.accepted_count()),
                  absl::StrCat(replay.refused_count()), absl::StrCat(replay.passed_over_count()),
                  absl::StrCat(replay.left_count()), replay.waiting_for()});
  }
  if (!session.options.json) session.Print(table);
}

void AddReplayAll(cli::Command dead_letters, Session& session, Action& action) {
  cli::Command command = dead_letters.AddCommand(
      "replay-all", "Replay all that match in the background: it goes on without you");
  auto letters = std::make_shared<LetterOptions>();
  letters->AddTo(command);
  command.OnChosen([&session, &action, letters] {
    action = [&session, letters]() -> absl::Status {
      ingest::v1::StartDeadLetterReplayRequest request;
      RETURN_IF_ERROR(letters->FillIn(session, *request.mutable_filter()));
      request.set_request_id(NewUuid());
      ASSIGN_OR_RETURN(
          const DeadLetterReplay begun,
          session.Call<IngestService>(&IngestService::Stub::StartDeadLetterReplay, request));
      Show(session, {begun});
      return absl::OkStatus();
    };
  });
}

void AddReplays(cli::Command dead_letters, Session& session, Action& action) {
  cli::Command command = dead_letters.AddCommand("replays", "Replays of many, the newest first");
  auto limit = std::make_shared<int>(kListDefault);
  command.AddOption("--limit", *limit, "How many").Between(1, 1'000'000);
  command.OnChosen([&session, &action, limit] {
    action = [&session, limit]() -> absl::Status {
      std::vector<DeadLetterReplay> replays;
      RETURN_IF_ERROR((ReadPages<IngestService>(
          session, &IngestService::Stub::ListDeadLetterReplays,
          ingest::v1::ListDeadLetterReplaysRequest(), *limit,
          [&](const ingest::v1::ListDeadLetterReplaysResponse& page) {
            replays.insert(replays.end(), page.replays().begin(), page.replays().end());
            return page.replays_size();
          })));
      Show(session, replays);
      return absl::OkStatus();
    };
  });
}

void AddReplayResults(cli::Command dead_letters, Session& session, Action& action) {
  cli::Command command =
      dead_letters.AddCommand("results", "What became of each letter of a replay of many");
  auto name = std::make_shared<std::string>();
  command.AddOption("replay", *name, "Its id").Required();
  command.OnChosen([&session, &action, name] {
    action = [&session, name]() -> absl::Status {
      ingest::v1::ListDeadLetterReplayResultsRequest request;
      request.set_name(ResourceName("deadLetterReplays", *name));
      TextTable table({{session.Label("dead letter", "死信")},
                       {session.Label("result", "结果")},
                       {session.Label("reason", "原因")},
                       {session.Label("field", "字段")},
                       {session.Label("message", "说明")}});
      RETURN_IF_ERROR((ReadPages<IngestService>(
          session, &IngestService::Stub::ListDeadLetterReplayResults, request, 1'000'000,
          [&](const ingest::v1::ListDeadLetterReplayResultsResponse& page) {
            for (const auto& result : page.results()) {
              if (session.options.json) session.PrintJson(result);
              const auto& rejection = result.replay().rejection();
              table.AddRow({ResourceId(result.dead_letter()), EnumText(result.replay().state()),
                            rejection.reason(), rejection.field(), rejection.message()});
            }
            return page.results_size();
          })));
      if (!session.options.json) session.Print(table);
      return absl::OkStatus();
    };
  });
}

void AddCancelReplay(cli::Command dead_letters, Session& session, Action& action) {
  cli::Command command = dead_letters.AddCommand("cancel", "End a replay of many before its end");
  auto name = std::make_shared<std::string>();
  command.AddOption("replay", *name, "Its id").Required();
  command.OnChosen([&session, &action, name] {
    action = [&session, name]() -> absl::Status {
      ingest::v1::CancelDeadLetterReplayRequest request;
      request.set_name(ResourceName("deadLetterReplays", *name));
      ASSIGN_OR_RETURN(
          const DeadLetterReplay ended,
          session.Call<IngestService>(&IngestService::Stub::CancelDeadLetterReplay, request));
      Show(session, {ended});
      return absl::OkStatus();
    };
  });
}

}  // namespace

void AddDeadLetterCommands(cli::Command app, Session& session, Action& action) {
  cli::Command dead_letters = app.AddCommand("dead-letters", "What could not be accepted");
  dead_letters.RequireCommand();
  AddDeadLetterList(dead_letters, session, action);
  AddDeadLetterReplay(dead_letters, session, action);
  AddReplayAll(dead_letters, session, action);
  AddReplays(dead_letters, session, action);
  AddReplayResults(dead_letters, session, action);
  AddCancelReplay(dead_letters, session, action);
}

}  // namespace bellwether::ctl
