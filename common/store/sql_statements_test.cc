#include "common/store/sql_statements.h"

#include "gmock/gmock.h"

namespace bellwether::store::sql_statements_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(SplitStatements, EndsAtSemicolonsOutsideQuotesAndComments) {
  EXPECT_THAT(SplitStatements("a;b;"), ElementsAre("a", "b"));
  EXPECT_THAT(SplitStatements("a ';' b;\"x;y\""), ElementsAre("a ';' b", "\"x;y\""));
  EXPECT_THAT(SplitStatements("a -- x;\n b; /* c; */ d"),
              ElementsAre("a -- x;\n b", " /* c; */ d"));
  EXPECT_THAT(SplitStatements("'it''s; one'"), ElementsAre("'it''s; one'"));
}

TEST(SplitStatements, DropsWhatIsOnlySpaceAndComment) {
  EXPECT_THAT(SplitStatements(""), IsEmpty());
  EXPECT_THAT(SplitStatements(" ;\n-- nothing\n; /* */"), IsEmpty());
}

TEST(SplitStatements, TakesAnUnclosedQuoteAsOneStatement) {
  EXPECT_THAT(SplitStatements("a 'b;c"), ElementsAre("a 'b;c"));
}

}  // namespace
}  // namespace bellwether::store::sql_statements_test
