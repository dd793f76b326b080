bellwether_bench(opportunities_bench
  SRCS opportunities_bench.cc DEPS opportunities.app benchmark::benchmark)
