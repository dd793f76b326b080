#include "services/gateway/adapters/ingest_queries.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/currency/currency_file.h"
#include "common/rpc/paging.h"

namespace bellwether::gateway {

namespace {

using namespace ingest::v1;  // NOLINT(google-build-using-namespace): the messages of one service

}  // namespace

absl::StatusOr<CurrencyRates> IngestQueries::Currencies(const GetCurrenciesRequest&) {
  return ToMessage(*currencies_.Now());
}

absl::StatusOr<ListDeadLettersResponse> IngestQueries::ListDeadLetters(
    const ListDeadLettersRequest& request) {
  ASSIGN_OR_RETURN(const std::string cursor, rpc::PageCursor(request));
  ASSIGN_OR_RETURN(const int size, rpc::PageSize(request.page_size()));
  ASSIGN_OR_RETURN(DeadLetters::Page page, dead_letters_.List(cursor, size, request.filter()));
  ListDeadLettersResponse letters;
  for (DeadLetter& letter : page.letters) *letters.add_dead_letters() = std::move(letter);
  if (!page.next_cursor.empty()) {
    letters.set_next_page_token(rpc::NextPageToken(request, page.next_cursor));
  }
  return letters;
}

absl::StatusOr<DeadLetterReplay> IngestQueries::GetDeadLetterReplay(
    const GetDeadLetterReplayRequest& request) {
  return replays_.Get(request.name());
}

absl::StatusOr<ListDeadLetterReplaysResponse> IngestQueries::ListDeadLetterReplays(
    const ListDeadLetterReplaysRequest& request) {
  ASSIGN_OR_RETURN(const std::string after, rpc::PageCursor(request));
  ASSIGN_OR_RETURN(const int size, rpc::PageSize(request.page_size()));
  ASSIGN_OR_RETURN(std::vector<DeadLetterReplay> replays, replay_rows_.List(after, size + 1));
  ListDeadLetterReplaysResponse response;
  for (DeadLetterReplay& replay : replays) {
    if (response.replays_size() == size) {
      response.set_next_page_token(rpc::NextPageToken(request, response.replays(size - 1).name()));
      break;
    }
    *response.add_replays() = std::move(replay);
  }
  return response;
}

absl::StatusOr<ListDeadLetterReplayResultsResponse> IngestQueries::ListDeadLetterReplayResults(
    const ListDeadLetterReplayResultsRequest& request) {
  ASSIGN_OR_RETURN(const std::string cursor, rpc::PageCursor(request));
  ASSIGN_OR_RETURN(const int size, rpc::PageSize(request.page_size()));
  if (!LetterReplayState_IsValid(request.state())) {
    return InvalidArgument("STATE_INVALID", "state", "is no state of a replayed letter");
  }
  int64_t after = -1;
  if (!cursor.empty() && !absl::SimpleAtoi(cursor, &after)) {
    return InvalidArgument("PAGE_TOKEN_INVALID", "page_token", "the page token is not ours");
  }
  RETURN_IF_ERROR(replays_.Get(request.name()).status());
  ASSIGN_OR_RETURN(std::vector<ReplayRows::Result> results,
                   replay_rows_.Results(request.name(), request.state(), after, size + 1));
  ListDeadLetterReplayResultsResponse response;
  for (ReplayRows::Result& result : results) {
    if (response.results_size() == size) {
      response.set_next_page_token(rpc::NextPageToken(request, absl::StrCat(after)));
      break;
    }
    after = result.position;
    *response.add_results() = std::move(result.result);
  }
  return response;
}

}  // namespace bellwether::gateway
