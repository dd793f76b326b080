bellwether_bench(alerts_bench SRCS alerts_bench.cc
  DEPS alerts.app.testing alerts.testing common.stream.testing benchmark::benchmark
       benchmark::benchmark_main)
