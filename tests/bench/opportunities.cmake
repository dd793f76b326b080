bellwether_bench(opportunities_bench
  SRCS opportunities_bench.cc DEPS opportunities.app common.calendar benchmark::benchmark)
