bellwether_bench(bus_bench SRCS bus_bench.cc DEPS common.bus benchmark::benchmark)
