#include "services/health/adapters/history/history_block.h"

#include <zstd.h>

#include <utility>

#include "common/base/packing.h"
#include "common/base/status.h"
#include "services/health/adapters/history/message_codec.h"

namespace bellwether::health {
namespace {

// Sealing runs beside the fold on the same core: speed counts more than the last tenth of size.
constexpr int kCompressionLevel = 1;

absl::Status CorruptBlock() {
  return Error(absl::StatusCode::kDataLoss, {"HISTORY_CORRUPT", "", ""},
               "a block of history cannot be read");
}

std::string Compress(absl::string_view bytes) {
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  const size_t size =
      ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), kCompressionLevel);
  out.resize(size);  // cannot fail with a buffer of the bound
  return out;
}

absl::StatusOr<std::string> Decompress(absl::string_view bytes) {
  const unsigned long long size = ZSTD_getFrameContentSize(bytes.data(), bytes.size());
  if (size > kBlockBytesMax) return CorruptBlock();  // also the two error values
  std::string out(static_cast<size_t>(size), '\0');
  const size_t got = ZSTD_decompress(out.data(), out.size(), bytes.data(), bytes.size());
  if (got != out.size()) return CorruptBlock();
  return out;
}

bool ReadRecord(PackedReader& reader, int64_t first_offset, HistoryRecord& record) {
  record.offset = first_offset + static_cast<int64_t>(reader.VarintUpTo(kSegmentOffsets - 1));
  record.applied_at = absl::FromUnixMicros(reader.Signed());
  TakeStoredHeaders(reader, record.message.headers);
  record.message.value = std::string(reader.Bytes());
  return reader.ok();
}

}  // namespace

bus::Record ViewOf(const HistoryRecord& record, int32_t partition,
                   std::vector<bus::HeaderView>& headers) {
  headers.clear();
  for (const bus::Header& header : record.message.headers) {
    headers.push_back({header.name, header.value});
  }
  return {.partition = partition,
          .offset = record.offset,
          .key = record.message.key,
          .value = record.message.value,
          .headers = headers};
}

void HistoryBlockWriter::Add(absl::string_view account, int64_t previous_segment,
                             const bus::Record& record, absl::Time applied_at) {
  if (absl::string_view(account_) != account || section_records_ == 0) {
    CloseSection();
    account_ = std::string(account);
    previous_segment_ = previous_segment;
  }
  PutVarint(section_, static_cast<uint64_t>(record.offset - first_offset_));
  PutSigned(section_, absl::ToUnixMicros(applied_at));
  PutStoredHeaders(section_, record.headers);
  PutBytes(section_, record.value);
  ++section_records_;
  if (content_.size() + section_.size() >= kBlockBytes) {
    CloseSection();
    CloseBlock();
  }
}

void HistoryBlockWriter::CloseSection() {
  if (section_records_ == 0) return;
  if (content_.empty()) first_account_ = account_;
  PutBytes(content_, account_);
  PutSigned(content_, previous_segment_);
  PutVarint(content_, section_records_);
  content_ += section_;
  section_.clear();
  section_records_ = 0;
}

void HistoryBlockWriter::CloseBlock() {
  if (content_.empty()) return;
  blocks_.push_back({first_account_, account_, Compress(content_)});
  content_.clear();
}

std::vector<HistoryBlockWriter::Block> HistoryBlockWriter::Finish() && {
  CloseSection();
  CloseBlock();
  return std::move(blocks_);
}

absl::StatusOr<std::vector<HistorySection>> ReadHistoryBlock(int64_t first_offset,
                                                             absl::string_view content) {
  ASSIGN_OR_RETURN(const std::string bytes, Decompress(content));
  std::vector<HistorySection> sections;
  PackedReader reader(bytes);
  while (!reader.AtEnd()) {
    HistorySection section;
    section.account = std::string(reader.Bytes());
    section.previous_segment = reader.Signed();
    const uint64_t records = reader.VarintUpTo(kSegmentOffsets);
    for (uint64_t r = 0; r < records; ++r) {
      HistoryRecord record;
      record.message.key = section.account;
      if (!ReadRecord(reader, first_offset, record)) return CorruptBlock();
      section.records.push_back(std::move(record));
    }
    if (!reader.ok()) return CorruptBlock();
    sections.push_back(std::move(section));
  }
  return sections;
}

}  // namespace bellwether::health
