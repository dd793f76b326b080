#include "common/rpc/client.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bellwether/ingest/v1/ingest_service.grpc.pb.h"
#include "common/rpc/testing/server_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::rpc::client_test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

using ClientTest = ServerTest;

TEST(ServiceConfig, RepeatsNoCommandThatMayLackAnId) {
  ClientOptions options = {.services = {v1::AlertsService::service_full_name()}};
  const auto repeated = [&] {
    const std::string config = ServiceConfig(options);
    return config.substr(config.rfind("\"name\"", config.find("retryPolicy")));
  };
  EXPECT_THAT(repeated(), HasSubstr("\"GetAlert\""));
  EXPECT_THAT(repeated(), Not(HasSubstr("\"AcknowledgeAlert\"")));
  options.requests_have_ids = true;
  EXPECT_THAT(repeated(), HasSubstr("\"AcknowledgeAlert\""));
}

TEST(ServiceConfig, RepeatsReadsAndRequestsWithAnIdAndNothingElse) {
  // Links the other service's descriptor in, as its stub would.
  ASSERT_NE(ingest::v1::IngestFactsRequest::descriptor(), nullptr);
  const std::string config =
      ServiceConfig({.services = {v1::AlertsService::service_full_name(),
                                  ingest::v1::IngestService::service_full_name()},
                     .timeout = absl::Milliseconds(2'500),
                     .requests_have_ids = true});
  const size_t retry = config.find("retryPolicy");
  ASSERT_NE(retry, std::string::npos);
  const size_t repeatable = config.rfind("\"name\"", retry);
  const std::string once = config.substr(0, repeatable);
  const std::string repeated = config.substr(repeatable);
  EXPECT_THAT(repeated, HasSubstr("\"GetAlert\""));
  EXPECT_THAT(repeated, HasSubstr("\"ListDeadLetters\""));
  EXPECT_THAT(repeated, HasSubstr("\"AcknowledgeAlert\""));  // has a request_id
  EXPECT_THAT(repeated, HasSubstr("\"maxAttempts\":4"));
  EXPECT_THAT(once, HasSubstr("\"IngestFacts\""));
  EXPECT_THAT(once, HasSubstr("\"timeout\":\"2.500s\""));
  // Streams have neither a deadline nor a second try.
  EXPECT_THAT(config, Not(HasSubstr("WatchAlerts")));
  EXPECT_THAT(config, Not(HasSubstr("StreamFacts")));
}

TEST(Connect, RefusesATargetThatNeedsTls) {
  EXPECT_EQ(DetailOf(Connect("10.0.0.1:7304").status())->reason, "TARGET_NEEDS_TLS");
  EXPECT_EQ(DetailOf(Connect("127.0.0.1:7304,10.0.0.1:7304").status())->reason, "TARGET_NEEDS_TLS");
  EXPECT_FALSE(Connect("localhost").ok());
}

TEST(Connect, NamesTheServersThatShareAChannelByAddressesOfOneKind) {
  EXPECT_TRUE(Connect("localhost:1").ok());
  EXPECT_TRUE(Connect("127.0.0.1:1,127.0.0.1:2").ok());
  EXPECT_TRUE(Connect("[::1]:1,[::1]:2").ok());
  for (const char* mixed : {"localhost:1,127.0.0.1:2", "127.0.0.1:1,[::1]:2"}) {
    EXPECT_EQ(DetailOf(Connect(mixed).status())->reason, "SERVERS_NEED_ADDRESSES") << mixed;
  }
  EXPECT_FALSE(Connect("127.0.0.1:1,").ok());
  std::string many = "127.0.0.1:1";
  for (size_t i = 1; i < kServersMax; ++i) many += ",127.0.0.1:1";
  EXPECT_TRUE(Connect(many).ok());
  EXPECT_EQ(DetailOf(Connect(many + ",127.0.0.1:1").status())->reason, "TOO_MANY_SERVERS");
}

// A socket that listens and never answers, as a server on a machine that has no time for it.
TEST(Connect, WaitsForAServerThatIsSlowToAnswer) {
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t size = sizeof(address);
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  ASSERT_EQ(::bind(listener, any, size), 0);
  ASSERT_EQ(::listen(listener, 1), 0);
  ASSERT_EQ(::getsockname(listener, any, &size), 0);
  const auto channel = *Connect(absl::StrCat("127.0.0.1:", ntohs(address.sin_port)));
  const auto soon = [](absl::Duration wait) {
    return absl::ToChronoTime(Clock::System().Now() + wait);
  };
  ASSERT_EQ(channel->GetState(/*try_to_connect=*/true), GRPC_CHANNEL_IDLE);
  ASSERT_TRUE(channel->WaitForStateChange(GRPC_CHANNEL_IDLE, soon(kDeadline)));
  EXPECT_FALSE(channel->WaitForStateChange(GRPC_CHANNEL_CONNECTING, soon(absl::Seconds(1))));
  ::close(listener);
}

TEST_F(ClientTest, TriesAReadAgainWhileTheOtherSideIsNotThere) {
  Start();
  const absl::StatusOr<v1::Alert> alert = Get("third time");
  ASSERT_TRUE(alert.ok()) << alert.status();
  EXPECT_EQ(service_->calls, 3);
}

TEST_F(ClientTest, DoesNotTryAgainWhatWasRefused) {
  Start();
  EXPECT_EQ(Get("absent").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(service_->calls, 1);
}

TEST_F(ClientTest, GivesUpAtItsDeadline) {
  Start();
  const absl::Status status = Get("wait", absl::Milliseconds(50)).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  service_->may_answer.Notify();
}

}  // namespace
}  // namespace bellwether::rpc::client_test
