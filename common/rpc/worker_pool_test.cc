#include "common/rpc/worker_pool.h"

#include <atomic>
#include <vector>

#include "absl/synchronization/notification.h"
#include "common/base/status.h"
#include "gtest/gtest.h"

namespace bellwether::rpc::worker_pool_test {
namespace {

TEST(WorkerPool, RefusesAtOnceWhenItsQueueIsFull) {
  WorkerPool pool({.threads = 1, .queued_max = 2});
  absl::Notification begun;
  absl::Notification go_on;
  std::atomic<int> ran = 0;
  ASSERT_TRUE(pool.Submit([&] {
                    begun.Notify();
                    go_on.WaitForNotification();
                  })
                  .ok());
  begun.WaitForNotification();
  EXPECT_TRUE(pool.Submit([&] { ++ran; }).ok());
  EXPECT_TRUE(pool.Submit([&] { ++ran; }).ok());
  EXPECT_EQ(pool.queued(), 2u);
  const absl::Status full = pool.Submit([&] { ++ran; });
  EXPECT_EQ(full.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(DetailOf(full)->reason, "POOL_FULL");
  go_on.Notify();
  pool.Stop();
  EXPECT_EQ(ran, 2);
}

TEST(WorkerPool, RunsWhatIsQueuedBeforeItStopsAndNothingAfter) {
  WorkerPool pool({.threads = 1, .queued_max = 100});
  std::vector<int> order;
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(pool.Submit([&order, i] { order.push_back(i); }).ok());
  }
  pool.Stop();
  ASSERT_EQ(order.size(), 100u);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(order[i], i);
  EXPECT_EQ(pool.Submit([] {}).code(), absl::StatusCode::kUnavailable);
}

TEST(WorkerPool, LeavesARefusedTaskWithItsCaller) {
  WorkerPool pool({.threads = 1});
  pool.Stop();
  bool ran = false;
  WorkerPool::Task task = [&] { ran = true; };
  ASSERT_FALSE(pool.Submit(std::move(task)).ok());
  task();
  EXPECT_TRUE(ran);
}

}  // namespace
}  // namespace bellwether::rpc::worker_pool_test
