// Empty databases for tests, on the engine the run is for.
#ifndef BELLWETHER_COMMON_STORE_TESTING_TEST_DATABASE_H_
#define BELLWETHER_COMMON_STORE_TESTING_TEST_DATABASE_H_

#include <memory>
#include <string>

#include "common/store/store.h"

namespace bellwether::store::testing {

enum class Engine { kSqlite, kPostgres };

// BELLWETHER_TEST_STORE: "sqlite", which is the default, or "postgres". Tests declared with
// ALSO_ON_POSTGRES run once with each (cmake/BellwetherTargets.cmake).
Engine EngineOfThisRun();

// An empty database of one service. Stores are opened on it like those of several processes; it
// outlives them.
class TestDatabase {
 public:
  explicit TestDatabase(Engine engine = EngineOfThisRun());
  ~TestDatabase();
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;

  std::unique_ptr<Store> Open() const;
  // What --store takes, for service `name`.
  const std::string& url() const { return url_; }

 private:
  std::string directory_;  // of SQLite's file
  std::string url_;
};

// A store on a database of its own, for tests with one process; as quick as the engine can be.
std::unique_ptr<Store> NewScratchStore();

}  // namespace bellwether::store::testing

#endif  // BELLWETHER_COMMON_STORE_TESTING_TEST_DATABASE_H_
