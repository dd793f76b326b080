// The audit table asked over the API: the same for every command service, a line in its method
// table.
//
//   table.Query("ListAuditEntries", audit_, &command::AuditQueries::List);
#ifndef BELLWETHER_COMMON_COMMAND_AUDIT_QUERIES_H_
#define BELLWETHER_COMMON_COMMAND_AUDIT_QUERIES_H_

#include "absl/status/statusor.h"
#include "bellwether/audit/v1/audit.pb.h"
#include "common/store/store.h"

namespace bellwether::command {

// Thread-safe; outlived by the store.
class AuditQueries {
 public:
  explicit AuditQueries(store::Store& store) : store_(store) {}

  // INVALID_ARGUMENT / TIME_INVALID, TIME_SPAN_EMPTY; of pages as rpc::PageSize, rpc::PageCursor.
  absl::StatusOr<audit::v1::ListAuditEntriesResponse> List(
      const audit::v1::ListAuditEntriesRequest& request) const;

 private:
  store::Store& store_;
};

}  // namespace bellwether::command

#endif  // BELLWETHER_COMMON_COMMAND_AUDIT_QUERIES_H_
