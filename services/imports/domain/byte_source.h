// Bytes of a table, a piece at a time, so that no table is ever held as a whole.
#ifndef BELLWETHER_SERVICES_IMPORTS_DOMAIN_BYTE_SOURCE_H_
#define BELLWETHER_SERVICES_IMPORTS_DOMAIN_BYTE_SOURCE_H_

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace bellwether::imports {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // At most `bytes` of what comes next; 0 at the end.
  virtual absl::StatusOr<size_t> Read(char* to, size_t bytes) = 0;
};

// What is in memory already.
class TextSource : public ByteSource {
 public:
  explicit TextSource(std::string text) : text_(std::move(text)) {}

  absl::StatusOr<size_t> Read(char* to, size_t bytes) override {
    const size_t taken = std::min(bytes, text_.size() - next_);
    std::copy_n(text_.data() + next_, taken, to);
    next_ += taken;
    return taken;
  }

 private:
  const std::string text_;
  size_t next_ = 0;
};

}  // namespace bellwether::imports

#endif  // BELLWETHER_SERVICES_IMPORTS_DOMAIN_BYTE_SOURCE_H_
