// The whole service with a real Alertmanager.
#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/testing/await.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/alerts/testing/alerts_deployment.h"
#include "tests/support/alertmanager_server.h"

namespace bellwether::alerts::alertmanager_test {
namespace {

using bellwether::testing::AlertmanagerServer;
using bellwether::testing::Await;
using testing::AlertsDeployment;

class NotifiedAlertmanager : public ::testing::Test {
 protected:
  explicit NotifiedAlertmanager(absl::Duration repeat = absl::Minutes(1)) {
    alerts_.clock().Set(absl::Now());  // Alertmanager lives in the present
    alerts_.SetAlertmanager(alertmanager_.url(), repeat);
    alerts_.Start();
  }

  // "R13.acme.1 red firing", …
  std::vector<std::string> Listed() const {
    std::vector<std::string> lines;
    for (const AlertmanagerServer::Listed& alert : alertmanager_.Alerts()) {
      lines.push_back(absl::StrCat(alert.labels.at("alert_id"), " ", alert.labels.at("severity"),
                                   " ", alert.annotations.at("state")));
    }
    return lines;
  }
  bool AwaitListed(const std::vector<std::string>& lines) const {
    return Await([&] { return Listed() == lines; });
  }

  AlertmanagerServer alertmanager_;
  AlertsDeployment alerts_;
};

TEST_F(NotifiedAlertmanager, ListsAnAlertFromFiringToResolved) {  // L6
  alerts_.PublishSignal("acme", 1, 75);
  ASSERT_TRUE(AwaitListed({"R13.acme.1 yellow firing"}));
  const AlertmanagerServer::Listed listed = alertmanager_.Alerts()[0];
  EXPECT_EQ(listed.labels.at("alertname"), "R13");
  EXPECT_EQ(listed.labels.at("subject"), "acme");
  EXPECT_NE(listed.annotations.at("summary"), "");
  EXPECT_NE(listed.annotations.at("summary_zh"), "");

  v1::AcknowledgeAlertRequest acknowledge;
  acknowledge.set_name("alerts/R13.acme.1");
  acknowledge.set_request_id("one");
  ASSERT_TRUE(alerts_.Acknowledge(acknowledge, "li").ok());
  ASSERT_TRUE(AwaitListed({"R13.acme.1 yellow acknowledged"}));

  alerts_.clock().Advance(absl::Seconds(1));
  alerts_.PublishSignal("acme", 2, 50);
  ASSERT_TRUE(AwaitListed({"R13.acme.1 red firing"})) << "and no longer a yellow one";
  alerts_.clock().Advance(absl::Seconds(1));
  alerts_.PublishSignal("acme", 3, 95);
  ASSERT_TRUE(alerts_.AwaitState("R13.acme.1", v1::ALERT_STATE_RESOLVED));
  EXPECT_TRUE(AwaitListed({}));
}

// Alertmanager's own clock cannot be moved: this one holds what it is sent for a few seconds.
class ForgetfulAlertmanager : public NotifiedAlertmanager {
 protected:
  static constexpr absl::Duration kRepeat = absl::Seconds(3);
  ForgetfulAlertmanager() : NotifiedAlertmanager(kRepeat) {}

  absl::Time Ends() const {
    const std::vector<AlertmanagerServer::Listed> alerts = alertmanager_.Alerts();
    absl::Time ends = absl::InfinitePast();
    if (alerts.size() == 1) {
      EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, alerts[0].ends_at, &ends, nullptr));
    }
    return ends;
  }
};

TEST_F(ForgetfulAlertmanager, DoesNotHoldAnAlertForeverOnceNobodyRepeatsIt) {  // L6
  alerts_.clock().Set(absl::Now());
  alerts_.PublishSignal("acme", 1, 50);
  ASSERT_TRUE(AwaitListed({"R13.acme.1 red firing"}));
  const absl::Time ends = Ends();
  alerts_.clock().Advance(kRepeat);
  ASSERT_TRUE(Await([&] { return Ends() == ends + kRepeat; })) << "renewed while we live";
  alerts_.Stop();
  EXPECT_TRUE(AwaitListed({}));
  EXPECT_GE(absl::Now(), ends + kRepeat) << "and not before";
}

TEST_F(NotifiedAlertmanager, AnAlertmanagerThatLostEverythingIsSentItAgain) {
  alerts_.PublishSignal("acme", 1, 50);
  ASSERT_TRUE(AwaitListed({"R13.acme.1 red firing"}));
  alertmanager_.Kill();
  std::filesystem::remove_all(alertmanager_.folder() / "data");
  alertmanager_.Start();
  alerts_.clock().Advance(absl::Minutes(1));  // to the next repeat
  EXPECT_TRUE(AwaitListed({"R13.acme.1 red firing"}));
}

TEST_F(NotifiedAlertmanager, WhatChangedWhileItWasAwayIsSentWhenItIsBack) {
  alerts_.PublishSignal("acme", 1, 50);
  ASSERT_TRUE(AwaitListed({"R13.acme.1 red firing"}));
  alertmanager_.Kill();
  alerts_.PublishSignal("acme", 2, 95);
  alerts_.PublishSignal("bolt", 1, 65);
  ASSERT_TRUE(alerts_.AwaitState("R13.acme.1", v1::ALERT_STATE_RESOLVED));
  ASSERT_TRUE(alerts_.AwaitState("R13.bolt.1", v1::ALERT_STATE_FIRING));
  alertmanager_.Start();
  EXPECT_TRUE(AwaitListed({"R13.bolt.1 orange firing"}));
}

TEST_F(NotifiedAlertmanager, ARestartSendsWhatIsOpenOnceItHasCaughtUp) {
  alerts_.PublishSignal("acme", 1, 50);
  ASSERT_TRUE(AwaitListed({"R13.acme.1 red firing"}));
  alerts_.Stop();
  alertmanager_.Kill();
  std::filesystem::remove_all(alertmanager_.folder() / "data");
  alertmanager_.Start();
  alerts_.Start();
  EXPECT_TRUE(AwaitListed({"R13.acme.1 red firing"}));
}

}  // namespace
}  // namespace bellwether::alerts::alertmanager_test
