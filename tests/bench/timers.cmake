bellwether_bench(timers_bench SRCS timers_bench.cc
  DEPS common.stream.testing common.testing common.timers benchmark::benchmark)
