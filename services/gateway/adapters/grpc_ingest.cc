#include "services/gateway/adapters/grpc_ingest.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "common/base/status.h"
#include "common/currency/currency_file.h"
#include "common/rpc/paging.h"
#include "common/rpc/stream_methods.h"
#include "services/gateway/adapters/ingest_messages.h"

namespace bellwether::gateway {
namespace {

using namespace ingest::v1;  // NOLINT(google-build-using-namespace): the messages of one service

constexpr absl::Duration kStallLook = absl::Seconds(1);
constexpr absl::Duration kTailLook = absl::Milliseconds(100);

// The answers of one IngestFacts call. Shared with the events in flight, which may outlive it.
class GatheredAnswers {
 public:
  explicit GatheredAnswers(int events) : answers_(events), left_(events) {}

  void Set(int index, int64_t sequence, const absl::StatusOr<Answer>& answer) {
    absl::MutexLock lock(&mu_);
    if (answer.ok()) {
      answers_[index] = ToResponse(sequence, *answer);
    } else {
      failure_.Update(JournalUnavailable(answer.status()));
    }
    --left_;
  }

  // The answers once all are there.
  absl::StatusOr<IngestFactsResponse> Await(absl::Duration wait_max) {
    absl::MutexLock lock(&mu_);
    const auto complete = [this]() ABSL_SHARED_LOCKS_REQUIRED(mu_) { return left_ == 0; };
    if (!mu_.AwaitWithTimeout(absl::Condition(&complete), wait_max)) return JournalTooSlow();
    RETURN_IF_ERROR(failure_);
    IngestFactsResponse response;
    for (StreamFactsResponse& answer : answers_) *response.add_answers() = std::move(answer);
    return response;
  }

 private:
  absl::Mutex mu_;
  std::vector<StreamFactsResponse> answers_ ABSL_GUARDED_BY(mu_);
  int left_ ABSL_GUARDED_BY(mu_);
  absl::Status failure_ ABSL_GUARDED_BY(mu_);
};

}  // namespace

GrpcIngest::GrpcIngest(const Parts& parts)
    : parts_(parts),
      stall_loop_({.name = "ingest-stall"},
                  [this](const std::stop_token&) -> absl::StatusOr<absl::Duration> {
                    const absl::Time now = parts_.clock.Now();
                    for (const auto& call : fact_streams_.All()) call->CheckStall(now);
                    return kStallLook;
                  }),
      tail_loop_({.name = "ingest-tail"},
                 [this](const std::stop_token& stop) -> absl::StatusOr<absl::Duration> {
                   bool again = false;
                   for (const auto& call : tails_.All()) {
                     if (stop.stop_requested()) break;
                     again = call->Pump() || again;
                   }
                   if (again) return absl::ZeroDuration();
                   return tails_.size() == 0 ? absl::InfiniteDuration() : kTailLook;
                 }) {}

void GrpcIngest::Start() {
  stall_loop_.Start();
  tail_loop_.Start();
}

void GrpcIngest::Stop() {
  tail_loop_.Stop();
  stall_loop_.Stop();
}

rpc::MethodTable GrpcIngest::Methods() {
  rpc::MethodTable table("bellwether.ingest.v1.IngestService", parts_.pool);
  table.RawBidiStream("StreamFacts", [this](const rpc::Call& call) { return StreamFacts(call); });
  table.ClientStream("BackfillFacts",
                     [this](const rpc::Call& call, BackfillFactsResponse& response) {
                       return BackfillFacts(call, response);
                     });
  table.ServerStream("TailJournal",
                     [this](const TailJournalRequest& request, const rpc::Call& call) {
                       return TailJournal(request, call);
                     });
  table.Command("IngestFacts", *this, &GrpcIngest::Ingest);
  table.Command("GoLive", *this, &GrpcIngest::GoLive);
  table.InlineQuery("GetCurrencies",
                    [this](const GetCurrenciesRequest& request) { return GetCurrencies(request); });
  table.Query("ListDeadLetters", *this, &GrpcIngest::ListDeadLetters);
  table.Command("ReplayDeadLetter", *this, &GrpcIngest::ReplayDeadLetter);
  return table;
}

std::shared_ptr<StreamFactsCall> GrpcIngest::StreamFacts(const rpc::Call& call) {
  auto stream = std::make_shared<StreamFactsCall>(call, parts_.acceptor, parts_.state, parts_.pool,
                                                  parts_.clock, [this](StreamFactsCall* closed) {
                                                    fact_streams_.Remove(closed);
                                                    parts_.streams.Remove(closed);
                                                  });
  fact_streams_.Add(stream);
  return stream;
}

std::shared_ptr<BackfillFactsCall> GrpcIngest::BackfillFacts(const rpc::Call& call,
                                                             BackfillFactsResponse& response) {
  return std::make_shared<BackfillFactsCall>(
      call, response, parts_.state, parts_.acceptor, parts_.rounds, parts_.calendar, parts_.pool,
      [this](BackfillFactsCall* closed) { parts_.streams.Remove(closed); });
}

absl::StatusOr<IngestFactsResponse> GrpcIngest::Ingest(const IngestFactsRequest& request,
                                                       const rpc::Call& call) {
  if (request.events_size() > kEventsPerCallMax) {
    return InvalidArgument("TOO_MANY_EVENTS", "events",
                           absl::StrCat("at most ", kEventsPerCallMax, " events in one call"),
                           "X1");
  }
  if (!parts_.state.is_live() && request.events_size() > 0) {
    RETURN_IF_ERROR(parts_.state.GoLiveWithFact());
  }
  const std::string traceparent = TraceParentOf(*call.context);
  const auto time_left = [&] { return call.deadline - parts_.clock.Now(); };
  const auto gathered = std::make_shared<GatheredAnswers>(request.events_size());
  for (int i = 0; i < request.events_size(); ++i) {
    SequencedEvent taken = TakeRequest(request.events(i));
    taken.event.traceparent = traceparent;
    const size_t bytes = taken.event.size();
    if (!parts_.acceptor.Enter(bytes, time_left())) return JournalTooSlow();
    Answered answered = [gathered, i,
                         sequence = taken.sequence](const absl::StatusOr<Answer>& answer) {
      gathered->Set(i, sequence, answer);
    };
    parts_.acceptor.Accept(std::move(taken.event), bytes, std::move(answered));
  }
  return gathered->Await(time_left());
}

absl::StatusOr<GoLiveResponse> GrpcIngest::GoLive(const GoLiveRequest&) {
  RETURN_IF_ERROR(parts_.state.GoLive());
  return GoLiveResponse();
}

absl::StatusOr<CurrencyRates> GrpcIngest::GetCurrencies(const GetCurrenciesRequest&) {
  return ToMessage(parts_.currencies);
}

absl::StatusOr<ListDeadLettersResponse> GrpcIngest::ListDeadLetters(
    const ListDeadLettersRequest& request) {
  ASSIGN_OR_RETURN(const std::string cursor, rpc::PageCursor(request));
  ASSIGN_OR_RETURN(const int size, rpc::PageSize(request.page_size()));
  ASSIGN_OR_RETURN(DeadLetters::Page page, parts_.dead_letters.List(cursor, size));
  ListDeadLettersResponse letters;
  for (DeadLetter& letter : page.letters) *letters.add_dead_letters() = std::move(letter);
  if (!page.next_cursor.empty()) {
    letters.set_next_page_token(rpc::NextPageToken(request, page.next_cursor));
  }
  return letters;
}

absl::StatusOr<ReplayDeadLetterResponse> GrpcIngest::ReplayDeadLetter(
    const ReplayDeadLetterRequest& request, const rpc::Call& call) {
  if (!parts_.state.is_live()) RETURN_IF_ERROR(parts_.state.GoLiveWithFact());
  ASSIGN_OR_RETURN(const Answer answer,
                   parts_.dead_letters.Replay(request.name(), call.deadline - parts_.clock.Now()));
  ReplayDeadLetterResponse replayed;
  *replayed.mutable_answer() = ToResponse(0, answer);
  return replayed;
}

absl::StatusOr<std::shared_ptr<TailJournalCall>> GrpcIngest::TailJournal(
    const TailJournalRequest& request, const rpc::Call& call) {
  if (tails_.size() >= kTailsMax) {
    return Error(absl::StatusCode::kResourceExhausted, {"TOO_MANY_TAILS", "", ""},
                 "too many people look at the journal");
  }
  ASSIGN_OR_RETURN(TailPlace place, OpenTail(parts_.bus, request));
  auto tail = std::make_shared<TailJournalCall>(
      call, std::move(place), [this] { tail_loop_.Wake(); },
      [this](TailJournalCall* closed) {
        tails_.Remove(closed);
        parts_.streams.Remove(closed);
      });
  tails_.Add(tail);
  return tail;
}

}  // namespace bellwether::gateway
