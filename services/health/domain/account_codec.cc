#include "services/health/domain/account_codec.h"

#include <optional>
#include <utility>
#include <vector>

#include "common/base/packing.h"
#include "common/base/status.h"

namespace bellwether::health {
namespace {

constexpr char kFormatVersion = 4;
// Five attributes by place instead of an open set.
constexpr char kFiveAttributesVersion = 2;
// Every day of a series had a fact.
constexpr char kEachDayHasFactsVersion = 3;
constexpr size_t kChecksumBytes = 4;
constexpr uint64_t kCodedDayMax = 1 << 20;
constexpr uint64_t kEmittedMax = 1'000;

// Flags.
constexpr uint64_t kDeleted = 1;
constexpr uint64_t kLate = 2;
constexpr uint64_t kHasEmitted = 4;
constexpr uint64_t kCorrected = 8;
constexpr uint64_t kHasCases = 16;
constexpr uint64_t kFlagsMax = kDeleted | kLate | kHasEmitted | kCorrected | kHasCases;

absl::Status Corrupt() {
  return Error(absl::StatusCode::kDataLoss, {"STATE_CORRUPT", "", ""},
               "the stored state of an account cannot be read");
}

void PutSeries(std::string& blob, const SeriesSet& series) {
  PutVarint(blob, series.size());
  series.ForEach([&](SeriesId id, const DailySeries& one) {
    PutVarint(blob, static_cast<uint64_t>(id));
    one.AppendTo(blob);
  });
}

bool ReadSeries(PackedReader& reader, char version, SeriesSet& series) {
  const auto form = version <= kEachDayHasFactsVersion ? DailySeries::Form::kEachDayHasFacts
                                                       : DailySeries::Form::kNewest;
  for (uint64_t left = reader.VarintUpTo(AllSeries().size()); left > 0; --left) {
    const auto id = static_cast<SeriesId>(reader.VarintUpTo(AllSeries().size() - 1));
    std::optional<DailySeries> one = DailySeries::Parse(reader, DefinitionOf(id).shape, form);
    if (!reader.ok() || !one || !series.Insert(id, *std::move(one))) return false;
  }
  return true;
}

std::optional<Attributes> ReadAttributes(PackedReader& reader, char version) {
  if (version != kFiveAttributesVersion) return Attributes::Parse(reader.Bytes());
  std::vector<Attributes::Entry> entries;
  for (const char* name : {"display_name", "owner", "industry", "tier", "region"}) {
    entries.emplace_back(name, reader.Bytes());
  }
  return Attributes(std::move(entries));
}

}  // namespace

void AccountCodec::Encode(const Account& account, const AccountPosition& position,
                          std::string& blob) {
  const size_t begin = blob.size();
  blob.push_back(kFormatVersion);
  PutVarint(blob, (account.deleted_ ? kDeleted : 0) | (account.late_.has_value() ? kLate : 0) |
                      (account.emitted_.empty() ? 0 : kHasEmitted) |
                      (account.corrections_.empty() ? 0 : kCorrected) |
                      (account.open_cases_.empty() ? 0 : kHasCases));
  PutVarint(blob, static_cast<uint64_t>(account.day_));
  PutSigned(blob, account.entity_version_);
  PutSigned(blob, position.activation_offset);
  PutSigned(blob, position.version);
  PutSigned(blob, position.changed_micros);
  PutSigned(blob, position.segment);
  PutSigned(blob, position.segment_before);
  PutBytes(blob, account.attributes_.packed());
  if (account.late_) {
    PutVarint(blob, static_cast<uint64_t>(account.late_->from));
    PutSeries(blob, account.late_->shown);
  }
  account.seen_.AppendTo(blob);
  if (!account.corrections_.empty()) account.corrections_.AppendTo(blob);
  if (!account.open_cases_.empty()) account.open_cases_.AppendTo(blob);
  PutSeries(blob, account.series_);
  uint64_t differing = 0;
  for (size_t i = 0; i < account.emitted_.size(); ++i) {
    differing += account.emitted_[i] != account.live_[i] ? 1 : 0;
  }
  PutVarint(blob, differing);
  for (size_t i = 0; differing > 0 && i < account.emitted_.size(); ++i) {
    if (account.emitted_[i] == account.live_[i]) continue;
    PutVarint(blob, i);
    PutSigned(blob, account.emitted_[i]);
  }
  const uint32_t checksum = Checksum(absl::string_view(blob).substr(begin));
  blob.append(reinterpret_cast<const char*>(&checksum), kChecksumBytes);
}

absl::StatusOr<AccountCodec::Decoded> AccountCodec::Decode(absl::string_view blob,
                                                           const ActiveModel* model,
                                                           int64_t activation_offset, FoldDay now) {
  if (blob.size() <= kChecksumBytes || blob[0] < kFiveAttributesVersion ||
      blob[0] > kFormatVersion) {
    return Corrupt();
  }
  const absl::string_view body = blob.substr(0, blob.size() - kChecksumBytes);
  uint32_t checksum;
  std::memcpy(&checksum, blob.data() + body.size(), kChecksumBytes);
  if (checksum != Checksum(body)) return Corrupt();

  Decoded decoded;
  Account& account = decoded.account;
  AccountPosition& position = decoded.position;
  PackedReader reader(body.substr(1));
  const uint64_t flags = reader.VarintUpTo(kFlagsMax);
  const auto day = static_cast<Day>(reader.VarintUpTo(kCodedDayMax));
  account.deleted_ = (flags & kDeleted) != 0;
  account.entity_version_ = reader.Signed();
  position.activation_offset = reader.Signed();
  position.version = reader.Signed();
  position.changed_micros = reader.Signed();
  position.segment = reader.Signed();
  position.segment_before = reader.Signed();
  std::optional<Attributes> attributes = ReadAttributes(reader, blob[0]);
  if (!attributes) return Corrupt();
  account.attributes_ = *std::move(attributes);
  if ((flags & kLate) != 0) {
    Account::Late late;
    late.from = static_cast<Day>(reader.VarintUpTo(kCodedDayMax));
    if (!ReadSeries(reader, blob[0], late.shown)) return Corrupt();
    account.late_ = std::move(late);
  }
  std::optional<SeenFacts> seen = SeenFacts::Parse(reader);
  if (!seen) return Corrupt();
  account.seen_ = *std::move(seen);
  if ((flags & kCorrected) != 0) {
    std::optional<Corrections> corrections = Corrections::Parse(reader);
    if (!corrections) return Corrupt();
    account.corrections_ = *std::move(corrections);
  }
  if ((flags & kHasCases) != 0) {
    std::optional<OpenCases> cases = OpenCases::Parse(reader);
    if (!cases) return Corrupt();
    account.open_cases_ = *std::move(cases);
  }
  if (!ReadSeries(reader, blob[0], account.series_)) return Corrupt();

  const bool emitted_holds = (flags & kHasEmitted) != 0 && model != nullptr && day == now.today &&
                             position.activation_offset == activation_offset;
  // Nothing has counted since the model became active: the first fact that does will emit all.
  const bool unseen = (flags & kHasEmitted) == 0 && position.activation_offset == activation_offset;
  account.Derive(unseen ? nullptr : model, now);
  for (uint64_t left = reader.VarintUpTo(kEmittedMax); left > 0; --left) {
    const uint64_t value = reader.VarintUpTo(kEmittedMax);
    const int64_t emitted = reader.Signed();
    if (!reader.ok()) return Corrupt();
    if (!emitted_holds) continue;
    if (value >= account.emitted_.size()) return Corrupt();
    account.emitted_[value] = emitted;
  }
  if (!reader.ok() || !reader.AtEnd()) return Corrupt();
  return decoded;
}

}  // namespace bellwether::health
