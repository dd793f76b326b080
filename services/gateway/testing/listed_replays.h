// Remembers replays of dead letters in memory, and may be away.
#ifndef BELLWETHER_SERVICES_GATEWAY_TESTING_LISTED_REPLAYS_H_
#define BELLWETHER_SERVICES_GATEWAY_TESTING_LISTED_REPLAYS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/status.h"
#include "services/gateway/application/dead_letters.h"

namespace bellwether::gateway {

class ListedReplays final : public ReplayedLetters {
 public:
  absl::StatusOr<Attempts> Among(const std::vector<std::string>& names) override {
    RETURN_IF_ERROR(away);
    Attempts found;
    for (const std::string& name : names) {
      if (const auto attempt = attempts.find(name); attempt != attempts.end()) {
        found.insert(*attempt);
      }
    }
    return found;
  }
  absl::Status Add(const std::string& name, const ingest::v1::LetterReplay& attempt) override {
    RETURN_IF_ERROR(add_fails);
    attempts[name] = attempt;
    return absl::OkStatus();
  }

  absl::Status away;
  absl::Status add_fails;
  Attempts attempts;
};

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_TESTING_LISTED_REPLAYS_H_
