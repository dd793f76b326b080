bellwether_bench(import_bench
  SRCS import_bench.cc
  DEPS common.rpc imports.adapters proto.services standalone.app)
# The client is measured as the process that it is.
add_dependencies(import_bench bellwetherctl)
target_compile_definitions(import_bench PRIVATE BELLWETHERCTL="$<TARGET_FILE:bellwetherctl>")
