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

void AddTail(cli::Command journal, Session& session, Action& action) {
  struct Options {
    std::string account;
    int partition = -1;
    int64_t from = -1;
    bool follow = false;
    int limit = 0;
    int seconds = static_cast<int>(kWatchTimeoutDefault / absl::Seconds(1));
  };
  cli::Command command = journal.AddCommand("tail", "The records of an account or a partition");
  auto options = std::make_shared<Options>();
  cli::Command group = command.AddGroup("of");
  group.AddOption("--account", options->account, "Account id");
  group.AddOption("--partition", options->partition, "Partition").NotNegative();
  group.RequireOptions(1, 1);
  command.AddOption("--from", options->from, "First offset; -1 is the end").ShowDefault();
  command.AddFlag("--follow", options->follow, "Stay on for what comes");
  command.AddOption("--limit", options->limit, "Leave after so many records").NotNegative();
  command.AddOption("--for", options->seconds, "Leave after so many seconds").Positive();
  command.OnChosen([&session, &action, options] {
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

void AddGoLive(cli::Command journal, Session& session, Action& action) {
  cli::Command command = journal.AddCommand(
      "go-live",
      "End the past that is being built; what is there stands, and live facts are taken");
  command.OnChosen([&session, &action] {
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

void AddJournalCommands(cli::Command app, Session& session, Action& action) {
  cli::Command journal = app.AddCommand("journal", "The journal everything follows from");
  journal.RequireCommand();
  AddTail(journal, session, action);
  AddGoLive(journal, session, action);
}

}  // namespace bellwether::ctl
