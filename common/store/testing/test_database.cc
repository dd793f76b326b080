#include "common/store/testing/test_database.h"

#include <stdlib.h>

#include <filesystem>
#include <iostream>
#include <utility>

#include "absl/strings/string_view.h"
#include "common/base/check.h"
#include "common/base/ids.h"
#include "common/store/testing/postgres_server.h"

namespace bellwether::store::testing {
namespace {

constexpr char kService[] = "test";

std::unique_ptr<Store> OpenOrDie(const std::string& url) {
  auto store = OpenStore(url, kService);
  if (!store.ok()) std::cerr << url << ": " << store.status() << "\n";
  BELLWETHER_CHECK(store.ok(), "a fresh test database can be opened");
  return *std::move(store);
}

}  // namespace

Engine EngineOfThisRun() {
  const char* value = getenv("BELLWETHER_TEST_STORE");
  const absl::string_view name = value == nullptr ? "sqlite" : value;
  BELLWETHER_CHECK(name == "sqlite" || name == "postgres",
                   "BELLWETHER_TEST_STORE is sqlite or postgres");
  return name == "postgres" ? Engine::kPostgres : Engine::kSqlite;
}

TestDatabase::TestDatabase(Engine engine) {
  if (engine == Engine::kPostgres) {
    url_ = PostgresServer::Shared().NewSchema();
    return;
  }
  directory_ = (std::filesystem::temp_directory_path() / ("bellwether-" + NewUuid())).string();
  url_ = "sqlite:" + directory_;
}

TestDatabase::~TestDatabase() {
  std::error_code ignored;  // a leftover among temporary files is harmless
  if (!directory_.empty()) std::filesystem::remove_all(directory_, ignored);
}

std::unique_ptr<Store> TestDatabase::Open() const { return OpenOrDie(url_); }

std::unique_ptr<Store> NewScratchStore() {
  return OpenOrDie(EngineOfThisRun() == Engine::kPostgres ? PostgresServer::Shared().NewSchema()
                                                          : "sqlite::memory:");
}

}  // namespace bellwether::store::testing
