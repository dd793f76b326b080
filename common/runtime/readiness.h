// Who is ready: the components and dependencies of a process, each with its state.
#ifndef BELLWETHER_COMMON_RUNTIME_READINESS_H_
#define BELLWETHER_COMMON_RUNTIME_READINESS_H_

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

namespace bellwether::runtime {

// OK while ready; else why not, in words an operator may read ("lag 12000 records"). Called often
// and from several threads: must not block.
using ReadyCheck = std::function<absl::Status()>;

// Thread-safe. Outlives nothing: a check is withdrawn before what it looks at is destroyed.
class Readiness {
 public:
  struct State {
    std::string name;
    absl::Status status;
  };

  void Add(absl::string_view name, ReadyCheck check);
  void Remove(absl::string_view name);

  // In the order of Add.
  std::vector<State> Ask() const;
  // OK, or the first failure.
  absl::Status Overall() const;

 private:
  mutable absl::Mutex mutex_;
  std::vector<std::pair<std::string, ReadyCheck>> checks_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace bellwether::runtime

#endif  // BELLWETHER_COMMON_RUNTIME_READINESS_H_
