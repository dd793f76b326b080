// Which hosts are this machine.
#ifndef BELLWETHER_COMMON_BASE_LOOPBACK_H_
#define BELLWETHER_COMMON_BASE_LOOPBACK_H_

#include "absl/strings/string_view.h"

namespace bellwether {

// "localhost", "::1" or an IPv4 address of 127.0.0.0/8, without brackets or port: what is sent
// there crosses no network. No name but that one, because others are for a resolver to say.
bool IsLoopback(absl::string_view host);

}  // namespace bellwether

#endif  // BELLWETHER_COMMON_BASE_LOOPBACK_H_
