// Records for tests of the stream library.
#ifndef BELLWETHER_COMMON_STREAM_TESTING_RECORDS_H_
#define BELLWETHER_COMMON_STREAM_TESTING_RECORDS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/base/hash.h"
#include "common/bus/bus.h"
#include "common/bus/topics.h"

namespace bellwether::stream::testing {

inline bus::Message RecordAt(std::string key, absl::Time recorded_at, std::string value = "") {
  return {std::move(key),
          {{bus::kHeaderType, "bellwether.fact.test.v1"},
           {bus::kHeaderRecordedAt, absl::StrCat(absl::ToUnixMicros(recorded_at))}},
          std::move(value)};
}

inline bus::Message TickAt(absl::Time recorded_at) {
  return {"partition-0",
          {{bus::kHeaderType, bus::kTypeTick},
           {bus::kHeaderRecordedAt, absl::StrCat(absl::ToUnixMicros(recorded_at))}},
          ""};
}

inline bus::Message Backfilled(bus::Message message) {
  message.headers.push_back({bus::kHeaderBackfill, "1"});
  return message;
}

// The `number`th key that belongs to `partition`.
inline std::string KeyOf(int32_t partition, int32_t partitions, int number = 0) {
  for (int i = 0;; ++i) {
    std::string key = absl::StrCat("account-", i);
    if (PartitionOf(key, partitions) == partition && number-- == 0) return key;
  }
}

// Messages as a consumer sees them, at consecutive offsets. Keep it while they are used.
class RecordsOf {
 public:
  RecordsOf(int32_t partition, int64_t first_offset, std::vector<bus::Message> messages)
      : messages_(std::move(messages)), headers_(messages_.size()), records_(messages_.size()) {
    for (size_t i = 0; i < messages_.size(); ++i) {
      for (const bus::Header& header : messages_[i].headers) {
        headers_[i].push_back({header.name, header.value});
      }
      records_[i].partition = partition;
      records_[i].offset = first_offset + static_cast<int64_t>(i);
      records_[i].key = messages_[i].key;
      records_[i].value = messages_[i].value;
      records_[i].headers = headers_[i];
    }
  }
  RecordsOf(const RecordsOf&) = delete;
  RecordsOf& operator=(const RecordsOf&) = delete;

  const std::vector<bus::Record>& records() const { return records_; }

 private:
  const std::vector<bus::Message> messages_;
  std::vector<std::vector<bus::HeaderView>> headers_;
  std::vector<bus::Record> records_;
};

}  // namespace bellwether::stream::testing

#endif  // BELLWETHER_COMMON_STREAM_TESTING_RECORDS_H_
