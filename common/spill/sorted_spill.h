// Sorts more than memory holds: entries gather in memory, sorted runs of them go to a file, and are
// merged when they are read.
#ifndef BELLWETHER_COMMON_SPILL_SORTED_SPILL_H_
#define BELLWETHER_COMMON_SPILL_SORTED_SPILL_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace bellwether::spill {

// Of one entry, key and value together.
inline constexpr size_t kEntryBytesMax = 4 << 20;

// Filled by Add, then sorted once, then read by Next. The file has no name and goes with the
// object; it lies in $TMPDIR, else /tmp. One thread.
class SortedSpill {
 public:
  // Holds about `memory_max` bytes of entries before a run goes to the file.
  explicit SortedSpill(size_t memory_max);
  ~SortedSpill();
  SortedSpill(const SortedSpill&) = delete;
  SortedSpill& operator=(const SortedSpill&) = delete;

  // RESOURCE_EXHAUSTED / SPILL_FAILED when the file cannot take it.
  absl::Status Add(absl::string_view key, absl::string_view value);
  // No more is added.
  absl::Status Sort();
  // Entries in the order of their keys' bytes, equal keys in the order they were added. The views
  // are valid until the next call. False at the end, or where the file cannot be read: status().
  bool Next(absl::string_view& key, absl::string_view& value);
  // After Sort: the next entry is the first again.
  void Rewind();

  const absl::Status& status() const { return failure_; }
  int64_t size() const { return size_; }
  bool spilled() const { return !runs_.empty(); }

 private:
  struct Entry {
    // The first bytes of the key, as a number that sorts as they do: most comparisons end here.
    uint64_t head = 0;
    size_t begin = 0;  // of the key in arena_
    uint32_t key_bytes = 0;
    uint32_t value_bytes = 0;
  };
  // A sorted run in the file, read a piece at a time.
  struct Run {
    uint64_t begin = 0;  // in the file
    uint64_t next = 0;
    uint64_t end = 0;
    std::string piece;
    size_t at = 0;  // in piece
    absl::string_view key;
    absl::string_view value;
  };

  void SortEntries();
  void StartMerge();
  absl::Status WriteRun();
  absl::Status Write(absl::string_view bytes);
  // False at the end of the run.
  bool Advance(Run& run);
  bool Load(Run& run, size_t bytes);
  bool LaterThan(size_t a, size_t b) const;

  const size_t memory_max_;
  int file_ = -1;
  uint64_t file_end_ = 0;
  int64_t size_ = 0;
  absl::Status failure_;
  std::string arena_;
  std::vector<Entry> entries_;
  size_t next_entry_ = 0;
  std::vector<std::unique_ptr<Run>> runs_;
  std::vector<size_t> heap_;  // runs that have an entry, the least on top
  bool started_ = false;
};

}  // namespace bellwether::spill

#endif  // BELLWETHER_COMMON_SPILL_SORTED_SPILL_H_
