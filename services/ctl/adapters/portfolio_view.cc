#include "services/ctl/adapters/portfolio_view.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bellwether/health/v1/health_service.grpc.pb.h"
#include "common/base/resource_name.h"
#include "common/base/status.h"
#include "services/ctl/adapters/filters.h"
#include "services/ctl/adapters/format.h"
#include "services/ctl/adapters/health_view.h"
#include "services/ctl/adapters/listing.h"

namespace bellwether::ctl {
namespace {

using health::v1::HealthService;

void ShowSummary(Session& session, const health::v1::HealthSummary& summary) {
  std::vector<TableColumn> columns = {{session.Label("tier", "层级")}};
  for (const std::string& band : summary.band_ids()) columns.push_back({band, Align::kRight});
  columns.push_back({session.Label("low confidence", "低置信"), Align::kRight});
  TextTable cells(columns);
  std::vector<std::string> row;
  for (const auto& cell : summary.cells()) {
    if (row.empty()) row.push_back(cell.tier().empty() ? "–" : cell.tier());
    row.push_back(absl::StrCat(cell.count()));
    if (row.size() < columns.size()) continue;
    cells.AddRow(row);
    row.clear();
  }
  session.Print(cells);
  session.out << "\n";
  TextTable bins(
      {{session.Label("score", "健康度")}, {session.Label("accounts", "客户"), Align::kRight}});
  for (const auto& bin : summary.bins()) {
    bins.AddRow({absl::StrCat(Points(bin.from_micros()), "–", Points(bin.below_micros())),
                 absl::StrCat(bin.count())});
  }
  session.Print(bins);
}

}  // namespace

void AddSummarizeHealth(cli::Command health, Session& session, Action& action) {
  cli::Command command = health.AddCommand("summary", "Accounts by tier and band, and by score");
  auto points = std::make_shared<int>(0);
  command.AddOption("--bin", *points, "Width of the bins in points").Between(1, 50);
  command.OnChosen([&session, &action, points] {
    action = [&session, points]() -> absl::Status {
      health::v1::SummarizeHealthRequest request;
      request.set_bin_points(*points);
      ASSIGN_OR_RETURN(const health::v1::HealthSummary summary,
                       session.Call<HealthService>(&HealthService::Stub::SummarizeHealth, request));
      if (session.options.json) {
        session.PrintJson(summary);
      } else {
        ShowSummary(session, summary);
      }
      return absl::OkStatus();
    };
  });
}

void AddHealthMovers(cli::Command health, Session& session, Action& action) {
  struct Options {
    health::v1::ListHealthMoversRequest request;
    std::string order = "greatest";
    int limit = 20;
  };
  cli::Command command = health.AddCommand("movers", "The scores that moved most, and why");
  auto options = std::make_shared<Options>();
  command.AddOption("--from", *options->request.mutable_from_day(),
                    "The day whose close is compared with; yesterday where not given");
  command.AddOption("--to", *options->request.mutable_to_day(),
                    "The day whose close is compared; now where not given");
  command.AddOption("--order", options->order, "Which moves")
      .OneOf({"greatest", "fallen", "risen"});
  command.AddOption("--tier", *options->request.mutable_tier(), "Only of this service level")
      .OneOf(KnownServiceLevels());
  command.AddOption("--owner", *options->request.mutable_owner(), "Only of this owner");
  command.AddOption("--limit", options->limit, "How many").Between(1, 10'000);
  command.OnChosen([&session, &action, options] {
    action = [&session, options]() -> absl::Status {
      const std::map<std::string, health::v1::MoverOrder> orders = {
          {"greatest", health::v1::MOVER_ORDER_GREATEST},
          {"fallen", health::v1::MOVER_ORDER_FALLEN},
          {"risen", health::v1::MOVER_ORDER_RISEN}};
      options->request.set_order(orders.at(options->order));
      TextTable table({{session.Label("account", "客户")},
                       {session.Label("name", "名称")},
                       {session.Label("before", "之前"), Align::kRight},
                       {session.Label("after", "之后"), Align::kRight},
                       {session.Label("points", "分"), Align::kRight},
                       {session.Label("most by", "主要指标")},
                       {session.Label("main cause", "主要原因")}});
      RETURN_IF_ERROR((ReadPages<HealthService>(
          session, &HealthService::Stub::ListHealthMovers, options->request, options->limit,
          [&](const health::v1::ListHealthMoversResponse& page) {
            for (const auto& mover : page.movers()) {
              if (session.options.json) session.PrintJson(mover);
              table.AddRow({ResourceId(mover.account()), mover.display_name(),
                            Points(mover.score_before_micros()), Points(mover.score_after_micros()),
                            SignedPoints(mover.points_micros()), mover.main_metric(),
                            mover.has_main_change() ? CauseText(mover.main_change().cause()) : ""});
            }
            return page.movers_size();
          })));
      if (!session.options.json) session.Print(table);
      return absl::OkStatus();
    };
  });
}

}  // namespace bellwether::ctl
