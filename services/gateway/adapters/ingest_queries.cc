#include "services/gateway/adapters/ingest_queries.h"

#include <string>
#include <utility>

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
  ASSIGN_OR_RETURN(DeadLetters::Page page, dead_letters_.List(cursor, size));
  ListDeadLettersResponse letters;
  for (DeadLetter& letter : page.letters) *letters.add_dead_letters() = std::move(letter);
  if (!page.next_cursor.empty()) {
    letters.set_next_page_token(rpc::NextPageToken(request, page.next_cursor));
  }
  return letters;
}

}  // namespace bellwether::gateway
