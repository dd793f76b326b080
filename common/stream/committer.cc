#include "common/stream/committer.h"

#include <pthread.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace bellwether::stream {
namespace {

constexpr size_t kAllPartitions = std::numeric_limits<size_t>::max();
// How long the thread waits for the bell when nothing is to be tried again.
constexpr absl::Duration kIdleWait = absl::Seconds(1);

CommitOutcome OutcomeOf(const Checkpoint& checkpoint, absl::Status status) {
  CommitOutcome outcome;
  outcome.partition = checkpoint.partition;
  outcome.epoch = checkpoint.expected.epoch;
  outcome.next_offset = checkpoint.next.next_offset;
  outcome.status = std::move(status);
  return outcome;
}

// `row` is what stands in the table instead.
CommitOutcome Fenced(const Checkpoint& checkpoint, const std::optional<OffsetsRow>& row) {
  CommitOutcome outcome =
      OutcomeOf(checkpoint, absl::AbortedError("another member has taken the partition"));
  outcome.fenced = true;
  outcome.taken_for_owner = row.has_value() && OwnersEpoch(*row) == checkpoint.expected.epoch;
  return outcome;
}

}  // namespace

Committer::Committer(Options options, store::Store& store, const Clock& clock,
                     std::shared_ptr<Bell> bell)
    : options_(std::move(options)),
      offsets_(options_.processor),
      store_(store),
      clock_(clock),
      bell_(std::move(bell)),
      group_partitions_max_(kAllPartitions) {}

Committer::~Committer() { Stop(); }

void Committer::Submit(Checkpoint checkpoint) {
  const std::shared_ptr<DeliveryLedger> ledger = checkpoint.ledger;
  const int64_t effects = checkpoint.effects;
  {
    absl::MutexLock lock(&mutex_);
    waiting_[checkpoint.partition].push_back(std::move(checkpoint));
  }
  ledger->RingAt(effects);
}

void Committer::Forget(int32_t partition, int64_t epoch) {
  Group gone;  // destroyed outside the lock
  absl::MutexLock lock(&mutex_);
  forgotten_[partition] = std::max(forgotten_[partition], epoch);
  std::deque<Checkpoint>& waiting = waiting_[partition];
  while (!waiting.empty() && Forgotten(waiting.front())) {
    gone.push_back(std::move(waiting.front()));
    waiting.pop_front();
  }
  std::erase_if(in_doubt_, [this](const Checkpoint& checkpoint) {
    mutex_.AssertHeld();
    return Forgotten(checkpoint);
  });
}

std::vector<CommitOutcome> Committer::TakeOutcomes() {
  absl::MutexLock lock(&mutex_);
  return std::exchange(outcomes_, {});
}

bool Committer::AwaitIdle(int32_t partition, absl::Time deadline) {
  if (!thread_.joinable()) {
    while (true) {
      {
        absl::MutexLock lock(&mutex_);
        if (IdleLocked(partition)) return true;
      }
      if (!Step()) return false;
    }
  }
  absl::MutexLock lock(&mutex_);
  const auto idle = [this, partition] {
    mutex_.AssertHeld();
    return IdleLocked(partition);
  };
  return mutex_.AwaitWithTimeout(absl::Condition(&idle), deadline - clock_.Now());
}

bool Committer::IdleLocked(int32_t partition) const {
  const auto waiting = waiting_.find(partition);
  return (waiting == waiting_.end() || waiting->second.empty()) &&
         std::find(committing_.begin(), committing_.end(), partition) == committing_.end() &&
         std::none_of(in_doubt_.begin(), in_doubt_.end(),
                      [partition](const Checkpoint& checkpoint) {
                        return checkpoint.partition == partition;
                      });
}

bool Committer::Forgotten(const Checkpoint& checkpoint) const {
  const auto forgotten = forgotten_.find(checkpoint.partition);
  return forgotten != forgotten_.end() && checkpoint.expected.epoch <= forgotten->second;
}

Committer::Group Committer::TakeReady() {
  Group ready;
  for (auto& [partition, waiting] : waiting_) {
    if (waiting.empty()) continue;
    Checkpoint& first = waiting.front();
    if (first.ledger->failed()) {
      outcomes_.push_back(OutcomeOf(first, first.ledger->failure()));
      waiting.clear();
    } else if (first.ledger->settled() >= first.effects && ready.size() < group_partitions_max_) {
      ready.push_back(std::move(first));
      waiting.pop_front();
    }
  }
  return ready;
}

void Committer::PutBack(Group group) {
  for (Checkpoint& checkpoint : group) {
    if (!Forgotten(checkpoint)) {
      waiting_[checkpoint.partition].push_front(std::move(checkpoint));
    }
  }
}

bool Committer::Step() {
  Group group;
  bool in_doubt = false;
  bool settled_any = false;
  {
    absl::MutexLock lock(&mutex_);
    if (clock_.Now() < retry_at_) return false;
    in_doubt = !in_doubt_.empty();
    if (in_doubt) {
      group = std::exchange(in_doubt_, {});
    } else {
      const size_t outcomes_before = outcomes_.size();
      group = TakeReady();
      settled_any = outcomes_.size() > outcomes_before;
    }
    for (const Checkpoint& checkpoint : group) committing_.push_back(checkpoint.partition);
  }
  if (group.empty()) return settled_any;

  std::vector<CommitOutcome> outcomes;
  const size_t group_size = group.size();
  const Settled settled = in_doubt ? Learn(group, outcomes) : Commit(group, outcomes);

  absl::MutexLock lock(&mutex_);
  committing_.clear();
  settled_any = settled_any || !outcomes.empty();
  std::move(outcomes.begin(), outcomes.end(), std::back_inserter(outcomes_));
  if (settled == Settled::kAll) {
    retry_at_ = absl::InfinitePast();
    retry_delay_ = kCommitRetryMin;
    group_partitions_max_ = kAllPartitions;
    return settled_any;
  }
  retry_at_ = clock_.Now() + retry_delay_;
  retry_delay_ = std::min(retry_delay_ * 2, kCommitRetryMax);
  if (settled == Settled::kInDoubt) {
    std::erase_if(group, [this](const Checkpoint& checkpoint) {
      mutex_.AssertHeld();
      return Forgotten(checkpoint);
    });
    in_doubt_ = std::move(group);
  } else {
    // Rows that fail must not hold up other partitions' commits.
    group_partitions_max_ = std::max<size_t>(1, group_size / 2);
    PutBack(std::move(group));
  }
  return settled_any;
}

Committer::Settled Committer::Commit(Group& group, std::vector<CommitOutcome>& outcomes) {
  absl::StatusOr<std::unique_ptr<store::Transaction>> transaction = store_.Begin();
  if (!transaction.ok()) return Settled::kRetry;

  const std::string commit_id = absl::StrCat(options_.id, "-", ++commits_);
  for (auto checkpoint = group.begin(); checkpoint != group.end();) {
    checkpoint->next.commit_id = commit_id;
    const absl::StatusOr<bool> advanced = offsets_.Advance(**transaction, checkpoint->partition,
                                                           checkpoint->expected, checkpoint->next);
    if (!advanced.ok()) return Fail(group, advanced.status(), outcomes);
    if (!*advanced) {
      const absl::StatusOr<std::optional<OffsetsRow>> row =
          offsets_.Read(store_, **transaction, checkpoint->partition, /*lock=*/false);
      if (!row.ok()) return Fail(group, row.status(), outcomes);
      outcomes.push_back(Fenced(*checkpoint, *row));
      checkpoint = group.erase(checkpoint);
      continue;
    }
    if (const absl::Status written = checkpoint->rows(**transaction); !written.ok()) {
      return Fail(group, written, outcomes);
    }
    ++checkpoint;
  }
  if (group.empty()) return Settled::kAll;

  const absl::Status committed = (*transaction)->Commit();
  transaction->reset();
  if (absl::IsUnknown(committed)) return Learn(group, outcomes);
  if (!committed.ok()) return Fail(group, committed, outcomes);
  for (const Checkpoint& checkpoint : group) {
    outcomes.push_back(OutcomeOf(checkpoint, absl::OkStatus()));
  }
  group.clear();
  if (options_.committed) options_.committed();
  return Settled::kAll;
}

Committer::Settled Committer::Fail(Group& group, const absl::Status& status,
                                   std::vector<CommitOutcome>& outcomes) {
  if (IsRetryable(status) || group.size() > 1) return Settled::kRetry;
  outcomes.push_back(OutcomeOf(group.front(), status));
  group.clear();
  return Settled::kAll;
}

Committer::Settled Committer::Learn(Group& group, std::vector<CommitOutcome>& outcomes) {
  absl::StatusOr<std::unique_ptr<store::Transaction>> transaction = store_.Begin();
  if (!transaction.ok()) return Settled::kInDoubt;
  std::vector<CommitOutcome> learned;
  bool any_committed = false;
  for (const Checkpoint& checkpoint : group) {
    const absl::StatusOr<std::optional<OffsetsRow>> row =
        offsets_.Read(store_, **transaction, checkpoint.partition, /*lock=*/true);
    if (!row.ok()) return Settled::kInDoubt;
    if (row->has_value() && (*row)->commit_id == checkpoint.next.commit_id) {
      learned.push_back(OutcomeOf(checkpoint, absl::OkStatus()));
      any_committed = true;
    } else if (!row->has_value() || (*row)->epoch != checkpoint.expected.epoch) {
      learned.push_back(Fenced(checkpoint, *row));
    } else {
      learned.push_back(OutcomeOf(checkpoint, absl::UnknownError("the commit did not happen")));
    }
  }
  std::move(learned.begin(), learned.end(), std::back_inserter(outcomes));
  group.clear();
  if (any_committed && options_.committed) options_.committed();
  return Settled::kAll;
}

void Committer::Start() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = false;
  }
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "commit");
    while (true) {
      absl::Duration wait = kIdleWait;
      {
        absl::MutexLock lock(&mutex_);
        if (stopping_) return;
        if (retry_at_ > clock_.Now()) wait = std::min(wait, retry_at_ - clock_.Now());
      }
      bell_->Wait(wait);
      while (Step()) {
      }
    }
  });
}

void Committer::Stop() {
  if (!thread_.joinable()) return;
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  bell_->Ring();
  thread_.join();
  thread_ = std::thread();
}

}  // namespace bellwether::stream
