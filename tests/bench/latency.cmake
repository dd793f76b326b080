bellwether_bench(pipeline_latency_bench
  SRCS latency_bench.cc
  DEPS common.cli common.journal common.rpc proto.services standalone.app)
