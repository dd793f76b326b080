// Files of a bench.
#ifndef BELLWETHER_TESTS_BENCH_SCRATCH_H_
#define BELLWETHER_TESTS_BENCH_SCRATCH_H_

#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/base/ids.h"

namespace bellwether {

// A folder that is gone afterwards.
class Scratch {
 public:
  Scratch() { std::filesystem::create_directories(path_); }
  ~Scratch() { std::filesystem::remove_all(path_); }
  std::string operator/(absl::string_view name) const {
    return absl::StrCat(path_.string(), "/", name);
  }

 private:
  const std::filesystem::path path_ =
      std::filesystem::temp_directory_path() / ("bench-" + NewUuid());
};

}  // namespace bellwether

#endif  // BELLWETHER_TESTS_BENCH_SCRATCH_H_
