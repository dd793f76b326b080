// The feeds of a deployment: what came of each, how often it should, which are silent.
#ifndef BELLWETHER_SERVICES_GATEWAY_APPLICATION_FEEDS_H_
#define BELLWETHER_SERVICES_GATEWAY_APPLICATION_FEEDS_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "bellwether/ingest/v1/feeds_service.pb.h"
#include "common/base/clock.h"
#include "services/gateway/application/feed_tally.h"
#include "services/gateway/domain/feed_rhythm.h"

namespace bellwether::gateway {

inline constexpr absl::Duration kFeedFlushInterval = absl::Seconds(1);
// The kind of a source as a whole.
inline constexpr int kEveryKind = 0;

struct DeclaredRhythm {
  absl::Duration every;
  std::string display_name;
};
using DeclaredRhythms = std::map<FeedKey, DeclaredRhythm>;

// What all gateways of a deployment saw.
class FeedRows {
 public:
  virtual ~FeedRows() = default;
  // Merges in what this process saw, of days those from `days_from` on, and forgets earlier days of
  // the same feeds.
  virtual absl::Status Add(const FeedRecords& records, absl::CivilDay days_from) = 0;
  virtual absl::StatusOr<FeedRecords> Load() = 0;
};

// Thread-safe but for Flush, which is called by one thread at a time.
class Feeds {
 public:
  Feeds(FeedTally& tally, FeedRows& rows, DeclaredRhythms declared, absl::TimeZone zone,
        const Clock& clock)
      : tally_(tally), rows_(rows), declared_(std::move(declared)), zone_(zone), clock_(clock) {}

  // Stores what was tallied; how long to wait before the next time. What could not be stored is
  // kept: where nobody knows whether it was, the count may come out too high, nothing else.
  absl::StatusOr<absl::Duration> Flush();

  // Every feed that was seen or is declared, as of `now`, in the order of source and kind.
  absl::StatusOr<std::vector<ingest::v1::Feed>> List(absl::Time now) const;

 private:
  absl::CivilDay DaysFrom(absl::Time now) const {
    return absl::ToCivilDay(now, zone_) - (kRhythmDays - 1);
  }

  FeedTally& tally_;
  FeedRows& rows_;
  const DeclaredRhythms declared_;
  const absl::TimeZone zone_;
  const Clock& clock_;
};

// "order_placed"; empty for kEveryKind and for a kind that this version does not know.
std::string FeedKindName(int kind);

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_APPLICATION_FEEDS_H_
