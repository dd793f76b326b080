// Many calls of one unary method, a bounded number of them in flight.
#ifndef BELLWETHER_COMMON_FEED_UNARY_PIPELINE_H_
#define BELLWETHER_COMMON_FEED_UNARY_PIPELINE_H_

#include <grpcpp/grpcpp.h>

#include <deque>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/base/status.h"
#include "common/rpc/client.h"
#include "common/rpc/status.h"

namespace bellwether::feed {

struct PipelineOptions {
  // Below what a server queues, so that a pipeline alone does not fill it.
  size_t in_flight_max = 64;
  // Of each call.
  absl::Duration timeout = absl::Seconds(10);
  // A call that failed with a retryable status is made again, this often in all. Only for methods
  // that are safe to repeat: reads, and mutations with a request_id.
  int attempts_max = 5;
  absl::Duration retry_wait = absl::Milliseconds(200);
};

// Calls `start` (a method of a stub's async interface) for each request and `answered` for each
// answer, in the order they come, on the calling thread. Returns when all are answered for.
template <typename Request, typename Response>
void CallMany(
    absl::Span<const Request> requests, const PipelineOptions& options,
    absl::FunctionRef<void(grpc::ClientContext*, const Request*, Response*,
                           std::function<void(grpc::Status)>)>
        start,
    absl::FunctionRef<void(size_t index, const absl::Status&, const Response&)> answered) {
  struct Call {
    size_t index = 0;
    grpc::ClientContext context;
    Response response;
    grpc::Status status;
  };
  // Outlives the callbacks: all of them have run when the loop ends.
  absl::Mutex mutex;
  std::deque<std::unique_ptr<Call>> answers ABSL_GUARDED_BY(mutex);
  size_t in_flight = 0;  // of this thread
  const auto have_answers = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) { return !answers.empty(); };

  std::vector<size_t> todo(requests.size());
  for (size_t i = 0; i < todo.size(); ++i) todo[i] = i;
  for (int attempt = 1; !todo.empty(); ++attempt) {
    std::vector<size_t> again;
    for (size_t next = 0; next < todo.size() || in_flight > 0;) {
      if (next < todo.size() && in_flight < options.in_flight_max) {
        auto call = std::make_unique<Call>();
        call->index = todo[next++];
        rpc::Prepare(call->context, options.timeout);
        ++in_flight;
        Call* raw = call.release();
        start(&raw->context, &requests[raw->index], &raw->response,
              [&mutex, &answers, raw](grpc::Status status) {
                raw->status = std::move(status);
                absl::MutexLock lock(&mutex);
                answers.push_back(std::unique_ptr<Call>(raw));
              });
        continue;
      }
      std::deque<std::unique_ptr<Call>> ready;
      {
        absl::MutexLock lock(&mutex, absl::Condition(&have_answers));
        ready.swap(answers);
      }
      for (const auto& call : ready) {
        --in_flight;
        const absl::Status status = rpc::FromGrpcStatus(call->status);
        if (IsRetryable(status) && attempt < options.attempts_max) {
          again.push_back(call->index);
        } else {
          answered(call->index, status, call->response);
        }
      }
    }
    todo = std::move(again);
    // STYLE(sleep): gives the server room before the calls are made again
    if (!todo.empty()) absl::SleepFor(options.retry_wait * attempt);
  }
}

}  // namespace bellwether::feed

#endif  // BELLWETHER_COMMON_FEED_UNARY_PIPELINE_H_
