// A bounded pool of threads for work that may block.
#ifndef BELLWETHER_COMMON_RPC_WORKER_POOL_H_
#define BELLWETHER_COMMON_RPC_WORKER_POOL_H_

#include <deque>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"

namespace bellwether::rpc {

struct WorkerPoolOptions {
  std::string name = "rpc";  // of the threads
  size_t threads = 8;
  size_t queued_max = 1'024;
};

// Tasks begin in the order they were submitted. Thread-safe; Stop once, from outside the pool.
class WorkerPool {
 public:
  using Task = absl::AnyInvocable<void()>;

  explicit WorkerPool(const WorkerPoolOptions& options);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // RESOURCE_EXHAUSTED / POOL_FULL at once when the queue is full, UNAVAILABLE / STOPPING after
  // Stop; the task is not run then and left with the caller.
  absl::Status Submit(Task&& task);
  // Runs what is queued, then ends the threads. Idempotent.
  void Stop();

  size_t queued() const;

 private:
  void Work();

  const WorkerPoolOptions options_;
  mutable absl::Mutex mutex_;
  absl::CondVar changed_;
  std::deque<Task> queue_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::jthread> threads_;
};

}  // namespace bellwether::rpc

#endif  // BELLWETHER_COMMON_RPC_WORKER_POOL_H_
