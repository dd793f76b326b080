#include "common/rpc/open_streams.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace bellwether::rpc {
namespace {

absl::Status Draining() {
  return Error(absl::StatusCode::kUnavailable, {"DRAINING", "", ""},
               "the server is going away; connect again");
}

}  // namespace

absl::Status OpenStreams::Add(std::shared_ptr<OpenStream> stream) {
  absl::MutexLock lock(&mutex_);
  const bool full = streams_.size() >= streams_max_;
  const OpenStream* key = stream.get();
  streams_.emplace(key, std::move(stream));
  if (draining_) return Draining();
  if (full) {
    return Error(absl::StatusCode::kResourceExhausted, {"TOO_MANY_STREAMS", "", ""},
                 absl::StrCat("this server holds at most ", streams_max_,
                              " streams (streams-max); try again later"));
  }
  return absl::OkStatus();
}

void OpenStreams::Remove(const OpenStream* stream) {
  std::shared_ptr<OpenStream> last;  // destroyed after the lock is let go
  absl::MutexLock lock(&mutex_);
  const auto found = streams_.find(stream);
  if (found == streams_.end()) return;
  last = std::move(found->second);
  streams_.erase(found);
}

void OpenStreams::Drain() {
  std::vector<std::shared_ptr<OpenStream>> open;
  {
    absl::MutexLock lock(&mutex_);
    draining_ = true;
    for (const auto& [key, stream] : streams_) open.push_back(stream);
  }
  for (const auto& stream : open) stream->End(Draining());
}

size_t OpenStreams::size() const {
  absl::MutexLock lock(&mutex_);
  return streams_.size();
}

bool OpenStreams::AwaitNone(absl::Time deadline) const {
  absl::MutexLock lock(&mutex_);
  const auto none = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return streams_.empty(); };
  return mutex_.AwaitWithDeadline(absl::Condition(&none), deadline);
}

}  // namespace bellwether::rpc
