#include "common/rpc/worker_pool.h"

#include <pthread.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/check.h"
#include "common/base/status.h"

namespace bellwether::rpc {

WorkerPool::WorkerPool(const WorkerPoolOptions& options) : options_(options) {
  BELLWETHER_CHECK(options.threads > 0, "a pool needs threads");
  threads_.reserve(options.threads);
  for (size_t i = 0; i < options.threads; ++i) {
    threads_.emplace_back([this, i] {
      const std::string name = absl::StrCat(options_.name.substr(0, 11), "-", i);
      pthread_setname_np(pthread_self(), name.c_str());
      Work();
    });
  }
}

WorkerPool::~WorkerPool() { Stop(); }

absl::Status WorkerPool::Submit(Task&& task) {
  {
    absl::MutexLock lock(&mutex_);
    if (stopping_) {
      return Error(absl::StatusCode::kUnavailable, {"STOPPING", "", ""}, "the server is stopping");
    }
    if (queue_.size() >= options_.queued_max) {
      return Error(absl::StatusCode::kResourceExhausted, {"POOL_FULL", "", ""},
                   "too many calls at once; try again later");
    }
    queue_.push_back(std::move(task));
  }
  changed_.Signal();
  return absl::OkStatus();
}

void WorkerPool::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  changed_.SignalAll();
  threads_.clear();  // joins
}

size_t WorkerPool::queued() const {
  absl::MutexLock lock(&mutex_);
  return queue_.size();
}

void WorkerPool::Work() {
  while (true) {
    Task task;
    {
      absl::MutexLock lock(&mutex_);
      while (queue_.empty() && !stopping_) changed_.Wait(&mutex_);
      if (queue_.empty()) return;
      task = std::move(queue_.front());
      queue_.pop_front();
    }
    task();
  }
}

}  // namespace bellwether::rpc
