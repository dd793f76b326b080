#include "services/gateway/application/dead_letters.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/synchronization/notification.h"
#include "common/base/status.h"
#include "common/bus/topics.h"
#include "common/journal/dead_letter.h"
#include "common/journal/timestamps.h"
#include "services/gateway/application/incoming_event.h"
#include "services/gateway/application/payload_text.h"

namespace bellwether::gateway {
namespace {

constexpr char kNamePrefix[] = "deadLetters/";
// What one letter shows of a value: the whole of it stays in the topic.
constexpr size_t kShownBytesMax = 64 << 10;
constexpr absl::Duration kReadWaitMax = absl::Seconds(5);

std::string NameOf(int32_t partition, int64_t offset) {
  return absl::StrCat(kNamePrefix, partition, "-", offset);
}

bool ParsePlace(absl::string_view text, char separator, bus::Position& place) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, separator);
  return parts.size() == 2 && absl::SimpleAtoi(parts[0], &place.partition) &&
         absl::SimpleAtoi(parts[1], &place.offset) && place.partition >= 0 && place.offset >= 0;
}

absl::Status NotFound() {
  return Error(absl::StatusCode::kNotFound, {"DEAD_LETTER_NOT_FOUND", "name", ""},
               "there is no such dead letter");
}

ingest::v1::DeadLetter Show(const bus::Record& record) {
  ingest::v1::DeadLetter shown;
  shown.set_name(NameOf(record.partition, record.offset));
  shown.set_key(std::string(record.key));
  shown.set_value(std::string(record.value.substr(0, kShownBytesMax)));
  shown.set_payload_text(PayloadText(record.value, kShownBytesMax));
  const auto letter = journal::DecodeDeadLetter(record);
  if (!letter.ok()) {
    // Somebody else wrote into the topic: shown all the same.
    shown.mutable_rejection()->set_reason("NOT_A_DEAD_LETTER");
    return shown;
  }
  *shown.mutable_dead_time() = journal::ToTimestamp(letter->refusal.time);
  shown.mutable_rejection()->set_reason(letter->refusal.reason);
  shown.mutable_rejection()->set_field(letter->refusal.field);
  shown.mutable_rejection()->set_rule(letter->refusal.rule);
  shown.mutable_rejection()->set_message(letter->refusal.message);
  shown.set_refused_by(letter->refusal.refused_by);
  for (const bus::Header& header : letter->refused.headers) {
    (*shown.mutable_headers())[header.name] = header.value;
  }
  return shown;
}

// Whether a filter lets a letter through, as far as the letter itself says.
bool Allows(const ingest::v1::DeadLetterFilter& filter, const ingest::v1::DeadLetter& letter) {
  const absl::Time died = journal::FromTimestamp(letter.dead_time()).value_or(absl::InfinitePast());
  const auto at = [](const google::protobuf::Timestamp& time, absl::Time otherwise) {
    return journal::FromTimestamp(time).value_or(otherwise);
  };
  return (filter.reason().empty() || filter.reason() == letter.rejection().reason()) &&
         (filter.refused_by().empty() || filter.refused_by() == letter.refused_by()) &&
         (!filter.has_from_time() || died >= at(filter.from_time(), absl::InfinitePast())) &&
         (!filter.has_to_time() || died < at(filter.to_time(), absl::InfiniteFuture()));
}

bool IsAccepted(const ingest::v1::LetterReplay& attempt) {
  return attempt.state() == ingest::v1::LETTER_REPLAY_STATE_ACCEPTED;
}

absl::Status CheckFilterTime(bool given, const google::protobuf::Timestamp& time,
                             absl::string_view field) {
  if (!given || journal::FromTimestamp(time).has_value()) return absl::OkStatus();
  return InvalidArgument("TIME_INVALID", field, "is no instant", "X1");
}

}  // namespace

absl::Status CheckFilter(const ingest::v1::DeadLetterFilter& filter) {
  if (filter.reason().size() > kLetterTextBytesMax) {
    return InvalidArgument("TEXT_TOO_LONG", "filter.reason", "must have at most 256 bytes", "X1");
  }
  if (filter.refused_by().size() > kLetterTextBytesMax) {
    return InvalidArgument("TEXT_TOO_LONG", "filter.refused_by", "must have at most 256 bytes",
                           "X1");
  }
  RETURN_IF_ERROR(CheckFilterTime(filter.has_from_time(), filter.from_time(), "filter.from_time"));
  return CheckFilterTime(filter.has_to_time(), filter.to_time(), "filter.to_time");
}

absl::StatusOr<std::vector<bus::OffsetRange>> DeadLetters::Ranges() {
  ASSIGN_OR_RETURN(const bus::TopicDescription topic, bus_.Describe(bus::kDeadLetterTopic));
  std::vector<bus::OffsetRange> ranges;
  for (int32_t partition = 0; partition < topic.partitions; ++partition) {
    ASSIGN_OR_RETURN(ranges.emplace_back(), bus_.Offsets(bus::kDeadLetterTopic, partition));
  }
  return ranges;
}

absl::StatusOr<DeadLetters::Found> DeadLetters::FindNext(int32_t partition, int64_t offset,
                                                         int64_t end,
                                                         const ingest::v1::DeadLetterFilter& filter,
                                                         const FindLimits& limits) {
  ASSIGN_OR_RETURN(const bus::RecordBatch batch, ReadAt(partition, offset, limits.records));
  Found found{.next_place = batch.empty() ? end : offset};
  for (const bus::Record& record : batch.records) {
    if (found.letters.size() == limits.letters) break;
    if (record.offset >= end) {
      found.next_place = end;
      break;
    }
    found.next_place = record.offset + 1;
    const ingest::v1::DeadLetter letter = Show(record);
    if (Allows(filter, letter)) found.letters.push_back({letter.name(), record.offset});
  }
  return found;
}

absl::StatusOr<bus::RecordBatch> DeadLetters::ReadAt(int32_t partition, int64_t offset,
                                                     size_t records_max) {
  ASSIGN_OR_RETURN(const std::unique_ptr<bus::Reader> reader,
                   bus_.NewReader(bus::kDeadLetterTopic, partition, offset));
  return reader->Read(records_max, kReadWaitMax);
}

absl::StatusOr<DeadLetters::Page> DeadLetters::List(absl::string_view cursor, int size,
                                                    const ingest::v1::DeadLetterFilter& filter) {
  bus::Position at;
  if (!cursor.empty() && !ParsePlace(cursor, ':', at)) {
    return InvalidArgument("PAGE_TOKEN_INVALID", "page_token", "the page token is not one of ours");
  }
  RETURN_IF_ERROR(CheckFilter(filter));
  ASSIGN_OR_RETURN(const std::vector<bus::OffsetRange> ranges, Ranges());
  Page page;
  size_t page_bytes = 0;
  size_t looked_at = 0;
  bool full = false;
  std::vector<std::string> names;
  for (; at.partition < static_cast<int32_t>(ranges.size()); ++at.partition, at.offset = 0) {
    const bus::OffsetRange& range = ranges[static_cast<size_t>(at.partition)];
    at.offset = std::max(at.offset, range.first);
    while (at.offset < range.end && !full) {
      const size_t left = static_cast<size_t>(size) - page.letters.size();
      full = left == 0 || looked_at >= kPageRecordsMax;
      if (full) break;
      ASSIGN_OR_RETURN(const bus::RecordBatch batch, ReadAt(at.partition, at.offset, left));
      if (batch.empty()) break;  // offsets may skip up to the end
      looked_at += batch.records.size();
      for (const bus::Record& record : batch.records) {
        ingest::v1::DeadLetter letter = Show(record);
        if (Allows(filter, letter)) {
          page_bytes += letter.ByteSizeLong();
          full = !page.letters.empty() && page_bytes > kPageBytesMax;
          if (full) break;
          names.push_back(letter.name());
          page.letters.push_back(std::move(letter));
        }
        at.offset = record.offset + 1;
      }
    }
    if (full) {
      page.next_cursor = absl::StrCat(at.partition, ":", at.offset);
      break;
    }
  }
  ASSIGN_OR_RETURN(const ReplayedLetters::Attempts attempts, replayed_.Among(names));
  for (ingest::v1::DeadLetter& letter : page.letters) {
    const auto attempt = attempts.find(letter.name());
    if (attempt == attempts.end()) continue;
    letter.set_replayed(IsAccepted(attempt->second));
    *letter.mutable_last_replay() = attempt->second;
  }
  if (filter.not_replayed()) {
    std::erase_if(page.letters, [](const auto& letter) { return letter.replayed(); });
  }
  return page;
}

absl::StatusOr<bool> DeadLetters::WasReplayedBy(const std::string& name, absl::string_view replay) {
  ASSIGN_OR_RETURN(const ReplayedLetters::Attempts attempts, replayed_.Among({name}));
  const auto last = attempts.find(name);
  return last != attempts.end() && IsAccepted(last->second) && last->second.replay() == replay;
}

absl::StatusOr<Answer> DeadLetters::Replay(absl::string_view name, const ReplayedBy& by,
                                           absl::Duration wait_max) {
  absl::string_view rest = name;
  bus::Position place;
  if (!absl::ConsumePrefix(&rest, kNamePrefix) || !ParsePlace(rest, '-', place)) {
    return InvalidArgument("NAME_INVALID", "name",
                           "a dead letter is deadLetters/{partition}-{offset}");
  }
  ASSIGN_OR_RETURN(const bus::TopicDescription topic, bus_.Describe(bus::kDeadLetterTopic));
  if (place.partition >= topic.partitions) return NotFound();
  ASSIGN_OR_RETURN(const bus::OffsetRange range,
                   bus_.Offsets(bus::kDeadLetterTopic, place.partition));
  if (place.offset < range.first || place.offset >= range.end) return NotFound();
  ASSIGN_OR_RETURN(const bus::RecordBatch batch, ReadAt(place.partition, place.offset, 1));
  if (batch.empty() || batch.records[0].offset != place.offset) return NotFound();

  const std::string canonical = NameOf(place.partition, place.offset);
  ASSIGN_OR_RETURN(const ReplayedLetters::Attempts attempts, replayed_.Among({canonical}));
  if (const auto last = attempts.find(canonical);
      last != attempts.end() && IsAccepted(last->second)) {
    return FailedPrecondition(kAlreadyReplayed, "name", "the letter has been replayed already");
  }
  ASSIGN_OR_RETURN(const journal::DeadLetter letter, journal::DecodeDeadLetter(batch.records[0]));
  ASSIGN_OR_RETURN(IncomingEvent event, FromDeadLetter(letter));

  const size_t bytes = event.size();
  if (!acceptor_.Enter(bytes, wait_max)) {
    return Error(absl::StatusCode::kResourceExhausted, {"JOURNAL_TOO_SLOW", "", ""},
                 "the journal does not keep up");
  }
  const absl::StatusOr<events::v1::FactEvent> fact = acceptor_.Check(event);
  ingest::v1::LetterReplay attempt;
  *attempt.mutable_time() = journal::ToTimestamp(clock_.Now());
  attempt.set_principal(by.principal);
  attempt.set_replay(by.replay);
  if (!fact.ok()) {
    acceptor_.Leave(bytes);
    attempt.set_state(ingest::v1::LETTER_REPLAY_STATE_REFUSED);
    SetRejection(fact.status(), *attempt.mutable_rejection());
    RETURN_IF_ERROR(replayed_.Add(canonical, attempt));
    return Answer{fact.status(), place};
  }
  // Shared: the answer may come after the deadline.
  struct Outcome {
    absl::Notification done;
    absl::StatusOr<Answer> answer;
  };
  const auto outcome = std::make_shared<Outcome>();
  acceptor_.Append(*fact, event, bytes, {.recorded_at = clock_.Now()},
                   [outcome](absl::StatusOr<Answer> answer) {
                     outcome->answer = std::move(answer);
                     outcome->done.Notify();
                   });
  if (!outcome->done.WaitForNotificationWithTimeout(wait_max)) {
    return Error(absl::StatusCode::kDeadlineExceeded, {"JOURNAL_TOO_SLOW", "", ""},
                 "the letter may have been replayed; look again before you repeat");
  }
  if (outcome->answer.ok()) {
    attempt.set_state(ingest::v1::LETTER_REPLAY_STATE_ACCEPTED);
    RETURN_IF_ERROR(replayed_.Add(canonical, attempt));
  }
  return outcome->answer;
}

}  // namespace bellwether::gateway
