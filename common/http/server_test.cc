#include "common/http/server.h"

#include <sys/resource.h>
#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "common/base/status.h"
#include "common/http/testing/raw_client.h"
#include "common/metrics/metrics.h"
#include "common/testing/await.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::http::server_test {
namespace {

namespace asio = boost::asio;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

constexpr size_t kBodyMax = 1'000;
constexpr size_t kHeldMax = 100'000;
constexpr size_t kBodiesMax = 2 * kHeldMax;
constexpr absl::Duration kShort = absl::Milliseconds(200);

std::string Post(absl::string_view path, absl::string_view body) {
  return absl::StrCat("POST ", path,
                      " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ", body.size(),
                      "\r\n\r\n", body);
}

class ServerTest : public ::testing::Test {
 protected:
  // Streams wait until the test takes them.
  std::vector<Route> Routes() {
    return {{.path = "/echo",
             .body_bytes_max = kBodyMax,
             .body_time_max = kShort,
             .handler =
                 [](std::unique_ptr<Exchange> exchange) {
                   const ServerRequest& request = exchange->request();
                   if (request.body_too_large) {
                     return exchange->Respond(TextResponse(413, "too large\n"));
                   }
                   exchange->Respond(TextResponse(
                       200, absl::StrCat(request.method, " ", request.query, " ", request.body)));
                 }},
            {.path = "/guarded",
             .body_bytes_max = kBodyMax,
             .admit = [](const ServerRequest& head) -> std::optional<ServerResponse> {
               if (head.Header("x-key") == "right") return std::nullopt;
               return TextResponse(403, absl::StrCat("not with ", head.body.size(), " bytes\n"));
             },
             .handler =
                 [](std::unique_ptr<Exchange> exchange) {
                   exchange->Respond(TextResponse(200, exchange->request().body));
                 }},
            {.path = "/hold",
             .body_bytes_max = kHeldMax,
             .body_time_max = absl::Seconds(20),
             .handler =
                 [this](std::unique_ptr<Exchange> exchange) {
                   absl::MutexLock lock(&mutex_);
                   taken_.push_back(std::move(exchange));
                 }},
            {.path = "/drop", .handler = [](std::unique_ptr<Exchange>) {}},
            {.path = "/take", .handler = [this](std::unique_ptr<Exchange> exchange) {
               absl::MutexLock lock(&mutex_);
               taken_.push_back(std::move(exchange));
             }}};
  }

  void SetUp() override { ASSERT_TRUE(server_.Start().ok()); }

  std::unique_ptr<Exchange> Take() {
    const auto any = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !taken_.empty(); };
    absl::MutexLock lock(&mutex_);
    if (!mutex_.AwaitWithTimeout(absl::Condition(&any), absl::Seconds(20))) return nullptr;
    auto exchange = std::move(taken_.back());
    taken_.pop_back();
    return exchange;
  }

  RawClient& client() {
    if (client_ == nullptr) client_ = std::make_unique<RawClient>(server_.port());
    return *client_;
  }

  absl::Mutex mutex_;
  std::vector<std::unique_ptr<Exchange>> taken_ ABSL_GUARDED_BY(mutex_);
  metrics::Registry metrics_;
  Server server_{{.connections_max = 8,
                  .head_bytes_max = 4 << 10,
                  .head_time_max = kShort,
                  .write_time_max = kShort,
                  .bodies_bytes_max = kBodiesMax},
                 metrics_};
  std::unique_ptr<Router::Registration> routes_ = server_.router().Add(Routes());
  std::unique_ptr<RawClient> client_;
};

TEST_F(ServerTest, AnswersRequestsOneAfterAnotherOnOneConnection) {
  const std::string answer = client().Exchange(
      "GET /echo?one HTTP/1.1\r\nHost: x\r\n\r\n"
      "HEAD /echo?two HTTP/1.1\r\nHost: x\r\n\r\n"
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nConnection: close\r\n\r\nthree");
  EXPECT_THAT(answer, HasSubstr("GET one "));
  EXPECT_THAT(answer, HasSubstr("Content-Length: 9\r\n\r\nHTTP/1.1 200")) << "HEAD has no body";
  EXPECT_THAT(answer, EndsWith("POST  three"));
}

TEST_F(ServerTest, TakesBodiesInChunks) {
  EXPECT_THAT(client().Exchange("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
                                "Connection: close\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"),
              EndsWith("POST  abcde"));
}

TEST_F(ServerTest, SaysContinueToThoseWhoWaitForIt) {
  auto socket = client().Open();
  RawClient::Send(socket,
                  "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n"
                  "Connection: close\r\n\r\n");
  EXPECT_THAT(RawClient::ReadUntil(socket, "\r\n\r\n"), StartsWith("HTTP/1.1 100"));
  RawClient::Send(socket, "ab");
  EXPECT_THAT(RawClient::ReadAll(socket), EndsWith("POST  ab"));
}

TEST_F(ServerTest, LetsTheHandlerRefuseABodyThatIsTooLarge) {
  EXPECT_THAT(client().Exchange(Post("/echo", std::string(kBodyMax, 'a'))),
              StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(client().Exchange(Post("/echo", std::string(kBodyMax + 1, 'a'))),
              StartsWith("HTTP/1.1 413"));
  const std::string chunk = absl::StrCat(absl::Hex(kBodyMax), "\r\n", std::string(kBodyMax, 'a'));
  EXPECT_THAT(client().Exchange(absl::StrCat(
                  "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", chunk,
                  "\r\n", chunk, "\r\n0\r\n\r\n")),
              StartsWith("HTTP/1.1 413"));
}

TEST_F(ServerTest, ShowsTheRefusalAlsoToClientsThatSendTheWholeBodyFirst) {
  EXPECT_THAT(client().Exchange(Post("/echo", std::string(4 << 20, 'a'))),
              StartsWith("HTTP/1.1 413"));
}

TEST_F(ServerTest, AnswersWhatIsNoHttp) {
  EXPECT_THAT(client().Exchange("garbage\r\n\r\n"), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(client().Exchange("GET /echo HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n"),
              StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(client().Exchange(std::string("GET /\0 HTTP/1.1\r\n\r\n", 19)),
              StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(client().Exchange(
                  absl::StrCat("GET /", std::string(8 << 10, 'a'), " HTTP/1.1\r\nHost: x\r\n\r\n")),
              StartsWith("HTTP/1.1 431"));
}

// Two servers in a row that see it otherwise can be made to answer a request that nobody sent.
TEST_F(ServerTest, RefusesHeadsThatDoNotSayWhereTheyEndOrWhomTheyMean) {
  const auto answer_to = [this](absl::string_view head, absl::string_view body) {
    return client().Exchange(absl::StrCat("POST /echo HTTP/1.1\r\n", head, "\r\n", body,
                                          "GET /echo?smuggled HTTP/1.1\r\nHost: x\r\n\r\n"));
  };
  constexpr char kChunks[] = "2\r\nab\r\n0\r\n\r\n";
  for (const char* coding :
       {"Transfer-Encoding: xchunked\r\n", "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: chunked, identity\r\n", "Transfer-Encoding: identity\r\n",
        "Transfer-Encoding:\r\n", "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n"}) {
    const std::string answer = answer_to(absl::StrCat("Host: x\r\n", coding), kChunks);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 501")) << coding;
    EXPECT_THAT(answer, Not(HasSubstr("smuggled"))) << coding;
  }
  for (const char* head : {"Host: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n",
                           "Host: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n",
                           "Host: x\r\nContent-Length: 2\r\nTransfer-Encoding: x\r\n",
                           "Host: x\r\nHost: y\r\n", "Host: x\r\nHost: x\r\n", ""}) {
    const std::string answer = answer_to(head, kChunks);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 400")) << head;
    EXPECT_THAT(answer, Not(HasSubstr("smuggled"))) << head;
  }
  EXPECT_THAT(client().Exchange(absl::StrCat("POST /echo HTTP/1.0\r\nHost: x\r\n"
                                             "Transfer-Encoding: chunked\r\n\r\n",
                                             kChunks)),
              StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(answer_to("Host: x\r\nTransfer-Encoding: CHUNKED\r\nConnection: close\r\n", kChunks),
              EndsWith("POST  ab"));
  EXPECT_THAT(client().Exchange("GET /echo?old HTTP/1.0\r\n\r\n"), EndsWith("GET old "));
}

TEST_F(ServerTest, RefusesByTheHeadBeforeAnythingOfTheBodyIsRead) {
  auto socket = client().Open();
  RawClient::Send(socket,
                  "POST /guarded HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n"
                  "Expect: 100-continue\r\n\r\n");
  const std::string answer = RawClient::ReadAll(socket);
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 403"));
  EXPECT_THAT(answer, EndsWith("not with 0 bytes\n"));
  EXPECT_THAT(client().Exchange("GET /guarded HTTP/1.1\r\nHost: x\r\n\r\n"
                                "POST /guarded HTTP/1.1\r\nHost: x\r\nX-Key: right\r\n"
                                "Content-Length: 2\r\nConnection: close\r\n\r\nab"),
              EndsWith("\r\n\r\nab"))
      << "without a body the connection goes on";
}

TEST_F(ServerTest, HoldsNoMoreThanItsBudgetOfBodies) {
  const std::string hold = absl::StrCat(
      "POST /hold HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ", kHeldMax,
      "\r\n\r\n", std::string(kHeldMax, 'a'));
  std::vector<asio::ip::tcp::socket> sockets;
  std::vector<std::unique_ptr<Exchange>> held;
  for (size_t bytes = kHeldMax; bytes <= kBodiesMax; bytes += kHeldMax) {
    sockets.push_back(client().Open());
    RawClient::Send(sockets.back(), hold);
    held.push_back(Take());
    ASSERT_NE(held.back(), nullptr);
  }
  const std::string refused = client().Exchange(hold);
  EXPECT_THAT(refused, StartsWith("HTTP/1.1 503"));
  EXPECT_THAT(refused, HasSubstr("retry-after: 1"));
  EXPECT_THAT(client().Get("/echo"), StartsWith("HTTP/1.1 200")) << "has no body";
  held.pop_back();
  sockets.push_back(client().Open());
  RawClient::Send(sockets.back(), hold);
  EXPECT_NE(Take(), nullptr) << "as soon as one is answered";
}

TEST_F(ServerTest, ClosesAConnectionWhoseHeadOrBodyComesTooSlowly) {
  auto silent = client().Open();
  EXPECT_THAT(RawClient::ReadAll(silent), IsEmpty());
  auto slow = client().Open();
  RawClient::Send(slow, "GET /echo HTTP/1.1\r\nHost: x\r\nHo");
  EXPECT_THAT(RawClient::ReadAll(slow), IsEmpty());
  auto body = client().Open();
  RawClient::Send(body, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
  EXPECT_THAT(RawClient::ReadAll(body), IsEmpty());
}

TEST_F(ServerTest, AnswersForHandlersThatDropTheirRequest) {
  EXPECT_THAT(client().Get("/drop"), StartsWith("HTTP/1.1 500"));
}

TEST_F(ServerTest, AnswersLaterFromAnotherThread) {
  auto socket = client().Open();
  RawClient::Send(socket, "GET /take HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  std::thread([exchange = Take()] { exchange->Respond(TextResponse(200, "late")); }).join();
  EXPECT_THAT(RawClient::ReadAll(socket), EndsWith("late"));
}

TEST_F(ServerTest, SendsTheHeadOfAStreamBeforeItsFirstPieceAndEachPieceAtOnce) {
  auto socket = client().Open();
  RawClient::Send(socket, "GET /take HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const auto exchange = Take();
  exchange->BeginStream({200, {{"content-type", "text/plain"}}, ""});
  EXPECT_THAT(RawClient::ReadUntil(socket, "\r\n\r\n"), HasSubstr("Transfer-Encoding: chunked"));
  absl::Notification written;
  exchange->Write("one", [&](bool ok) {
    EXPECT_TRUE(ok);
    written.Notify();
  });
  EXPECT_EQ(RawClient::ReadUntil(socket, "one\r\n"), "3\r\none\r\n");
  written.WaitForNotification();
  exchange->Finish("two");
  EXPECT_EQ(RawClient::ReadAll(socket), "3\r\ntwo\r\n0\r\n\r\n");
}

TEST_F(ServerTest, StreamsToOlderClientsUntilTheConnectionCloses) {
  auto socket = client().Open();
  RawClient::Send(socket, "GET /take HTTP/1.0\r\n\r\n");
  const auto exchange = Take();
  exchange->BeginStream({});
  exchange->Finish("all");
  const std::string answer = RawClient::ReadAll(socket);
  EXPECT_THAT(answer, EndsWith("\r\n\r\nall"));
  EXPECT_THAT(answer, Not(HasSubstr("chunked")));
}

TEST_F(ServerTest, SaysWhenTheClientHasGone) {
  auto socket = client().Open();
  RawClient::Send(socket, "GET /take HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto waiting = Take();
  absl::Notification left;
  waiting->OnAbandoned([&] { left.Notify(); });
  socket.close();
  EXPECT_TRUE(left.WaitForNotificationWithTimeout(absl::Seconds(20)));
  absl::Notification late;
  waiting->OnAbandoned([&] { late.Notify(); });
  EXPECT_TRUE(late.WaitForNotificationWithTimeout(absl::Seconds(20))) << "also to who asks later";
}

TEST_F(ServerTest, DisconnectsAStreamsClientThatReadsNothing) {
  auto socket = client().Open();
  RawClient::Send(socket, "GET /take HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto exchange = Take();
  exchange->BeginStream({});
  absl::Notification failed;
  const std::string piece(1 << 20, 'a');
  std::function<void()> write = [&] {
    exchange->Write(piece, [&](bool ok) { ok ? write() : failed.Notify(); });
  };
  write();
  EXPECT_TRUE(failed.WaitForNotificationWithTimeout(absl::Seconds(20)));
}

TEST_F(ServerTest, BreaksOffClientsThatReadNothingWhenItDrains) {
  Server patient({.write_time_max = absl::Hours(1)}, metrics_);
  const auto routes = patient.router().Add(Routes());
  ASSERT_TRUE(patient.Start().ok());
  RawClient client(patient.port());
  auto stalled = client.Open();
  RawClient::Send(stalled, "GET /take HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto exchange = Take();
  exchange->BeginStream({});
  absl::Notification broken_off, abandoned;
  exchange->OnAbandoned([&] { abandoned.Notify(); });
  exchange->Write(std::string(64 << 20, 'a'), [&](bool ok) {
    EXPECT_FALSE(ok);
    broken_off.Notify();
  });
  auto reading = client.Open();
  RawClient::Send(reading, "GET /take HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto other = Take();
  other->BeginStream({});
  patient.Drain(kShort);
  EXPECT_TRUE(broken_off.WaitForNotificationWithTimeout(absl::Seconds(20)));
  EXPECT_TRUE(abandoned.WaitForNotificationWithTimeout(absl::Seconds(20)));
  EXPECT_THAT(client.Get("/echo"), StartsWith("HTTP/1.1 200")) << "probes are answered";
  other->Finish("the end");
  EXPECT_THAT(RawClient::ReadUntil(reading, "0\r\n\r\n"), HasSubstr("the end"))
      << "and streams whose clients read end as they like";
}

// 64 MiB at 1 MiB in 50 ms: longer than a client may take nothing. `meanwhile` once the answer has
// begun to come.
void ReadSlowlyButSteadily(int port, const std::function<std::unique_ptr<Exchange>()>& take,
                           const std::function<void()>& meanwhile) {
  constexpr size_t kPiece = 1 << 20;
  constexpr size_t kPieces = 64;
  constexpr absl::Duration kPause = absl::Milliseconds(50);
  asio::io_context context;
  asio::ip::tcp::socket socket(context, asio::ip::tcp::v4());
  socket.set_option(asio::socket_base::receive_buffer_size(64 << 10));
  socket.connect({asio::ip::make_address("127.0.0.1"), static_cast<uint16_t>(port)});
  RawClient::Send(socket, "GET /take HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  take()->Respond({200, {}, std::string(kPiece * kPieces, 'a')});
  RawClient::ReadUntil(socket, "\r\n\r\n");
  meanwhile();
  std::string piece(kPiece, '\0');
  absl::Time next = absl::Now();
  for (size_t i = 0; i < kPieces; ++i) {
    boost::system::error_code error;
    asio::read(socket, asio::buffer(piece), error);
    ASSERT_FALSE(error) << "after " << i << " pieces: " << error.message();
    next += kPause;
    ASSERT_TRUE(bellwether::testing::Await([&] { return absl::Now() >= next; }));
  }
}

TEST_F(ServerTest, ServesClientsThatReadSlowlyButSteadily) {
  Server server({.write_time_max = absl::Seconds(1)}, metrics_);
  const auto routes = server.router().Add(Routes());
  ASSERT_TRUE(server.Start().ok());
  ReadSlowlyButSteadily(
      server.port(), [this] { return Take(); }, [] {});
}

TEST_F(ServerTest, ServesThemAlsoWhileItDrains) {
  Server server({.write_time_max = absl::Hours(1)}, metrics_);
  const auto routes = server.router().Add(Routes());
  ASSERT_TRUE(server.Start().ok());
  ReadSlowlyButSteadily(
      server.port(), [this] { return Take(); }, [&] { server.Drain(absl::Seconds(2)); });
}

TEST_F(ServerTest, ClosesConnectionsPastItsLimitAndServesTheOthers) {
  std::vector<asio::ip::tcp::socket> open;
  for (size_t i = 0; i < 8; ++i) {
    open.push_back(client().Open());
    RawClient::Send(open.back(), "GET /take HTTP/1.1\r\nHost: x\r\n\r\n");
    ASSERT_NE(Take(), nullptr);  // dropped, and so answered: it was accepted
  }
  EXPECT_THAT(client().Get("/echo"), IsEmpty());
  EXPECT_THAT(RawClient::ReadUntil(open.front(), "\r\n\r\n"), StartsWith("HTTP/1.1 500"));
}

// It would be the only thing the thread does, and the connection would be there all the time.
TEST_F(ServerTest, WaitsBetweenTriesWhileTheProcessHasNoFileDescriptors) {
  asio::io_context context;
  asio::ip::tcp::socket socket(context, asio::ip::tcp::v4());
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const int lowest_free = dup(STDERR_FILENO);
  ASSERT_GT(lowest_free, 0);
  close(lowest_free);
  rlimit none_left = before;
  none_left.rlim_cur = static_cast<rlim_t>(lowest_free);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none_left), 0);
  const absl::Time begin = absl::Now();
  socket.connect({asio::ip::make_address("127.0.0.1"), static_cast<uint16_t>(server_.port())});
  metrics::Counter& failures = metrics_.CounterOf("bellwether_http_accept_failures_total",
                                                  "Tries to accept a connection that failed.");
  while (failures.Value() < 3 && absl::Now() - begin < absl::Seconds(20)) std::this_thread::yield();
  const double tries = failures.Value();
  const absl::Duration took = absl::Now() - begin;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_GE(tries, 3) << "it goes on trying";
  EXPECT_LE(tries - 1, took / kAcceptWait) << "and waits between two tries";
  RawClient::Send(socket, "GET /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(RawClient::ReadAll(socket), StartsWith("HTTP/1.1 200"))
      << "the one that waited is served";
}

TEST_F(ServerTest, EndsWithStreamsOpenAndTakesAnswersThatComeLater) {
  auto socket = client().Open();
  RawClient::Send(socket, "GET /take HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto exchange = Take();
  exchange->BeginStream({});
  server_.Stop();
  absl::Notification refused;
  exchange->Write("late", [&](bool ok) {
    EXPECT_FALSE(ok);
    refused.Notify();
  });
  EXPECT_TRUE(refused.WaitForNotificationWithTimeout(absl::Seconds(20)));
}

TEST_F(ServerTest, EndsAtOnceWithConnectionsThatWaitForTheirNextRequest) {
  auto socket = client().Open();
  RawClient::Send(socket, "GET /drop HTTP/1.1\r\nHost: x\r\n\r\n");
  RawClient::ReadUntil(socket, "dropped\n");
  const absl::Time begin = absl::Now();
  server_.Stop();
  EXPECT_LT(absl::Now() - begin, absl::Seconds(20)) << "not only when the time of waiting is over";
}

TEST_F(ServerTest, RefusesEveryAddressButLoopback) {
  Server server({.listen = "0.0.0.0:0"}, metrics_);
  EXPECT_EQ(DetailOf(server.Start())->reason, "LISTEN_NEEDS_TLS");
}

TEST_F(ServerTest, RefusesAPortThatIsTaken) {
  Server server({.listen = absl::StrCat("127.0.0.1:", server_.port())}, metrics_);
  EXPECT_EQ(DetailOf(server.Start())->reason, "LISTEN_FAILED");
}

}  // namespace
}  // namespace bellwether::http::server_test
