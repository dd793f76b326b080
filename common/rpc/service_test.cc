#include "common/rpc/service.h"

#include "common/log/log.h"
#include "common/rpc/metadata_text.h"
#include "common/rpc/testing/server_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::rpc::service_test {
namespace {

using ::testing::HasSubstr;

using ServiceTest = ServerTest;

TEST_F(ServiceTest, SendsReasonFieldAndRuleInDetailsAndTrailingMetadata) {
  Start();
  grpc::ClientContext context;
  v1::GetAlertRequest request;
  request.set_name("absent");
  v1::Alert alert;
  const absl::Status status = FromGrpcStatus(stub_->GetAlert(&context, request, &alert));
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(DetailOf(status)->reason, "ALERT_NOT_FOUND");
  const auto& trailer = context.GetServerTrailingMetadata();
  const auto value = [&](const char* name) {
    const auto found = trailer.find(name);
    return found == trailer.end() ? std::string()
                                  : std::string(found->second.data(), found->second.size());
  };
  EXPECT_EQ(value(kReasonMetadata), "ALERT_NOT_FOUND");
  EXPECT_EQ(value(kFieldMetadata), "name");
  EXPECT_EQ(value(kRuleMetadata), "L3");
}

TEST_F(ServiceTest, SurvivesAHandlerThatThrowsAndHidesItsText) {
  LogCapture capture([](absl::string_view) {});
  Start();
  const absl::Status status = Get("throw").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(status.message()), ::testing::Not(HasSubstr("hunter2")));
  EXPECT_TRUE(Get("a").ok());
}

TEST_F(ServiceTest, CarriesTheCallersTraceIntoTheHandler) {
  Start();
  const TraceContext trace = NewTrace();
  const TraceScope scope(trace);
  EXPECT_EQ(Get("a")->text(), trace.TraceIdHex());
}

TEST_F(ServiceTest, AnswersResourceExhaustedWhenThePoolIsFull) {
  Start({.threads = 1, .queued_max = 1});
  std::jthread waiting([&] { EXPECT_TRUE(Get("wait").ok()); });
  ASSERT_TRUE(service_->waiting.WaitForNotificationWithTimeout(kDeadline));
  std::jthread queued([&] { EXPECT_TRUE(Get("queued").ok()); });
  ASSERT_TRUE(Await([&] { return pool_->queued() == 1; }));
  const absl::Status refused = Get("one too many").status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(DetailOf(refused)->reason, "POOL_FULL");
  service_->may_answer.Notify();
}

TEST_F(ServiceTest, DoesNotRunACallWhoseDeadlineHasPassed) {
  Start();
  std::jthread waiting([&] { EXPECT_TRUE(Get("wait").ok()); });
  ASSERT_TRUE(service_->waiting.WaitForNotificationWithTimeout(kDeadline));
  absl::Status late;
  std::jthread queued([&] { late = Get("late").status(); });
  ASSERT_TRUE(Await([&] { return pool_->queued() == 1; }));
  clock_.ahead = absl::Hours(1);
  service_->may_answer.Notify();
  queued.join();
  EXPECT_EQ(late.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(DetailOf(late)->reason, "DEADLINE_EXCEEDED");
  EXPECT_EQ(service_->calls, 1);
}

TEST_F(ServiceTest, DoesNotRunACallThatWasCancelled) {
  // The server learns of a cancellation at some time after the client: if not by the time the pool
  // comes to the call, then in another attempt.
  const auto attempt = [&] {
    Start();
    std::jthread waiting([&] { EXPECT_TRUE(Get("wait").ok()); });
    EXPECT_TRUE(service_->waiting.WaitForNotificationWithTimeout(kDeadline));
    grpc::ClientContext context;
    Prepare(context, kDeadline);
    std::jthread cancelled([&] {
      v1::GetAlertRequest request;
      request.set_name("cancelled");
      v1::Alert alert;
      EXPECT_EQ(stub_->GetAlert(&context, request, &alert).error_code(),
                grpc::StatusCode::CANCELLED);
    });
    EXPECT_TRUE(Await([&] { return pool_->queued() == 1; }));
    context.TryCancel();
    cancelled.join();
    service_->may_answer.Notify();
    waiting.join();
    EXPECT_TRUE(Get("next").ok());
    const int calls = service_->calls;
    TearDown();
    return calls == 2;
  };
  EXPECT_TRUE(Await(attempt));
}

TEST_F(ServiceTest, CountsRequestsErrorsAndTimePerMethod) {
  Start();
  ASSERT_TRUE(Get("a").ok());
  ASSERT_FALSE(Get("absent").ok());
  const std::string text = metrics_.Expose();
  const std::string labels = "method=\"GetAlert\",service=\"bellwether.alerts.v1.AlertsService\"";
  EXPECT_THAT(text, HasSubstr(absl::StrCat("requests_total{code=\"OK\",", labels, "} 1")));
  EXPECT_THAT(text, HasSubstr(absl::StrCat("requests_total{code=\"NOT_FOUND\",", labels, "} 1")));
  EXPECT_THAT(text, HasSubstr("reason=\"ALERT_NOT_FOUND\""));
  EXPECT_THAT(text, HasSubstr(absl::StrCat("bellwether_rpc_seconds_count{", labels, "} 2")));
}

TEST_F(ServiceTest, CountsStreamsByHowTheyEnded) {
  Start();
  grpc::ClientContext context;
  Prepare(context, kDeadline);
  auto reader = stub_->WatchAlerts(&context, {});
  reader->WaitForInitialMetadata();
  service_->hub.EndAll(Error(absl::StatusCode::kUnavailable, {"CHANGES_MISSED", "", ""}, "again"));
  reader->Finish();
  EXPECT_THAT(metrics_.Expose(),
              HasSubstr("requests_total{code=\"UNAVAILABLE\",method=\"WatchAlerts\","));
}

TEST_F(ServiceTest, RefusesBytesThatAreNoRequestByTheirName) {
  Start();
  std::string response;
  for (const char* method : {"GetAlert", "WatchAlerts"}) {
    const absl::Status status = FromGrpcStatus(Call(
        absl::StrCat("/", v1::AlertsService::service_full_name(), "/", method), "\xff", response));
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << method;
    EXPECT_EQ(DetailOf(status)->reason, "MALFORMED_REQUEST") << method;
  }
}

class PrincipalTest : public ServerTest {
 protected:
  // Who the server takes the caller for, or the reason it refuses by.
  std::string Ask(absl::string_view name, const std::vector<std::string>& principals) {
    grpc::ClientContext context;
    Prepare(context, kDeadline);
    for (const std::string& principal : principals) {
      context.AddMetadata(kPrincipalMetadata, principal);
    }
    v1::Alert alert;
    grpc::Status status;
    if (name == "AcknowledgeAlert") {
      status = stub_->AcknowledgeAlert(&context, {}, &alert);
    } else {
      v1::GetAlertRequest request;
      request.set_name("who");
      status = stub_->GetAlert(&context, request, &alert);
    }
    return status.ok() ? alert.text() : DetailOf(FromGrpcStatus(status))->reason;
  }
};

TEST_F(PrincipalTest, IsWhoTheCallerSaysItIs) {
  Start();
  EXPECT_EQ(Ask("GetAlert", {"li.na"}), "li.na");
  EXPECT_EQ(Ask("GetAlert", {"%E6%9D%8E%E5%A8%9C"}), "李娜");
  EXPECT_EQ(Ask("GetAlert", {std::string(kPrincipalBytesMax, 'x')}),
            std::string(kPrincipalBytesMax, 'x'));
  EXPECT_EQ(Ask("AcknowledgeAlert", {"li.na"}), "li.na");
}

TEST_F(PrincipalTest, IsAnonymousUnlessTheMethodIsForPeople) {
  Start();
  EXPECT_EQ(Ask("GetAlert", {}), kAnonymous);
  EXPECT_EQ(Ask("AcknowledgeAlert", {}), "PRINCIPAL_REQUIRED");
}

TEST_F(PrincipalTest, IsNoneThatNobodyMayHave) {
  Start();
  for (const std::string& principal :
       {std::string(kSystem), std::string(kAnonymous), std::string(), std::string("%0A"),
        std::string("%FF"), std::string("50%"), std::string(kPrincipalBytesMax + 1, 'x')}) {
    EXPECT_EQ(Ask("GetAlert", {principal}), "PRINCIPAL_INVALID") << principal;
  }
  // Nor one that looks like another's: an assignee, and who did it in the audit table.
  for (const char* principal : {"system\u200B", "li.na\u202E", "li\U000E0061.na", "\u0301",
                                "\u3000", "li.na ", "li  na", "li\u00A0na", "\uFE0F"}) {
    EXPECT_EQ(Ask("GetAlert", {EncodeMetadataText(principal)}), "PRINCIPAL_INVALID") << principal;
  }
  EXPECT_EQ(Ask("GetAlert", {"li.na", "wang.wei"}), "PRINCIPAL_INVALID") << "two at once";
}

TEST_F(ServiceTest, TakesAnEffectiveTimeOnlyForCommandsOfIngest) {
  Start();
  grpc::ClientContext read, person;
  SetEffectiveTime(read, absl::UnixEpoch());
  SetEffectiveTime(person, absl::UnixEpoch());
  SetPrincipal(person, "li.na");
  v1::Alert alert;
  EXPECT_EQ(DetailOf(FromGrpcStatus(stub_->GetAlert(&read, {}, &alert)))->reason,
            "EFFECTIVE_TIME_NOT_ALLOWED");
  EXPECT_EQ(DetailOf(FromGrpcStatus(stub_->AcknowledgeAlert(&person, {}, &alert)))->reason,
            "EFFECTIVE_TIME_NOT_ALLOWED");
}

TEST_F(ServiceTest, PagesAndRefusesAMalformedPageToken) {
  Start();
  const auto list = [&](const std::string& token, v1::ListAlertsResponse* page) {
    grpc::ClientContext context;
    v1::ListAlertsRequest request;
    request.set_page_token(token);
    return FromGrpcStatus(stub_->ListAlerts(&context, request, page));
  };
  v1::ListAlertsResponse page;
  ASSERT_TRUE(list("", &page).ok());
  const std::string token = page.next_page_token();
  ASSERT_TRUE(list(token, &page).ok());
  EXPECT_EQ(page.alerts(0).name(), "after:7");
  const absl::Status status = list(token.substr(1), &page);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(DetailOf(status)->reason, "PAGE_TOKEN_INVALID");
}

}  // namespace
}  // namespace bellwether::rpc::service_test
