// Where a process may listen.
#ifndef BELLWETHER_COMMON_RUNTIME_LISTEN_ADDRESS_H_
#define BELLWETHER_COMMON_RUNTIME_LISTEN_ADDRESS_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace bellwether::runtime {

struct ListenAddress {
  std::string host;  // "127.0.0.1", "::1" or "localhost"
  uint16_t port = 0;

  std::string ToString() const;  // "[::1]:7304"
};

// "host:port", "[::1]:port". INVALID_ARGUMENT / LISTEN_ADDRESS_INVALID for anything else.
absl::StatusOr<ListenAddress> ParseListenAddress(absl::string_view text);

// Without TLS and authentication only the loopback interface may be listened on:
// FAILED_PRECONDITION / LISTEN_NEEDS_TLS, saying so, for every other address.
absl::Status RequireLoopback(const ListenAddress& address);

}  // namespace bellwether::runtime

#endif  // BELLWETHER_COMMON_RUNTIME_LISTEN_ADDRESS_H_
