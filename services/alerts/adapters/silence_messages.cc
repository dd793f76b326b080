#include "services/alerts/adapters/silence_messages.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "bellwether/alerts/v1/storage.pb.h"
#include "common/base/status.h"
#include "common/journal/timestamps.h"
#include "common/rpc/paging.h"

namespace bellwether::alerts {
namespace {

constexpr absl::string_view kSilencePrefix = "silences/";

absl::StatusOr<absl::Time> TimeOr(bool given, const google::protobuf::Timestamp& time,
                                  absl::Time otherwise, absl::string_view field) {
  if (!given) return otherwise;
  const std::optional<absl::Time> read = journal::FromTimestamp(time);
  if (!read.has_value()) return InvalidArgument("TIME_INVALID", field, "is no instant", "L3");
  return *read;
}

}  // namespace

absl::StatusOr<std::string> SilenceIdOf(absl::string_view name) {
  if (!absl::ConsumePrefix(&name, kSilencePrefix) || name.empty()) {
    return InvalidArgument("NAME_INVALID", "name", "must be silences/{silence_id}");
  }
  return std::string(name);
}

absl::StatusOr<SilenceMatchers> FromProto(const v1::SilenceMatchers& matchers) {
  if (!v1::Level_IsValid(matchers.maximum_level())) {
    return InvalidArgument("LEVEL_INVALID", "matchers.maximum_level", "is no level of an alert",
                           "L1");
  }
  return SilenceMatchers{.rule_ids = {matchers.rule_ids().begin(), matchers.rule_ids().end()},
                         .accounts = {matchers.account_ids().begin(), matchers.account_ids().end()},
                         .tiers = {matchers.tiers().begin(), matchers.tiers().end()},
                         .assignees = {matchers.assignees().begin(), matchers.assignees().end()},
                         .maximum_level = static_cast<Level>(matchers.maximum_level())};
}

absl::StatusOr<Silence> FromProto(const v1::Silence& silence) {
  Silence out;
  ASSIGN_OR_RETURN(out.matchers, FromProto(silence.matchers()));
  out.reason = silence.reason();
  ASSIGN_OR_RETURN(out.start, TimeOr(silence.has_start_time(), silence.start_time(),
                                     absl::InfinitePast(), "silence.start_time"));
  ASSIGN_OR_RETURN(out.end, TimeOr(silence.has_end_time(), silence.end_time(),
                                   absl::InfiniteFuture(), "silence.end_time"));
  return out;
}

v1::Silence ToProto(const Silence& silence) {
  v1::Silence out;
  out.set_name(absl::StrCat(kSilencePrefix, silence.id));
  v1::SilenceMatchers& matchers = *out.mutable_matchers();
  for (const std::string& rule : silence.matchers.rule_ids) matchers.add_rule_ids(rule);
  for (const std::string& account : silence.matchers.accounts) matchers.add_account_ids(account);
  for (const std::string& tier : silence.matchers.tiers) matchers.add_tiers(tier);
  for (const std::string& assignee : silence.matchers.assignees) matchers.add_assignees(assignee);
  matchers.set_maximum_level(static_cast<v1::Level>(silence.matchers.maximum_level));
  out.set_reason(silence.reason);
  out.set_author(silence.author);
  *out.mutable_start_time() = journal::ToTimestamp(silence.start);
  *out.mutable_end_time() = journal::ToTimestamp(silence.end);
  *out.mutable_create_time() = journal::ToTimestamp(silence.created);
  out.set_ended_by(silence.ended_by);
  out.set_etag(rpc::EtagOf(silence.version));
  return out;
}

v1::Silence ToProto(const Silence& silence, absl::Time now, int64_t match_count) {
  v1::Silence out = ToProto(silence);
  out.set_active(silence.ActiveAt(now));
  out.set_match_count(match_count);
  return out;
}

std::string EncodeSilence(const Silence& silence) {
  v1::StoredSilence stored;
  *stored.mutable_silence() = ToProto(silence);
  stored.set_version(silence.version);
  stored.set_updated_micros(absl::ToUnixMicros(silence.updated));
  return stored.SerializeAsString();
}

absl::StatusOr<Silence> DecodeSilence(absl::string_view bytes) {
  v1::StoredSilence stored;
  absl::StatusOr<Silence> silence = absl::DataLossError("a silence row cannot be read");
  if (stored.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    silence = FromProto(stored.silence());
  }
  if (!silence.ok()) return absl::DataLossError("a silence row cannot be read");
  ASSIGN_OR_RETURN(silence->id, SilenceIdOf(stored.silence().name()));
  silence->version = stored.version();
  silence->author = stored.silence().author();
  silence->ended_by = stored.silence().ended_by();
  silence->created =
      journal::FromTimestamp(stored.silence().create_time()).value_or(absl::UnixEpoch());
  silence->updated = absl::FromUnixMicros(stored.updated_micros());
  return silence;
}

}  // namespace bellwether::alerts
