// Strict JSON, and the messages read from it.
#include "bellwether/accounts/v1/accounts_service.pb.h"
#include "common/base/check.h"
#include "common/base/utf8.h"
#include "common/connect/json_codec.h"
#include "common/json/json.h"
#include "tests/fuzz/fuzz_target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view document(reinterpret_cast<const char*>(data), size);
  const auto value = bellwether::json::Parse(document);
  if (value.ok()) {
    BELLWETHER_CHECK(bellwether::Utf8Length(document).has_value(), "JSON is UTF-8");
    const auto items = bellwether::json::ParseListItems(document);
    BELLWETHER_CHECK(items.ok() == (value->kind == bellwether::json::Value::Kind::kList),
                     "a list has items, and nothing else");
    if (items.ok()) {
      BELLWETHER_CHECK(items->size() == value->items.size(), "as many as were read");
      for (const absl::string_view item : *items) {
        BELLWETHER_CHECK(bellwether::json::Parse(item).ok(), "each a document of its own");
      }
    }
  }
  bellwether::accounts::v1::Account account;
  if (bellwether::connect::ReadJson(document, account).ok()) {
    const auto written = bellwether::connect::WriteJson(account);
    BELLWETHER_CHECK(written.ok(), "what was read can be written");
    bellwether::accounts::v1::Account again;
    BELLWETHER_CHECK(bellwether::connect::ReadJson(*written, again).ok(), "and read again");
    BELLWETHER_CHECK(again.SerializeAsString() == account.SerializeAsString(), "as the same");
  }
  return 0;
}

std::vector<std::string> FuzzSeeds() {
  return {
      R"({"name":"accounts/a","legalName":"\u5ba2 户","annualRevenue":{"currencyCode":"CNY",)"
      R"("amountMinor":"12"},"headcount":7,"tags":[{"key":"k","value":"v"}],"tierPinned":true,)"
      R"("createTime":"2026-11-30T09:00:00Z"})",
      R"([{"a": [1, -2.5e3, null]}, "],\"", true, [ ], {}])",
  };
}
