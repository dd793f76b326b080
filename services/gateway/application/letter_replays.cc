#include "services/gateway/application/letter_replays.h"

#include <algorithm>
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
constexpr int kLooksPerStep = 20;
constexpr size_t kRecordsPerLook = 256;
constexpr absl::Duration kPruneInterval = absl::Minutes(10);
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
  for (const std::string& name : request.names()) {
    if (name.size() > kLetterTextBytesMax) {
      return InvalidArgument("TEXT_TOO_LONG", "names", "each must have at most 256 bytes", "X1");
    }
  }
  RETURN_IF_ERROR(CheckFilter(request.filter()));
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

// Whether all of the topic are taken that match, and not letters by their names.
bool IsFiltered(const StoredReplay& replay) { return replay.replay().has_filter(); }

bool IsOver(const StoredReplay& replay) {
  return IsFiltered(replay) ? replay.next_partition() >= replay.ends_size()
                            : replay.next_name() >= replay.replay().names_size();
}

void GoTo(int64_t place, StoredReplay& replay) {
  if (IsFiltered(replay)) {
    replay.set_next_offset(place);
  } else {
    replay.set_next_name(static_cast<int32_t>(place));
  }
}

// Passes what the topic no longer holds, and over to the next partition at the end of one.
void SkipToKept(const std::vector<bus::OffsetRange>& ranges, StoredReplay& replay) {
  while (replay.next_partition() < replay.ends_size()) {
    const int64_t first = ranges[static_cast<size_t>(replay.next_partition())].first;
    replay.set_next_offset(std::max(replay.next_offset(), first));
    if (replay.next_offset() < replay.ends(replay.next_partition())) return;
    replay.set_next_partition(replay.next_partition() + 1);
    replay.set_next_offset(0);
  }
}

int64_t LeftOf(const StoredReplay& replay, const std::vector<bus::OffsetRange>& ranges) {
  if (!IsFiltered(replay)) return replay.replay().names_size() - replay.next_name();
  int64_t left = 0;
  for (int32_t partition = replay.next_partition(); partition < replay.ends_size(); ++partition) {
    const int64_t next = partition == replay.next_partition() ? replay.next_offset() : 0;
    const int64_t first = ranges[static_cast<size_t>(partition)].first;
    left += std::max<int64_t>(replay.ends(partition) - std::max(next, first), 0);
  }
  return left;
}

void CountOutcome(const LetterReplay& outcome, DeadLetterReplay& replay) {
  switch (outcome.state()) {
    case ingest::v1::LETTER_REPLAY_STATE_ACCEPTED:
      replay.set_accepted_count(replay.accepted_count() + 1);
      return;
    case ingest::v1::LETTER_REPLAY_STATE_PASSED_OVER:
      replay.set_passed_over_count(replay.passed_over_count() + 1);
      return;
    default:
      replay.set_refused_count(replay.refused_count() + 1);
  }
}

}  // namespace

DeadLetterReplay KeptReplay::Shown() const {
  DeadLetterReplay shown = stored.replay();
  if (cancel_asked && shown.state() == ingest::v1::REPLAY_STATE_RUNNING) {
    shown.set_waiting_for("its cancellation, which follows the letters under way");
  }
  return shown;
}

LetterReplays::LetterReplays(DeadLetters& letters, ReplayRows& rows, const Clock& clock,
                             metrics::Registry& metrics, Options options)
    : letters_(letters),
      rows_(rows),
      clock_(clock),
      options_(std::move(options)),
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
      if (AsksTheSame(begun->stored.replay(), request)) return begun->Shown();
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
  std::vector<bus::OffsetRange> ranges;
  if (request.has_filter()) {
    *replay.mutable_filter() = request.filter();
    ASSIGN_OR_RETURN(ranges, letters_.Ranges());
    for (const bus::OffsetRange& range : ranges) stored.add_ends(range.end);
  }
  replay.set_left_count(LeftOf(stored, ranges));
  RETURN_IF_ERROR(rows_.Insert(stored, request.request_id()));
  if (work_) work_();
  return replay;
}

absl::StatusOr<DeadLetterReplay> LetterReplays::Get(const std::string& name) {
  ASSIGN_OR_RETURN(const auto found, rows_.Find(name));
  if (!found.has_value()) return ReplayNotFound();
  return found->Shown();
}

absl::StatusOr<DeadLetterReplay> LetterReplays::Cancel(const std::string& name) {
  RETURN_IF_ERROR(rows_.AskToCancel(name));
  if (work_) work_();
  return Get(name);
}

absl::StatusOr<absl::Duration> LetterReplays::Step(const std::stop_token& stop) {
  RETURN_IF_ERROR(Prune());
  ASSIGN_OR_RETURN(auto running, rows_.Running());
  if (!running.has_value()) return kIdle;
  ASSIGN_OR_RETURN(const bool ours, options_.may_work());
  if (!ours) return kIdle;
  DeadLetterReplay& replay = *running->stored.mutable_replay();
  const auto end = [&](ingest::v1::ReplayState state) {
    replay.set_state(state);
    *replay.mutable_end_time() = journal::ToTimestamp(clock_.Now());
  };
  std::vector<ReplayRows::Result> results;
  absl::StatusOr<bool> done = false;
  if (running->cancel_asked) {
    end(ingest::v1::REPLAY_STATE_CANCELLED);
  } else {
    done = TakeSome(running->stored, results, stop);
    if (done.ok() && *done) end(ingest::v1::REPLAY_STATE_DONE);
  }
  replay.set_waiting_for(done.ok() ? "" : std::string(done.status().message()));
  ASSIGN_OR_RETURN(const bool advanced, rows_.Advance(*running, results));
  if (advanced) {
    for (const ReplayRows::Result& result : results) {
      replayed_.With({LetterReplayState_Name(result.result.replay().state())}).Increment();
    }
  }
  if (!done.ok()) return done.status();
  return absl::ZeroDuration();
}

absl::Status LetterReplays::Prune() {
  const absl::Time now = clock_.Now();
  if (now < prune_at_) return absl::OkStatus();
  ASSIGN_OR_RETURN(const bool more, rows_.Prune(now - options_.retention));
  if (!more) prune_at_ = now + kPruneInterval;
  return absl::OkStatus();
}

absl::StatusOr<bool> LetterReplays::TakeSome(StoredReplay& replay,
                                             std::vector<ReplayRows::Result>& results,
                                             const std::stop_token& stop) {
  DeadLetterReplay& shown = *replay.mutable_replay();
  std::vector<bus::OffsetRange> ranges;
  if (IsFiltered(replay)) {
    ASSIGN_OR_RETURN(ranges, letters_.Ranges());
  }
  for (int looks = 0; looks < kLooksPerStep && results.size() < kLettersPerStep; ++looks) {
    SkipToKept(ranges, replay);
    shown.set_left_count(LeftOf(replay, ranges));
    if (IsOver(replay)) return true;
    ASSIGN_OR_RETURN(const DeadLetters::Found found,
                     Look(replay, kLettersPerStep - results.size()));
    for (const DeadLetters::Found::Letter& letter : found.letters) {
      if (stop.stop_requested()) return false;
      // Some letters may take longer than a lease.
      ASSIGN_OR_RETURN(const bool ours, options_.may_work());
      if (!ours) return false;
      ASSIGN_OR_RETURN(LetterReplay outcome, ReplayOne(shown, letter.name));
      CountOutcome(outcome, shown);
      ReplayRows::Result& result = results.emplace_back();
      result.position = replay.next_position();
      replay.set_next_position(result.position + 1);
      result.result.set_dead_letter(letter.name);
      *result.result.mutable_replay() = std::move(outcome);
      GoTo(letter.place + 1, replay);
      shown.set_left_count(LeftOf(replay, ranges));
    }
    GoTo(found.next_place, replay);
    shown.set_left_count(LeftOf(replay, ranges));
  }
  return false;
}

absl::StatusOr<DeadLetters::Found> LetterReplays::Look(const StoredReplay& replay,
                                                       size_t letters_max) {
  if (IsFiltered(replay)) {
    const int32_t partition = replay.next_partition();
    return letters_.FindNext(partition, replay.next_offset(), replay.ends(partition),
                             replay.replay().filter(),
                             {.records = kRecordsPerLook, .letters = letters_max});
  }
  const auto& names = replay.replay().names();
  DeadLetters::Found found{.next_place = replay.next_name()};
  while (found.next_place < names.size() && found.letters.size() < letters_max) {
    found.letters.push_back({names[static_cast<int>(found.next_place)], found.next_place});
    ++found.next_place;
  }
  return found;
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
