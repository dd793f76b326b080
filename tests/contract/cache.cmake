bellwether_test(cache_contract_test
  SRCS cache_contract.cc cache_contract_test.cc DEPS common.cache tests.redis_server LABELS contract)
bellwether_test(redis_cache_test
  SRCS redis_cache_test.cc DEPS common.cache common.testing tests.redis_server LABELS contract)
bellwether_test(redis_documentation_test
  SRCS redis_documentation_test.cc
  DEPS common.base common.cache proto.messages tests.documented_examples tests.redis_server
  LABELS contract)
