// Envelopes, compressed messages and headers of the Connect protocol.
#include "common/base/check.h"
#include "common/connect/gzip.h"
#include "common/connect/metadata.h"
#include "common/connect/protocol.h"
#include "tests/fuzz/fuzz_target.h"

namespace {
constexpr size_t kInflatedMax = 1 << 16;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace connect = bellwether::connect;
  const absl::string_view body(reinterpret_cast<const char*>(data), size);
  const auto envelope = connect::OpenOnlyEnvelope(body);
  if (envelope.ok()) {
    BELLWETHER_CHECK(connect::Envelope(envelope->flags, envelope->payload) == body,
                     "an envelope is its flags and its payload");
    const auto inflated = connect::Gunzip(envelope->payload, kInflatedMax);
    BELLWETHER_CHECK(!inflated.ok() || inflated->size() <= kInflatedMax, "no more than allowed");
  }
  const auto metadata =
      connect::MetadataOf({{"key", std::string(body)}, {"key-bin", std::string(body)}});
  if (metadata.ok()) {
    for (const char byte : metadata->front().second) {
      BELLWETHER_CHECK(byte >= ' ' && byte <= '~', "gRPC would end the process");
    }
  }
  return 0;
}

std::vector<std::string> FuzzSeeds() {
  namespace connect = bellwether::connect;
  return {connect::Envelope(0, "{}"),
          connect::Envelope(connect::kCompressedFlag, connect::Gzip(std::string(1'000, 'a'))),
          "AQI=", "plain text"};
}
