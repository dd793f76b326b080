// How often facts of a feed come, and when it is silent (X1).
#ifndef BELLWETHER_SERVICES_GATEWAY_DOMAIN_FEED_RHYTHM_H_
#define BELLWETHER_SERVICES_GATEWAY_DOMAIN_FEED_RHYTHM_H_

#include <cstdint>
#include <optional>

#include "absl/container/btree_set.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace bellwether::gateway {

// Days that a rhythm is learned from, up to the last one with facts: what a feed that has fallen
// silent was like does not fade.
inline constexpr int kRhythmDays = 28;
// Of them with facts, so that there is something to learn.
inline constexpr int kRhythmDaysMin = 3;
// A learned rhythm has to be missed that often; a declared one once.
inline constexpr int kLearnedRhythmsMissed = 2;

// What came of a feed so far.
struct FeedRecord {
  absl::Time first_received = absl::InfiniteFuture();
  absl::Time last_received = absl::InfinitePast();
  // The latest instant at which one of the facts happened.
  absl::Time last_fact = absl::InfinitePast();
  int64_t count = 0;
  // Local days on which facts were received.
  absl::btree_set<absl::CivilDay> days;

  // Of other facts, or what another process saw.
  void Merge(const FeedRecord& other);
};

enum class FeedState { kOnTime, kSilent, kNoRhythm, kAwaited };

struct FeedVerdict {
  FeedState state = FeedState::kNoRhythm;
  std::optional<absl::Duration> rhythm;
  bool learned = false;
  // After it the feed is silent if nothing comes.
  std::optional<absl::Time> silent_from;
};

// `declared`: within which time a fact is expected. Without it, the longest time from one day with
// facts to the next, if there are enough of them in the kRhythmDays up to the last.
FeedVerdict JudgeFeed(const FeedRecord& record, std::optional<absl::Duration> declared,
                      absl::Time now);

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_DOMAIN_FEED_RHYTHM_H_
