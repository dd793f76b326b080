// CHECK: stops the program on a programmer's error. Never for input, configuration or what another
// process does: those are absl::Status.
#ifndef BELLWETHER_COMMON_BASE_CHECK_H_
#define BELLWETHER_COMMON_BASE_CHECK_H_

#include <cstdio>
#include <cstdlib>

namespace bellwether {

[[noreturn]] inline void CheckFailed(const char* file, int line, const char* condition,
                                     const char* why) {
  std::fprintf(stderr, "%s:%d: CHECK(%s): %s\n", file, line, condition, why);
  std::abort();
}

}  // namespace bellwether

// `why` says what the caller should have done.
#define BELLWETHER_CHECK(condition, why)                              \
  do {                                                                \
    if (!(condition)) [[unlikely]] {                                  \
      ::bellwether::CheckFailed(__FILE__, __LINE__, #condition, why); \
    }                                                                 \
  } while (false)

#endif  // BELLWETHER_COMMON_BASE_CHECK_H_
