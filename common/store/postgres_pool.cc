#include "common/store/postgres_pool.h"

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/store/postgres_status.h"

namespace bellwether::store {

bool PostgresPool::MayTry() {
  if (!try_again_at_.has_value()) return true;
  if (Clock::System().Now() < *try_again_at_) return false;
  try_again_at_ = absl::InfiniteFuture();  // the caller's turn; it says what came of it
  return true;
}

absl::StatusOr<PostgresPool::Lent> PostgresPool::Take() {
  {
    absl::MutexLock lock(&mutex_);
    if (!mutex_.AwaitWithTimeout(absl::Condition(this, &PostgresPool::HasRoom), options_.wait)) {
      return Error(absl::StatusCode::kDeadlineExceeded, {"STORE_BUSY"},
                   "no connection to the store became free in time");
    }
    if (!idle_.empty()) {
      ++lent_;
      Lent lent{.connection = std::move(idle_.back())};
      idle_.pop_back();
      return lent;
    }
    if (!MayTry()) return StoreUnavailable();
    ++lent_;
  }
  auto connection = PostgresConnection::Open(options_);
  absl::MutexLock lock(&mutex_);
  if (!connection.ok()) {
    --lent_;
    try_again_at_ = Clock::System().Now() + backoff_.Next();
    return connection.status();
  }
  try_again_at_.reset();
  backoff_.Reset();
  return Lent{.connection = *std::move(connection), .fresh = true};
}

void PostgresPool::Return(std::unique_ptr<PostgresConnection> connection) {
  if (!connection->sound() || connection->in_transaction()) connection = nullptr;
  absl::MutexLock lock(&mutex_);
  --lent_;
  if (connection != nullptr) idle_.push_back(std::move(connection));
}

void PostgresPool::CloseIdle() {
  std::vector<std::unique_ptr<PostgresConnection>> closed;  // outside the lock
  absl::MutexLock lock(&mutex_);
  closed.swap(idle_);
}

}  // namespace bellwether::store
