// What is accepted, by feed, until it is stored.
#ifndef BELLWETHER_SERVICES_GATEWAY_APPLICATION_FEED_TALLY_H_
#define BELLWETHER_SERVICES_GATEWAY_APPLICATION_FEED_TALLY_H_

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/metrics/metrics.h"
#include "services/gateway/domain/feed_rhythm.h"

namespace bellwether::gateway {

// Feeds of one process: what a sender makes up as sources does not take its memory.
inline constexpr size_t kFeedsMax = 2'000;

// A feed's name: source, and kind of fact as the field number of events.v1.Fact.
using FeedKey = std::pair<std::string, int>;
using FeedRecords = std::map<FeedKey, FeedRecord>;

// Beside admission, which pays a look-up for it and waits for nobody. Thread-safe.
class FeedTally {
 public:
  // One feed, for as long as the tally lives.
  class Feed {
   public:
    void Note(absl::Time received, absl::Time fact) ABSL_LOCKS_EXCLUDED(mu_);

   private:
    friend class FeedTally;
    explicit Feed(absl::TimeZone zone) : zone_(zone) {}
    FeedRecord Take() ABSL_LOCKS_EXCLUDED(mu_);

    const absl::TimeZone zone_;
    absl::Mutex mu_;
    FeedRecord record_ ABSL_GUARDED_BY(mu_);
    // The local day noted last: most facts are of the same.
    absl::Time day_begin_ ABSL_GUARDED_BY(mu_) = absl::InfiniteFuture();
    absl::Time day_end_ ABSL_GUARDED_BY(mu_) = absl::InfinitePast();
  };

  FeedTally(absl::TimeZone zone, metrics::Registry& metrics);

  // Null past kFeedsMax: then its facts are counted as untracked.
  Feed* Find(absl::string_view source, int kind) ABSL_LOCKS_EXCLUDED(mu_);

  // What was noted since the last call.
  FeedRecords Take() ABSL_LOCKS_EXCLUDED(mu_);
  // Gives back what could not be stored.
  void Return(const FeedRecords& records) ABSL_LOCKS_EXCLUDED(mu_);

 private:
  struct KeyView {
    absl::string_view source;
    int kind;
  };
  struct KeyHash {
    using is_transparent = void;
    size_t operator()(const KeyView& key) const { return absl::HashOf(key.source, key.kind); }
    size_t operator()(const FeedKey& key) const { return (*this)(KeyView{key.first, key.second}); }
  };
  struct KeyEq {
    using is_transparent = void;
    static KeyView ViewOf(const FeedKey& key) { return {key.first, key.second}; }
    static KeyView ViewOf(const KeyView& key) { return key; }
    template <typename A, typename B>
    bool operator()(const A& a, const B& b) const {
      const KeyView left = ViewOf(a);
      const KeyView right = ViewOf(b);
      return left.source == right.source && left.kind == right.kind;
    }
  };

  const absl::TimeZone zone_;
  metrics::Counter& untracked_;
  absl::Mutex mu_;
  absl::flat_hash_map<FeedKey, std::unique_ptr<Feed>, KeyHash, KeyEq> feeds_ ABSL_GUARDED_BY(mu_);
};

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_APPLICATION_FEED_TALLY_H_
