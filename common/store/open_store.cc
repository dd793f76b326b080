#include <filesystem>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/ids.h"
#include "common/base/status.h"
#include "common/store/postgres_options.h"
#include "common/store/postgres_store.h"
#include "common/store/sqlite_store.h"
#include "common/store/store.h"

namespace bellwether::store {

absl::StatusOr<std::unique_ptr<Store>> OpenStore(absl::string_view url, absl::string_view service) {
  if (!IsValidId(service)) {
    return InvalidArgument("STORE_SERVICE_INVALID", "service", "not usable as a file name");
  }
  if (absl::StartsWith(url, "postgres://")) {
    ASSIGN_OR_RETURN(const PostgresOptions options, ParsePostgresUrl(url, service));
    return PostgresStore::Open(options);
  }
  absl::string_view directory = url;
  if (!absl::ConsumePrefix(&directory, "sqlite:") || directory.empty()) {
    return InvalidArgument("STORE_URL_UNKNOWN", "store",
                           "expected sqlite:<directory>, sqlite::memory: or postgres://…");
  }
  if (directory == ":memory:") return SqliteStore::OpenScratch();
  std::error_code error;
  std::filesystem::create_directories(std::string(directory), error);
  if (error) {
    return Error(absl::StatusCode::kUnavailable, {"STORE_UNAVAILABLE", "store"},
                 "the store's directory cannot be made");
  }
  return SqliteStore::Open({.path = absl::StrCat(directory, "/", service, ".db")});
}

}  // namespace bellwether::store
