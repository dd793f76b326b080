// The journal and what could not be accepted into it.
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/resource_name.h"
#include "common/base/status.h"
#include "services/ctl/adapters/commands.h"
#include "services/ctl/adapters/format.h"
#include "services/ctl/adapters/listing.h"

namespace bellwether::ctl {
namespace {

using ingest::v1::IngestService;

void ShowRecord(Session& session, const ingest::v1::TailJournalResponse& record) {
  const auto type = record.headers().find("ce_type");
  session.out << record.partition() << "/" << record.offset() << "  "
              << session.Instant(record.recorded_time()) << "  " << Printable(record.key()) << "  "
              << Printable(type == record.headers().end() ? "" : type->second) << "  "
              << Printable(record.entry_json()) << std::endl;
}

void AddTail(CLI::App& journal, Session& session, Action& action) {
  struct Options {
    std::string account;
    int partition = -1;
    int64_t from = -1;
    bool follow = false;
    int limit = 0;
    int seconds = static_cast<int>(kWatchTimeoutDefault / absl::Seconds(1));
  };
  auto* command = journal.add_subcommand("tail", "The records of an account or a partition");
  auto options = std::make_shared<Options>();
  auto* group = command->add_option_group("of");
  group->add_option("--account", options->account, "Account id");
  group->add_option("--partition", options->partition, "Partition")->check(CLI::NonNegativeNumber);
  group->require_option(1);
  command->add_option("--from", options->from, "First offset; -1 is the end")
      ->capture_default_str();
  command->add_flag("--follow", options->follow, "Stay on for what comes");
  command->add_option("--limit", options->limit, "Leave after so many records")
      ->check(CLI::NonNegativeNumber);
  command->add_option("--for", options->seconds, "Leave after so many seconds")
      ->check(CLI::PositiveNumber);
  command->callback([&session, &action, options] {
    action = [&session, options]() -> absl::Status {
      ingest::v1::TailJournalRequest request;
      if (options->partition >= 0) {
        request.set_partition(options->partition);
      } else {
        request.set_account_id(ResourceId(options->account));
      }
      request.set_from_offset(options->from);
      request.set_follow(options->follow);
      request.set_limit(options->limit);
      ASSIGN_OR_RETURN(const auto stub, session.Stub<IngestService>());
      return ReadStream<ingest::v1::TailJournalResponse>(
          options->follow ? absl::Seconds(options->seconds) : kReplayTimeout, options->limit,
          [&](grpc::ClientContext* context) { return stub->TailJournal(context, request); },
          [&](const ingest::v1::TailJournalResponse& record) {
            if (session.options.json) {
              session.PrintJson(record);
            } else {
              ShowRecord(session, record);
            }
            return true;
          });
    };
  });
}

void AddGoLive(CLI::App& journal, Session& session, Action& action) {
  auto* command = journal.add_subcommand(
      "go-live",
      "End the past that is being built; what is there stands, and live facts are taken");
  command->callback([&session, &action] {
    action = [&session]() -> absl::Status {
      ASSIGN_OR_RETURN(
          const auto response,
          session.Call<IngestService>(&IngestService::Stub::GoLive, ingest::v1::GoLiveRequest()));
      if (session.options.json) {
        session.PrintJson(response);
      } else {
        session.out << session.Label("the journal is live", "日志已上线") << std::endl;
      }
      return absl::OkStatus();
    };
  });
}

void AddDeadLetterList(CLI::App& dead_letters, Session& session, Action& action) {
  auto* command = dead_letters.add_subcommand("list", "What could not be accepted, and why");
  auto limit = std::make_shared<int>(kListDefault);
  command->add_option("--limit", *limit, "How many")->check(CLI::Range(1, 1'000'000));
  command->callback([&session, &action, limit] {
    action = [&session, limit]() -> absl::Status {
      TextTable table({{session.Label("dead letter", "死信")},
                       {session.Label("since", "时间")},
                       {session.Label("refused by", "拒绝者")},
                       {session.Label("reason", "原因")},
                       {session.Label("field", "字段")},
                       {session.Label("key", "键")},
                       {session.Label("message", "说明")},
                       {""}});
      RETURN_IF_ERROR((ReadPages<IngestService>(
          session, &IngestService::Stub::ListDeadLetters, ingest::v1::ListDeadLettersRequest(),
          *limit, [&](const ingest::v1::ListDeadLettersResponse& page) {
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

void AddDeadLetterReplay(CLI::App& dead_letters, Session& session, Action& action) {
  auto* command = dead_letters.add_subcommand("replay", "Try to accept dead letters again");
  auto names = std::make_shared<std::vector<std::string>>();
  command->add_option("dead-letters", *names, "Their names")->required();
  command->callback([&session, &action, names] {
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

}  // namespace

void AddJournalCommands(CLI::App& app, Session& session, Action& action) {
  auto* journal = app.add_subcommand("journal", "The journal everything follows from");
  journal->require_subcommand(1);
  AddTail(*journal, session, action);
  AddGoLive(*journal, session, action);
}

void AddDeadLetterCommands(CLI::App& app, Session& session, Action& action) {
  auto* dead_letters = app.add_subcommand("dead-letters", "What could not be accepted");
  dead_letters->require_subcommand(1);
  AddDeadLetterList(*dead_letters, session, action);
  AddDeadLetterReplay(*dead_letters, session, action);
}

}  // namespace bellwether::ctl
