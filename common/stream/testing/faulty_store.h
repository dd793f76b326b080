// A store whose faults are chosen by the test.
#ifndef BELLWETHER_COMMON_STREAM_TESTING_FAULTY_STORE_H_
#define BELLWETHER_COMMON_STREAM_TESTING_FAULTY_STORE_H_

#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/store/store.h"

namespace bellwether::stream::testing {

enum class CommitFate {
  kCommitted,
  kAborted,           // rolled back, and said so
  kUnavailable,       // the same, by a server that went away before
  kUnknownCommitted,  // the answer was lost
  kUnknownRolledBack,
  kCrashAfterCommit,  // committed, but the caller is gone
};

// Stands before a real store: what is committed really is. One per simulated process.
class FaultyStore final : public store::Store {
 public:
  // Deliberate faults of the double itself, to prove that simulations notice.
  struct Mutations {
    bool ignore_epochs = false;  // checkpoints do not compare (epoch, next_offset)
  };

  explicit FaultyStore(store::Store& real) : real_(real) {}

  absl::StatusOr<std::unique_ptr<store::Transaction>> Begin() override;
  absl::StatusOr<std::unique_ptr<store::Transaction>> BeginRead() override;
  absl::string_view ForUpdate() const override { return real_.ForUpdate(); }

  // Asked before a transaction begins and before each of its statements. May be empty.
  std::function<absl::Status(absl::string_view call)> fault;
  // Asked at each commit. May be empty.
  std::function<CommitFate()> fate;
  // Called after each real commit. May be empty.
  std::function<void()> committed;
  Mutations mutations;

 private:
  friend class FaultyTransaction;

  store::Store& real_;
};

}  // namespace bellwether::stream::testing

#endif  // BELLWETHER_COMMON_STREAM_TESTING_FAULTY_STORE_H_
