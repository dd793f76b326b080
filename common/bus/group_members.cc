#include "common/bus/group_members.h"

#include <algorithm>

namespace bellwether::bus {

GroupMembers::MemberId GroupMembers::Join() {
  members_.push_back(next_member_);
  return next_member_++;
}

void GroupMembers::Leave(MemberId member) {
  std::erase(members_, member);
  for (std::optional<MemberId>& holder : holder_) {
    if (holder == member) holder.reset();
  }
}

std::vector<int32_t> GroupMembers::ToRelease(MemberId member) const {
  const Share share = ShareOf(member);
  std::vector<int32_t> partitions = HeldBy(member);
  std::erase_if(partitions, [&](int32_t p) { return p >= share.first && p < share.end; });
  return partitions;
}

void GroupMembers::Release(MemberId member, int32_t partition) {
  if (holder_[partition] == member) holder_[partition].reset();
}

std::vector<int32_t> GroupMembers::Claim(MemberId member) {
  const Share share = ShareOf(member);
  std::vector<int32_t> claimed;
  for (int32_t p = share.first; p < share.end; ++p) {
    if (holder_[p].has_value()) continue;
    holder_[p] = member;
    claimed.push_back(p);
  }
  return claimed;
}

std::vector<int32_t> GroupMembers::HeldBy(MemberId member) const {
  std::vector<int32_t> partitions;
  for (size_t p = 0; p < holder_.size(); ++p) {
    if (holder_[p] == member) partitions.push_back(static_cast<int32_t>(p));
  }
  return partitions;
}

bool GroupMembers::IsSettled(MemberId member) const {
  const Share share = ShareOf(member);
  for (int32_t p = 0; p < static_cast<int32_t>(holder_.size()); ++p) {
    const bool meant = p >= share.first && p < share.end;
    if (meant ? !holder_[p].has_value() : holder_[p] == member) return false;
  }
  return true;
}

GroupMembers::Share GroupMembers::ShareOf(MemberId member) const {
  const auto at = std::find(members_.begin(), members_.end(), member);
  if (at == members_.end()) return {};
  const auto index = static_cast<int32_t>(at - members_.begin());
  const auto count = static_cast<int32_t>(members_.size());
  const auto partitions = static_cast<int32_t>(holder_.size());
  const int32_t each = partitions / count;
  const int32_t with_one_more = partitions % count;
  const int32_t first = index * each + std::min(index, with_one_more);
  return {first, first + each + (index < with_one_more ? 1 : 0)};
}

}  // namespace bellwether::bus
