bellwether_bench(ingest_bench SRCS ingest_bench.cc DEPS gateway.app common.testing
  benchmark::benchmark)
