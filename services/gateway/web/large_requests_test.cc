#include "services/gateway/web/large_requests.h"

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "common/http/server.h"
#include "common/http/testing/raw_client.h"
#include "common/metrics/metrics.h"
#include "common/testing/await.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::gateway::large_requests_test {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(LargeRequests, AreLongOrCompressed) {
  EXPECT_FALSE(IsLarge({}));
  EXPECT_FALSE(IsLarge({.query = "compression=&message=x",
                        .headers = {{"content-encoding", "identity"}},
                        .body = std::string(kSmallRequestBytesMax, 'a')}));
  EXPECT_TRUE(IsLarge({.body = std::string(kSmallRequestBytesMax + 1, 'a')}));
  EXPECT_TRUE(IsLarge({.headers = {{"content-encoding", "gzip"}}}));
  EXPECT_TRUE(IsLarge({.headers = {{"connect-content-encoding", "gzip"}}}));
  EXPECT_TRUE(IsLarge({.query = "message=x&compression=gzip"}));
}

// However many there are and however long each takes.
TEST(LargeRequests, KeepNobodyElseFromBeingServed) {
  metrics::Registry metrics;
  http::Server server({}, metrics);
  absl::Notification may_end;
  std::atomic<size_t> begun = 0;
  LargeRequests large;
  const auto routes =
      server.router().Add({{.path = "/*",
                            .body_bytes_max = 2 * kSmallRequestBytesMax,
                            .handler = large.Apart([&](std::unique_ptr<http::Exchange> exchange) {
                              if (IsLarge(exchange->request())) {
                                ++begun;
                                may_end.WaitForNotification();
                              }
                              exchange->Respond(http::TextResponse(200, "read"));
                            })}});
  ASSERT_TRUE(server.Start().ok());
  http::RawClient client(server.port());
  const std::string body(kSmallRequestBytesMax + 1, 'a');
  const std::string post = absl::StrCat(
      "POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: ", body.size(),
      "\r\n\r\n", body);
  std::vector<boost::asio::ip::tcp::socket> sockets;
  const auto send = [&] {
    sockets.push_back(client.Open());
    http::RawClient::Send(sockets.back(), post);
  };
  for (size_t i = 0; i < kLargeRequestThreads; ++i) send();
  ASSERT_TRUE(testing::Await([&] { return begun.load() == kLargeRequestThreads; }));
  for (size_t i = 0; i < kLargeRequestsQueuedMax; ++i) send();
  ASSERT_TRUE(testing::Await([&] { return large.queued() == kLargeRequestsQueuedMax; }));
  EXPECT_THAT(client.Get("/"), EndsWith("read")) << "a small one, among many large ones";
  EXPECT_THAT(client.Exchange(post),
              AllOf(StartsWith("HTTP/1.1 503"), HasSubstr("BUSY"), HasSubstr("retry-after: 1")))
      << "one that finds the queue full";
  may_end.Notify();
  for (auto& socket : sockets) {
    EXPECT_THAT(http::RawClient::ReadAll(socket), StartsWith("HTTP/1.1 200"));
  }
  server.Stop();
}

}  // namespace
}  // namespace bellwether::gateway::large_requests_test
