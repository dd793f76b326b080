// Bytes ↔ what gRPC's generic stubs send and receive.
#ifndef BELLWETHER_COMMON_CONNECT_BYTE_BUFFER_H_
#define BELLWETHER_COMMON_CONNECT_BYTE_BUFFER_H_

#include <string>
#include <vector>

#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/slice.h"

namespace bellwether::connect {

inline grpc::ByteBuffer BufferOf(const std::string& bytes) {
  grpc::Slice slice(bytes);
  return grpc::ByteBuffer(&slice, 1);
}

inline std::string BytesOf(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  if (!buffer.Dump(&slices).ok()) return "";
  std::string bytes;
  bytes.reserve(buffer.Length());
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes;
}

}  // namespace bellwether::connect

#endif  // BELLWETHER_COMMON_CONNECT_BYTE_BUFFER_H_
