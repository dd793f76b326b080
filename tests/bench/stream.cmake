bellwether_bench(stream_bench
  SRCS stream_bench.cc
  DEPS common.bus common.store common.stream benchmark::benchmark)
