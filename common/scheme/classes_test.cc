#include "common/scheme/classes.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/store/testing/test_database.h"
#include "gmock/gmock.h"

namespace bellwether::scheme::classes_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const absl::Time kStart = absl::FromUnixSeconds(1'800'000'000);

class ClassesTest : public ::testing::Test {
 protected:
  ClassesTest() { EXPECT_TRUE(CreateTables(*store_).ok()); }

  // "a: - > A" for each change, or the reason of the failure.
  std::vector<std::string> AssignAll(absl::Duration at, std::vector<Assignment> assignments,
                                     const std::vector<std::string>& others = {}) {
    auto transaction = store_->Begin();
    const auto changes =
        classes_.AssignAll(**transaction, kStart + at, "CUT", std::move(assignments), others);
    if (!changes.ok()) return {DetailOf(changes.status())->reason};
    EXPECT_TRUE((*transaction)->Commit().ok());
    std::vector<std::string> said;
    for (const Change& change : *changes) {
      said.push_back(absl::StrCat(change.subject_id, ": ", change.previous.value_or("-"), " > ",
                                  change.class_name));
    }
    return said;
  }
  std::string ClassAsOf(const std::string& id, absl::Duration at) {
    const auto reading = *store_->BeginRead();
    const auto change = *classes_.AsOf(*reading, id, kStart + at);
    return change.has_value() ? change->class_name : "";
  }

  const std::unique_ptr<store::Store> store_ = store::testing::NewScratchStore();
  const Scheme scheme_{.id = "grade",
                       .rule = "A2",
                       .subject_type = "account",
                       .classes = {{.name = "A"}, {.name = "B"}, {.name = "C"}},
                       .otherwise = "C"};
  const Classes classes_{scheme_};
};

TEST_F(ClassesTest, AChangeIsOneEventAndWhatStaysIsNone) {
  EXPECT_THAT(AssignAll(absl::Hours(1), {{"b", "B"}, {"a", "A"}}),
              ElementsAre("a: - > A", "b: - > B"));
  EXPECT_THAT(AssignAll(absl::Hours(2), {{"a", "A"}, {"b", "A"}}), ElementsAre("b: B > A"));
  EXPECT_THAT(AssignAll(absl::Hours(3), {{"a", "A"}, {"b", "A"}}), IsEmpty());
}

TEST_F(ClassesTest, WhoIsNotAssignedAnyGetsTheSchemesClassForThat) {
  EXPECT_THAT(AssignAll(absl::Hours(1), {{"a", "A"}}, {"a", "new"}),
              ElementsAre("a: - > A", "new: - > C"));
  EXPECT_THAT(AssignAll(absl::Hours(2), {}), ElementsAre("a: A > C"));
}

TEST_F(ClassesTest, AnyPastInstantCanBeAsked) {
  AssignAll(absl::Hours(1), {{"a", "B"}});
  AssignAll(absl::Hours(3), {{"a", "A"}});
  EXPECT_EQ(ClassAsOf("a", absl::Hours(1) - absl::Microseconds(1)), "");
  EXPECT_EQ(ClassAsOf("a", absl::Hours(1)), "B");
  EXPECT_EQ(ClassAsOf("a", absl::Hours(3) - absl::Microseconds(1)), "B");
  EXPECT_EQ(ClassAsOf("a", absl::Hours(3)), "A");
  const auto reading = *store_->BeginRead();
  EXPECT_EQ(*classes_.Of(*reading, "a"), (Standing{"a", "A", kStart + absl::Hours(3)}));
  EXPECT_THAT(*classes_.All(*reading), ElementsAre(Standing{"a", "A", kStart + absl::Hours(3)}));
}

TEST_F(ClassesTest, HistorySaysWhatWhenWhyAndFromWhichInputs) {
  AssignAll(absl::Hours(1), {{"a", "B", {{"win_probability", 400'000}}}});
  AssignAll(absl::Hours(2), {{"a", "A", {{"win_probability", 700'000}}}});
  const Change first{"a",   kStart + absl::Hours(1),       std::nullopt, "B",
                     "CUT", {{"win_probability", 400'000}}};
  const Change second{"a",   kStart + absl::Hours(2),       "B", "A",
                      "CUT", {{"win_probability", 700'000}}};
  const auto reading = *store_->BeginRead();
  EXPECT_THAT(*classes_.History(*reading, "a", absl::InfiniteFuture(), 10),
              ElementsAre(second, first));
  EXPECT_THAT(*classes_.History(*reading, "a", second.at, 10), ElementsAre(first));
  EXPECT_THAT(*classes_.History(*reading, "a", absl::InfiniteFuture(), 1), ElementsAre(second));
}

TEST_F(ClassesTest, OneSubjectMayBeClassifiedAlone) {
  auto transaction = store_->Begin();
  const auto change = classes_.Assign(**transaction, kStart, "ON_DEMAND", {"a", "A"});
  ASSERT_TRUE(change.ok() && change->has_value());
  EXPECT_EQ((*change)->class_name, "A");
  EXPECT_EQ(*classes_.Assign(**transaction, kStart + absl::Hours(1), "ON_DEMAND", {"a", "A"}),
            std::nullopt);
}

TEST_F(ClassesTest, HistoryIsWrittenForwardsOnlyAndOfKnownClasses) {
  AssignAll(absl::Hours(2), {{"a", "A"}});
  EXPECT_THAT(AssignAll(absl::Hours(2), {{"a", "B"}}), ElementsAre("SCHEME_OUT_OF_ORDER"));
  EXPECT_THAT(AssignAll(absl::Hours(1), {{"a", "B"}}), ElementsAre("SCHEME_OUT_OF_ORDER"));
  EXPECT_THAT(AssignAll(absl::Hours(3), {{"a", "Z"}}), ElementsAre("CLASS_UNKNOWN"));
}

TEST_F(ClassesTest, SchemesDoNotMix) {
  AssignAll(absl::Hours(1), {{"a", "A"}});
  Scheme other = scheme_;
  other.id = "other";
  const auto reading = *store_->BeginRead();
  EXPECT_EQ(*Classes(other).Of(*reading, "a"), std::nullopt);
}

}  // namespace
}  // namespace bellwether::scheme::classes_test
