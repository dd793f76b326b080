// Accounts, their RFM levels, and opportunities.
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/resource_name.h"
#include "common/base/status.h"
#include "common/currency/minor_units.h"
#include "common/decimal/decimal.h"
#include "services/ctl/adapters/commands.h"
#include "services/ctl/adapters/filters.h"
#include "services/ctl/adapters/format.h"
#include "services/ctl/adapters/listing.h"

namespace bellwether::ctl {
namespace {

using accounts::v1::Account;
using accounts::v1::AccountsService;
using accounts::v1::Rfm;
using opportunities::v1::OpportunitiesService;

void AddListAccounts(cli::Command accounts, Session& session, Action& action) {
  struct Options {
    std::string owner;
    std::string industry;
    std::string tier;
    int limit = kListDefault;
  };
  cli::Command command = accounts.AddCommand("list", "Accounts");
  auto options = std::make_shared<Options>();
  command.AddOption("--owner", options->owner, "Only accounts of this owner");
  command.AddOption("--industry", options->industry, "Only accounts of this industry");
  command.AddOption("--tier", options->tier, "Only accounts of this service level")
      .OneOf(KnownServiceLevels());
  command.AddOption("--limit", options->limit, "How many").Between(1, 1'000'000);
  command.OnChosen([&session, &action, options] {
    action = [&session, options]() -> absl::Status {
      accounts::v1::ListAccountsRequest request;
      request.set_owner(options->owner);
      request.set_industry(options->industry);
      request.set_tier(options->tier);
      int64_t total = 0;
      TextTable table({{session.Label("account", "客户")},
                       {session.Label("name", "名称")},
                       {session.Label("tier", "等级")},
                       {session.Label("industry", "行业")},
                       {session.Label("region", "区域")},
                       {session.Label("owner", "负责人")},
                       {session.Label("revenue", "年收入"), Align::kRight}});
      RETURN_IF_ERROR((ReadPages<AccountsService>(
          session, &AccountsService::Stub::ListAccounts, request, options->limit,
          [&](const accounts::v1::ListAccountsResponse& page) {
            total = page.total_size();
            for (const Account& row : page.accounts()) {
              if (session.options.json) {
                session.PrintJson(row);
                continue;
              }
              table.AddRow({ResourceId(row.name()),
                            row.short_name().empty() ? row.legal_name() : row.short_name(),
                            row.tier(), row.industry(), row.region(), row.owner(),
                            row.has_annual_revenue() ? session.Money(row.annual_revenue()) : ""});
            }
            return page.accounts_size();
          })));
      if (!session.options.json) {
        session.Print(table);
        session.out << FormatCount(total) << session.Label(" in all", " 个") << "\n";
      }
      return absl::OkStatus();
    };
  });
}

void ShowAccount(Session& session, const Account& account) {
  TextTable table({{session.Label("field", "字段")}, {session.Label("value", "值")}});
  const auto add = [&](const char* en, const char* zh, const std::string& value) {
    if (!value.empty()) table.AddRow({session.Label(en, zh), value});
  };
  add("account", "客户", ResourceId(account.name()));
  add("legal name", "全称", account.legal_name());
  add("short name", "简称", account.short_name());
  add("tier", "等级", absl::StrCat(account.tier(), account.tier_pinned() ? " (pinned)" : ""));
  add("industry", "行业", account.industry());
  add("region", "区域", account.region());
  add("owner", "负责人", account.owner());
  for (const auto& member : account.team()) {
    add("team", "团队", absl::StrCat(member.person(), ", ", EnumText(member.role())));
  }
  add("parent", "母公司", ResourceId(account.parent()));
  if (account.has_annual_revenue())
    add("annual revenue", "年收入", session.Money(account.annual_revenue()));
  if (account.has_annual_purchasing_budget()) {
    add("purchasing budget", "采购预算", session.Money(account.annual_purchasing_budget()));
  }
  if (account.headcount() != 0) add("headcount", "人数", FormatCount(account.headcount()));
  for (const auto& id : account.external_ids()) {
    add("external id", "外部编号", absl::StrCat(id.source(), " ", id.id()));
  }
  for (const auto& tag : account.tags()) {
    add("tag", "标签", absl::StrCat(EnumText(tag.kind()), ": ", tag.value()));
  }
  add("customer since", "合作开始", session.Instant(account.customer_since()));
  add("updated", "更新时间", session.Instant(account.update_time()));
  add("etag", "版本", account.etag());
  session.Print(table);
}

void AddGetAccount(cli::Command accounts, Session& session, Action& action) {
  cli::Command command = accounts.AddCommand("get", "One account");
  auto account = std::make_shared<std::string>();
  command.AddOption("account", *account, "Account id").Required();
  command.OnChosen([&session, &action, account] {
    action = [&session, account]() -> absl::Status {
      accounts::v1::GetAccountRequest request;
      request.set_name(ResourceName("accounts", *account));
      ASSIGN_OR_RETURN(const auto found,
                       session.Call<AccountsService>(&AccountsService::Stub::GetAccount, request));
      if (session.options.json) {
        session.PrintJson(found);
      } else {
        ShowAccount(session, found);
      }
      return absl::OkStatus();
    };
  });
}

TextTable RfmTable(const Session& session) {
  return TextTable({{session.Label("rank", "排名"), Align::kRight},
                    {session.Label("account", "客户")},
                    {session.Label("level", "等级")},
                    {"R", Align::kRight},
                    {"F", Align::kRight},
                    {"M", Align::kRight},
                    {session.Label("composite", "综合"), Align::kRight},
                    {session.Label("days since order", "距上次订单天数"), Align::kRight},
                    {session.Label("orders", "订单数"), Align::kRight},
                    {session.Label("value", "金额"), Align::kRight},
                    {session.Label("cut", "截面")}});
}

void AddRfmRow(Session& session, TextTable& table, const Rfm& rfm) {
  const bool ranked = rfm.rank() > 0;
  table.AddRow({ranked ? FormatCount(rfm.rank()) : "–", ResourceId(rfm.account()),
                EnumText(rfm.level()), absl::StrCat(rfm.recency_score()),
                absl::StrCat(rfm.frequency_score()), absl::StrCat(rfm.monetary_score()),
                Points(rfm.composite_micros()), ranked ? FormatCount(rfm.recency_days()) : "–",
                FormatCount(rfm.order_count()),
                FormatGrouped(rfm.order_value_minor(), session.ReportingDigits()),
                session.Instant(rfm.cut_time())});
}

void AddRfm(cli::Command accounts, Session& session, Action& action) {
  struct Options {
    std::string account;
    std::string as_of;
    std::string known_at;
    bool history = false;
    int limit = kListDefault;
  };
  cli::Command command =
      accounts.AddCommand("rfm", "The RFM level of an account, or all accounts as ranked (A3)");
  auto options = std::make_shared<Options>();
  command.AddOption("account", options->account, "Account id; none means the ranking");
  command.AddOption("--as-of", options->as_of, "At the latest cut by then; of a day, at its end");
  command.AddOption("--known-at", options->known_at, "As it was known then");
  command.AddFlag("--history", options->history, "Every change of level of the account");
  command.AddOption("--limit", options->limit, "How many").Between(1, 1'000'000);
  command.OnChosen([&session, &action, options] {
    if (options->history && options->account.empty()) {
      cli::RefuseOption("--history", "needs an account");
    }
    action = [&session, options]() -> absl::Status {
      google::protobuf::Timestamp as_of;
      if (!options->as_of.empty()) {
        ASSIGN_OR_RETURN(const absl::Time at, session.AsOf(options->as_of));
        // The cut about a day is taken at the midnight that ends it.
        as_of = ToTimestamp(at + absl::Microseconds(1));
      }
      google::protobuf::Timestamp known_at;
      if (!options->known_at.empty()) {
        ASSIGN_OR_RETURN(const absl::Time at, session.AsOf(options->known_at));
        known_at = ToTimestamp(at);
      }
      TextTable table = RfmTable(session);
      if (options->history) {
        accounts::v1::ListRfmHistoryRequest request;
        request.set_account(ResourceName("accounts", options->account));
        RETURN_IF_ERROR((ReadPages<AccountsService>(
            session, &AccountsService::Stub::ListRfmHistory, request, options->limit,
            [&](const accounts::v1::ListRfmHistoryResponse& page) {
              for (const auto& change : page.changes()) {
                if (session.options.json) {
                  session.PrintJson(change);
                } else {
                  AddRfmRow(session, table, change.rfm());
                }
              }
              return page.changes_size();
            })));
      } else if (!options->account.empty()) {
        accounts::v1::GetRfmRequest request;
        request.set_account(ResourceName("accounts", options->account));
        if (!options->as_of.empty()) *request.mutable_as_of() = as_of;
        if (!options->known_at.empty()) *request.mutable_known_at() = known_at;
        ASSIGN_OR_RETURN(const Rfm found,
                         session.Call<AccountsService>(&AccountsService::Stub::GetRfm, request));
        if (session.options.json) session.PrintJson(found);
        AddRfmRow(session, table, found);
      } else {
        accounts::v1::ListRfmRequest request;
        if (!options->as_of.empty()) *request.mutable_as_of() = as_of;
        if (!options->known_at.empty()) *request.mutable_known_at() = known_at;
        RETURN_IF_ERROR((ReadPages<AccountsService>(session, &AccountsService::Stub::ListRfm,
                                                    request, options->limit,
                                                    [&](const accounts::v1::ListRfmResponse& page) {
                                                      for (const Rfm& row : page.rfms()) {
                                                        if (session.options.json) {
                                                          session.PrintJson(row);
                                                        } else {
                                                          AddRfmRow(session, table, row);
                                                        }
                                                      }
                                                      return page.rfms_size();
                                                    })));
      }
      if (!session.options.json) session.Print(table);
      return absl::OkStatus();
    };
  });
}

}  // namespace

void AddAccountCommands(cli::Command app, Session& session, Action& action) {
  cli::Command accounts = app.AddCommand("accounts", "Account records and RFM levels");
  accounts.RequireCommand();
  AddListAccounts(accounts, session, action);
  AddGetAccount(accounts, session, action);
  AddRfm(accounts, session, action);
}

void AddOpportunityCommands(cli::Command app, Session& session, Action& action) {
  struct Options {
    std::string account;
    std::string owner;
    std::string state;
    int limit = kListDefault;
  };
  cli::Command opportunities = app.AddCommand("opportunities", "Opportunities and leads");
  opportunities.RequireCommand();
  cli::Command command = opportunities.AddCommand("list", "Opportunities");
  auto options = std::make_shared<Options>();
  command.AddOption("--account", options->account, "Account id; \"-\": leads without an account");
  command.AddOption("--owner", options->owner, "Only of this owner");
  command.AddOption("--state", options->state, "Only in this state").OneOf({"open", "won", "lost"});
  command.AddOption("--limit", options->limit, "How many").Between(1, 1'000'000);
  command.OnChosen([&session, &action, options] {
    action = [&session, options]() -> absl::Status {
      opportunities::v1::ListOpportunitiesRequest request;
      if (options->account == "-") {
        request.set_account("-");
      } else if (!options->account.empty()) {
        request.set_account(ResourceName("accounts", options->account));
      }
      request.set_owner(options->owner);
      if (options->state == "open") request.set_state(opportunities::v1::STATE_OPEN);
      if (options->state == "won") request.set_state(opportunities::v1::STATE_WON);
      if (options->state == "lost") request.set_state(opportunities::v1::STATE_LOST);
      int64_t total = 0;
      TextTable table({{session.Label("opportunity", "商机")},
                       {session.Label("account", "客户")},
                       {session.Label("title", "标题")},
                       {session.Label("state", "状态")},
                       {session.Label("stage", "阶段")},
                       {session.Label("amount", "金额"), Align::kRight},
                       {session.Label("owner", "负责人")},
                       {session.Label("engaged", "开始")},
                       {session.Label("closed", "关闭")}});
      RETURN_IF_ERROR((ReadPages<OpportunitiesService>(
          session, &OpportunitiesService::Stub::ListOpportunities, request, options->limit,
          [&](const opportunities::v1::ListOpportunitiesResponse& page) {
            total = page.total_size();
            for (const auto& row : page.opportunities()) {
              if (session.options.json) {
                session.PrintJson(row);
                continue;
              }
              table.AddRow({ResourceId(row.name()), ResourceId(row.account()), row.title(),
                            EnumText(row.state()), row.stage(), session.Money(row.amount()),
                            row.owner(), session.Instant(row.engage_time()),
                            session.Instant(row.close_time())});
            }
            return page.opportunities_size();
          })));
      if (!session.options.json) {
        session.Print(table);
        session.out << FormatCount(total) << session.Label(" in all", " 个") << "\n";
      }
      return absl::OkStatus();
    };
  });
}

}  // namespace bellwether::ctl
