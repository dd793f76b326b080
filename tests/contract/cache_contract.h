// What every implementation of cache::Cache must do. An implementation joins by instantiating
// CacheContract with a factory of empty caches.
#ifndef BELLWETHER_TESTS_CONTRACT_CACHE_CONTRACT_H_
#define BELLWETHER_TESTS_CONTRACT_CACHE_CONTRACT_H_

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "common/cache/cache.h"
#include "gtest/gtest.h"

namespace bellwether::cache {

struct CacheImplementation {
  std::string name;
  std::function<std::unique_ptr<Cache>()> make_empty;

  // How a failing test names it.
  friend void PrintTo(const CacheImplementation& implementation, std::ostream* out) {
    *out << implementation.name;
  }
};

class CacheContract : public ::testing::TestWithParam<CacheImplementation> {
 protected:
  // Partition 0 is filled by "run" up to version 0.
  CacheContract();

  void Put(const std::string& key, int64_t version, const std::string& value,
           std::vector<Write::Rank> ranks = {}, int32_t partition = 0);
  void Delete(const std::string& key, int64_t version);
  // "version:value" or "none".
  std::string ValueOf(const std::string& key);
  // "key=score" from the lowest on.
  std::vector<std::string> Lowest(const std::string& ranking, size_t limit = 100,
                                  const std::optional<Ranked>& after = std::nullopt,
                                  int32_t partitions = 1);
  // The reason, or "OK", of an Apply of one write of `key` as the owner of partition 0.
  std::string Advance(std::optional<int64_t> from, std::optional<int64_t> to,
                      const std::string& key, const std::string& run_id = "run");

  std::unique_ptr<Cache> cache_;
};

}  // namespace bellwether::cache

#endif  // BELLWETHER_TESTS_CONTRACT_CACHE_CONTRACT_H_
