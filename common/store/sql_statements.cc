#include "common/store/sql_statements.h"

#include "absl/strings/ascii.h"

namespace bellwether::store {
namespace {

// The position just after `sql[at]` and whatever quote or comment begins there. `is_text` says
// whether that was anything but space and comment.
size_t SkipToken(absl::string_view sql, size_t at, bool& is_text) {
  const char c = sql[at];
  const absl::string_view rest = sql.substr(at);
  const auto after = [&](absl::string_view end) {
    const size_t found = sql.find(end, at + 1);
    return found == absl::string_view::npos ? sql.size() : found + end.size();
  };
  if (rest.substr(0, 2) == "--") return after("\n");
  if (rest.substr(0, 2) == "/*") return after("*/");
  if (!absl::ascii_isspace(static_cast<unsigned char>(c))) is_text = true;
  // A doubled quote inside a literal reads as the end of one and the start of the next.
  if (c == '\'') return after("'");
  if (c == '"') return after("\"");
  return at + 1;
}

}  // namespace

std::vector<absl::string_view> SplitStatements(absl::string_view sql) {
  std::vector<absl::string_view> statements;
  size_t start = 0;
  bool has_text = false;
  for (size_t at = 0; at < sql.size();) {
    if (sql[at] == ';') {
      if (has_text) statements.push_back(sql.substr(start, at - start));
      start = ++at;
      has_text = false;
    } else {
      at = SkipToken(sql, at, has_text);
    }
  }
  if (has_text) statements.push_back(sql.substr(start));
  return statements;
}

}  // namespace bellwether::store
