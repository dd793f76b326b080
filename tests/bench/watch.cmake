# Two programs run beside it.
bellwether_program(bare_fan_out
  SRCS bare_fan_out.cc
  DEPS common.base common.cli absl::strings absl::time Threads::Threads)
bellwether_bench(watch_bench
  SRCS http_streams.cc watch_bench.cc
  DEPS common.cli common.connect common.http.testing common.journal common.rpc common.testing
       proto.services tests.child_server Threads::Threads)
add_dependencies(watch_bench bare_fan_out bellwether)
