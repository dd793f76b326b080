#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/resource_name.h"
#include "common/base/status.h"
#include "common/decimal/decimal.h"
#include "services/ctl/adapters/commands.h"
#include "services/ctl/adapters/filters.h"
#include "services/ctl/adapters/format.h"
#include "services/ctl/adapters/health_view.h"
#include "services/ctl/adapters/listing.h"
#include "services/ctl/adapters/portfolio_view.h"

namespace bellwether::ctl {
namespace {

using health::v1::AccountHealth;
using health::v1::HealthService;

void AddGetHealth(cli::Command health, Session& session, Action& action) {
  cli::Command command = health.AddCommand("get", "The live score of an account and what makes it");
  auto account = std::make_shared<std::string>();
  command.AddOption("account", *account, "Account id").Required();
  command.OnChosen([&session, &action, account] {
    action = [&session, account]() -> absl::Status {
      health::v1::GetHealthRequest request;
      request.set_account(ResourceName("accounts", *account));
      ASSIGN_OR_RETURN(const auto found,
                       session.Call<HealthService>(&HealthService::Stub::GetHealth, request));
      if (session.options.json) {
        session.PrintJson(found);
        return absl::OkStatus();
      }
      ASSIGN_OR_RETURN(const HealthNames names, HealthNames::Read(session));
      ShowHealth(session, names, found);
      return absl::OkStatus();
    };
  });
}

TextTable RankTable(const Session& session) {
  return TextTable({{session.Label("account", "客户")},
                    {session.Label("name", "名称")},
                    {session.Label("score", "健康度"), Align::kRight},
                    {session.Label("band", "区间")},
                    {session.Label("confidence", "置信度"), Align::kRight},
                    {""},
                    {session.Label("tier", "等级")},
                    {session.Label("owner", "负责人")}});
}

void AddRank(cli::Command health, Session& session, Action& action) {
  cli::Command command =
      health.AddCommand("rank", "Accounts, lowest score first; those of low confidence come last");
  auto request = std::make_shared<health::v1::RankHealthRequest>();
  auto filters = std::make_shared<std::vector<std::string>>(3);
  auto limit = std::make_shared<int>(kListDefault);
  cli::Command group = command.AddGroup("filter");
  group.AddOption("--tier", (*filters)[0], "Only accounts of this service level")
      .OneOf(KnownServiceLevels());
  group.AddOption("--owner", (*filters)[1], "Only accounts of this owner");
  group.AddOption("--industry", (*filters)[2], "Only accounts of this industry");
  group.RequireOptions(0, 1);
  command.AddOption("--limit", *limit, "How many").Between(1, 1'000'000);
  command.OnChosen([&session, &action, request, filters, limit] {
    action = [&session, request, filters, limit]() -> absl::Status {
      request->set_tier((*filters)[0]);
      request->set_owner((*filters)[1]);
      request->set_industry((*filters)[2]);
      std::optional<HealthNames> names;
      if (!session.options.json) {
        ASSIGN_OR_RETURN(names, HealthNames::Read(session));
      }
      TextTable table = RankTable(session);
      RETURN_IF_ERROR((ReadPages<HealthService>(
          session, &HealthService::Stub::RankHealth, *request, *limit,
          [&](const health::v1::RankHealthResponse& page) {
            for (const AccountHealth& row : page.healths()) {
              if (session.options.json) {
                session.PrintJson(row);
                continue;
              }
              table.AddRow({ResourceId(row.account()), row.display_name(),
                            Points(row.score_micros()), names->Band(row.band_id()),
                            Percent(row.confidence_micros()),
                            row.low_confidence() ? session.Label("low", "低") : "",
                            row.attributes().tier(), row.attributes().owner()});
            }
            return page.healths_size();
          })));
      if (!session.options.json) session.Print(table);
      return absl::OkStatus();
    };
  });
}

struct WatchOptions {
  std::vector<std::string> accounts;
  int limit = 0;
  int seconds = static_cast<int>(kWatchTimeoutDefault / absl::Seconds(1));
};

void AddWatchHealth(cli::Command health, Session& session, Action& action) {
  cli::Command command = health.AddCommand("watch", "Score changes as they happen");
  auto options = std::make_shared<WatchOptions>();
  command.AddOption("accounts", options->accounts, "Account ids; none means all");
  command.AddOption("--limit", options->limit, "Leave after so many changes").NotNegative();
  command.AddOption("--for", options->seconds, "Leave after so many seconds").Positive();
  command.OnChosen([&session, &action, options] {
    action = [&session, options]() -> absl::Status {
      health::v1::WatchHealthRequest request;
      for (const std::string& account : options->accounts) {
        request.add_accounts(ResourceName("accounts", account));
      }
      ASSIGN_OR_RETURN(const auto stub, session.Stub<HealthService>());
      return ReadStream<health::v1::WatchHealthResponse>(
          absl::Seconds(options->seconds), options->limit,
          [&](grpc::ClientContext* context) { return stub->WatchHealth(context, request); },
          [&](const health::v1::WatchHealthResponse& change) {
            if (change.mark().kind() == type::v1::WATCH_MARK_KIND_HEARTBEAT) return false;
            if (session.options.json) session.PrintJson(change);
            if (session.options.json || change.has_mark()) return !change.has_mark();
            const AccountHealth& now = change.health();
            // A score without a band is none; one without a cause is not known to have changed.
            const auto score =
                now.band_id().empty() ? std::nullopt : std::optional<int64_t>(now.score_micros());
            const bool caused = change.cause().kind() != events::v1::CAUSE_KIND_UNSPECIFIED;
            const auto before = change.previous_absent()
                                    ? std::nullopt
                                    : std::optional<int64_t>(change.previous_score_micros());
            session.out << session.Instant(now.as_of()) << "  "
                        << Printable(ResourceId(now.account())) << "  "
                        << (caused || !score ? ScoreChangeText(session, before, score)
                                             : Points(*score))
                        << "  " << Printable(CauseText(change.cause())) << std::endl;
            return true;
          });
    };
  });
}

void AddHistory(cli::Command health, Session& session, Action& action) {
  struct Options {
    std::string account;
    std::string known_at;
    int limit = kListDefault;
  };
  cli::Command command = health.AddCommand("history", "One score a day, newest first");
  auto options = std::make_shared<Options>();
  command.AddOption("account", options->account, "Account id").Required();
  command.AddOption("--known-at", options->known_at, "As it was known then");
  command.AddOption("--limit", options->limit, "How many days").Between(1, 100'000);
  command.OnChosen([&session, &action, options] {
    action = [&session, options]() -> absl::Status {
      health::v1::ListHealthHistoryRequest request;
      request.set_account(ResourceName("accounts", options->account));
      if (!options->known_at.empty()) {
        ASSIGN_OR_RETURN(const absl::Time at, session.AsOf(options->known_at));
        *request.mutable_known_at() = ToTimestamp(at);
      }
      TextTable table({{session.Label("day", "日期")},
                       {session.Label("score", "健康度"), Align::kRight},
                       {session.Label("band", "区间")},
                       {session.Label("confidence", "置信度"), Align::kRight},
                       {session.Label("known at", "获知时间")},
                       {""}});
      RETURN_IF_ERROR((ReadPages<HealthService>(
          session, &HealthService::Stub::ListHealthHistory, request, options->limit,
          [&](const health::v1::ListHealthHistoryResponse& page) {
            for (const auto& day : page.snapshots()) {
              if (session.options.json) {
                session.PrintJson(day);
                continue;
              }
              table.AddRow({day.day(), Points(day.score_micros()), day.band_id(),
                            Percent(day.confidence_micros()), session.Instant(day.known_time()),
                            day.restated() ? session.Label("restated", "已更正") : ""});
            }
            return page.snapshots_size();
          })));
      if (!session.options.json) session.Print(table);
      return absl::OkStatus();
    };
  });
}

void AddAsOf(cli::Command health, Session& session, Action& action) {
  struct Options {
    std::string account;
    std::string at;
    std::string known_at;
  };
  cli::Command command = health.AddCommand("as-of", "The score as it stood at a past instant");
  auto options = std::make_shared<Options>();
  command.AddOption("account", options->account, "Account id").Required();
  command.AddOption("time", options->at, "2026-03-01 (its end), an RFC 3339 instant, or 7d ago")
      .Required();
  command.AddOption("--known-at", options->known_at, "Only facts known then count");
  command.OnChosen([&session, &action, options] {
    action = [&session, options]() -> absl::Status {
      health::v1::GetHealthAsOfRequest request;
      request.set_account(ResourceName("accounts", options->account));
      ASSIGN_OR_RETURN(const absl::Time at, session.AsOf(options->at));
      *request.mutable_as_of() = ToTimestamp(at);
      if (!options->known_at.empty()) {
        ASSIGN_OR_RETURN(const absl::Time known_at, session.AsOf(options->known_at));
        *request.mutable_known_at() = ToTimestamp(known_at);
      }
      ASSIGN_OR_RETURN(const auto found,
                       session.Call<HealthService>(&HealthService::Stub::GetHealthAsOf, request,
                                                   kReplayTimeout));
      if (session.options.json) {
        session.PrintJson(found);
        return absl::OkStatus();
      }
      ASSIGN_OR_RETURN(const HealthNames names, HealthNames::Read(session));
      ShowHealth(session, names, found);
      return absl::OkStatus();
    };
  });
}

void AddVerify(cli::Command health, Session& session, Action& action) {
  cli::Command command =
      health.AddCommand("verify", "Fold history again and compare with the live state");
  auto accounts = std::make_shared<std::vector<std::string>>();
  command.AddOption("accounts", *accounts, "Account ids; none means all");
  command.OnChosen([&session, &action, accounts] {
    action = [&session, accounts]() -> absl::Status {
      health::v1::VerifyHealthRequest request;
      for (const auto& account : *accounts) request.add_accounts(ResourceName("accounts", account));
      ASSIGN_OR_RETURN(
          const auto found,
          session.Call<HealthService>(&HealthService::Stub::VerifyHealth, request, kReplayTimeout));
      if (session.options.json) {
        session.PrintJson(found);
      } else {
        session.out << FormatCount(found.accounts_checked()) << " accounts, "
                    << FormatCount(found.facts_folded())
                    << " facts folded again: " << FormatCount(found.difference_count())
                    << " differences\n";
        if (found.partitions_checked_as_committed() > 0) {
          session.out << found.partitions_checked_as_committed()
                      << " partitions, which another replica folds, as it committed them last\n";
        }
        TextTable table(
            {{"account"}, {"live", Align::kRight}, {"folded again", Align::kRight}, {""}});
        for (const auto& difference : found.differences()) {
          table.AddRow({ResourceId(difference.account()), Points(difference.live_score_micros()),
                        Points(difference.refolded_score_micros()), difference.detail()});
        }
        if (!table.empty()) session.Print(table);
      }
      if (found.difference_count() == 0) return absl::OkStatus();
      return Error(absl::StatusCode::kDataLoss, {"HEALTH_DIFFERS", "", ""},
                   "the live state differs from its history");
    };
  });
}

void AddRebuild(cli::Command health, Session& session, Action& action) {
  cli::Command command = health.AddCommand("rebuild", "Drop the state and fold the journal again");
  auto partitions = std::make_shared<std::vector<int>>();
  command.AddOption("partitions", *partitions, "Partitions; none means all");
  command.OnChosen([&session, &action, partitions] {
    action = [&session, partitions]() -> absl::Status {
      health::v1::RebuildHealthRequest request;
      for (const int partition : *partitions) request.add_partitions(partition);
      ASSIGN_OR_RETURN(const auto done,
                       session.Call<HealthService>(&HealthService::Stub::RebuildHealth, request,
                                                   kReplayTimeout));
      if (session.options.json) {
        session.PrintJson(done);
        return absl::OkStatus();
      }
      session.out << FormatCount(done.partitions_rebuilt()) << " partitions rebuilt from "
                  << FormatCount(done.facts_folded()) << " facts\n";
      return absl::OkStatus();
    };
  });
}

void AddExplain(cli::Command health, Session& session, Action& action) {
  struct Options {
    std::string account;
    std::string from;
    std::string to;
    int limit = 20;
  };
  cli::Command command = health.AddCommand("explain", "Why the score moved, to the point");
  auto options = std::make_shared<Options>();
  command.AddOption("account", options->account, "Account id").Required();
  command.AddOption("--from", options->from, "Begin: a time or 30d ago; 7 days ago if not given");
  command.AddOption("--to", options->to, "End; now if not given");
  command.AddOption("--limit", options->limit, "How many changes").Between(1, 1'000);
  command.OnChosen([&session, &action, options] {
    action = [&session, options]() -> absl::Status {
      health::v1::ExplainHealthRequest request;
      request.set_account(ResourceName("accounts", options->account));
      request.set_limit(options->limit);
      if (!options->from.empty()) {
        ASSIGN_OR_RETURN(const absl::Time from, session.When(options->from));
        *request.mutable_from_time() = ToTimestamp(from);
      }
      if (!options->to.empty()) {
        ASSIGN_OR_RETURN(const absl::Time to, session.AsOf(options->to));
        *request.mutable_to_time() = ToTimestamp(to);
      }
      ASSIGN_OR_RETURN(const auto found,
                       session.Call<HealthService>(&HealthService::Stub::ExplainHealth, request,
                                                   kReplayTimeout));
      if (session.options.json) {
        session.PrintJson(found);
        return absl::OkStatus();
      }
      ASSIGN_OR_RETURN(const HealthNames names, HealthNames::Read(session));
      if (ShowExplanation(session, names, found)) return absl::OkStatus();
      return Error(absl::StatusCode::kDataLoss, {"POINTS_DO_NOT_ADD_UP", "", "H4"},
                   "the points do not add up to the change");
    };
  });
}

}  // namespace

void AddHealthCommands(cli::Command app, Session& session, Action& action) {
  cli::Command health =
      app.AddCommand("health", "Live health scores and why they are what they are");
  health.RequireCommand();
  AddGetHealth(health, session, action);
  AddRank(health, session, action);
  AddSummarizeHealth(health, session, action);
  AddHealthMovers(health, session, action);
  AddWatchHealth(health, session, action);
  AddExplain(health, session, action);
  AddHistory(health, session, action);
  AddAsOf(health, session, action);
  AddVerify(health, session, action);
  AddRebuild(health, session, action);
}

}  // namespace bellwether::ctl
