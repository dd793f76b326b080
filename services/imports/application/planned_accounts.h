// The accounts of a plan: parents before their subsidiaries.
#ifndef BELLWETHER_SERVICES_IMPORTS_APPLICATION_PLANNED_ACCOUNTS_H_
#define BELLWETHER_SERVICES_IMPORTS_APPLICATION_PLANNED_ACCOUNTS_H_

#include <cstdint>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "bellwether/accounts/v1/accounts_service.pb.h"
#include "services/imports/application/planned_creates.h"

namespace bellwether::imports {

// Of an account that names no parent nothing stays in memory, of another one two fingerprints.
class PlannedAccounts {
 public:
  using Request = accounts::v1::CreateAccountRequest;

  absl::Status Add(const Request& request, const RowPlace& place);
  // No more is added. An account whose parent is none of the plan comes with those that have none;
  // what stands in a circle comes last and is the server's to judge.
  absl::Status Sort();

  int64_t size() const { return sorted_.size() + subsidiaries_.size(); }
  bool empty() const { return size() == 0; }
  void Rewind() { sorted_.Rewind(); }
  bool Next(Request& request, RowPlace* place = nullptr) { return sorted_.Next(request, place); }
  const absl::Status& status() const { return sorted_.status(); }
  void ShiftDays(int64_t days) { sorted_.ShiftDays(days); }

 private:
  int64_t DepthOf(uint64_t account);

  PlannedCreates<Request> sorted_;
  PlannedCreates<Request> subsidiaries_;  // until they are sorted
  absl::flat_hash_map<uint64_t, uint64_t> parents_;
  absl::flat_hash_map<uint64_t, int64_t> depths_;
};

}  // namespace bellwether::imports

#endif  // BELLWETHER_SERVICES_IMPORTS_APPLICATION_PLANNED_ACCOUNTS_H_
