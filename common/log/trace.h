// W3C trace context: which request the work at hand belongs to.
//
// The context is carried by the thread (TraceScope) and between processes as `traceparent`, in gRPC
// metadata and record headers. Work handed to another thread takes CurrentTrace() along and opens a
// scope there.
#ifndef BELLWETHER_COMMON_LOG_TRACE_H_
#define BELLWETHER_COMMON_LOG_TRACE_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace bellwether {

inline constexpr char kTraceParentName[] = "traceparent";

struct TraceContext {
  std::array<uint8_t, 16> trace_id{};
  std::array<uint8_t, 8> span_id{};
  uint8_t flags = 0;

  // All-zero ids mean "no trace".
  bool valid() const { return trace_id != decltype(trace_id){} && span_id != decltype(span_id){}; }
  // 32 lower-case hexadecimal digits.
  std::string TraceIdHex() const;

  friend bool operator==(const TraceContext&, const TraceContext&) = default;
};

// Nothing for text that is not a valid traceparent. Versions above 00 are read by their first four
// parts, as the recommendation asks.
std::optional<TraceContext> ParseTraceParent(absl::string_view text);
// "00-<trace id>-<span id>-<flags>"; empty for an invalid context.
std::string FormatTraceParent(const TraceContext& context);

// A new trace, sampled.
TraceContext NewTrace();
// Another span of the same trace; a new trace if `parent` is not valid.
TraceContext ChildOf(const TraceContext& parent);

// The context of this thread; invalid outside every scope.
const TraceContext& CurrentTrace();

// Makes `context` the thread's own until the end of the scope; scopes nest.
class TraceScope {
 public:
  explicit TraceScope(const TraceContext& context);
  ~TraceScope();
  TraceScope(const TraceScope&) = delete;
  TraceScope& operator=(const TraceScope&) = delete;

 private:
  TraceContext outer_;
};

}  // namespace bellwether

#endif  // BELLWETHER_COMMON_LOG_TRACE_H_
