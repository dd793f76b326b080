bellwether_bench(store_bench SRCS store_bench.cc 
  DEPS common.store common.store.testing benchmark::benchmark)
