#include "services/alerts/adapters/webhook_sender.h"

#include <algorithm>
#include <memory>
#include <stop_token>

#include "common/http/testing/http_receiver.h"
#include "common/outbox/outbox.h"
#include "common/outbox/relay.h"
#include "common/outbox/testing/scripted_bus.h"
#include "common/signature/webhook_signature.h"
#include "common/store/testing/test_database.h"
#include "common/stream/testing/faulty_store.h"
#include "common/testing/fake_clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/alerts/adapters/sql_board.h"
#include "services/alerts/testing/folded_alerts.h"
#include "services/alerts/testing/rules.h"
#include "services/alerts/testing/signals.h"

namespace bellwether::alerts::webhook_sender_test {
namespace {

using for_tests::kStart;
using http::testing::HttpReceiver;
using http::testing::ReceivedRequest;
using http::testing::ReceiverAnswer;
using ::testing::HasSubstr;

constexpr char kSecret[] = "a secret of 24 characters";
// Longer than the lease of a receiver.
constexpr absl::Duration kLongFreeze = absl::Minutes(1);

// A store with one firing alert and a sender that is stepped by hand.
class WebhookSenderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(CreateTables(*store_).ok());
    ASSERT_TRUE(outbox::CreateTables(*store_).ok());
    ASSERT_TRUE(lease::CreateTables(*store_).ok());
    context_.policy.targets = {{.name = "ops"}};
  }

  void Change(ChangeKind kind, Level level) {
    ConditionChange change{.kind = kind,
                           .rule_id = "R13",
                           .subject = "acme",
                           .level = level,
                           .at = clock_.Now(),
                           .since = clock_.Now(),
                           .reason = VerdictReason::kThresholdCrossed};
    auto transaction = *store_->Begin();
    SqlCaseRows rows(*transaction, context_);
    ASSERT_TRUE(book_.ApplyChanges(rows, 0, {change}, clock_.Now()).ok());
    ASSERT_TRUE(transaction->Commit().ok());
  }

  std::unique_ptr<WebhookSender> SenderTo(const std::string& url,
                                          absl::Duration timeout = absl::Milliseconds(300)) {
    return SenderOf("test", *store_, url, timeout);
  }
  // Of a replica of that name.
  std::unique_ptr<WebhookSender> SenderOf(const std::string& owner, store::Store& store,
                                          const std::string& url,
                                          absl::Duration timeout = absl::Milliseconds(300)) {
    return std::make_unique<WebhookSender>(
        WebhookTarget{{.name = "ops"}, *http::ParseUrl(url), kSecret}, store, clock_, http_, book_,
        context_, registry_,
        WebhookSenderOptions{.owner = owner, .policy = {.failures_max = 4}, .timeout = timeout});
  }

  v1::Alert Alert() {
    auto transaction = *store_->BeginRead();
    return *ReadAlert(*transaction, context_.policy, "R13.acme.1");
  }
  v1::TimelineEntry Last() {
    const v1::Alert alert = Alert();
    return alert.timeline(alert.timeline_size() - 1);
  }
  int64_t CountOf(v1::TimelineKind kind) {
    const v1::Alert alert = Alert();
    return std::count_if(alert.timeline().begin(), alert.timeline().end(),
                         [kind](const v1::TimelineEntry& entry) { return entry.kind() == kind; });
  }

  const std::unique_ptr<store::Store> store_ = store::testing::NewScratchStore();
  bellwether::testing::FakeClock clock_{kStart};
  const http::Client http_;
  metrics::Registry registry_;
  const RuleSet rules_{{for_tests::R13()}};
  CaseRowsContext context_{.policy = for_tests::Policy()};
  const CaseBook book_{rules_, context_.policy};
};

TEST_F(WebhookSenderTest, SendsASignedBodyAndNotesItInTheTimeline) {
  HttpReceiver receiver;
  Change(ChangeKind::kFired, Level::kRed);
  const auto sender = SenderTo(receiver.url("/hooks?from=bellwether"));
  EXPECT_EQ(*sender->SendNext(), absl::ZeroDuration());
  ASSERT_EQ(receiver.count(), 1u);
  const ReceivedRequest request = receiver.received()[0];
  EXPECT_EQ(request.target, "/hooks?from=bellwether");
  EXPECT_EQ(request.headers.at("idempotency-key"), "R13.acme.1/1");
  EXPECT_EQ(request.headers.at("content-type"), "application/json");
  EXPECT_FALSE(request.headers.contains("bellwether-possible-repeat"));
  EXPECT_TRUE(signature::VerifyWebhook(kSecret, request.headers.at("bellwether-signature"),
                                       request.body, clock_.Now(), absl::Minutes(5))
                  .ok());
  EXPECT_THAT(request.body, HasSubstr("\"ALERT_STATE_FIRING\""));
  EXPECT_THAT(request.body, HasSubstr("\"TIMELINE_KIND_FIRED\""));
  EXPECT_EQ(Last().kind(), v1::TIMELINE_KIND_NOTIFIED);
  EXPECT_GT(*sender->SendNext(), absl::ZeroDuration()) << "nothing is left to send";
  EXPECT_EQ(receiver.count(), 1u);
}

TEST_F(WebhookSenderTest, RetriesWithBackoffAndTheSameKey) {
  HttpReceiver receiver([](size_t before, const ReceivedRequest&) {
    return ReceiverAnswer{.status = before == 0 ? 500 : 204};
  });
  Change(ChangeKind::kFired, Level::kRed);
  const auto sender = SenderTo(receiver.url());
  ASSERT_TRUE(sender->SendNext().ok());
  EXPECT_GT(*sender->SendNext(), absl::ZeroDuration()) << "not before its time";
  EXPECT_EQ(receiver.count(), 1u);
  clock_.Advance(absl::Seconds(1));
  ASSERT_TRUE(sender->SendNext().ok());
  ASSERT_EQ(receiver.count(), 2u);
  EXPECT_EQ(receiver.received()[0].headers.at("idempotency-key"),
            receiver.received()[1].headers.at("idempotency-key"));
  EXPECT_EQ(receiver.received()[0].body, receiver.received()[1].body);
  EXPECT_FALSE(receiver.received()[1].headers.contains("bellwether-possible-repeat"))
      << "the receiver said itself that it failed";
  EXPECT_EQ(Last().kind(), v1::TIMELINE_KIND_NOTIFIED);
}

TEST_F(WebhookSenderTest, HonoursRetryAfter) {
  HttpReceiver receiver([](size_t before, const ReceivedRequest&) {
    if (before > 0) return ReceiverAnswer();
    return ReceiverAnswer{.status = 429, .headers = {{"Retry-After", "120"}}};
  });
  Change(ChangeKind::kFired, Level::kRed);
  const auto sender = SenderTo(receiver.url());
  ASSERT_TRUE(sender->SendNext().ok());
  clock_.Advance(absl::Seconds(119));
  ASSERT_TRUE(sender->SendNext().ok());
  EXPECT_EQ(receiver.count(), 1u);
  clock_.Advance(absl::Seconds(1));
  ASSERT_TRUE(sender->SendNext().ok());
  EXPECT_EQ(receiver.count(), 2u);
}

TEST_F(WebhookSenderTest, ADeliveryThatKeepsFailingIsVisibleAndInTheEndGivenUp) {
  HttpReceiver receiver(
      [](size_t, const ReceivedRequest&) { return ReceiverAnswer{.status = 503}; });
  Change(ChangeKind::kFired, Level::kRed);
  const auto sender = SenderTo(receiver.url());
  for (int attempt = 1; attempt <= 3; ++attempt) {
    ASSERT_TRUE(sender->SendNext().ok());
    clock_.Advance(absl::Minutes(10));
  }
  EXPECT_EQ(Last().kind(), v1::TIMELINE_KIND_NOTIFICATION_FAILED);
  EXPECT_THAT(Last().note(), HasSubstr("still trying"));
  ASSERT_TRUE(sender->SendNext().ok());
  EXPECT_EQ(Last().reason(), "ATTEMPTS_EXHAUSTED");
  EXPECT_THAT(Last().note(), HasSubstr("HTTP 503"));
  clock_.Advance(absl::Hours(1));
  ASSERT_TRUE(sender->SendNext().ok());
  EXPECT_EQ(receiver.count(), 4u);
  EXPECT_THAT(registry_.Expose(),
              HasSubstr("bellwether_alerts_delivery_attempts_total{outcome=\"ATTEMPTS_EXHAUSTED\","
                        "target=\"ops\"} 1"));
}

TEST_F(WebhookSenderTest, ARefusalIsNotRepeated) {
  HttpReceiver receiver(
      [](size_t, const ReceivedRequest&) { return ReceiverAnswer{.status = 400}; });
  Change(ChangeKind::kFired, Level::kRed);
  const auto sender = SenderTo(receiver.url());
  ASSERT_TRUE(sender->SendNext().ok());
  clock_.Advance(absl::Hours(1));
  ASSERT_TRUE(sender->SendNext().ok());
  EXPECT_EQ(receiver.count(), 1u);
  EXPECT_EQ(Last().reason(), "REFUSED");
}

TEST_F(WebhookSenderTest, SilenceIsCalledAmbiguousAlsoOnceItIsDelivered) {
  HttpReceiver receiver(
      [](size_t before, const ReceivedRequest&) { return ReceiverAnswer{.silent = before == 0}; });
  Change(ChangeKind::kFired, Level::kRed);
  const auto sender = SenderTo(receiver.url());
  ASSERT_TRUE(sender->SendNext().ok());
  EXPECT_THAT(registry_.Expose(), HasSubstr("outcome=\"NO_ANSWER\""));
  clock_.Advance(absl::Minutes(1));
  ASSERT_TRUE(sender->SendNext().ok());
  EXPECT_EQ(receiver.received()[1].headers.at("bellwether-possible-repeat"), "true");
  EXPECT_EQ(Last().kind(), v1::TIMELINE_KIND_NOTIFIED);
  EXPECT_THAT(Last().note(), HasSubstr("may have been received more than once"));
}

TEST_F(WebhookSenderTest, AnAttemptInterruptedByACrashIsRepeatedAndAmbiguous) {
  HttpReceiver receiver;
  Change(ChangeKind::kFired, Level::kRed);
  {
    auto transaction = *store_->Begin();
    ASSERT_TRUE(ClaimDelivery(*transaction, "ops", clock_.Now(), clock_.Now() + absl::Seconds(10))
                    ->delivery.has_value());
    ASSERT_TRUE(transaction->Commit().ok());
  }
  // Here the process died: nobody knows whether the request left.
  const auto sender = SenderTo(receiver.url());
  ASSERT_TRUE(sender->SendNext().ok());
  EXPECT_EQ(receiver.count(), 0u) << "the attempt may still be under way elsewhere";
  clock_.Advance(absl::Seconds(10));
  ASSERT_TRUE(sender->SendNext().ok());
  ASSERT_EQ(receiver.count(), 1u);
  EXPECT_EQ(receiver.received()[0].headers.at("bellwether-possible-repeat"), "true");
  EXPECT_THAT(Last().note(), HasSubstr("may have been received more than once"));
}

TEST_F(WebhookSenderTest, AnAttemptBrokenOffByAStopIsRepeatedAndAmbiguous) {
  std::stop_source stop;
  HttpReceiver receiver([&](size_t before, const ReceivedRequest&) {
    if (before == 0) stop.request_stop();
    return ReceiverAnswer{.silent = before == 0};
  });
  Change(ChangeKind::kFired, Level::kRed);
  const auto sender = SenderTo(receiver.url(), absl::Minutes(1));
  ASSERT_TRUE(sender->SendNext(stop.get_token()).ok());
  EXPECT_EQ(Alert().timeline_size(), 1) << "how it ended is not known";
  clock_.Advance(absl::Minutes(2));
  ASSERT_TRUE(SenderTo(receiver.url())->SendNext().ok());
  ASSERT_EQ(receiver.count(), 2u);
  EXPECT_EQ(receiver.received()[1].headers.at("bellwether-possible-repeat"), "true");
}

TEST_F(WebhookSenderTest, KeepsTheOrderOfAnAlertAndLetsOthersPass) {
  HttpReceiver receiver([](size_t before, const ReceivedRequest&) {
    return ReceiverAnswer{.status = before == 0 ? 500 : 200};
  });
  Change(ChangeKind::kFired, Level::kYellow);
  Change(ChangeKind::kRaised, Level::kRed);
  const auto sender = SenderTo(receiver.url());
  ASSERT_TRUE(sender->SendNext().ok());
  ASSERT_TRUE(sender->SendNext().ok());
  EXPECT_EQ(receiver.count(), 1u) << "the raise waits for what came before";
  clock_.Advance(absl::Minutes(1));
  ASSERT_TRUE(sender->SendNext().ok());
  ASSERT_TRUE(sender->SendNext().ok());
  const auto received = receiver.received();
  ASSERT_EQ(received.size(), 3u);
  EXPECT_EQ(received[1].headers.at("idempotency-key"), "R13.acme.1/1");
  EXPECT_EQ(received[2].headers.at("idempotency-key"), "R13.acme.1/2");
}

TEST_F(WebhookSenderTest, AReceiverNotifiedOfAnAlertIsNotifiedOfItsEnd) {
  HttpReceiver receiver;
  context_.policy.targets[0].minimum_level = Level::kRed;
  const auto sender = SenderTo(receiver.url());
  Change(ChangeKind::kFired, Level::kYellow);
  EXPECT_GT(*sender->SendNext(), absl::ZeroDuration()) << "too mild for this receiver";
  Change(ChangeKind::kRaised, Level::kRed);
  Change(ChangeKind::kLowered, Level::kYellow);
  Change(ChangeKind::kCleared, Level::kNone);
  while (*sender->SendNext() == absl::ZeroDuration()) {
  }
  EXPECT_EQ(receiver.count(), 3u);
  EXPECT_THAT(receiver.received()[2].body, HasSubstr("TIMELINE_KIND_RESOLVED"));
}

TEST_F(WebhookSenderTest, OnlyTheHolderOfTheLeaseSends) {
  HttpReceiver receiver;
  Change(ChangeKind::kFired, Level::kRed);
  lease::Lease other(*store_, clock_, {.name = "alerts-webhook-ops", .owner = "another replica"});
  ASSERT_TRUE(*other.Hold());
  const auto sender = SenderTo(receiver.url());
  EXPECT_GT(*sender->SendNext(), absl::ZeroDuration());
  EXPECT_EQ(receiver.count(), 0u);
  ASSERT_TRUE(other.Release().ok());
  EXPECT_EQ(*sender->SendNext(), absl::ZeroDuration());
  EXPECT_EQ(receiver.count(), 1u);
}

TEST_F(WebhookSenderTest, ASenderFrozenBetweenItsClaimAndItsRequestSendsNothing) {
  HttpReceiver receiver;
  Change(ChangeKind::kFired, Level::kRed);
  const auto other = SenderOf("other", *store_, receiver.url());
  stream::testing::FaultyStore store(*store_);
  const auto sender = SenderOf("frozen", store, receiver.url());
  int commits = 0;
  store.committed = [&] {
    if (++commits != 2) return;  // the lease, and then the claim
    clock_.Advance(kLongFreeze);
    EXPECT_TRUE(other->SendNext().ok());
  };
  EXPECT_TRUE(sender->SendNext().ok());
  ASSERT_EQ(commits, 2);
  const auto received = receiver.received();
  ASSERT_EQ(received.size(), 1u);
  EXPECT_EQ(received[0].headers.at("bellwether-possible-repeat"), "true");
  EXPECT_EQ(CountOf(v1::TIMELINE_KIND_NOTIFIED), 1);
  clock_.Advance(kLongFreeze);
  EXPECT_TRUE(sender->SendNext().ok());
  EXPECT_EQ(receiver.count(), 1u) << "nothing is left to send";
}

// Two receivers stand for one, so that the second attempt need not wait for the end of the first.
class OvertakenAttemptTest : public WebhookSenderTest {
 protected:
  // The first attempt is answered so, but only after another sender has had its own answered with
  // success and recorded that.
  void AnswerLate(int status) {
    HttpReceiver second_receiver;
    const auto second = SenderOf("second", *store_, second_receiver.url());
    Change(ChangeKind::kFired, Level::kRed);
    {
      HttpReceiver first_receiver([&](size_t, const ReceivedRequest&) {
        clock_.Advance(kLongFreeze);
        EXPECT_TRUE(second->SendNext().ok());
        return ReceiverAnswer{.status = status};
      });
      EXPECT_TRUE(SenderOf("first", *store_, first_receiver.url())->SendNext().ok());
    }  // also when the first has not waited for its answer, the second has done its part
    ASSERT_EQ(second_receiver.count(), 1u);
    EXPECT_EQ(second_receiver.received()[0].headers.at("bellwether-possible-repeat"), "true");
    clock_.Advance(kLongFreeze);
    EXPECT_TRUE(second->SendNext().ok());
    EXPECT_EQ(second_receiver.count(), 1u) << "what is delivered stays so";
  }
};

TEST_F(OvertakenAttemptTest, ItsLateFailureDoesNotUndoTheDelivery) {
  AnswerLate(500);
  EXPECT_EQ(Last().kind(), v1::TIMELINE_KIND_NOTIFIED);
}

TEST_F(OvertakenAttemptTest, ItsLateSuccessIsNotNotedOnceMore) {
  AnswerLate(200);
  EXPECT_EQ(CountOf(v1::TIMELINE_KIND_NOTIFIED), 1);
}

TEST_F(OvertakenAttemptTest, ItsLateRefusalDoesNotEndWhatAnotherIsSending) {
  Change(ChangeKind::kFired, Level::kRed);
  const auto transaction = *store_->Begin();
  const absl::Time due = clock_.Now();
  const Delivery late = *ClaimDelivery(*transaction, "ops", due, due)->delivery;
  const Delivery newer = *ClaimDelivery(*transaction, "ops", due, due)->delivery;
  const DeliveryVerdict refused{.end = DeliveryEnd::kGivenUp, .reason = kRefused, .failure = true};
  EXPECT_FALSE(*RecordAttempt(*transaction, late, refused, due));
  EXPECT_TRUE(*RecordAttempt(*transaction, newer, refused, due));
  EXPECT_FALSE(*RecordAttempt(*transaction, newer, refused, due)) << "it has ended";
}

TEST_F(WebhookSenderTest, NoConnectionIsCertainlyNotReceived) {
  std::string url;
  {
    HttpReceiver gone;
    url = gone.url();
  }
  Change(ChangeKind::kFired, Level::kRed);
  const auto sender = SenderTo(url);
  ASSERT_TRUE(sender->SendNext().ok());
  EXPECT_THAT(registry_.Expose(), HasSubstr("outcome=\"UNREACHABLE\""));
}

TEST(CrashBetweenCommitAndSending, WhatWasCommittedIsSentByTheNextProcess) {
  testing::FoldedAlerts alerts({for_tests::R13()});
  ASSERT_TRUE(lease::CreateTables(alerts.store()).ok());
  alerts.Append("acme", testing::SignalRecord(
                            testing::SignalOf("acme", 1, kStart, testing::Score(55)), kStart));
  alerts.Boot();
  alerts.CatchUp();
  alerts.Crash();

  HttpReceiver receiver;
  metrics::Registry registry;
  const http::Client client;
  const RuleSet rules({for_tests::R13()});
  CaseRowsContext context{.policy = for_tests::Policy()};
  context.policy.targets = {{.name = "ops"}};
  const CaseBook book(rules, context.policy);
  WebhookSender sender({{.name = "ops"}, *http::ParseUrl(receiver.url()), kSecret}, alerts.store(),
                       alerts.clock(), client, book, context, registry, {.owner = "next process"});
  while (*sender.SendNext() == absl::ZeroDuration()) {
  }
  ASSERT_EQ(receiver.count(), 1u);
  EXPECT_EQ(receiver.received()[0].headers.at("idempotency-key"), "R13.acme.1/1");

  outbox::ScriptedBus bus;
  outbox::Relay relay(alerts.store(), bus, alerts.clock(), registry,
                      std::make_unique<outbox::StampNow>(),
                      {.service = "alerts", .owner = "next process"});
  while (relay.RunRound()->sent > 0) {
  }
  ASSERT_EQ(bus.published().size(), 1u);
  v1::AlertChanged changed;
  ASSERT_TRUE(changed.ParseFromString(bus.published()[0].message.value));
  EXPECT_EQ(changed.alert().name(), "alerts/R13.acme.1");
  EXPECT_EQ(bus.published()[0].message.key, "acme");
}

}  // namespace
}  // namespace bellwether::alerts::webhook_sender_test
