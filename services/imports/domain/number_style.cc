#include "services/imports/domain/number_style.h"

#include <algorithm>
#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/status.h"
#include "common/text/readable.h"

namespace bellwether::imports {
namespace {

constexpr absl::string_view kMinusSign = "\xE2\x88\x92";   // U+2212
constexpr absl::string_view kRightQuote = "\xE2\x80\x99";  // U+2019, for an apostrophe
constexpr int kExponentMax = 40;
constexpr size_t kGroupDigits = 3;

// Taken off at either end: marks, blanks and signs in any order. What is left is the figure.
class Affixes {
 public:
  Affixes(absl::string_view text, const NumberStyle& style) : rest_(text), style_(style) {}

  // False: two signs, or a parenthesis that is not closed.
  bool Strip() {
    const bool parenthesis = style_.accounting && absl::ConsumePrefix(&rest_, "(");
    if (parenthesis && !absl::ConsumeSuffix(&rest_, ")")) return false;
    while (TakeFront() || TakeBack()) {
    }
    if (parenthesis) ++negatives_;
    return negatives_ + positives_ <= 1;
  }
  bool negative() const { return negatives_ > 0; }
  absl::string_view figure() const { return rest_; }

 private:
  bool TakeFront() {
    if (absl::ConsumePrefix(&rest_, " ")) return true;
    for (const std::string& mark : style_.marks) {
      if (!mark.empty() && absl::ConsumePrefix(&rest_, mark)) return true;
    }
    if (absl::ConsumePrefix(&rest_, "-")) return ++negatives_ > 0;
    if (style_.accounting && absl::ConsumePrefix(&rest_, kMinusSign)) return ++negatives_ > 0;
    if (absl::ConsumePrefix(&rest_, "+")) return ++positives_ > 0;
    return false;
  }
  bool TakeBack() {
    if (absl::ConsumeSuffix(&rest_, " ")) return true;
    for (const std::string& mark : style_.marks) {
      if (!mark.empty() && absl::ConsumeSuffix(&rest_, mark)) return true;
    }
    if (style_.accounting && absl::ConsumeSuffix(&rest_, "-")) return ++negatives_ > 0;
    return false;
  }

  absl::string_view rest_;
  const NumberStyle& style_;
  int negatives_ = 0;
  int positives_ = 0;
};

// The digits without their group marks; false where the groups are not of three digits each.
bool RemoveGroups(absl::string_view whole, absl::string_view mark, std::string& digits) {
  bool grouped = false;
  size_t in_group = 0;
  for (size_t i = 0; i < whole.size();) {
    if (!mark.empty() && absl::StartsWith(whole.substr(i), mark)) {
      if (in_group == 0 || in_group > kGroupDigits || (grouped && in_group != kGroupDigits)) {
        return false;
      }
      grouped = true;
      in_group = 0;
      i += mark.size();
      continue;
    }
    if (!absl::ascii_isdigit(static_cast<unsigned char>(whole[i]))) return false;
    digits.push_back(whole[i++]);
    ++in_group;
  }
  return !digits.empty() && (!grouped || in_group == kGroupDigits);
}

}  // namespace

absl::StatusOr<ExactNumber> ParseNumber(absl::string_view text, const NumberStyle& style) {
  const bool plain = style.decimal_mark == '.' && style.group_mark.empty() && style.marks.empty() &&
                     !style.accounting && !style.exponent;
  if (plain) return ParseExact(text);
  const auto not_a_number = [&] {
    return InvalidArgument("NOT_A_NUMBER", "", absl::StrCat("\"", text, "\" is not a number"));
  };
  // Blanks of any width are one blank.
  const std::string tidied = text::Tidied(text);
  Affixes affixes(tidied, style);
  if (!affixes.Strip()) return not_a_number();
  absl::string_view figure = affixes.figure();
  int exponent = 0;
  if (const size_t e = figure.find_first_of("eE"); style.exponent && e != absl::string_view::npos) {
    absl::string_view digits = figure.substr(e + 1);
    absl::ConsumePrefix(&digits, "+");
    if (!absl::SimpleAtoi(digits, &exponent) || std::abs(exponent) > kExponentMax) {
      return not_a_number();
    }
    figure = figure.substr(0, e);
  }
  const size_t point = figure.find(style.decimal_mark);
  const bool has_point = point != absl::string_view::npos;
  std::string digits = affixes.negative() ? "-" : "";
  std::string whole;
  absl::string_view mark = style.group_mark;
  if (mark == "'" && absl::StrContains(figure, kRightQuote)) mark = kRightQuote;
  if (!RemoveGroups(figure.substr(0, point), mark, whole)) return not_a_number();
  absl::StrAppend(&digits, whole);
  if (has_point) absl::StrAppend(&digits, ".", figure.substr(point + 1));
  const auto number = ParseExact(digits);
  if (!number.ok()) {
    if (DetailOf(number.status())->reason == "NOT_A_NUMBER") return not_a_number();
    return number.status();
  }
  if (exponent == 0) return number;
  // number · 10^exponent
  ExactNumber power = ExactNumber::Of(1);
  if (exponent < 0) {
    power.scale = -exponent;
  } else {
    for (int i = 0; i < exponent; ++i) {
      ASSIGN_OR_RETURN(power, Product(power, ExactNumber::Of(10)));
    }
  }
  return Product(*number, power);
}

}  // namespace bellwether::imports
