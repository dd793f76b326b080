#include "services/gateway/adapters/grpc_ingest.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "common/base/status.h"
#include "common/currency/currency_file.h"
#include "common/rpc/paging.h"
#include "common/rpc/status.h"
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

grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* GrpcIngest::StreamFacts(
    grpc::CallbackServerContext* context) {
  auto call =
      std::make_shared<StreamFactsCall>(*context, parts_.acceptor, parts_.state, parts_.pool,
                                        parts_.clock, [this](StreamFactsCall* closed) {
                                          fact_streams_.Remove(closed);
                                          parts_.streams.Remove(closed);
                                        });
  fact_streams_.Add(call);
  const absl::Status added = parts_.streams.Add(call);
  if (added.ok()) {
    call->Begin();
  } else {
    call->End(added);
  }
  return call.get();
}

grpc::ServerReadReactor<BackfillFactsRequest>* GrpcIngest::BackfillFacts(
    grpc::CallbackServerContext* context, BackfillFactsResponse* response) {
  auto call = std::make_shared<BackfillFactsCall>(
      *context, *response, parts_.state, parts_.acceptor, parts_.rounds, parts_.calendar,
      parts_.pool, [this](BackfillFactsCall* closed) { parts_.streams.Remove(closed); });
  const absl::Status added = parts_.streams.Add(call);
  if (!added.ok()) call->End(added);
  call->Begin();
  return call.get();
}

grpc::ServerUnaryReactor* GrpcIngest::IngestFacts(grpc::CallbackServerContext* context,
                                                  const IngestFactsRequest* request,
                                                  IngestFactsResponse* response) {
  return parts_.pool.Handle(context, request, response,
                            [this](const IngestFactsRequest& message, const rpc::CallInfo& call) {
                              return Ingest(message, call);
                            });
}

absl::StatusOr<IngestFactsResponse> GrpcIngest::Ingest(const IngestFactsRequest& request,
                                                       const rpc::CallInfo& call) {
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

grpc::ServerUnaryReactor* GrpcIngest::GoLive(grpc::CallbackServerContext* context,
                                             const GoLiveRequest* request,
                                             GoLiveResponse* response) {
  return parts_.pool.Handle(
      context, request, response,
      [this](const GoLiveRequest&, const rpc::CallInfo&) -> absl::StatusOr<GoLiveResponse> {
        RETURN_IF_ERROR(parts_.state.GoLive());
        return GoLiveResponse();
      });
}

grpc::ServerUnaryReactor* GrpcIngest::GetCurrencies(grpc::CallbackServerContext* context,
                                                    const GetCurrenciesRequest* request,
                                                    CurrencyRates* response) {
  return parts_.pool.HandleInline(
      context, request, response,
      [this](const GetCurrenciesRequest&, const rpc::CallInfo&) -> absl::StatusOr<CurrencyRates> {
        return ToMessage(parts_.currencies);
      });
}

grpc::ServerUnaryReactor* GrpcIngest::ListDeadLetters(grpc::CallbackServerContext* context,
                                                      const ListDeadLettersRequest* request,
                                                      ListDeadLettersResponse* response) {
  return parts_.pool.Handle(
      context, request, response,
      [this](const ListDeadLettersRequest& message,
             const rpc::CallInfo&) -> absl::StatusOr<ListDeadLettersResponse> {
        ASSIGN_OR_RETURN(const std::string cursor, rpc::PageCursor(message));
        ASSIGN_OR_RETURN(const int size, rpc::PageSize(message.page_size()));
        ASSIGN_OR_RETURN(DeadLetters::Page page, parts_.dead_letters.List(cursor, size));
        ListDeadLettersResponse letters;
        for (DeadLetter& letter : page.letters) *letters.add_dead_letters() = std::move(letter);
        if (!page.next_cursor.empty()) {
          letters.set_next_page_token(rpc::NextPageToken(message, page.next_cursor));
        }
        return letters;
      });
}

grpc::ServerUnaryReactor* GrpcIngest::ReplayDeadLetter(grpc::CallbackServerContext* context,
                                                       const ReplayDeadLetterRequest* request,
                                                       ReplayDeadLetterResponse* response) {
  return parts_.pool.Handle(
      context, request, response,
      [this](const ReplayDeadLetterRequest& message,
             const rpc::CallInfo& call) -> absl::StatusOr<ReplayDeadLetterResponse> {
        if (!parts_.state.is_live()) RETURN_IF_ERROR(parts_.state.GoLiveWithFact());
        ASSIGN_OR_RETURN(
            const Answer answer,
            parts_.dead_letters.Replay(message.name(), call.deadline - parts_.clock.Now()));
        ReplayDeadLetterResponse replayed;
        *replayed.mutable_answer() = ToResponse(0, answer);
        return replayed;
      });
}

grpc::ServerWriteReactor<TailJournalResponse>* GrpcIngest::TailJournal(
    grpc::CallbackServerContext* context, const TailJournalRequest* request) {
  absl::StatusOr<TailPlace> place = OpenTail(parts_.bus, *request);
  const absl::Status opened = place.status();
  auto call = std::make_shared<TailJournalCall>(
      *context, place.ok() ? *std::move(place) : TailPlace(), [this] { tail_loop_.Wake(); },
      [this](TailJournalCall* closed) {
        tails_.Remove(closed);
        parts_.streams.Remove(closed);
      });
  const absl::Status added = parts_.streams.Add(call);
  if (!added.ok()) {
    call->End(added);
  } else if (!opened.ok()) {
    call->End(opened);
  } else if (tails_.size() >= kTailsMax) {
    call->End(Error(absl::StatusCode::kResourceExhausted, {"TOO_MANY_TAILS", "", ""},
                    "too many people look at the journal"));
  } else {
    tails_.Add(call);
    tail_loop_.Wake();
  }
  return call.get();
}

}  // namespace bellwether::gateway
