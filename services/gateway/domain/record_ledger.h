// Which records of a partition have been answered for.
#ifndef BELLWETHER_SERVICES_GATEWAY_DOMAIN_RECORD_LEDGER_H_
#define BELLWETHER_SERVICES_GATEWAY_DOMAIN_RECORD_LEDGER_H_

#include <cstdint>
#include <deque>

namespace bellwether::gateway {

// Records are taken in the order of their offsets, which may skip, and answered for in any order.
class RecordLedger {
 public:
  // Nothing before `next_offset` is owed.
  explicit RecordLedger(int64_t next_offset) : next_offset_(next_offset) {}

  // `offset` is not below next_offset().
  void Take(int64_t offset);
  // Of a record taken and not answered for.
  void Answer(int64_t offset);

  // The least offset that has not been taken.
  int64_t next_offset() const { return next_offset_; }
  // Every record before this one is answered for; a reader that goes on from here misses none.
  int64_t settled() const { return open_.empty() ? next_offset_ : open_.front().offset; }
  bool AllAnswered() const { return open_.empty(); }

 private:
  struct Taken {
    int64_t offset = 0;
    bool answered = false;
  };

  int64_t next_offset_;
  std::deque<Taken> open_;  // by offset; the first is not answered for
};

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_DOMAIN_RECORD_LEDGER_H_
