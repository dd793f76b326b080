bellwether_library(tests.sample_journal
  SRCS sample_journal.cc
  DEPS health.adapters common.bus common.journal)
bellwether_bench(pipeline_bench
  SRCS pipeline_bench.cc
  DEPS tests.sample_journal health.adapters common.bus common.cache common.journal common.store common.stream)
# For full_stack_bench.py.
bellwether_program(fill_journal SRCS fill_journal.cc DEPS common.cli tests.sample_journal)
bellwether_program(await_folded SRCS await_folded.cc DEPS common.bus common.cli common.rpc proto.services)
bellwether_program(bare_latency
  SRCS bare_latency.cc
  DEPS common.base common.cli absl::synchronization absl::time PkgConfig::RDKAFKA)
