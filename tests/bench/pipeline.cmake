bellwether_bench(pipeline_bench
  SRCS pipeline_bench.cc
  DEPS health.adapters common.bus common.cache common.journal common.store common.stream)
