# Compiles files (migrations, configurations) into a library.
#
#   bellwether_embed(accounts.migrations NAMESPACE bellwether::accounts FUNCTION MigrationFiles
#                    HEADER services/accounts/migration_files.h
#                    FILES migrations/0001_accounts.sql)
#
# declares in HEADER (under the build folder's generated/):
#   namespace bellwether::accounts { absl::Span<const bellwether::EmbeddedFile> MigrationFiles(); }
# in the order of FILES.

if(CMAKE_SCRIPT_MODE_FILE)
  # Build time: cmake -DOUTPUT= -DHEADER= -DNAMESPACE= -DFUNCTION= -DFILES=a|b -P EmbedFiles.cmake
  string(REPLACE "|" ";" FILES "${FILES}")
  set(entries "")
  foreach(file IN LISTS FILES)
    cmake_path(GET file FILENAME name)
    file(SIZE "${file}" size)
    file(READ "${file}" bytes HEX)
    string(REGEX REPLACE "(................................)" "\\1\"\n     \"" bytes "${bytes}")
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "\\\\x\\1" bytes "${bytes}")
    string(APPEND entries
           "    {\"${name}\", absl::string_view(\n     \"${bytes}\", ${size})},\n")
  endforeach()
  file(WRITE "${OUTPUT}"
"#include \"${HEADER}\"

namespace ${NAMESPACE} {

absl::Span<const ::bellwether::EmbeddedFile> ${FUNCTION}() {
  static constexpr ::bellwether::EmbeddedFile kFiles[] = {
${entries}  };
  return kFiles;
}

}  // namespace ${NAMESPACE}
")
  return()
endif()

function(bellwether_embed name)
  cmake_parse_arguments(ARG "" "NAMESPACE;FUNCTION;HEADER" "FILES" ${ARGN})
  set(generated ${CMAKE_BINARY_DIR}/generated)
  cmake_path(REMOVE_EXTENSION ARG_HEADER OUTPUT_VARIABLE stem)
  string(MAKE_C_IDENTIFIER "BELLWETHER_${ARG_HEADER}_" guard)
  string(TOUPPER ${guard} guard)
  file(CONFIGURE OUTPUT ${generated}/${ARG_HEADER} CONTENT
"#ifndef ${guard}
#define ${guard}

#include \"absl/types/span.h\"
#include \"common/base/embedded_file.h\"

namespace ${ARG_NAMESPACE} {

absl::Span<const ::bellwether::EmbeddedFile> ${ARG_FUNCTION}();

}  // namespace ${ARG_NAMESPACE}

#endif  // ${guard}
" @ONLY)
  set(files "")
  foreach(file IN LISTS ARG_FILES)
    cmake_path(ABSOLUTE_PATH file)
    list(APPEND files ${file})
  endforeach()
  list(JOIN files "|" joined)
  add_custom_command(
    OUTPUT ${generated}/${stem}.cc
    COMMAND ${CMAKE_COMMAND} -DOUTPUT=${generated}/${stem}.cc -DHEADER=${ARG_HEADER}
            -DNAMESPACE=${ARG_NAMESPACE} -DFUNCTION=${ARG_FUNCTION} "-DFILES=${joined}"
            -P ${CMAKE_SOURCE_DIR}/cmake/EmbedFiles.cmake
    DEPENDS ${files} ${CMAKE_SOURCE_DIR}/cmake/EmbedFiles.cmake VERBATIM)
  add_library(${name} STATIC ${generated}/${stem}.cc)
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR} ${generated})
  target_link_libraries(${name} PUBLIC common.base absl::span)
endfunction()
