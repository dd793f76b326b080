// Hashes that are part of stored or shared formats: their results never change.
#ifndef BELLWETHER_COMMON_BASE_HASH_H_
#define BELLWETHER_COMMON_BASE_HASH_H_

#include <cstdint>

#include "absl/strings/string_view.h"

namespace bellwether {

// Kafka's default partitioner hash (murmur2, seed 0x9747b28c).
uint32_t Murmur2(absl::string_view bytes);

// The partition of `key` as every producer of the system must choose it. partitions > 0.
int32_t PartitionOf(absl::string_view key, int32_t partitions);

// FNV-1a with a final avalanche; for fingerprints kept in state (ids, contents). Not for untrusted
// hash tables.
uint64_t Fingerprint64(absl::string_view bytes, uint64_t seed = 0);

}  // namespace bellwether

#endif  // BELLWETHER_COMMON_BASE_HASH_H_
