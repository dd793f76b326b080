#include "services/gateway/application/letter_replays.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/ids.h"
#include "common/base/status.h"
#include "common/journal/timestamps.h"
#include "google/protobuf/util/message_differencer.h"
#include "services/gateway/application/payload_text.h"

namespace bellwether::gateway {
namespace {

using ingest::v1::DeadLetterReplay;
using ingest::v1::LetterReplay;
using ingest::v1::StoredReplay;

constexpr size_t kLettersPerStep = 20;
constexpr size_t kRecordsPerLook = 256;
constexpr absl::Duration kIdle = absl::Seconds(2);
constexpr absl::Duration kLetterWaitMax = absl::Seconds(10);

absl::Status ReplayNotFound() {
  return Error(absl::StatusCode::kNotFound, {"REPLAY_NOT_FOUND", "name", ""},
               "there is no such replay of dead letters");
}

absl::Status CheckStart(const ingest::v1::StartDeadLetterReplayRequest& request) {
  if (request.names_size() > kReplayNamesMax) {
    return InvalidArgument("TOO_MANY_LETTERS", "names", "at most 1 000 letters may be named");
  }
  if (request.names_size() > 0 && request.has_filter()) {
    return InvalidArgument("NAMES_AND_FILTER", "filter", "letters are named or filtered, not both");
  }
  if (request.names().empty() && !request.has_filter()) {
    return InvalidArgument("LETTERS_MISSING", "names", "names letters, or a filter: {} means all");
  }
  if (request.request_id().size() > kReplayRequestIdBytesMax) {
    return InvalidArgument("REQUEST_ID_INVALID", "request_id", "must have at most 128 bytes");
  }
  return absl::OkStatus();
}

bool AsksTheSame(const DeadLetterReplay& replay,
                 const ingest::v1::StartDeadLetterReplayRequest& request) {
  ingest::v1::StartDeadLetterReplayRequest asked;
  *asked.mutable_names() = replay.names();
  if (replay.has_filter()) *asked.mutable_filter() = replay.filter();
  asked.set_request_id(request.request_id());
  return google::protobuf::util::MessageDifferencer::Equals(asked, request);
}

int64_t LeftOf(const StoredReplay& replay) {
  if (!replay.replay().names().empty()) {
    return replay.replay().names_size() - replay.next_name();
  }
  int64_t left = 0;
  for (int32_t partition = replay.next_partition(); partition < replay.ends_size(); ++partition) {
    left += replay.ends(partition);
    if (partition == replay.next_partition()) left -= replay.next_offset();
  }
  return left;
}

}  // namespace

LetterReplays::LetterReplays(DeadLetters& letters, ReplayRows& rows, const Clock& clock,
                             metrics::Registry& metrics,
                             std::function<absl::StatusOr<bool>()> may_work)
    : letters_(letters),
      rows_(rows),
      clock_(clock),
      may_work_(std::move(may_work)),
      replayed_(metrics.Counters("bellwether_gateway_letters_replayed_total",
                                 "Dead letters that bulk replays have come to, by what became of "
                                 "them.",
                                 {"state"})) {}

absl::StatusOr<DeadLetterReplay> LetterReplays::Start(
    const ingest::v1::StartDeadLetterReplayRequest& request, const std::string& principal) {
  RETURN_IF_ERROR(CheckStart(request));
  if (!request.request_id().empty()) {
    ASSIGN_OR_RETURN(const auto begun, rows_.FindByRequest(request.request_id()));
    if (begun.has_value()) {
      if (AsksTheSame(begun->replay(), request)) return begun->replay();
      return Error(absl::StatusCode::kAlreadyExists, {"REQUEST_ID_REUSED", "request_id", ""},
                   "the request id was used for another replay");
    }
  }
  StoredReplay stored;
  DeadLetterReplay& replay = *stored.mutable_replay();
  replay.set_name(absl::StrCat("deadLetterReplays/", NewUuid()));
  replay.set_state(ingest::v1::REPLAY_STATE_RUNNING);
  replay.set_principal(principal);
  *replay.mutable_start_time() = journal::ToTimestamp(clock_.Now());
  *replay.mutable_names() = request.names();
  if (request.has_filter()) {
    *replay.mutable_filter() = request.filter();
    ASSIGN_OR_RETURN(const std::vector<bus::OffsetRange> ranges, letters_.Ranges());
    for (const bus::OffsetRange& range : ranges) stored.add_ends(range.end);
    if (!ranges.empty()) stored.set_next_offset(ranges[0].first);
  }
  replay.set_left_count(LeftOf(stored));
  RETURN_IF_ERROR(rows_.Insert(stored, request.request_id()));
  if (begun_) begun_();
  return replay;
}

absl::StatusOr<DeadLetterReplay> LetterReplays::Get(const std::string& name) {
  ASSIGN_OR_RETURN(const auto found, rows_.Find(name));
  if (!found.has_value()) return ReplayNotFound();
  return found->replay();
}

absl::StatusOr<DeadLetterReplay> LetterReplays::Cancel(const std::string& name) {
  ASSIGN_OR_RETURN(auto found, rows_.Find(name));
  if (!found.has_value()) return ReplayNotFound();
  DeadLetterReplay& replay = *found->mutable_replay();
  if (replay.state() != ingest::v1::REPLAY_STATE_RUNNING) return replay;
  replay.set_state(ingest::v1::REPLAY_STATE_CANCELLED);
  *replay.mutable_end_time() = journal::ToTimestamp(clock_.Now());
  replay.clear_waiting_for();
  // Where it has ended meanwhile, it is as it ended.
  ASSIGN_OR_RETURN(const bool cancelled, rows_.Advance(*found, {}));
  if (cancelled) return replay;
  return Get(name);
}

absl::StatusOr<absl::Duration> LetterReplays::Step() {
  ASSIGN_OR_RETURN(auto running, rows_.Running());
  if (!running.has_value()) return kIdle;
  ASSIGN_OR_RETURN(const bool ours, may_work_());
  if (!ours) return kIdle;
  std::vector<ReplayRows::Result> results;
  const absl::StatusOr<bool> done = TakeSome(*running, results);
  DeadLetterReplay& replay = *running->mutable_replay();
  replay.set_left_count(LeftOf(*running));
  replay.set_waiting_for(done.ok() ? "" : std::string(done.status().message()));
  if (done.ok() && *done) {
    replay.set_state(ingest::v1::REPLAY_STATE_DONE);
    *replay.mutable_end_time() = journal::ToTimestamp(clock_.Now());
  }
  ASSIGN_OR_RETURN(const bool advanced, rows_.Advance(*running, results));
  if (advanced) {
    for (const ReplayRows::Result& result : results) {
      replayed_.With({LetterReplayState_Name(result.result.replay().state())}).Increment();
    }
  }
  if (!done.ok()) return done.status();
  return absl::ZeroDuration();
}

absl::StatusOr<bool> LetterReplays::TakeSome(StoredReplay& replay,
                                             std::vector<ReplayRows::Result>& results) {
  DeadLetterReplay& shown = *replay.mutable_replay();
  for (size_t looks = 0; looks < kLettersPerStep; ++looks) {
    StoredReplay before = replay;
    std::string letter;
    ASSIGN_OR_RETURN(const bool more, NextLetter(replay, letter));
    if (!more) return true;
    if (letter.empty()) continue;
    absl::StatusOr<LetterReplay> outcome = ReplayOne(shown, letter);
    if (!outcome.ok()) {
      replay = std::move(before);  // it is taken again
      return outcome.status();
    }
    switch (outcome->state()) {
      case ingest::v1::LETTER_REPLAY_STATE_ACCEPTED:
        shown.set_accepted_count(shown.accepted_count() + 1);
        break;
      case ingest::v1::LETTER_REPLAY_STATE_PASSED_OVER:
        shown.set_passed_over_count(shown.passed_over_count() + 1);
        break;
      default:
        shown.set_refused_count(shown.refused_count() + 1);
    }
    ReplayRows::Result& result = results.emplace_back();
    result.position = replay.next_position();
    replay.set_next_position(result.position + 1);
    result.result.set_dead_letter(letter);
    *result.result.mutable_replay() = *std::move(outcome);
  }
  return false;
}

absl::StatusOr<bool> LetterReplays::NextLetter(StoredReplay& replay, std::string& name) {
  if (replay.ends().empty()) {
    if (replay.next_name() >= replay.replay().names_size()) return false;
    name = replay.replay().names(replay.next_name());
    replay.set_next_name(replay.next_name() + 1);
    return true;
  }
  while (replay.next_partition() < replay.ends_size() &&
         replay.next_offset() >= replay.ends(replay.next_partition())) {
    replay.set_next_partition(replay.next_partition() + 1);
    replay.set_next_offset(0);
    if (replay.next_partition() == replay.ends_size()) break;
    ASSIGN_OR_RETURN(const std::vector<bus::OffsetRange> ranges, letters_.Ranges());
    replay.set_next_offset(ranges[static_cast<size_t>(replay.next_partition())].first);
  }
  if (replay.next_partition() >= replay.ends_size()) return false;
  ASSIGN_OR_RETURN(const DeadLetters::Found found,
                   letters_.FindNext(replay.next_partition(), replay.next_offset(),
                                     replay.ends(replay.next_partition()), replay.replay().filter(),
                                     kRecordsPerLook));
  name = found.name;
  replay.set_next_offset(found.next_offset);
  return true;
}

absl::StatusOr<LetterReplay> LetterReplays::ReplayOne(const DeadLetterReplay& replay,
                                                      const std::string& letter) {
  const ReplayedBy by{.principal = replay.principal(), .replay = replay.name()};
  const absl::StatusOr<Answer> answer = letters_.Replay(letter, by, kLetterWaitMax);
  LetterReplay outcome;
  *outcome.mutable_time() = journal::ToTimestamp(clock_.Now());
  outcome.set_principal(by.principal);
  outcome.set_replay(by.replay);
  const absl::Status refused = answer.ok() ? answer->rejection : answer.status();
  if (!answer.ok() && IsRetryable(refused)) return refused;
  if (refused.ok()) {
    outcome.set_state(ingest::v1::LETTER_REPLAY_STATE_ACCEPTED);
    return outcome;
  }
  const bool again = DetailOf(refused).value_or(ErrorDetail{}).reason == kAlreadyReplayed;
  if (again) {
    // By this replay itself, which ended before it could write that down.
    ASSIGN_OR_RETURN(const bool by_us, letters_.WasReplayedBy(letter, by.replay));
    outcome.set_state(by_us ? ingest::v1::LETTER_REPLAY_STATE_ACCEPTED
                            : ingest::v1::LETTER_REPLAY_STATE_PASSED_OVER);
    return outcome;
  }
  outcome.set_state(ingest::v1::LETTER_REPLAY_STATE_REFUSED);
  SetRejection(refused, *outcome.mutable_rejection());
  return outcome;
}

}  // namespace bellwether::gateway
