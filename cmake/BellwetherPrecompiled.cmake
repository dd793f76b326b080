# Headers of others that take most of the time to compile, read once: gRPC, protobuf and absl for
# code, GoogleTest beside them for tests. Every source still includes what it uses: `./dev check`
# judges it without them.
option(BELLWETHER_PCH "Use precompiled headers" ON)

# A library of nothing, whose precompiled headers others use.
function(bellwether_precompiled name)
  cmake_parse_arguments(ARG "" "" "HEADERS;DEPS" ${ARGN})
  file(CONFIGURE OUTPUT ${name}.cc CONTENT "")
  add_library(${name} STATIC ${CMAKE_CURRENT_BINARY_DIR}/${name}.cc)
  target_link_libraries(${name} PRIVATE ${ARG_DEPS})
  target_precompile_headers(${name} PRIVATE ${ARG_HEADERS})
endfunction()

function(bellwether_use_precompiled target from)
  if(BELLWETHER_PCH)
    target_precompile_headers(${target} REUSE_FROM ${from})
  endif()
endfunction()

if(BELLWETHER_PCH)
  # Some packages define these for their users; g++ wants the same macros for all.
  add_compile_definitions(NOMINMAX _FILE_OFFSET_BITS=64)
  set(BELLWETHER_CODE_HEADERS
    <algorithm> <functional> <map> <memory> <optional> <string> <utility> <vector>
    <absl/container/flat_hash_map.h> <absl/functional/any_invocable.h> <absl/status/statusor.h>
    <absl/strings/str_cat.h> <absl/strings/str_format.h> <absl/synchronization/mutex.h>
    <absl/time/time.h> <google/protobuf/message.h> <grpcpp/grpcpp.h>)
  bellwether_precompiled(precompiled.code
    HEADERS ${BELLWETHER_CODE_HEADERS}
    DEPS gRPC::grpc++ protobuf::libprotobuf absl::time)
  bellwether_precompiled(precompiled.tests
    HEADERS ${BELLWETHER_CODE_HEADERS} <gmock/gmock.h> <gtest/gtest.h>
    DEPS gRPC::grpc++ protobuf::libprotobuf absl::time GTest::gmock GTest::gtest)
  target_compile_options(precompiled.tests PRIVATE ${BELLWETHER_TEST_OPTIONS})
endif()
