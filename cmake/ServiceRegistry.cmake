# The services of deploy/services.txt, as CMake and C++ read them.
#
#   BELLWETHER_SERVICES   their names
#   services.registry     a library whose header deploy/services.h names them and their APIs
set(registry ${CMAKE_SOURCE_DIR}/deploy/services.txt)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${registry})
file(STRINGS ${registry} lines REGEX "^[a-z]")

set(BELLWETHER_SERVICES "")
set(entries "")
foreach(line IN LISTS lines)
  string(REGEX REPLACE " .*" "" name "${line}")
  list(APPEND BELLWETHER_SERVICES ${name})
  set(api "")
  if(NOT name STREQUAL "gateway")
    set(proto ${CMAKE_SOURCE_DIR}/proto/bellwether/${name}/v1/${name}_service.proto)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${proto})
    file(STRINGS ${proto} api REGEX "^service " LIMIT_COUNT 1)
    string(REGEX REPLACE "^service ([A-Za-z]+).*" "bellwether.${name}.v1.\\1" api "${api}")
  endif()
  string(APPEND entries "    {\"${name}\", \"${api}\"},\n")
endforeach()

file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/deploy/services.h CONTENT
"// The services of deploy/services.txt.
#ifndef BELLWETHER_DEPLOY_SERVICES_H_
#define BELLWETHER_DEPLOY_SERVICES_H_

#include \"absl/strings/string_view.h\"

namespace bellwether {

struct RegisteredService {
  absl::string_view name;
  absl::string_view api;  // full name of the gRPC service that the gateway passes on, or empty
};

inline constexpr RegisteredService kServices[] = {
${entries}};

}  // namespace bellwether

#endif  // BELLWETHER_DEPLOY_SERVICES_H_
" @ONLY)
add_library(services.registry INTERFACE)
target_include_directories(services.registry INTERFACE ${CMAKE_BINARY_DIR}/generated)
target_link_libraries(services.registry INTERFACE absl::strings)
