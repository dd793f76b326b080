// What one more scheme takes: a data file (testdata/size_band.yaml) and one pure function.
#include <memory>
#include <string>
#include <vector>

#include "common/config/yaml_message.h"
#include "common/scheme/classes.h"
#include "common/scheme/test_schemes.h"
#include "common/store/testing/test_database.h"
#include "gmock/gmock.h"

namespace bellwether::scheme::one_more_scheme_test {
namespace {

using ::testing::ElementsAre;

// The pure function: inputs to class.
std::string SizeBandOf(int64_t employees) {
  return employees >= 1'000 ? "large" : employees >= 50 ? "medium" : "small";
}

TEST(OneMoreScheme, IsADataFileAndAPureFunction) {
  v1::Scheme proto;
  config::Problems problems;
  config::ReadYaml(TestSchemes()[0].content, TestSchemes()[0].name, proto, problems);
  ASSERT_TRUE(problems.empty()) << problems.ToStatus();
  const auto scheme = FromProto(proto);
  ASSERT_TRUE(scheme.ok()) << scheme.status();

  const std::unique_ptr<store::Store> store = store::testing::NewScratchStore();
  ASSERT_TRUE(CreateTables(*store).ok());
  const Classes classes(*scheme);
  const Calendar calendar = *Calendar::Create({});
  const absl::Time thursday =
      absl::FromCivil(absl::CivilHour(2026, 12, 3, 9), calendar.time_zone());
  const absl::Time friday = NextInstant(scheme->schedule, calendar, thursday);
  EXPECT_EQ(friday, absl::FromCivil(absl::CivilHour(2026, 12, 4, 18), calendar.time_zone()));

  const auto transaction = *store->Begin();
  std::vector<Assignment> assignments;
  for (const auto& [id, employees] :
       {std::pair("acme", int64_t{5'000}), std::pair("bravo", int64_t{70})}) {
    assignments.push_back({id, SizeBandOf(employees), {{"employees", employees * 1'000'000}}});
  }
  const auto changes =
      classes.AssignAll(*transaction, friday, "WEEKLY", assignments, {"acme", "bravo", "charlie"});
  ASSERT_TRUE(changes.ok()) << changes.status();
  std::vector<std::string> events;
  for (const Change& change : *changes) {
    events.push_back(change.subject_id + " is " + change.class_name + ", tier " +
                     scheme->EffectOf(change.class_name, "tier").value_or("as it was"));
  }
  EXPECT_THAT(events, ElementsAre("acme is large, tier core", "bravo is medium, tier as it was",
                                  "charlie is small, tier maintenance"));
}

}  // namespace
}  // namespace bellwether::scheme::one_more_scheme_test
