// What every implementation of store::Store must do. An implementation joins by instantiating
// StoreContract with its engine.
#ifndef BELLWETHER_TESTS_CONTRACT_STORE_CONTRACT_H_
#define BELLWETHER_TESTS_CONTRACT_STORE_CONTRACT_H_

#include <memory>

#include "common/store/store.h"
#include "common/store/testing/test_database.h"
#include "gtest/gtest.h"

namespace bellwether::store {

class StoreContract : public ::testing::TestWithParam<testing::Engine> {
 protected:
  StoreContract();

  // Runs one statement in a transaction of its own.
  absl::Status Run(absl::string_view sql, absl::Span<const Value> parameters = {});
  Rows Read(absl::string_view sql, absl::Span<const Value> parameters = {});

  // Stores opened on it are like those of several processes.
  const testing::TestDatabase database_{GetParam()};
  std::unique_ptr<Store> store_;
};

}  // namespace bellwether::store

#endif  // BELLWETHER_TESTS_CONTRACT_STORE_CONTRACT_H_
