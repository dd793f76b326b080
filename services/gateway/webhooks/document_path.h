// The way to one value of a document.
#ifndef BELLWETHER_SERVICES_GATEWAY_WEBHOOKS_DOCUMENT_PATH_H_
#define BELLWETHER_SERVICES_GATEWAY_WEBHOOKS_DOCUMENT_PATH_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/json/json.h"

namespace bellwether::gateway {

inline constexpr size_t kPathStepsMax = 20;

// Immutable.
class DocumentPath {
 public:
  // "payload.items.0.sku", or a JSON pointer (RFC 6901) where it begins with a slash; empty: the
  // document itself. INVALID_ARGUMENT / BAD_PATH.
  static absl::StatusOr<DocumentPath> Parse(absl::string_view text);

  // Null where the document has nothing there.
  const json::Value* Find(const json::Value& document) const;

 private:
  std::vector<std::string> steps_;
};

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_WEBHOOKS_DOCUMENT_PATH_H_
