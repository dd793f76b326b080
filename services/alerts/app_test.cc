#include "services/alerts/app.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/http/testing/http_receiver.h"
#include "common/rpc/status.h"
#include "common/signature/webhook_signature.h"
#include "common/testing/await.h"
#include "gmock/gmock.h"
#include "grpcpp/client_context.h"
#include "gtest/gtest.h"
#include "services/alerts/testing/alerts_deployment.h"
#include "services/alerts/testing/rules.h"

namespace bellwether::alerts::app_test {
namespace {

using bellwether::testing::Await;
using http::testing::HttpReceiver;
using http::testing::ReceivedRequest;
using http::testing::ReceiverAnswer;
using testing::AlertsDeployment;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

// Everything a watcher gets, read on demand.
class Watcher {
 public:
  Watcher(AlertsDeployment& alerts, bool include_open, const std::string& token = "",
          v1::Level minimum_level = v1::LEVEL_UNSPECIFIED) {
    v1::WatchAlertsRequest request;
    request.set_include_open(include_open);
    request.set_resume_token(token);
    request.set_minimum_level(minimum_level);
    reader_ = alerts.stub().WatchAlerts(&context_, request);
    reader_->WaitForInitialMetadata();
  }
  ~Watcher() {
    context_.TryCancel();
    reader_->Finish();
  }
  // "R13.acme.1#2 3": alert, entity version, timeline kind. Opening marks and heartbeats are passed
  // over.
  std::string Next() {
    v1::WatchAlertsResponse response;
    do {
      if (!reader_->Read(&response)) return "ended";
      if (!response.resume_token().empty()) token_ = response.resume_token();
      if (response.mark().kind() == type::v1::WATCH_MARK_KIND_SNAPSHOT_END) return "snapshot end";
    } while (response.has_mark());
    return absl::StrCat(response.change().alert().name(), "#", response.change().entity_version(),
                        " ", v1::TimelineKind_Name(response.change().entry().kind()),
                        response.open_before() ? " open before" : "");
  }
  // Reads so many changes. A watch that is opened then has them in its opening list, and only
  // there: what is stored is published a little later.
  void AwaitPublished(int changes) {
    for (; changes > 0; --changes) ASSERT_NE(Next(), "ended");
  }
  // The newest.
  const std::string& token() const { return token_; }

 private:
  grpc::ClientContext context_;
  std::string token_;
  std::unique_ptr<grpc::ClientReader<v1::WatchAlertsResponse>> reader_;
};

v1::AcknowledgeAlertRequest Acknowledge(const std::string& request_id) {
  v1::AcknowledgeAlertRequest request;
  request.set_name("alerts/R13.acme.1");
  request.set_request_id(request_id);
  return request;
}

std::string ReasonOf(const absl::Status& status) {
  const auto detail = DetailOf(status);
  return detail.has_value() ? detail->reason : status.ToString();
}

TEST(AlertsApp, AnAlertLivesFromFiringToResolved) {
  AlertsDeployment alerts;
  alerts.Start();
  alerts.PublishSignal("acme", 1, 65);
  ASSERT_TRUE(alerts.AwaitState("R13.acme.1", v1::ALERT_STATE_FIRING));
  const v1::Alert fired = *alerts.Get("R13.acme.1");
  EXPECT_EQ(fired.level(), v1::LEVEL_ORANGE);
  EXPECT_EQ(fired.priority(), 60);
  EXPECT_EQ(fired.assignee(), "li");
  EXPECT_EQ(fired.text(), "Account acme: health score 65 is below 70 (since 2023-11-15 06:13).");
  EXPECT_THAT(fired.text_zh(), HasSubstr("健康度 65"));
  EXPECT_THAT(fired.responsible_roles(),
              ElementsAre("sales-director", "customer-success-director"));

  const auto acknowledged = alerts.Acknowledge(Acknowledge("call-1"), "wang");
  ASSERT_TRUE(acknowledged.ok()) << acknowledged.status();
  EXPECT_EQ(acknowledged->state(), v1::ALERT_STATE_ACKNOWLEDGED);
  EXPECT_EQ(acknowledged->assignee(), "wang");
  EXPECT_EQ(alerts.Acknowledge(Acknowledge("call-1"), "wang")->etag(), acknowledged->etag())
      << "the same request gets the first answer";
  EXPECT_EQ(ReasonOf(alerts.Acknowledge(Acknowledge("call-1"), "zhao").status()),
            "REQUEST_ID_REUSED");
  const absl::Status late = alerts.Acknowledge(Acknowledge(""), "zhao").status();
  EXPECT_EQ(ReasonOf(late), "ALREADY_ACKNOWLEDGED");
  EXPECT_THAT(late.message(), HasSubstr("already acknowledged by wang at 2023-11-15 06:13:20"));

  alerts.clock().Advance(absl::Minutes(5));
  alerts.PublishSignal("acme", 2, 55);
  ASSERT_TRUE(alerts.AwaitState("R13.acme.1", v1::ALERT_STATE_FIRING));
  EXPECT_EQ(alerts.Get("R13.acme.1")->level(), v1::LEVEL_RED);
  alerts.PublishSignal("acme", 3, 95);
  ASSERT_TRUE(alerts.AwaitState("R13.acme.1", v1::ALERT_STATE_RESOLVED));
  std::vector<v1::TimelineKind> kinds;
  const v1::Alert resolved = *alerts.Get("R13.acme.1");
  for (const v1::TimelineEntry& entry : resolved.timeline()) {
    kinds.push_back(entry.kind());
  }
  EXPECT_THAT(kinds, ElementsAre(v1::TIMELINE_KIND_FIRED, v1::TIMELINE_KIND_ACKNOWLEDGED,
                                 v1::TIMELINE_KIND_LEVEL_RAISED, v1::TIMELINE_KIND_RESOLVED));
}

TEST(AlertsApp, ResolvingByHandNeedsACodedReasonAndThePresentEtag) {
  AlertsDeployment alerts;
  alerts.Start();
  alerts.PublishSignal("acme", 1, 75);
  ASSERT_TRUE(alerts.AwaitState("R13.acme.1", v1::ALERT_STATE_FIRING));
  v1::ResolveAlertRequest request;
  request.set_name("alerts/R13.acme.1");
  request.set_reason("BORED");
  EXPECT_EQ(ReasonOf(alerts.Resolve(request, "wang").status()), "REASON_INVALID");
  request.set_reason("HANDLED");
  request.set_etag("\"old\"");
  EXPECT_EQ(ReasonOf(alerts.Resolve(request, "wang").status()), "ETAG_MISMATCH");
  request.set_etag(alerts.Get("R13.acme.1")->etag());
  const auto resolved = alerts.Resolve(request, "wang");
  ASSERT_TRUE(resolved.ok()) << resolved.status();
  EXPECT_EQ(resolved->state(), v1::ALERT_STATE_RESOLVED);
  request.clear_etag();
  EXPECT_EQ(ReasonOf(alerts.Resolve(request, "wang").status()), "NOT_OPEN");
  request.set_name("alerts/none");
  EXPECT_EQ(ReasonOf(alerts.Resolve(request, "wang").status()), "ALERT_NOT_FOUND");
  request.set_name("none");
  EXPECT_EQ(ReasonOf(alerts.Resolve(request, "wang").status()), "NAME_INVALID");
  EXPECT_EQ(ReasonOf(alerts.Resolve(request, "").status()), "PRINCIPAL_REQUIRED");
  EXPECT_EQ(ReasonOf(alerts.Resolve(request, "system").status()), "PRINCIPAL_INVALID");
}

TEST(AlertsApp, TheBoardIsInOrderOfPriorityAndPages) {
  AlertsDeployment alerts;
  alerts.Start();
  const std::vector<double> scores = {75, 55, 65, 75, 55};
  for (size_t i = 0; i < scores.size(); ++i) {
    alerts.clock().Advance(absl::Seconds(1));
    alerts.PublishSignal(absl::StrCat("a", i), 1, scores[i]);
  }
  ASSERT_TRUE(Await([&] { return alerts.List()->alerts_size() == 5; }));
  std::vector<std::string> subjects;
  v1::ListAlertsRequest request;
  request.set_page_size(2);
  do {
    const v1::ListAlertsResponse page = *alerts.List(request);
    EXPECT_LE(page.alerts_size(), 2);
    for (const v1::Alert& alert : page.alerts()) subjects.push_back(alert.subject());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(subjects, ElementsAre("a1", "a4", "a2", "a0", "a3"));

  v1::ListAlertsRequest red;
  red.set_minimum_level(v1::LEVEL_RED);
  EXPECT_THAT(alerts.List(red)->alerts(), SizeIs(2));
  v1::ListAlertsRequest resolved;
  resolved.add_states(v1::ALERT_STATE_RESOLVED);
  EXPECT_THAT(alerts.List(resolved)->alerts(), SizeIs(0));
}

TEST(AlertsApp, WatchersGetEveryChangeOnceInOrder) {
  AlertsDeployment alerts;
  alerts.Start();
  Watcher first(alerts, /*include_open=*/true);
  EXPECT_EQ(first.Next(), "snapshot end");
  alerts.PublishSignal("acme", 1, 75);
  EXPECT_EQ(first.Next(), "alerts/R13.acme.1#1 TIMELINE_KIND_FIRED");
  Watcher second(alerts, /*include_open=*/true);
  EXPECT_EQ(second.Next(), "alerts/R13.acme.1#1 TIMELINE_KIND_FIRED open before");
  EXPECT_EQ(second.Next(), "snapshot end");
  Watcher third(alerts, /*include_open=*/false);
  alerts.PublishSignal("acme", 2, 65);
  alerts.PublishSignal("acme", 3, 95);
  for (Watcher* watcher : {&first, &second, &third}) {
    EXPECT_EQ(watcher->Next(), "alerts/R13.acme.1#2 TIMELINE_KIND_LEVEL_RAISED");
    EXPECT_EQ(watcher->Next(), "alerts/R13.acme.1#3 TIMELINE_KIND_RESOLVED");
  }
}

TEST(AlertsApp, NotificationsAreSignedAndSentOnce) {
  HttpReceiver receiver;
  AlertsDeployment alerts;
  alerts.SetWebhook(receiver.url());
  alerts.Start();
  alerts.PublishSignal("acme", 1, 55);
  ASSERT_TRUE(Await([&] { return receiver.count() == 1; }));
  const ReceivedRequest request = receiver.received()[0];
  EXPECT_TRUE(signature::VerifyWebhook(testing::kWebhookSecret,
                                       request.headers.at("bellwether-signature"), request.body,
                                       alerts.clock().Now(), absl::Minutes(5))
                  .ok());
  ASSERT_TRUE(Await([&] { return alerts.Get("R13.acme.1")->timeline_size() == 2; }));
  EXPECT_EQ(alerts.Get("R13.acme.1")->timeline(1).kind(), v1::TIMELINE_KIND_NOTIFIED);
  alerts.Stop();
  alerts.Start();
  alerts.PublishSignal("acme", 2, 95);
  ASSERT_TRUE(Await([&] { return receiver.count() == 2; }));
  EXPECT_THAT(receiver.received()[1].body, HasSubstr("TIMELINE_KIND_RESOLVED"));
  EXPECT_EQ(receiver.received()[1].headers.at("idempotency-key"), "R13.acme.1/3");
}

TEST(AlertsApp, WhatHappenedWhileItWasDownIsDecidedBeforeAnythingIsSent) {
  HttpReceiver receiver;
  AlertsDeployment alerts;
  alerts.SetWebhook(receiver.url());
  alerts.Start();
  ASSERT_TRUE(Await([&] { return alerts.app().Sending(); }));
  alerts.PublishSignal("acme", 1, 55);
  ASSERT_TRUE(Await([&] { return receiver.count() == 1; }));
  alerts.Stop();
  alerts.PublishSignal("acme", 2, 95);
  alerts.PublishSignal("bell", 1, 55);
  alerts.PublishSignal("bell", 2, 95);
  alerts.Start();
  ASSERT_TRUE(alerts.AwaitState("R13.acme.1", v1::ALERT_STATE_RESOLVED));
  ASSERT_TRUE(alerts.AwaitState("R13.bell.1", v1::ALERT_STATE_RESOLVED));
  ASSERT_TRUE(Await([&] { return receiver.count() == 4; }));
  const v1::Alert bell = *alerts.Get("R13.bell.1");
  EXPECT_EQ(bell.timeline(0).kind(), v1::TIMELINE_KIND_FIRED);
  EXPECT_EQ(bell.timeline(1).kind(), v1::TIMELINE_KIND_RESOLVED)
      << "both were decided before the first notification left";
}

TEST(AlertsApp, AReceiverThatFailsIsTriedAgain) {
  HttpReceiver receiver([](size_t before, const ReceivedRequest&) {
    if (before == 0) return ReceiverAnswer{.status = 500};
    if (before == 1) return ReceiverAnswer{.status = 429, .headers = {{"Retry-After", "5"}}};
    if (before == 2) return ReceiverAnswer{.silent = true};
    return ReceiverAnswer();
  });
  AlertsDeployment alerts;
  alerts.SetWebhook(receiver.url());
  alerts.Start();
  alerts.PublishSignal("acme", 1, 55);
  ASSERT_TRUE(Await([&] {
    alerts.clock().Advance(absl::Seconds(1));
    return receiver.count() == 4;
  }));
  for (const ReceivedRequest& request : receiver.received()) {
    EXPECT_EQ(request.headers.at("idempotency-key"), "R13.acme.1/1");
  }
  ASSERT_TRUE(Await([&] { return alerts.Get("R13.acme.1")->timeline_size() == 2; }));
  EXPECT_THAT(alerts.Get("R13.acme.1")->timeline(1).note(),
              HasSubstr("may have been received more than once"));
}

TEST(AlertsApp, UnacknowledgedItEscalatesAlsoAfterARestart) {
  AlertsDeployment alerts;
  alerts.Start();
  alerts.PublishSignal("acme", 1, 75);
  ASSERT_TRUE(alerts.AwaitState("R13.acme.1", v1::ALERT_STATE_FIRING));
  EXPECT_EQ(alerts.Get("R13.acme.1")->escalation_level(), 0);
  alerts.Stop();
  alerts.clock().Advance(absl::Hours(24) + absl::Seconds(1));
  alerts.Start();
  alerts.TickClock();
  ASSERT_TRUE(Await([&] { return alerts.Get("R13.acme.1")->escalation_level() == 1; }));
  const v1::Alert escalated = *alerts.Get("R13.acme.1");
  EXPECT_EQ(escalated.timeline(1).kind(), v1::TIMELINE_KIND_ESCALATED);
  EXPECT_EQ(escalated.timeline(1).reason(), "UNACKNOWLEDGED");
  EXPECT_EQ(escalated.level(), v1::LEVEL_YELLOW);
}

TEST(AlertsApp, UnacknowledgedItEscalatesAlsoWhileTheClockIsSilent) {  // L3
  AlertsDeployment alerts;
  alerts.Start();
  alerts.PublishSignal("acme", 1, 75);
  ASSERT_TRUE(alerts.AwaitState("R13.acme.1", v1::ALERT_STATE_FIRING));
  ASSERT_TRUE(Await([&] { return alerts.app().Sending(); }));
  alerts.clock().Advance(absl::Hours(24) + absl::Seconds(1));
  ASSERT_TRUE(Await([&] { return alerts.Get("R13.acme.1")->escalation_level() == 1; }));
}

TEST(AlertsApp, ShowsItsRulesAndItsFigures) {
  AlertsDeployment alerts;
  alerts.Start();
  grpc::ClientContext context;
  v1::ListRulesResponse rules;
  ASSERT_TRUE(alerts.stub().ListRules(&context, {}, &rules).ok());
  std::vector<std::string> ids;
  for (const v1::AlertRule& rule : rules.rules()) ids.push_back(rule.rule_id());
  EXPECT_THAT(ids, ElementsAre("R02", "R13", "R38", "R39", "R45"));
  alerts.PublishSignal("acme", 1, 55);
  ASSERT_TRUE(alerts.AwaitState("R13.acme.1", v1::ALERT_STATE_FIRING));
  EXPECT_TRUE(Await([&] {
    return absl::StrContains(alerts.metrics().Expose(), "bellwether_alerts_open{level=\"red\"} 1");
  }));
}

TEST(AlertsApp, AWatchSaysWhereTheOpeningListEnds) {  // L7: w01
  AlertsDeployment alerts;
  alerts.Start();
  Watcher empty(alerts, /*include_open=*/true);
  EXPECT_EQ(empty.Next(), "snapshot end") << "also of nothing";
  alerts.PublishSignal("acme", 1, 65);
  empty.AwaitPublished(1);
  Watcher watcher(alerts, /*include_open=*/true);
  EXPECT_EQ(watcher.Next(), "alerts/R13.acme.1#1 TIMELINE_KIND_FIRED open before");
  EXPECT_EQ(watcher.Next(), "snapshot end");
}

TEST(AlertsApp, AWatchThatBrokeOffLearnsWhatEndedMeanwhile) {  // L7: w01
  AlertsDeployment alerts;
  alerts.Start();
  Watcher unbroken(alerts, /*include_open=*/false);
  alerts.PublishSignal("acme", 1, 55);
  unbroken.AwaitPublished(1);
  std::string token;
  {
    Watcher watcher(alerts, /*include_open=*/true, "", v1::LEVEL_RED);
    EXPECT_EQ(watcher.Next(), "alerts/R13.acme.1#1 TIMELINE_KIND_FIRED open before");
    EXPECT_EQ(watcher.Next(), "snapshot end");
    token = watcher.token();
  }
  ASSERT_NE(token, "");
  alerts.clock().Advance(absl::Minutes(5));
  alerts.PublishSignal("acme", 2, 95);
  alerts.PublishSignal("bell", 1, 75);
  unbroken.AwaitPublished(2);
  Watcher again(alerts, /*include_open=*/false, token, v1::LEVEL_RED);
  std::vector<std::string> missed = {again.Next(), again.Next()};
  EXPECT_THAT(missed, ::testing::UnorderedElementsAre("alerts/R13.acme.1#2 TIMELINE_KIND_RESOLVED",
                                                      "alerts/R13.bell.1#1 TIMELINE_KIND_FIRED"));
  EXPECT_EQ(again.Next(), "snapshot end");
  EXPECT_NE(again.token(), token);
}

TEST(AlertsApp, AWatchTakenUpAgainGoesOnWithWhatItHadSeen) {  // L7: w01
  AlertsDeployment alerts;
  alerts.Start();
  Watcher unbroken(alerts, /*include_open=*/false);
  alerts.PublishSignal("acme", 1, 55);
  alerts.PublishSignal("cook", 1, 55);
  alerts.PublishSignal("bell", 1, 75);
  unbroken.AwaitPublished(3);
  alerts.clock().Advance(absl::Minutes(5));
  std::string token;
  {
    Watcher red(alerts, /*include_open=*/true, "", v1::LEVEL_RED);
    EXPECT_EQ(red.Next(), "alerts/R13.acme.1#1 TIMELINE_KIND_FIRED open before");
    EXPECT_EQ(red.Next(), "alerts/R13.cook.1#1 TIMELINE_KIND_FIRED open before");
    EXPECT_EQ(red.Next(), "snapshot end");
    alerts.PublishSignal("cook", 2, 75);
    EXPECT_EQ(red.Next(), "alerts/R13.cook.1#2 TIMELINE_KIND_LEVEL_LOWERED");
    token = red.token();
  }
  alerts.clock().Advance(absl::Minutes(5));
  Watcher again(alerts, /*include_open=*/false, token, v1::LEVEL_RED);
  EXPECT_EQ(again.Next(), "alerts/R13.cook.1#2 TIMELINE_KIND_LEVEL_LOWERED")
      << "the newest it had comes again";
  EXPECT_EQ(again.Next(), "snapshot end");
  alerts.PublishSignal("bell", 2, 95);
  unbroken.AwaitPublished(2);
  alerts.PublishSignal("acme", 2, 75);
  EXPECT_EQ(again.Next(), "alerts/R13.acme.1#2 TIMELINE_KIND_LEVEL_LOWERED")
      << "and of one that was never red nothing is said";
  alerts.PublishSignal("cook", 3, 95);
  EXPECT_EQ(again.Next(), "alerts/R13.cook.1#3 TIMELINE_KIND_RESOLVED") << "no ghost stays";
}

TEST(AlertsApp, AWatchIsTakenUpAgainAfterARestart) {  // L7: w01
  AlertsDeployment alerts;
  alerts.Start();
  std::string token;
  {
    Watcher first(alerts, /*include_open=*/false);
    alerts.PublishSignal("acme", 1, 55);
    first.AwaitPublished(1);
  }
  {
    Watcher watcher(alerts, /*include_open=*/true);
    EXPECT_EQ(watcher.Next(), "alerts/R13.acme.1#1 TIMELINE_KIND_FIRED open before");
    EXPECT_EQ(watcher.Next(), "snapshot end");
    token = watcher.token();
  }
  alerts.Stop();
  alerts.clock().Advance(absl::Minutes(5));
  alerts.PublishSignal("acme", 2, 95);
  alerts.PublishSignal("bell", 1, 55);
  alerts.Start();
  ASSERT_TRUE(alerts.AwaitState("R13.acme.1", v1::ALERT_STATE_RESOLVED));
  ASSERT_TRUE(alerts.AwaitState("R13.bell.1", v1::ALERT_STATE_FIRING));
  Watcher again(alerts, /*include_open=*/false, token);
  const std::vector<std::string> missed = {again.Next(), again.Next()};
  EXPECT_THAT(missed, ::testing::UnorderedElementsAre("alerts/R13.acme.1#2 TIMELINE_KIND_RESOLVED",
                                                      "alerts/R13.bell.1#1 TIMELINE_KIND_FIRED"));
  EXPECT_EQ(again.Next(), "snapshot end");
}

TEST(AlertsApp, AWatchWhoseTokenIsNotTakenUpOpensAnewAndSaysWhy) {  // L7
  AlertsDeployment alerts;
  alerts.Start();
  Watcher unbroken(alerts, /*include_open=*/false);
  alerts.PublishSignal("acme", 1, 65);
  unbroken.AwaitPublished(1);
  const auto opens_with = [&](const std::string& token, bool include_open = false) {
    grpc::ClientContext context;
    v1::WatchAlertsRequest request;
    request.set_resume_token(token);
    request.set_include_open(include_open);
    const auto reader = alerts.stub().WatchAlerts(&context, request);
    v1::WatchAlertsResponse response;
    EXPECT_TRUE(reader->Read(&response));
    std::string kind = type::v1::WatchMarkKind_Name(response.mark().kind());
    kind.erase(0, std::string("WATCH_MARK_KIND_").size());
    std::string opening = absl::StrCat(kind, " ", response.mark().reason());
    if (response.mark().kind() == type::v1::WATCH_MARK_KIND_SNAPSHOT) {
      EXPECT_TRUE(reader->Read(&response));
      EXPECT_EQ(response.change().alert().name(), "alerts/R13.acme.1");
      EXPECT_TRUE(response.open_before());
    }
    context.TryCancel();
    reader->Finish();
    return opening;
  };
  EXPECT_EQ(opens_with(""), "CHANGES_ONLY ");
  EXPECT_EQ(opens_with("", /*include_open=*/true), "SNAPSHOT ");
  EXPECT_EQ(opens_with("made up"), "SNAPSHOT RESUME_TOKEN_INVALID");
  EXPECT_EQ(opens_with("w1."), "SNAPSHOT RESUME_TOKEN_INVALID");
  EXPECT_EQ(opens_with("w1.1000000"), "SNAPSHOT RESUME_TOKEN_TOO_OLD");
  EXPECT_EQ(opens_with("w1.-1"), "SNAPSHOT RESUME_TOKEN_TOO_OLD");
  const auto token_at = [&](absl::Duration from_now) {
    return absl::StrCat("w1.", absl::ToUnixMicros(alerts.clock().Now() + from_now));
  };
  EXPECT_EQ(opens_with(token_at(-absl::Hours(24))), "RESUMED ");
  EXPECT_EQ(opens_with(token_at(-absl::Hours(24) - absl::Microseconds(1))),
            "SNAPSHOT RESUME_TOKEN_TOO_OLD");
  EXPECT_EQ(opens_with(token_at(absl::Hours(24))), "SNAPSHOT RESUME_TOKEN_INVALID")
      << "everything until then would be missed";
}

TEST(AlertsApp, ARuleOrLevelThatThereIsNotIsAnErrorThatNamesThoseThereAre) {
  AlertsDeployment alerts;
  alerts.Start();
  v1::ListAlertsRequest request;
  request.set_rule_id("none-such");
  const auto listed = alerts.List(request);
  EXPECT_EQ(ReasonOf(listed.status()), "RULE_UNKNOWN");
  EXPECT_THAT(std::string(listed.status().message()), HasSubstr("R13"));
  request.set_rule_id("R13");
  EXPECT_TRUE(alerts.List(request).ok());
  request.set_subject_type(static_cast<events::v1::SubjectType>(99));
  EXPECT_EQ(ReasonOf(alerts.List(request).status()), "SUBJECT_TYPE_INVALID");
  request.set_minimum_level(static_cast<v1::Level>(7));
  EXPECT_EQ(ReasonOf(alerts.List(request).status()), "LEVEL_INVALID");
  for (const int level : {99, 257}) {
    v1::WatchAlertsRequest watch;
    watch.set_minimum_level(static_cast<v1::Level>(level));
    grpc::ClientContext context;
    rpc::Prepare(context, absl::Seconds(30));
    const auto reader = alerts.stub().WatchAlerts(&context, watch);
    v1::WatchAlertsResponse response;
    EXPECT_FALSE(reader->Read(&response)) << response.ShortDebugString();
    EXPECT_EQ(ReasonOf(rpc::FromGrpcStatus(reader->Finish())), "LEVEL_INVALID") << level;
  }
}

}  // namespace
}  // namespace bellwether::alerts::app_test
