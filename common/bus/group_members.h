// Who reads which partition: the members of one consumer group on one topic of the embedded bus.
#ifndef BELLWETHER_COMMON_BUS_GROUP_MEMBERS_H_
#define BELLWETHER_COMMON_BUS_GROUP_MEMBERS_H_

#include <cstdint>
#include <optional>
#include <vector>

namespace bellwether::bus {

// Shares partitions out by range, in the order in which members joined: each gets a run of
// partitions, the first ones one more when they do not divide evenly. A partition passes from one
// member to another in two steps, so that it never has two holders: the old member releases it
// (after OnRevoked), then the new one claims it (before OnAssigned).
//
// Not thread-safe: the topic's lock guards it.
class GroupMembers {
 public:
  using MemberId = int64_t;

  explicit GroupMembers(int32_t partitions) : holder_(partitions), committed_(partitions) {}

  MemberId Join();
  // Releases what the member still holds.
  void Leave(MemberId member);

  // What the member holds that is another's by now.
  std::vector<int32_t> ToRelease(MemberId member) const;
  void Release(MemberId member, int32_t partition);
  // Takes what is the member's and held by nobody.
  std::vector<int32_t> Claim(MemberId member);
  std::vector<int32_t> HeldBy(MemberId member) const;
  // False when ToRelease or Claim would give something.
  bool IsSettled(MemberId member) const;

  void Commit(int32_t partition, int64_t next_offset) { committed_[partition] = next_offset; }
  std::optional<int64_t> Committed(int32_t partition) const { return committed_[partition]; }

 private:
  // The partitions [first, end) meant for a member.
  struct Share {
    int32_t first = 0;
    int32_t end = 0;
  };
  Share ShareOf(MemberId member) const;

  std::vector<MemberId> members_;  // in the order of joining
  MemberId next_member_ = 1;
  std::vector<std::optional<MemberId>> holder_;    // per partition
  std::vector<std::optional<int64_t>> committed_;  // per partition; advisory
};

}  // namespace bellwether::bus

#endif  // BELLWETHER_COMMON_BUS_GROUP_MEMBERS_H_
