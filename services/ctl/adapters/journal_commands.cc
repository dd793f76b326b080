// The journal.
#include <memory>
#include <string>

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

}  // namespace

void AddJournalCommands(CLI::App& app, Session& session, Action& action) {
  auto* journal = app.add_subcommand("journal", "The journal everything follows from");
  journal->require_subcommand(1);
  AddTail(*journal, session, action);
  AddGoLive(*journal, session, action);
}

}  // namespace bellwether::ctl
