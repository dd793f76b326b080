#include "common/store/insert_statement.h"

#include "gmock/gmock.h"

namespace bellwether::store::insert_statement_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string OverArrays(absl::string_view sql, std::vector<absl::string_view> types) {
  const auto statement = InsertStatement::Parse(sql);
  if (!statement.has_value()) return "not understood";
  EXPECT_EQ(statement->parameter_count(), types.size());
  return statement->OverArrays(types);
}

std::vector<size_t> KeyOf(absl::string_view sql) { return InsertStatement::Parse(sql)->key(); }

TEST(InsertStatement, SelectsTheElementsOfArraysInPlaceOfTheValues) {
  EXPECT_EQ(OverArrays("INSERT INTO t (a, b) VALUES ($1, $2)", {"bigint[]", "text[]"}),
            "INSERT INTO t (a, b) SELECT r.p1, r.p2 FROM unnest($1::bigint[], $2::text[]) "
            "AS r (p1, p2) ");
}

TEST(InsertStatement, KeepsLiteralsAndRepeatedPlaceholdersInTheirPlaces) {
  EXPECT_EQ(OverArrays("insert into t (a, b, c, d) values ($2, 'x, (''y'')', 0, $1)",
                       {"bigint[]", "bytea[]"}),
            "insert into t (a, b, c, d) SELECT r.p2, 'x, (''y'')', 0, r.p1 "
            "FROM unnest($1::bigint[], $2::bytea[]) AS r (p1, p2) ");
  EXPECT_EQ(OverArrays("INSERT INTO t (a, b) VALUES ($1, $1)", {"text[]"}),
            "INSERT INTO t (a, b) SELECT r.p1, r.p1 FROM unnest($1::text[]) AS r (p1) ");
}

TEST(InsertStatement, LeavesOutWhatIsNullInEveryRow) {
  EXPECT_EQ(OverArrays("INSERT INTO t (a, b, c) VALUES ($1, $2, $3)", {"bigint[]", "", "text[]"}),
            "INSERT INTO t (a, b, c) SELECT r.p1, NULL, r.p3 "
            "FROM unnest($1::bigint[], $2::text[]) AS r (p1, p3) ");
}

TEST(InsertStatement, KeepsWhatIsDoneOnConflict) {
  EXPECT_EQ(OverArrays("INSERT INTO t (a) VALUES ($1) ON CONFLICT (a) DO NOTHING", {"bigint[]"}),
            "INSERT INTO t (a) SELECT r.p1 FROM unnest($1::bigint[]) AS r (p1) "
            "ON CONFLICT (a) DO NOTHING");
}

TEST(InsertStatement, KnowsWhichParametersNameTheRowThatConflicts) {
  EXPECT_THAT(KeyOf("INSERT INTO t (a, b, c) VALUES ($1, $2, $3) ON CONFLICT (b, a) DO UPDATE SET "
                    "c = excluded.c"),
              ElementsAre(1, 0));
  EXPECT_THAT(KeyOf("INSERT INTO t (a, b) VALUES (1, $1) ON CONFLICT (a, b) DO UPDATE SET a = 2"),
              ElementsAre(0));
  EXPECT_THAT(KeyOf("INSERT INTO t (a) VALUES ($1) ON CONFLICT (a) DO NOTHING"), IsEmpty());
  EXPECT_THAT(KeyOf("INSERT INTO t (a) VALUES ($1)"), IsEmpty());
}

TEST(InsertStatement, DoesNotPretendToUnderstandOtherForms) {
  for (const char* sql :
       {"", "UPDATE t SET a = $1", "INSERT INTO t VALUES ($1)", "INSERT INTO t (a) VALUES ($1 + 1)",
        "INSERT INTO t (a) VALUES (lower($1))", "INSERT INTO t (a) VALUES ($2)",
        "INSERT INTO t (a, b) VALUES ($1)", "INSERT INTO t (a) VALUES (1)",
        "INSERT INTO t (a) VALUES ($1), ($2)", "INSERT INTO t (a) VALUES ($1) RETURNING a",
        "INSERT INTO t (a) VALUES ($1) ON CONFLICT (a) DO UPDATE SET a = $1",
        "INSERT INTO t (a) VALUES ($1) ON CONFLICT (b) DO UPDATE SET a = 1",
        "INSERT INTO t (a, b) VALUES (1, $1) ON CONFLICT (a) DO UPDATE SET b = excluded.b",
        "INSERT INTO t (a) VALUES ($1) ON CONFLICT (a) DO UPDATE SET a = 1 RETURNING a",
        "INSERT INTO t (a) VALUES ('open", "INSERT INTO t (a"}) {
    EXPECT_FALSE(InsertStatement::Parse(sql).has_value()) << sql;
  }
}

}  // namespace
}  // namespace bellwether::store::insert_statement_test
