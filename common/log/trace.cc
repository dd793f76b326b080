#include "common/log/trace.h"

#include <cstring>

#include "absl/random/random.h"
#include "absl/strings/str_cat.h"

namespace bellwether {
namespace {

thread_local TraceContext current_trace;

constexpr size_t kVersion00Length = 55;  // 2 + 1 + 32 + 1 + 16 + 1 + 2

// -1 for anything but a lower-case hexadecimal digit: the recommendation refuses upper case.
int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

bool ParseHex(absl::string_view text, uint8_t* bytes) {
  for (size_t i = 0; i < text.size(); i += 2) {
    const int high = HexDigit(text[i]);
    const int low = HexDigit(text[i + 1]);
    if (high < 0 || low < 0) return false;
    bytes[i / 2] = static_cast<uint8_t>(high << 4 | low);
  }
  return true;
}

template <size_t n>
std::string FormatHex(const std::array<uint8_t, n>& bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * n);
  for (const uint8_t byte : bytes) {
    text.push_back(kDigits[byte >> 4]);
    text.push_back(kDigits[byte & 15]);
  }
  return text;
}

// Zero means "none", so a drawn zero is drawn again.
template <size_t n>
void FillRandom(std::array<uint8_t, n>& bytes) {
  thread_local absl::InsecureBitGen generator;
  do {
    for (size_t i = 0; i < n; i += sizeof(uint64_t)) {
      const uint64_t word = absl::Uniform<uint64_t>(generator);
      std::memcpy(bytes.data() + i, &word, sizeof(word));
    }
  } while (bytes == std::array<uint8_t, n>{});
}

}  // namespace

std::string TraceContext::TraceIdHex() const { return FormatHex(trace_id); }

std::optional<TraceContext> ParseTraceParent(absl::string_view text) {
  if (text.size() < kVersion00Length) return std::nullopt;
  if (text[2] != '-' || text[35] != '-' || text[52] != '-') return std::nullopt;
  std::array<uint8_t, 1> version;
  if (!ParseHex(text.substr(0, 2), version.data()) || version[0] == 0xff) return std::nullopt;
  if (version[0] == 0 && text.size() != kVersion00Length) return std::nullopt;
  if (text.size() > kVersion00Length && text[kVersion00Length] != '-') return std::nullopt;
  TraceContext context;
  if (!ParseHex(text.substr(3, 32), context.trace_id.data())) return std::nullopt;
  if (!ParseHex(text.substr(36, 16), context.span_id.data())) return std::nullopt;
  if (!ParseHex(text.substr(53, 2), &context.flags)) return std::nullopt;
  if (!context.valid()) return std::nullopt;
  return context;
}

std::string FormatTraceParent(const TraceContext& context) {
  if (!context.valid()) return "";
  return absl::StrCat("00-", FormatHex(context.trace_id), "-", FormatHex(context.span_id), "-",
                      FormatHex(std::array<uint8_t, 1>{context.flags}));
}

TraceContext NewTrace() {
  TraceContext context;
  FillRandom(context.trace_id);
  FillRandom(context.span_id);
  context.flags = 1;
  return context;
}

TraceContext ChildOf(const TraceContext& parent) {
  if (!parent.valid()) return NewTrace();
  TraceContext child = parent;
  FillRandom(child.span_id);
  return child;
}

const TraceContext& CurrentTrace() { return current_trace; }

TraceScope::TraceScope(const TraceContext& context) : outer_(current_trace) {
  current_trace = context;
}

TraceScope::~TraceScope() { current_trace = outer_; }

}  // namespace bellwether
