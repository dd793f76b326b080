// What the bodies of requests may hold of memory, all together.
#ifndef BELLWETHER_COMMON_HTTP_BODY_BUDGET_H_
#define BELLWETHER_COMMON_HTTP_BODY_BUDGET_H_

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

namespace bellwether::http {

// Of one server. Thread-safe.
class BodyBudget {
 public:
  explicit BodyBudget(size_t bytes_max) : bytes_max_(bytes_max) {}

 private:
  friend class BodyShare;

  const size_t bytes_max_;
  std::atomic<size_t> taken_ = 0;
};

// What one body takes of it, given back at its end. One thread at a time.
class BodyShare {
 public:
  BodyShare() = default;
  explicit BodyShare(std::shared_ptr<BodyBudget> budget) : budget_(std::move(budget)) {}
  ~BodyShare() {
    if (budget_ != nullptr) budget_->taken_.fetch_sub(bytes_);
  }
  BodyShare(BodyShare&& other) noexcept
      : budget_(std::move(other.budget_)), bytes_(std::exchange(other.bytes_, 0)) {}
  BodyShare& operator=(BodyShare&& other) noexcept {
    std::swap(budget_, other.budget_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }

  // The body has so many bytes by now, never fewer than before. False where that is more than the
  // budget has left; it holds what it held then.
  [[nodiscard]] bool Grow(size_t bytes) {
    const size_t more = bytes - bytes_;
    if (budget_->taken_.fetch_add(more) + more > budget_->bytes_max_) {
      budget_->taken_.fetch_sub(more);
      return false;
    }
    bytes_ = bytes;
    return true;
  }

 private:
  std::shared_ptr<BodyBudget> budget_;
  size_t bytes_ = 0;
};

}  // namespace bellwether::http

#endif  // BELLWETHER_COMMON_HTTP_BODY_BUDGET_H_
