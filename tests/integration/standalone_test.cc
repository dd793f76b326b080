// The process as such: its folder, what it begins with, its end.
#include <gmock/gmock.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "common/base/status.h"
#include "common/testing/await.h"
#include "services/simulator/application/portfolio.h"
#include "services/simulator/domain/profile.h"
#include "tests/integration/standalone_fixture.h"

namespace bellwether::standalone_test {
namespace {

using ::testing::HasSubstr;

class StandaloneProcessTest : public StandaloneTest {
 protected:
  std::string ReasonOfFailure() {
    const auto app = standalone::App::Create(config, clock());
    if (app.ok()) return "started";
    const auto detail = DetailOf(app.status());
    return detail.has_value() ? detail->reason : std::string(app.status().message());
  }
};

TEST_F(StandaloneProcessTest, OneProcessHasTheDataFolder) {
  Boot();
  EXPECT_EQ(ReasonOfFailure(), "BUS_IN_USE");
  // The first one is none the worse for it.
  EXPECT_EQ(Ctl({"accounts", "list"}).exit_code, 0);
}

TEST_F(StandaloneProcessTest, TheNumberOfPartitionsIsFixedWhenTheFolderIsMade) {
  Boot();
  Shutdown();
  config.partitions = 5;
  EXPECT_NE(ReasonOfFailure(), "started");
  config.partitions = 4;
  Boot();
}

TEST_F(StandaloneProcessTest, RefusesToListenBeyondTheLoopbackInterface) {
  config.grpc = "0.0.0.0:0";
  const auto app = standalone::App::Create(config, clock());
  ASSERT_TRUE(app.ok()) << app.status();
  const absl::Status started = (*app)->Start();
  EXPECT_EQ(DetailOf(started)->reason, "LISTEN_NEEDS_TLS");
}

TEST_F(StandaloneProcessTest, ADemoHasAPastIsLiveAndCallsSomebody) {
  config.demo = {.enabled = true, .seed = 3, .accounts = 40, .days = 200, .rate = 400};
  Boot();  // ready once the past is there
  EXPECT_THAT(Ctl({"accounts", "list"}).out, HasSubstr("40 in all"));
  const CtlRun rank = Ctl({"health", "rank", "--limit", "3"});
  EXPECT_EQ(rank.exit_code, 0) << rank.err;
  EXPECT_THAT(rank.out, HasSubstr("At risk"));
  EXPECT_THAT(Ctl({"opportunities", "list"}).out, HasSubstr("open"));

  // Those who fall ill from today on are well at first, and alerts about them come while one looks.
  const simulator::Portfolio portfolio(
      {.seed = 3,
       .accounts = 40,
       .today = absl::ToCivilDay(absl::Now(), absl::FixedTimeZone(8 * 3600)),
       .zone = absl::FixedTimeZone(8 * 3600)});
  const auto alerts = Stub<alerts::v1::AlertsService>();
  EXPECT_TRUE(testing::Await(
      [&] {
        for (const auto& profile : portfolio.profiles()) {
          if (profile.trajectory.course != simulator::Course::kSickening) continue;
          alerts::v1::ListAlertsRequest request;
          request.set_subject(profile.account_id);
          const auto found = Call(*alerts, &alerts::v1::AlertsService::Stub::ListAlerts, request);
          if (found.ok() && found->alerts_size() > 0) return true;
        }
        return false;
      },
      absl::Minutes(1)));

  // A second life goes on where the first one ended.
  Shutdown();
  Boot();
  EXPECT_THAT(Ctl({"accounts", "list"}).out, HasSubstr("40 in all"));
  const CtlRun verified = Ctl({"health", "verify"});
  EXPECT_EQ(verified.exit_code, 0) << verified.out;
}

TEST_F(StandaloneProcessTest, EveryQuestionIsAnsweredInTextAndInJson) {
  config.demo = {.enabled = true, .seed = 3, .accounts = 12, .days = 60, .rate = 50};
  Boot();
  const std::string account = simulator::MakeProfile(3, 0).account_id;
  const std::vector<std::vector<std::string>> commands = {
      {"health", "get", account},
      {"health", "rank"},
      {"health", "summary"},
      {"health", "movers"},
      {"health", "watch", "--limit", "1"},
      {"health", "explain", account, "--from", "30d"},
      {"health", "history", account},
      {"health", "as-of", account, "10d"},
      {"health", "verify", account},
      {"accounts", "list"},
      {"accounts", "get", account},
      {"accounts", "rfm"},
      {"accounts", "rfm", account},
      {"accounts", "rfm", account, "--history"},
      {"opportunities", "list", "--state", "open"},
      {"alerts", "list", "--backfill", "--all"},
      {"journal", "tail", "--account", account, "--from", "0", "--limit", "3"},
      {"alerts", "count"},
      {"silences", "list", "--all"},
      {"silences", "preview", "--up-to", "red"},
      {"dead-letters", "list", "--reason", "NONE"},
      {"dead-letters", "replays"},
      {"system"},
      {"dead-letters", "list"}};
  // Cuts of the past are taken after it has been folded, snapshots stored with a checkpoint.
  ASSERT_TRUE(testing::Await([&] {
    return Ctl({"accounts", "rfm", account}).exit_code == 0 &&
           !Ctl({"health", "history", account, "--json"}).out.empty();
  }));
  for (const auto& command : commands) {
    const std::string named = absl::StrJoin(command, " ");
    const CtlRun text = Ctl(command);
    EXPECT_EQ(text.exit_code, 0) << named << "\n" << text.err;
    EXPECT_FALSE(text.out.empty()) << named;
    std::vector<std::string> with_json = command;
    with_json.push_back("--json");
    const CtlRun json = Ctl(with_json);
    EXPECT_EQ(json.exit_code, 0) << named << "\n" << json.err;
    for (const absl::string_view line : absl::StrSplit(json.out, '\n', absl::SkipEmpty())) {
      google::protobuf::Struct object;
      EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(std::string(line), &object).ok())
          << named << "\n"
          << line;
    }
    std::vector<std::string> in_chinese = command;
    in_chinese.insert(in_chinese.end(), {"--lang", "zh"});
    EXPECT_EQ(Ctl(in_chinese).exit_code, 0) << named;
  }
  const CtlRun unknown = Ctl({"accounts", "get", "nobody"});
  EXPECT_EQ(unknown.exit_code, 1);
  EXPECT_THAT(unknown.err, HasSubstr("NOT_FOUND"));
}

TEST_F(StandaloneProcessTest, HolidaysOfAChangedCalendarHoldWithoutARestart) {
  config.calendar_file = WriteFile("calendar.yaml", "time_zone: Asia/Shanghai\n");
  Boot();
  const auto health = Stub<health::v1::HealthService>();
  const auto in_effect = [&] {
    const auto found = Call(*health, &health::v1::HealthService::Stub::GetCalendar,
                            health::v1::GetCalendarRequest());
    EXPECT_TRUE(found.ok()) << found.status();
    return found.ok() ? found->definition() : type::v1::CalendarDefinition();
  };
  EXPECT_EQ(in_effect().holidays_size(), 0);
  EXPECT_EQ(in_effect().workweek_size(), 5) << "with what the file leaves out";
  EXPECT_EQ(in_effect().business_end(), "18:00");
  WriteFile("calendar.yaml",
            "time_zone: Asia/Shanghai\n"
            "holidays: [{date: 2026-10-01, through: 2026-10-07, title: National Day}]\n");
  ASSERT_TRUE(testing::Await([&] { return in_effect().holidays_size() == 1; }));
  EXPECT_EQ(in_effect().holidays(0).title(), "National Day");
}

TEST_F(StandaloneProcessTest, TimesAreShownAndReadInTheZoneOfTheCalendar) {
  config.calendar_file = WriteFile("calendar.yaml", "time_zone: Asia/Kathmandu\n");
  Boot();
  GoLive();
  const auto emit = [&](const std::string& id, const std::string& time) {
    return Ctl({"emit", "--account", "acme", "--kind", "account_manager_changed", "--set",
                "current=wu", "--source", "test", "--id", id, "--time", time, "--wait"});
  };
  const CtlRun sent = emit("one", "1h");
  ASSERT_EQ(sent.exit_code, 0) << sent.out << sent.err;
  EXPECT_THAT(sent.out, HasSubstr(" +05:45\n"));
  EXPECT_EQ(sent.err, "");
  const CtlRun again =
      Ctl({"fact", "outcome", "--account", "acme", "--source", "test", "--id", "one", "--utc"});
  EXPECT_THAT(again.out, HasSubstr(" +00:00\n"));
  const CtlRun json =
      Ctl({"fact", "outcome", "--account", "acme", "--source", "test", "--id", "one", "--json"});
  EXPECT_THAT(json.out, ::testing::ContainsRegex("\"recordedTime\":\"[^\"]*Z\""));

  // A date on the command line is that day's midnight there.
  ASSERT_EQ(emit("two", "2026-01-31").exit_code, 0);
  const CtlRun tail = Ctl({"journal", "tail", "--account", "acme", "--from", "0", "--json"});
  EXPECT_THAT(tail.out, HasSubstr("2026-01-30T18:15:00"));
}

TEST_F(StandaloneProcessTest, AFolderThatCannotBeImportedEndsTheStart) {
  config.import_folder = folder;  // holds no tables
  const auto app = standalone::App::Create(config, clock());
  ASSERT_TRUE(app.ok()) << app.status();
  const absl::Status started = (*app)->Start();
  EXPECT_EQ(DetailOf(started)->reason, "NO_MAPPING");
}

TEST_F(StandaloneProcessTest, ATableFolderIsImportedOnceAndEndsToday) {
  WriteFile("orders.csv",
            "order_id,customer,ordered_on,amount,currency,quantity,product\n"
            "1,Ruiheng,2019-03-01,100.50,CNY,1,pump\n"
            "2,Ruiheng,2019-04-01,200.00,CNY,2,pump\n"
            "3,Bohai,2019-04-02,50.00,CNY,1,valve\n");
  config.import_folder = folder;
  Boot();
  EXPECT_THAT(Ctl({"accounts", "list"}).out, HasSubstr("2 in all"));
  const auto of = [&](const std::string& id) {
    return Ctl({"fact", "outcome", "--account", "Bohai", "--source", "import/orders", "--id", id});
  };
  EXPECT_THAT(of("order-3").out, HasSubstr("counted"));
  const CtlRun health = Ctl({"health", "get", "Bohai"});
  EXPECT_EQ(health.exit_code, 0) << health.err;
  Shutdown();
  Boot();
  EXPECT_THAT(Ctl({"accounts", "list"}).out, HasSubstr("2 in all"));
  EXPECT_THAT(of("order-3").out, HasSubstr("counted"));
}

}  // namespace
}  // namespace bellwether::standalone_test
