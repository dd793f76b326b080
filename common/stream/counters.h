// What a processor has done since it was made, in numbers; the owner of the metrics reads them.
#ifndef BELLWETHER_COMMON_STREAM_COUNTERS_H_
#define BELLWETHER_COMMON_STREAM_COUNTERS_H_

#include <cstdint>
#include <map>
#include <string>

namespace bellwether::stream {

struct Counters {
  int64_t records = 0;  // applied, ticks not included
  int64_t ticks = 0;
  int64_t records_muted = 0;  // of both, applied while folding back
  int64_t timers = 0;
  int64_t effects = 0;                          // handed to the bus
  std::map<std::string, int64_t> dead_letters;  // by reason
  int64_t checkpoints = 0;                      // committed
  int64_t fenced = 0;                           // commits refused: another member had taken over
  std::map<std::string, int64_t> reloads;       // partitions dropped and loaded again, by reason
  int64_t poll_errors = 0;
  int64_t cache_failures = 0;  // calls that failed
  int64_t cache_losses = 0;    // times the cache was found to have forgotten
  int64_t cache_refills = 0;   // of a partition, from the whole state
};

}  // namespace bellwether::stream

#endif  // BELLWETHER_COMMON_STREAM_COUNTERS_H_
