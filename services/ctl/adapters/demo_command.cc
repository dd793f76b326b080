// `bellwetherctl demo`: fills a running system with a portfolio that lives.
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/status.h"
#include "common/decimal/decimal.h"
#include "services/ctl/adapters/commands.h"
#include "services/simulator/adapters/grpc_demo_target.h"
#include "services/simulator/application/demo.h"
#include "services/simulator/application/live_player.h"

namespace bellwether::ctl {
namespace {

struct DemoOptions {
  uint64_t seed = 1;
  int64_t accounts = simulator::kAccountsDefault;
  int64_t days = simulator::kHistoryDaysDefault;
  int rate = 4;
  int seconds = static_cast<int>(kWatchTimeoutDefault / absl::Seconds(1));
  std::string zone = "Asia/Shanghai";
  std::string currency = "CNY";
};

absl::Status RunDemo(Session& session, const DemoOptions& options) {
  absl::TimeZone zone;
  if (!absl::LoadTimeZone(options.zone, &zone)) {
    return InvalidArgument("UNKNOWN_ZONE", "--zone",
                           absl::StrCat("\"", options.zone, "\" is no known zone"));
  }
  ASSIGN_OR_RETURN(const auto channel, session.Channel());
  simulator::GrpcDemoTarget target(channel);
  const simulator::Portfolio portfolio({.seed = options.seed,
                                        .accounts = options.accounts,
                                        .today = absl::ToCivilDay(absl::Now(), zone),
                                        .zone = zone,
                                        .currency = options.currency});
  simulator::PastOptions past;
  past.days = options.days;
  past.progress = [&](absl::string_view step, int64_t count) {
    session.err << step << ": " << FormatCount(count) << std::endl;
  };
  RETURN_IF_ERROR(simulator::BuildPast(portfolio, past, target));

  simulator::LivePlayer player(portfolio, absl::StrCat(absl::ToUnixSeconds(absl::Now())));
  const absl::Time begin = absl::Now();
  const absl::Time end = begin + absl::Seconds(options.seconds);
  int64_t sent = 0;
  while (absl::Now() < end) {
    RETURN_IF_ERROR(target.Send({player.Next(absl::Now())}));
    ++sent;
    // STYLE(sleep): keeps the rate asked for
    absl::SleepFor(begin + sent * absl::Seconds(1) / options.rate - absl::Now());
  }
  session.err << "live: " << FormatCount(sent) << std::endl;
  return absl::OkStatus();
}

}  // namespace

void AddDemoCommand(cli::Command app, Session& session, Action& action) {
  cli::Command command =
      app.AddCommand("demo", "Fill a fresh system with a portfolio that lives, and play it on");
  auto options = std::make_shared<DemoOptions>();
  command.AddOption("--seed", options->seed, "Another seed is another portfolio").ShowDefault();
  command.AddOption("--accounts", options->accounts, "How many accounts")
      .Between(1, simulator::kAccountsMax)
      .ShowDefault();
  command.AddOption("--days", options->days, "Days of the past").Between(1, 3'650).ShowDefault();
  command.AddOption("--rate", options->rate, "Live facts a second").Between(1, 1'000).ShowDefault();
  command.AddOption("--for", options->seconds, "Seconds of live traffic").NotNegative();
  command.AddOption("--zone", options->zone, "Time zone of business days").ShowDefault();
  command.AddOption("--currency", options->currency, "Currency of amounts").ShowDefault();
  command.OnChosen([&session, &action, options] {
    action = [&session, options] { return RunDemo(session, *options); };
  });
}

}  // namespace bellwether::ctl
