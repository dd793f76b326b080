// Facts at a steady rate whose way to a watcher's frame can be timed: the id of each is the
// microsecond at which it is due.
#ifndef BELLWETHER_TESTS_BENCH_WATCH_LOAD_H_
#define BELLWETHER_TESTS_BENCH_WATCH_LOAD_H_

#include <memory>
#include <random>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "bellwether/ingest/v1/ingest_service.grpc.pb.h"
#include "common/base/check.h"
#include "common/journal/timestamps.h"
#include "common/rpc/client.h"
#include "tests/bench/fact_streams.h"
#include "tests/bench/measure.h"
#include "tests/bench/sample_facts.h"
#include "tests/bench/stopwatch.h"

namespace bellwether {

struct WatchLoadOptions {
  int64_t rate = 5'000;  // facts a second
  int64_t alerts = 50;   // of them, to accounts of their own, each raising one
  int64_t accounts = 20'000;
  int64_t seconds = 4;  // of a round
};

class WatchLoad {
 public:
  WatchLoad(const WatchLoadOptions& options, const std::string& server)
      : options_(options),
        channel_(OrDie(rpc::Connect(server))),
        ingest_(ingest::v1::IngestService::NewStub(channel_)) {}

  // One fact about every account, and two about each that is to have an alert in `rounds`.
  void Prepare(int64_t rounds) {
    const int64_t awaiting = options_.alerts * options_.seconds * rounds;
    const absl::Time now = absl::Now();
    answered_.Begin(0, options_.accounts + 2 * awaiting, now, absl::ZeroDuration());
    int64_t sent = 0;
    {
      FactStream stream(*ingest_, answered_);
      const auto send = [&](const std::string& account, absl::Time time, auto set) {
        auto event = Event(absl::StrCat("before-", sent), account, time);
        set(*event.mutable_fact());
        stream.Send(sent++, std::move(event));
      };
      for (int64_t i = 0; i < options_.accounts; ++i) {
        send(Account(i), now, [this](events::v1::Fact& fact) { SetSomething(random_, fact); });
      }
      for (int64_t i = 0; i < awaiting; ++i) {
        for (const absl::Duration ago : {absl::Hours(24 * 120), absl::Minutes(1)}) {
          send(Awaiting(i), now - ago, [](events::v1::Fact& fact) { SetSatisfaction(100, fact); });
        }
      }
    }
    BELLWETHER_CHECK(answered_.seen() == sent, "facts without an answer");
  }

  // Every account in turn, so that at most one fact of each is on its way. `about` is called with
  // the number of each that is followed.
  template <typename About>
  void Run(About about) {
    const int64_t facts = options_.rate * options_.seconds;
    const int64_t alerts = options_.alerts * options_.seconds;
    const absl::Duration gap = absl::Seconds(1) / options_.rate;
    const absl::Time begin = absl::Now() + kBegin;
    answered_.Begin(0, facts, begin, gap);
    {
      FactStream stream(*ingest_, answered_);
      for (int64_t i = 0; i < facts; ++i) {
        const bool alerting = i * alerts / facts != (i + 1) * alerts / facts;
        const absl::Time due = begin + gap * i;
        auto event = Event(absl::StrCat(absl::ToUnixMicros(due)), "", absl::Now());
        if (alerting) {
          event.set_account_id(Awaiting(awaited_++));
          SetSatisfaction(0, *event.mutable_fact());
        } else {
          about(next_);
          event.set_account_id(Account(next_));
          next_ = (next_ + 1) % options_.accounts;
          SetSomething(random_, *event.mutable_fact());
        }
        // STYLE(sleep): an open loop sends each fact at its instant, not earlier.
        absl::SleepFor(due - absl::Now());
        stream.Send(i, std::move(event));
      }
    }
    BELLWETHER_CHECK(answered_.seen() == facts, "facts without an answer");
  }

  // From the instant a fact of the last round was due to its answer, which makes it durable.
  Figures Answered() const { return FiguresOf(answered_.Took()); }

  static std::string Account(int64_t i) { return absl::StrCat("followed-", i); }
  static constexpr char kSource[] = "crm/watch-bench";

 private:
  static constexpr absl::Duration kBegin = absl::Milliseconds(5);

  static std::string Awaiting(int64_t i) { return absl::StrCat("awaiting-", i); }
  static events::v1::FactEvent Event(std::string id, std::string account, absl::Time time) {
    events::v1::FactEvent event;
    event.set_id(std::move(id));
    event.set_source(kSource);
    event.set_account_id(std::move(account));
    *event.mutable_time() = journal::ToTimestamp(time);
    return event;
  }

  const WatchLoadOptions options_;
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<ingest::v1::IngestService::Stub> ingest_;
  Stopwatch answered_;
  std::mt19937_64 random_{1};
  int64_t next_ = 0;     // account of the next fact
  int64_t awaited_ = 0;  // accounts that have had their alert
};

}  // namespace bellwether

#endif  // BELLWETHER_TESTS_BENCH_WATCH_LOAD_H_
