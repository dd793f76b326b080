#include "common/store/insert_statement.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace bellwether::store {
namespace {

bool IsWordCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '$' || c == '.';
}

// Reads a statement word by word: names, placeholders, literals, single signs.
class Words {
 public:
  explicit Words(absl::string_view sql) : sql_(sql) { Next(); }

  absl::string_view word() const { return word_; }
  // What has not been looked at, the present word included.
  absl::string_view rest() const { return sql_.substr(begin_); }
  size_t begin() const { return begin_; }

  absl::string_view Take() {
    const absl::string_view taken = word_;
    Next();
    return taken;
  }
  bool TakeIf(absl::string_view expected) {
    if (!absl::EqualsIgnoreCase(word_, expected)) return false;
    Next();
    return true;
  }
  // "(x, y)"; nothing when an element is more than one word.
  std::optional<std::vector<absl::string_view>> TakeList() {
    if (!TakeIf("(")) return std::nullopt;
    std::vector<absl::string_view> list;
    do {
      list.push_back(Take());
    } while (TakeIf(","));
    if (!TakeIf(")")) return std::nullopt;
    return list;
  }

 private:
  void Next() {
    begin_ = end_;
    while (begin_ < sql_.size() && absl::ascii_isspace(static_cast<unsigned char>(sql_[begin_]))) {
      ++begin_;
    }
    end_ = begin_;
    if (end_ < sql_.size() && sql_[end_] == '\'') {
      SkipQuoted();
    } else if (end_ < sql_.size() && !IsWordCharacter(sql_[end_])) {
      ++end_;
    } else {
      while (end_ < sql_.size() && IsWordCharacter(sql_[end_])) ++end_;
    }
    word_ = sql_.substr(begin_, end_ - begin_);
  }
  // A doubled quote is one inside the literal.
  void SkipQuoted() {
    for (++end_; end_ < sql_.size(); ++end_) {
      if (sql_[end_] != '\'') continue;
      if (sql_.substr(end_, 2) != "''") break;
      ++end_;
    }
    end_ = std::min(end_ + 1, sql_.size());
  }

  const absl::string_view sql_;
  size_t begin_ = 0, end_ = 0;
  absl::string_view word_;
};

// Counted from 0.
std::optional<size_t> PlaceholderOf(absl::string_view word) {
  size_t number = 0;
  if (!absl::ConsumePrefix(&word, "$") || !absl::SimpleAtoi(word, &number) || number == 0) {
    return std::nullopt;
  }
  return number - 1;
}

bool IsLiteral(absl::string_view word) {
  return !word.empty() && (absl::ascii_isdigit(static_cast<unsigned char>(word[0])) ||
                           word[0] == '\'' || absl::EqualsIgnoreCase(word, "NULL"));
}

}  // namespace

std::optional<InsertStatement> InsertStatement::Parse(absl::string_view sql) {
  Words words(sql);
  if (!words.TakeIf("INSERT") || !words.TakeIf("INTO")) return std::nullopt;
  words.Take();
  const auto columns = words.TakeList();
  InsertStatement statement;
  statement.head_ = sql.substr(0, words.begin());
  if (!columns.has_value() || !words.TakeIf("VALUES")) return std::nullopt;
  const auto values = words.TakeList();
  if (!values.has_value() || values->size() != columns->size()) return std::nullopt;
  statement.values_ = *values;
  statement.tail_ = words.rest();
  if (absl::StrContains(statement.tail_, '$')) return std::nullopt;

  std::vector<bool> used(values->size(), false);
  for (const absl::string_view value : *values) {
    const std::optional<size_t> parameter = PlaceholderOf(value);
    if (parameter.has_value() && *parameter < used.size()) {
      used[*parameter] = true;
      statement.parameter_count_ = std::max(statement.parameter_count_, *parameter + 1);
    } else if (!IsLiteral(value)) {
      return std::nullopt;
    }
  }
  used.resize(statement.parameter_count_);
  if (used.empty() || std::find(used.begin(), used.end(), false) != used.end()) return std::nullopt;

  if (words.word().empty()) return statement;
  if (!words.TakeIf("ON") || !words.TakeIf("CONFLICT")) return std::nullopt;
  const auto target = words.TakeList();
  if (!target.has_value() || !words.TakeIf("DO")) return std::nullopt;
  if (words.TakeIf("NOTHING")) {
    if (!words.word().empty()) return std::nullopt;
    return statement;
  }
  for (; !words.word().empty(); words.Take()) {
    if (absl::EqualsIgnoreCase(words.word(), "RETURNING")) return std::nullopt;
  }
  for (const absl::string_view column : *target) {
    const auto found = std::find(columns->begin(), columns->end(), column);
    if (found == columns->end()) return std::nullopt;
    const auto parameter = PlaceholderOf((*values)[found - columns->begin()]);
    if (parameter.has_value()) statement.key_.push_back(*parameter);
  }
  // A key of literals alone is the same for every row.
  if (statement.key_.empty()) return std::nullopt;
  return statement;
}

std::string InsertStatement::OverArrays(absl::Span<const absl::string_view> array_types) const {
  std::string sql = absl::StrCat(head_, "SELECT ");
  absl::string_view separator = "";
  for (const absl::string_view value : values_) {
    const std::optional<size_t> parameter = PlaceholderOf(value);
    absl::StrAppend(&sql, separator);
    if (!parameter.has_value()) {
      absl::StrAppend(&sql, value);
    } else if (array_types[*parameter].empty()) {
      absl::StrAppend(&sql, "NULL");
    } else {
      absl::StrAppend(&sql, "r.p", *parameter + 1);
    }
    separator = ", ";
  }
  std::string arrays, names;
  size_t placeholder = 0;
  for (size_t parameter = 0; parameter < array_types.size(); ++parameter) {
    if (array_types[parameter].empty()) continue;
    absl::StrAppend(&arrays, placeholder == 0 ? "" : ", ", "$", placeholder + 1,
                    "::", array_types[parameter]);
    absl::StrAppend(&names, placeholder == 0 ? "" : ", ", "p", parameter + 1);
    ++placeholder;
  }
  absl::StrAppend(&sql, " FROM unnest(", arrays, ") AS r (", names, ") ", tail_);
  return sql;
}

}  // namespace bellwether::store
