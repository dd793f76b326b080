bellwether_test(golden_replay_test
  SRCS golden_replay_test.cc
  DEPS alerts.testing health.testing LABELS integration)
target_compile_definitions(golden_replay_test PRIVATE
  GOLDEN_FOLDER="${CMAKE_CURRENT_SOURCE_DIR}/golden")
