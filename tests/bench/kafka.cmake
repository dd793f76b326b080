bellwether_bench(kafka_bench
  SRCS kafka_bench.cc DEPS common.bus tests.kafka_broker benchmark::benchmark)
