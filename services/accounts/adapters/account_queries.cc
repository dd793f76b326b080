#include "services/accounts/adapters/account_queries.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/status.h"
#include "common/journal/timestamps.h"
#include "common/levels/service_level.h"
#include "common/rpc/paging.h"
#include "services/accounts/adapters/account_messages.h"

namespace bellwether::accounts {
namespace {

absl::Status AccountNotFound(absl::string_view field) {
  return Error(absl::StatusCode::kNotFound, {"ACCOUNT_NOT_FOUND", std::string(field)},
               "there is no such account");
}

absl::Status NoCut() {
  return Error(absl::StatusCode::kNotFound, {"RFM_NO_CUT", "as_of", "A3"},
               "no RFM cut has been taken at or before that instant");
}

// Nothing when unset.
absl::StatusOr<std::optional<absl::Time>> InstantOf(bool has,
                                                    const google::protobuf::Timestamp& timestamp,
                                                    const char* field) {
  if (!has) return std::nullopt;
  const std::optional<absl::Time> time = journal::FromTimestamp(timestamp);
  if (!time.has_value()) {
    return InvalidArgument("TIME_OUT_OF_RANGE", field, "an instant of the years 1-9999");
  }
  return time;
}

}  // namespace

absl::StatusOr<RfmCut> AccountQueries::CutAt(store::Transaction& transaction,
                                             std::optional<absl::Time> as_of,
                                             std::optional<absl::Time> known_at) {
  ASSIGN_OR_RETURN(const std::optional<absl::Time> next, rfm_.NextCutTime(transaction));
  const absl::Time known_by = known_at.value_or(absl::InfiniteFuture());
  if (as_of.has_value() && next.has_value() &&
      *next <= std::min({*as_of, known_by, clock_.Now()})) {
    return FailedPrecondition(
        "RFM_CUT_NOT_YET", "as_of",
        absl::StrCat("the cut of ", absl::FormatTime(*next, absl::UTCTimeZone()),
                     " is still to be taken, and those after it"),
        "A3");
  }
  ASSIGN_OR_RETURN(
      std::optional<RfmCut> cut,
      rfm_.CutAsOf(transaction, as_of.value_or(absl::FromUnixMicros(INT64_MAX)), known_by));
  if (!cut.has_value()) return NoCut();
  return *std::move(cut);
}

absl::StatusOr<v1::Account> AccountQueries::Get(const v1::GetAccountRequest& request) {
  ASSIGN_OR_RETURN(const std::string id, AccountIdOf(request.name(), "name"));
  ASSIGN_OR_RETURN(auto transaction, store_.BeginRead());
  ASSIGN_OR_RETURN(const std::optional<Account> account, accounts_.Find(*transaction, id));
  if (!account.has_value()) return AccountNotFound("name");
  return ToProto(*account);
}

absl::StatusOr<v1::ListAccountsResponse> AccountQueries::List(
    const v1::ListAccountsRequest& request) {
  ASSIGN_OR_RETURN(const int size, rpc::PageSize(request.page_size()));
  ASSIGN_OR_RETURN(const std::string after, rpc::PageCursor(request));
  RETURN_IF_ERROR(CheckServiceLevel("tier", request.tier()));
  const AccountFilter filter{request.owner(), request.industry(), request.tier()};
  ASSIGN_OR_RETURN(auto transaction, store_.BeginRead());
  // One more than the page shows whether there is another.
  ASSIGN_OR_RETURN(std::vector<Account> accounts,
                   accounts_.List(*transaction, filter, after, static_cast<size_t>(size) + 1));
  ASSIGN_OR_RETURN(const int64_t total, accounts_.Count(*transaction, filter));
  v1::ListAccountsResponse response;
  response.set_total_size(total);
  if (accounts.size() > static_cast<size_t>(size)) {
    accounts.pop_back();
    response.set_next_page_token(rpc::NextPageToken(request, accounts.back().id));
  }
  for (const Account& account : accounts) *response.add_accounts() = ToProto(account);
  return response;
}

absl::StatusOr<v1::Rfm> AccountQueries::Rfm(const v1::GetRfmRequest& request) {
  ASSIGN_OR_RETURN(const std::string id, AccountIdOf(request.account(), "account"));
  ASSIGN_OR_RETURN(const auto as_of, InstantOf(request.has_as_of(), request.as_of(), "as_of"));
  ASSIGN_OR_RETURN(const auto known_at,
                   InstantOf(request.has_known_at(), request.known_at(), "known_at"));
  ASSIGN_OR_RETURN(auto transaction, store_.BeginRead());
  ASSIGN_OR_RETURN(const RfmCut cut, CutAt(*transaction, as_of, known_at));
  return RfmAt(*transaction, cut, id);
}

absl::StatusOr<v1::Rfm> AccountQueries::RfmAt(store::Transaction& transaction, const RfmCut& cut,
                                              const std::string& account_id) {
  const auto found = std::find_if(cut.places.begin(), cut.places.end(), [&](const RfmPlace& place) {
    return place.orders.account_id == account_id;
  });
  if (found != cut.places.end()) {
    return ToProto(*found, cut, found - cut.places.begin() + 1);
  }
  ASSIGN_OR_RETURN(const std::optional<RfmLevelSince> level, rfm_.Level(transaction, account_id));
  if (!level.has_value()) {
    ASSIGN_OR_RETURN(const std::optional<Account> account, accounts_.Find(transaction, account_id));
    if (!account.has_value()) return AccountNotFound("account");
  }
  return Unranked(account_id, cut);
}

absl::StatusOr<v1::ListRfmHistoryResponse> AccountQueries::RfmHistory(
    const v1::ListRfmHistoryRequest& request) {
  ASSIGN_OR_RETURN(const std::string id, AccountIdOf(request.account(), "account"));
  ASSIGN_OR_RETURN(const int size, rpc::PageSize(request.page_size()));
  ASSIGN_OR_RETURN(const std::string cursor, rpc::PageCursor(request));
  int64_t before = INT64_MAX;
  if (!cursor.empty() && !absl::SimpleAtoi(cursor, &before)) {
    return InvalidArgument("PAGE_TOKEN_INVALID", "page_token", "not a token of this list");
  }
  ASSIGN_OR_RETURN(auto transaction, store_.BeginRead());
  ASSIGN_OR_RETURN(
      std::vector<RfmLevelChange> changes,
      rfm_.History(*transaction, id, absl::FromUnixMicros(before), static_cast<size_t>(size) + 1));
  v1::ListRfmHistoryResponse response;
  if (changes.size() > static_cast<size_t>(size)) {
    changes.pop_back();
    response.set_next_page_token(
        rpc::NextPageToken(request, absl::StrCat(absl::ToUnixMicros(changes.back().cut))));
  }
  for (const RfmLevelChange& change : changes) {
    // As it was shown then.
    ASSIGN_OR_RETURN(const std::optional<RfmCut> cut,
                     rfm_.CutAsOf(*transaction, change.cut, change.cut));
    if (!cut.has_value()) continue;
    v1::RfmChange& out = *response.add_changes();
    ASSIGN_OR_RETURN(*out.mutable_rfm(), RfmAt(*transaction, *cut, id));
    if (change.previous.has_value()) out.set_previous_level(ToProto(*change.previous));
  }
  return response;
}

absl::StatusOr<v1::ListRfmResponse> AccountQueries::RfmRanking(const v1::ListRfmRequest& request) {
  if (!v1::RfmLevel_IsValid(request.level())) {
    return InvalidArgument("LEVEL_INVALID", "level", "is no level of the RFM ranking", "A3");
  }
  ASSIGN_OR_RETURN(const int size, rpc::PageSize(request.page_size()));
  ASSIGN_OR_RETURN(auto as_of, InstantOf(request.has_as_of(), request.as_of(), "as_of"));
  ASSIGN_OR_RETURN(auto known_at,
                   InstantOf(request.has_known_at(), request.known_at(), "known_at"));
  ASSIGN_OR_RETURN(const std::string cursor, rpc::PageCursor(request));
  // "cut:known:rank" of the last one shown: later pages stay on the cut of the first.
  int64_t rank = 0;
  if (!cursor.empty()) {
    const std::vector<std::string> parts = absl::StrSplit(cursor, ':');
    int64_t cut_micros = 0;
    int64_t known_micros = 0;
    if (parts.size() != 3 || !absl::SimpleAtoi(parts[0], &cut_micros) ||
        !absl::SimpleAtoi(parts[1], &known_micros) || !absl::SimpleAtoi(parts[2], &rank) ||
        rank < 0) {
      return InvalidArgument("PAGE_TOKEN_INVALID", "page_token", "not a token of this list");
    }
    as_of = absl::FromUnixMicros(cut_micros);
    known_at = absl::FromUnixMicros(known_micros);
  }
  ASSIGN_OR_RETURN(auto transaction, store_.BeginRead());
  ASSIGN_OR_RETURN(const RfmCut cut, CutAt(*transaction, as_of, known_at));
  v1::ListRfmResponse response;
  *response.mutable_cut_time() = journal::ToTimestamp(cut.time);
  *response.mutable_known_time() = journal::ToTimestamp(std::max(cut.time, cut.known));
  const auto wanted = [&](const RfmPlace& place) {
    return request.level() == v1::RFM_LEVEL_UNSPECIFIED || ToProto(place.level) == request.level();
  };
  const auto n = static_cast<int64_t>(cut.places.size());
  int64_t last_shown = rank;
  for (; rank < n; ++rank) {
    const RfmPlace& place = cut.places[static_cast<size_t>(rank)];
    if (!wanted(place)) continue;
    if (response.rfms_size() == size) {
      response.set_next_page_token(rpc::NextPageToken(
          request,
          absl::StrCat(absl::ToUnixMicros(cut.time), ":",
                       absl::ToUnixMicros(std::max(cut.time, cut.known)), ":", last_shown)));
      break;
    }
    *response.add_rfms() = ToProto(place, cut, rank + 1);
    last_shown = rank + 1;
  }
  return response;
}

}  // namespace bellwether::accounts
