bellwether_bench(redis_bench
  SRCS redis_bench.cc
  DEPS common.cache tests.redis_server benchmark::benchmark)
