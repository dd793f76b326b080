bellwether_bench(rpc_bench
  SRCS rpc_bench.cc
  DEPS common.rpc common.calendar benchmark::benchmark)
