# How every library, program and test of the project is declared.
#
#   bellwether_library(common.bus SRCS bus.cc DEPS common.base absl::status)
#   bellwether_program(bellwether-gateway SRCS main.cc DEPS gateway.app)
#   bellwether_test(bus_test SRCS bus_test.cc DEPS common.bus LABELS unit)
#
# A target may only link what it names in DEPS: the layers of docs/style rules are link errors.
#
# The sources of a target are compiled a batch at a time (docs/adr/0012): what a file keeps to itself
# is named differently from what its neighbours do, and a foo_test.cc has a namespace foo_test.
option(BELLWETHER_UNITY "Compile the sources of a target together" ON)
set(BELLWETHER_UNITY_BATCH 12 CACHE STRING "Sources compiled together at most")

function(bellwether_unity target)
  if(BELLWETHER_UNITY)
    set_target_properties(${target} PROPERTIES
      UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE ${BELLWETHER_UNITY_BATCH})
    # g++ takes a source that another includes for a header, and its own types for everybody's.
    target_compile_options(${target} PRIVATE -Wno-subobject-linkage)
  endif()
endfunction()

function(bellwether_library name)
  cmake_parse_arguments(ARG "" "" "SRCS;DEPS" ${ARGN})
  if(ARG_SRCS)
    add_library(${name} STATIC ${ARG_SRCS})
    target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR})
    target_link_libraries(${name} PUBLIC ${ARG_DEPS})
    bellwether_unity(${name})
    # The domain is small, and knows of none of it.
    if(NOT name MATCHES "\\.domain$")
      bellwether_use_precompiled(${name} precompiled.code)
    endif()
  else()
    add_library(${name} INTERFACE)
    target_include_directories(${name} INTERFACE ${CMAKE_SOURCE_DIR})
    target_link_libraries(${name} INTERFACE ${ARG_DEPS})
  endif()
endfunction()

# Programs and benchmarks run on jemalloc: the fold's many small, long-lived states cost it half of
# what they cost glibc's allocator (docs/performance.md). A sanitizer brings its own.
function(bellwether_use_allocator name)
  if(NOT BELLWETHER_SANITIZER)
    target_link_libraries(${name} PRIVATE PkgConfig::JEMALLOC)
  endif()
endfunction()

function(bellwether_program name)
  cmake_parse_arguments(ARG "" "" "SRCS;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SRCS})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS})
  bellwether_use_precompiled(${name} precompiled.code)
  bellwether_use_allocator(${name})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
endfunction()

set(BELLWETHER_TEST_LABELS unit contract integration simulation chaos e2e)

# Seconds a test may take: 120 unless it says so, and more where a sanitizer slows it down.
function(bellwether_test_timeout variable)
  if(NOT ${variable})
    set(${variable} 120)
  endif()
  if(BELLWETHER_SANITIZER)
    math(EXPR ${variable} "${${variable}} * 10")
  endif()
  set(${variable} ${${variable}} PARENT_SCOPE)
endfunction()

# LABELS is one of unit, contract, integration, simulation, chaos, e2e: what `./dev test <label>` selects.
# With ALSO_ON_POSTGRES the program runs once more among the contract tests: what it gets from
# common/store/testing/test_database.h is then on a real PostgreSQL server; with POSTGRES_ARGS too.
function(bellwether_test name)
  cmake_parse_arguments(ARG "ALSO_ON_POSTGRES" "TIMEOUT" "SRCS;DEPS;LABELS;ARGS;POSTGRES_ARGS" ${ARGN})
  if(NOT ARG_LABELS)
    set(ARG_LABELS unit)
  endif()
  if(NOT ARG_LABELS IN_LIST BELLWETHER_TEST_LABELS)
    message(FATAL_ERROR "${name}: LABELS is one of ${BELLWETHER_TEST_LABELS}, not '${ARG_LABELS}'")
  endif()
  bellwether_test_timeout(ARG_TIMEOUT)
  add_executable(${name} ${ARG_SRCS})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} GTest::gmock GTest::gtest GTest::gtest_main)
  target_compile_options(${name} PRIVATE ${BELLWETHER_TEST_OPTIONS})
  bellwether_unity(${name})
  bellwether_use_precompiled(${name} precompiled.tests)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  add_test(NAME ${name} COMMAND ${name} ${ARG_ARGS} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT ${ARG_TIMEOUT})
  if(ARG_ALSO_ON_POSTGRES)
    # Under a name of its own, after which GoogleTest calls its results.
    set(alias ${CMAKE_BINARY_DIR}/tests/${name}.postgres)
    add_custom_command(TARGET ${name} POST_BUILD
      COMMAND ${CMAKE_COMMAND} -E create_symlink ${name} ${alias})
    add_test(NAME ${name}.postgres COMMAND ${alias} ${ARG_ARGS} ${ARG_POSTGRES_ARGS}
      WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    set_tests_properties(${name}.postgres PROPERTIES LABELS contract TIMEOUT ${ARG_TIMEOUT}
      ENVIRONMENT BELLWETHER_TEST_STORE=postgres)
  endif()
endfunction()

# A test_*.py of unittest cases (standard library only), run with the repository's root as folder.
#
#   bellwether_python_test(test_kill9.py LABELS e2e TIMEOUT 600)
function(bellwether_python_test script)
  cmake_parse_arguments(ARG "" "LABELS;TIMEOUT" "" ${ARGN})
  if(NOT ARG_LABELS IN_LIST BELLWETHER_TEST_LABELS)
    message(FATAL_ERROR "${script}: LABELS is one of ${BELLWETHER_TEST_LABELS}, not '${ARG_LABELS}'")
  endif()
  bellwether_test_timeout(ARG_TIMEOUT)
  cmake_path(GET script STEM name)
  add_test(NAME ${name}
    COMMAND Python3::Interpreter ${CMAKE_SOURCE_DIR}/tests/support/run_python_tests.py
            ${CMAKE_CURRENT_SOURCE_DIR}/${script}
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT ${ARG_TIMEOUT})
endfunction()

function(bellwether_bench name)
  cmake_parse_arguments(ARG "" "" "SRCS;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SRCS})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS})
  bellwether_use_precompiled(${name} precompiled.code)
  bellwether_use_allocator(${name})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bench)
endfunction()
