bellwether_bench(rfm_bench SRCS rfm_bench.cc DEPS accounts.adapters benchmark::benchmark)
