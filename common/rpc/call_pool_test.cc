#include "common/rpc/call_pool.h"

#include "common/log/log.h"
#include "common/rpc/testing/server_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::rpc::call_pool_test {
namespace {

using ::testing::HasSubstr;

using CallPoolTest = ServerTest;

TEST_F(CallPoolTest, SendsReasonFieldAndRuleInDetailsAndTrailingMetadata) {
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

TEST_F(CallPoolTest, SurvivesAHandlerThatThrowsAndHidesItsText) {
  LogCapture capture([](absl::string_view) {});
  Start();
  const absl::Status status = Get("throw").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(status.message()), ::testing::Not(HasSubstr("hunter2")));
  EXPECT_TRUE(Get("a").ok());
}

TEST_F(CallPoolTest, CarriesTheCallersTraceIntoTheHandler) {
  Start();
  const TraceContext trace = NewTrace();
  const TraceScope scope(trace);
  EXPECT_EQ(Get("a")->text(), trace.TraceIdHex());
}

TEST_F(CallPoolTest, AnswersResourceExhaustedWhenThePoolIsFull) {
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

TEST_F(CallPoolTest, DoesNotRunACallWhoseDeadlineHasPassed) {
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

TEST_F(CallPoolTest, DoesNotRunACallThatWasCancelled) {
  Start();
  std::jthread waiting([&] { EXPECT_TRUE(Get("wait").ok()); });
  ASSERT_TRUE(service_->waiting.WaitForNotificationWithTimeout(kDeadline));
  grpc::ClientContext context;
  Prepare(context, kDeadline);
  std::jthread cancelled([&] {
    v1::GetAlertRequest request;
    request.set_name("cancelled");
    v1::Alert alert;
    EXPECT_EQ(stub_->GetAlert(&context, request, &alert).error_code(), grpc::StatusCode::CANCELLED);
  });
  ASSERT_TRUE(Await([&] { return pool_->queued() == 1; }));
  context.TryCancel();
  cancelled.join();
  ASSERT_TRUE(Await([&] { return service_->latest.load()->IsCancelled(); }));
  service_->may_answer.Notify();
  waiting.join();
  EXPECT_TRUE(Get("next").ok());
  EXPECT_EQ(service_->calls, 2);
}

TEST_F(CallPoolTest, CountsRequestsErrorsAndTimePerMethod) {
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

TEST_F(CallPoolTest, PagesAndRefusesAMalformedPageToken) {
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
}  // namespace bellwether::rpc::call_pool_test
