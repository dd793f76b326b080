// Who changed what, of one of the services that take commands.
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "bellwether/accounts/v1/accounts_service.grpc.pb.h"
#include "bellwether/alerts/v1/alerts_service.grpc.pb.h"
#include "bellwether/opportunities/v1/opportunities_service.grpc.pb.h"
#include "common/base/status.h"
#include "services/ctl/adapters/commands.h"
#include "services/ctl/adapters/format.h"
#include "services/ctl/adapters/listing.h"
#include "services/ctl/domain/text_table.h"

namespace bellwether::ctl {
namespace {

using accounts::v1::AccountsService;
using alerts::v1::AlertsService;
using audit::v1::AuditEntry;
using audit::v1::ListAuditEntriesRequest;
using audit::v1::ListAuditEntriesResponse;
using opportunities::v1::OpportunitiesService;

struct AuditOptions {
  std::string service;
  std::string subject;
  std::string by;
  std::string method;
  std::string from;
  std::string to;
  int limit = kListDefault;
};

absl::StatusOr<ListAuditEntriesRequest> AuditRequestOf(Session& session,
                                                       const AuditOptions& options) {
  ListAuditEntriesRequest request;
  request.set_subject_id(options.subject);
  request.set_principal(options.by);
  request.set_method(options.method);
  if (!options.from.empty()) {
    ASSIGN_OR_RETURN(const absl::Time from, session.When(options.from));
    *request.mutable_from_time() = ToTimestamp(from);
  }
  if (!options.to.empty()) {
    ASSIGN_OR_RETURN(const absl::Time to, session.When(options.to));
    *request.mutable_to_time() = ToTimestamp(to);
  }
  return request;
}

// "stage \"lead\" → \"solution\"; owner  → \"ann\"".
std::string ChangesText(const AuditEntry& entry) {
  return absl::StrJoin(entry.changes(), "; ", [](std::string* text, const auto& change) {
    absl::StrAppend(text, change.field(), " ", change.before(), " → ", change.after());
  });
}

template <typename Service>
absl::Status ListAudit(Session& session, const AuditOptions& options) {
  ASSIGN_OR_RETURN(const ListAuditEntriesRequest request, AuditRequestOf(session, options));
  TextTable table({{session.Label("when", "时间")},
                   {session.Label("who", "何人")},
                   {session.Label("method", "操作")},
                   {session.Label("subject", "对象")},
                   {session.Label("changes", "变更")}});
  RETURN_IF_ERROR((ReadPages<Service>(
      session, &Service::Stub::ListAuditEntries, request, options.limit,
      [&](const ListAuditEntriesResponse& page) {
        for (const AuditEntry& entry : page.entries()) {
          if (session.options.json) {
            session.PrintJson(entry);
            continue;
          }
          const std::string& method = entry.method();
          table.AddRow({session.Instant(entry.time()), entry.principal(),
                        method.substr(method.rfind('/') + 1),
                        absl::StrCat(entry.subject_type(), " ", entry.subject_id()),
                        ChangesText(entry)});
        }
        return page.entries_size();
      })));
  if (!session.options.json) session.Print(table);
  return absl::OkStatus();
}

}  // namespace

void AddAuditCommands(cli::Command app, Session& session, Action& action) {
  cli::Command audit = app.AddCommand("audit", "Who changed what");
  audit.RequireCommand();
  cli::Command command = audit.AddCommand("list", "Changes that calls have made, the newest first");
  auto options = std::make_shared<AuditOptions>();
  command.AddOption("service", options->service, "Of which service")
      .Required()
      .OneOf({"accounts", "opportunities", "alerts"});
  command.AddOption("--subject", options->subject, "Only of the account, opportunity or alert");
  command.AddOption("--by", options->by, "Only by this principal");
  command.AddOption("--method", options->method, "Only by this method, as UpdateAccount");
  command.AddOption("--from", options->from, "From then on: a time or 30d ago");
  command.AddOption("--to", options->to, "Before then");
  command.AddOption("--limit", options->limit, "How many").Between(1, 1'000'000);
  command.OnChosen([&session, &action, options] {
    action = [&session, options]() -> absl::Status {
      if (options->service == "accounts") return ListAudit<AccountsService>(session, *options);
      if (options->service == "alerts") return ListAudit<AlertsService>(session, *options);
      return ListAudit<OpportunitiesService>(session, *options);
    };
  });
}

}  // namespace bellwether::ctl
