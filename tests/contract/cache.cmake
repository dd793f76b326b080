bellwether_test(cache_contract_test
  SRCS cache_contract.cc cache_contract_test.cc DEPS common.cache LABELS contract)
