bellwether_library(standalone.fixture
  SRCS standalone_fixture.cc
  DEPS standalone.app ctl.adapters common.feed common.rpc common.testing proto.services
       GTest::gtest)

bellwether_test(journey_test SRCS journey_test.cc
  DEPS standalone.fixture alerts.testing LABELS integration TIMEOUT 300)
bellwether_test(hostile_events_test SRCS hostile_events_test.cc
  DEPS standalone.fixture LABELS integration TIMEOUT 300)
bellwether_test(import_test SRCS import_test.cc
  DEPS standalone.fixture LABELS integration TIMEOUT 600)
bellwether_test(import_again_test SRCS import_again_test.cc
  DEPS standalone.fixture LABELS integration TIMEOUT 300)
bellwether_test(import_judgement_test SRCS import_judgement_test.cc
  DEPS standalone.fixture alerts.testing LABELS integration TIMEOUT 300)
bellwether_test(standalone_test SRCS standalone_test.cc
  DEPS standalone.fixture LABELS integration TIMEOUT 300)
bellwether_test(table_imports_test SRCS table_imports_test.cc
  DEPS standalone.fixture common.http.testing LABELS integration TIMEOUT 600)
bellwether_test(late_fact_test SRCS late_fact_test.cc
  DEPS standalone.fixture alerts.testing LABELS integration TIMEOUT 300)
bellwether_test(correction_test SRCS correction_test.cc
  DEPS standalone.fixture LABELS integration TIMEOUT 300)
bellwether_test(withdrawn_import_test SRCS withdrawn_import_test.cc
  DEPS standalone.fixture tests.invoice_lines LABELS integration TIMEOUT 900)
