#include "common/store/group_commit.h"

#include <algorithm>

#include "common/base/status.h"
#include "common/store/run_transaction.h"

namespace bellwether::store {

absl::Status GroupCommit::Run(Work work) {
  Call call{.work = work, .trace = CurrentTrace()};
  absl::MutexLock lock(&mutex_);
  waiting_.push_back(&call);
  const auto may_go_on = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return call.done || !led_; };
  mutex_.Await(absl::Condition(&may_go_on));
  while (!call.done) {
    led_ = true;
    const size_t size = std::min(waiting_.size(), kGroupCommitWorksMax);
    const std::vector<Call*> group(waiting_.begin(), waiting_.begin() + size);
    waiting_.erase(waiting_.begin(), waiting_.begin() + size);
    mutex_.Unlock();
    Lead(group);
    mutex_.Lock();
    for (Call* member : group) member->done = true;
    led_ = false;
  }
  return call.status;
}

void GroupCommit::Lead(const std::vector<Call*>& group) {
  if (group.size() > 1) {
    const Outcome together = RunTogether(group);
    if (!together.work_failed && !IsConflict(together.status)) {
      for (Call* call : group) call->status = together.status;
      return;
    }
  }
  for (Call* call : group) {
    const TraceScope scope(call->trace);
    call->status = RunTransaction(store_, call->work);
  }
}

GroupCommit::Outcome GroupCommit::RunTogether(const std::vector<Call*>& group) {
  const auto transaction = store_.Begin();
  if (!transaction.ok()) return {transaction.status()};
  for (Call* call : group) {
    const TraceScope scope(call->trace);
    if (absl::Status status = call->work(**transaction); !status.ok()) return {status, true};
  }
  return {(*transaction)->Commit()};
}

}  // namespace bellwether::store
