// What every implementation of store::Store must do. An implementation joins by instantiating
// StoreContract with a StoreDatabase of its own.
#ifndef BELLWETHER_TESTS_CONTRACT_STORE_CONTRACT_H_
#define BELLWETHER_TESTS_CONTRACT_STORE_CONTRACT_H_

#include <functional>
#include <memory>
#include <string>

#include "common/store/store.h"
#include "gtest/gtest.h"

namespace bellwether::store {

// An empty database that stores can be opened on: one for each "process" of a test.
class StoreDatabase {
 public:
  virtual ~StoreDatabase() = default;
  virtual std::unique_ptr<Store> Open() = 0;
};

struct StoreImplementation {
  std::string name;
  std::function<std::unique_ptr<StoreDatabase>()> make_database;
};

class StoreContract : public testing::TestWithParam<StoreImplementation> {
 protected:
  StoreContract();

  // Runs one statement in a transaction of its own.
  absl::Status Run(absl::string_view sql, absl::Span<const Value> parameters = {});
  Rows Read(absl::string_view sql, absl::Span<const Value> parameters = {});

  std::unique_ptr<StoreDatabase> database_;
  std::unique_ptr<Store> store_;
};

}  // namespace bellwether::store

#endif  // BELLWETHER_TESTS_CONTRACT_STORE_CONTRACT_H_
