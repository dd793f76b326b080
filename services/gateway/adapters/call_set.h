// The open streams of one kind, for a loop that looks after them.
#ifndef BELLWETHER_SERVICES_GATEWAY_ADAPTERS_CALL_SET_H_
#define BELLWETHER_SERVICES_GATEWAY_ADAPTERS_CALL_SET_H_

#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"

namespace bellwether::gateway {

// Thread-safe. Shares the ownership of the calls until they are removed.
template <typename Call>
class CallSet {
 public:
  void Add(const std::shared_ptr<Call>& call) ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    calls_.emplace(call.get(), call);
  }

  void Remove(const Call* call) ABSL_LOCKS_EXCLUDED(mu_) {
    std::shared_ptr<Call> last;  // destroyed after the lock is let go
    absl::MutexLock lock(&mu_);
    const auto found = calls_.find(call);
    if (found == calls_.end()) return;
    last = std::move(found->second);
    calls_.erase(found);
  }

  std::vector<std::shared_ptr<Call>> All() const ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    std::vector<std::shared_ptr<Call>> all;
    for (const auto& [key, call] : calls_) all.push_back(call);
    return all;
  }

  size_t size() const ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    return calls_.size();
  }

 private:
  mutable absl::Mutex mu_;
  absl::flat_hash_map<const Call*, std::shared_ptr<Call>> calls_ ABSL_GUARDED_BY(mu_);
};

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_ADAPTERS_CALL_SET_H_
