#include "services/imports/domain/cell_look.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "absl/time/civil_time.h"
#include "common/base/utf8.h"
#include "common/currency/iso_4217.h"
#include "services/imports/domain/cell_text.h"
#include "services/imports/domain/time_style.h"

namespace bellwether::imports {
namespace {

// What is older or later is no business that anybody imports.
constexpr int kYearLeast = 1970;
constexpr int kYearMost = 2100;
// Serial numbers of Excel: 1982 to 2064.
constexpr int64_t kSerialLeast = 30'000;
constexpr int64_t kSerialMost = 60'000;
constexpr size_t kMarksMax = 4;
constexpr absl::string_view kMarks[] = {"€", "$", "£", "¥", "￥", "%", "元", "kr", "Fr.", "US$"};

bool IsDigit(char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); }

struct TimeForm {
  std::string format;
  bool day_first = false;
  bool month_first = false;
  // Digits only: a number looks the same.
  bool bare = false;
};

const std::vector<TimeForm>& TimeForms() {
  static const auto& forms = *new std::vector<TimeForm>([] {
    std::vector<TimeForm> made = {{""}};
    const auto add = [&](std::string date, bool day_first, bool month_first) {
      for (const absl::string_view time : {"", " %H:%M", " %H:%M:%S", " %I:%M %p"}) {
        made.push_back({absl::StrCat(date, time), day_first, month_first});
      }
    };
    for (const absl::string_view year : {"%Y", "%y"}) {
      add(absl::StrCat("%d.%m.", year), true, false);
      add(absl::StrCat("%d/%m/", year), true, false);
      add(absl::StrCat("%m/%d/", year), false, true);
      add(absl::StrCat("%d-%m-", year), true, false);
      add(absl::StrCat("%m-%d-", year), false, true);
    }
    add("%Y/%m/%d", false, false);
    add("%Y.%m.%d", false, false);
    add("%Y年%m月%d日", false, false);
    add("%d %b %Y", false, false);
    add("%d-%b-%Y", false, false);
    add("%b %d, %Y", false, false);
    made.push_back({"%E4Y%m%d", false, false, true});
    made.push_back({std::string(kUnixFormat), false, false, true});
    made.push_back({std::string(kUnixMillisFormat), false, false, true});
    made.push_back({std::string(kExcelFormat), false, false, true});
    return made;
  }());
  return forms;
}

bool IsTime(const std::string& cell, const TimeForm& form) {
  if (form.bare) {
    const size_t digits = form.format == kUnixFormat         ? 10
                          : form.format == kUnixMillisFormat ? 13
                          : form.format == kExcelFormat      ? 5
                                                             : 8;
    const absl::string_view whole = absl::string_view(cell).substr(0, cell.find('.'));
    if (whole.size() != digits || !std::all_of(whole.begin(), whole.end(), IsDigit)) return false;
  }
  TimeStyle style;
  if (!form.format.empty()) style.formats = {form.format};
  const auto time = ParseTime(cell, style);
  if (!time.ok() || time->day.year() < kYearLeast || time->day.year() > kYearMost) return false;
  if (form.format != kExcelFormat) return true;
  const int64_t serial = time->day - absl::CivilDay(1899, 12, 30);
  return serial >= kSerialLeast && serial <= kSerialMost;
}

bool MostAre(size_t count, size_t filled) {
  return count > 0 && (filled - count) * 100 <= filled * kOddCellsPercentMax;
}

bool LookForTimes(const std::vector<std::string>& cells, bool named_time, CellLook& look) {
  const TimeForm* best = nullptr;
  size_t best_count = 0;
  bool day_first = false;
  bool month_first = false;
  for (const TimeForm& form : TimeForms()) {
    if (form.bare && !named_time) continue;
    const auto count = static_cast<size_t>(std::count_if(
        cells.begin(), cells.end(), [&](const std::string& cell) { return IsTime(cell, form); }));
    if (count > best_count) {
      best = &form;
      best_count = count;
      day_first = month_first = false;
    }
    if (count == best_count && count > 0) {
      day_first = day_first || form.day_first;
      month_first = month_first || form.month_first;
    }
  }
  if (!MostAre(best_count, cells.size())) return false;
  look.kind = CellKind::kTime;
  look.time_format = best->format;
  look.words = best->format.empty() ? "2026-11-03" : best->format;
  look.odd = cells.size() - best_count;
  if (day_first && month_first) {
    look.doubt =
        "no cell says whether the day or the month comes first: the day was taken, time_format "
        "says otherwise";
  }
  return true;
}

// What stands around the figure; nothing where that is no mark of numbers.
bool AddMarks(absl::string_view cell, std::set<std::string>& marks) {
  const auto is_figure = [](char c) { return IsDigit(c) || absl::StrContains("+-().,' ", c); };
  while (!cell.empty()) {
    if (is_figure(cell[0])) {
      cell.remove_prefix(1);
      continue;
    }
    if (absl::ConsumePrefix(&cell, "\u2212") || absl::ConsumePrefix(&cell, "\u00a0") ||
        absl::ConsumePrefix(&cell, "\u202f") || absl::ConsumePrefix(&cell, "\u2019")) {
      continue;
    }
    const auto* mark =
        std::find_if(std::begin(kMarks), std::end(kMarks),
                     [&](absl::string_view each) { return absl::StartsWith(cell, each); });
    absl::string_view found = mark == std::end(kMarks) ? cell.substr(0, 3) : *mark;
    if (mark == std::end(kMarks) && !IsoMinorDigits(found).has_value()) return false;
    marks.emplace(found);
    cell.remove_prefix(found.size());
  }
  return marks.size() <= kMarksMax;
}

// "007" and numbers that no counting comes to are names.
bool IsCode(absl::string_view cell) {
  const bool leading_zero = cell.size() > 1 && cell[0] == '0' && IsDigit(cell[1]);
  return leading_zero || std::count_if(cell.begin(), cell.end(), IsDigit) > 15;
}

std::string WordsOf(const NumberStyle& style) {
  std::vector<std::string> words;
  if (style.decimal_mark == ',') words.push_back("decimal comma");
  if (!style.group_mark.empty()) {
    words.push_back(
        absl::StrCat("thousands by ", style.group_mark == " " ? "blanks" : style.group_mark));
  }
  if (!style.marks.empty()) words.push_back(absl::StrJoin(style.marks, " "));
  if (style.accounting) words.push_back("(1.00) is negative");
  if (style.exponent) words.push_back("1.2E+10");
  return absl::StrJoin(words, ", ");
}

// Every such mark stands before exactly three last digits: it may part thousands as well.
bool MayPartThousands(const std::vector<std::string>& cells, char mark) {
  bool any = false;
  for (const std::string& cell : cells) {
    const size_t at = cell.find(mark);
    if (at == std::string::npos) continue;
    any = true;
    size_t digits = 0;
    while (at + 1 + digits < cell.size() && IsDigit(cell[at + 1 + digits])) ++digits;
    const bool zero = cell[0] == '0';
    if (digits != 3 || zero || cell.find(mark, at + 1) != std::string::npos) return false;
  }
  return any;
}

bool LookForNumbers(const std::vector<std::string>& cells, CellLook& look) {
  if (std::any_of(cells.begin(), cells.end(), IsCode)) return false;
  NumberStyle common;
  std::set<std::string> marks;
  for (const std::string& cell : cells) {
    // A cell that is odd does not decide.
    std::set<std::string> with = marks;
    if (AddMarks(cell, with)) marks = std::move(with);
    common.accounting = common.accounting || absl::StartsWith(cell, "(") ||
                        absl::EndsWith(cell, "-") || absl::StrContains(cell, "\u2212");
  }
  common.marks.assign(marks.begin(), marks.end());
  struct Style {
    char decimal_mark;
    absl::string_view group_mark;
    bool exponent = false;
  };
  const Style styles[] = {{'.', ""},  {',', ""},  {'.', ","}, {',', "."},     {',', " "},
                          {'.', " "}, {'.', "'"}, {',', "'"}, {'.', "", true}};
  size_t best_count = 0;
  for (const Style& style : styles) {
    NumberStyle tried = common;
    tried.decimal_mark = style.decimal_mark;
    tried.group_mark = std::string(style.group_mark);
    tried.exponent = style.exponent;
    const auto count =
        static_cast<size_t>(std::count_if(cells.begin(), cells.end(), [&](const std::string& cell) {
          return ParseNumber(cell, tried).ok();
        }));
    if (count <= best_count) continue;
    best_count = count;
    look.numbers = tried;
  }
  if (!MostAre(best_count, cells.size())) return false;
  look.kind = CellKind::kNumber;
  look.odd = cells.size() - best_count;
  const char mark = look.numbers.decimal_mark;
  if (look.numbers.group_mark.empty() && MayPartThousands(cells, mark)) {
    look.numbers.decimal_mark = mark == ',' ? '.' : ',';
    look.numbers.group_mark = std::string(1, mark);
    look.doubt = absl::StrCat("each \"", look.numbers.group_mark,
                              "\" stands before three digits: it was taken to part thousands, "
                              "number_format says otherwise");
  }
  for (const std::string& cell : cells) {
    const auto number = ParseNumber(cell, look.numbers);
    if (!number.ok()) continue;
    look.negative = look.negative || number->units < 0;
    look.decimals = std::max(look.decimals, number->scale);
  }
  look.words = WordsOf(look.numbers);
  return true;
}

std::string Shortened(const std::string& cell) {
  if (Utf8Length(cell).value_or(cell.size()) <= kSampleCharactersMax) return cell;
  size_t bytes = 0;
  for (size_t characters = 0; bytes < cell.size(); ++bytes) {
    const bool begins = (static_cast<unsigned char>(cell[bytes]) & 0xC0) != 0x80;
    if (begins && characters++ == kSampleCharactersMax - 1) break;
  }
  return absl::StrCat(absl::string_view(cell).substr(0, bytes), "…");
}

}  // namespace

CellLook LookAt(absl::Span<const std::string> cells, bool named_time) {
  CellLook look;
  std::vector<std::string> filled;
  std::set<std::string> distinct;
  for (const std::string& cell : cells) {
    std::string text = Clean(cell).text;
    if (text.empty()) continue;
    if (distinct.insert(text).second && look.samples.size() < kSamplesMax) {
      look.samples.push_back(Shortened(text));
    }
    filled.push_back(std::move(text));
  }
  look.filled = filled.size();
  look.distinct = distinct.size();
  if (filled.empty()) return look;
  if (LookForTimes(filled, named_time, look) || LookForNumbers(filled, look)) return look;
  look.kind = CellKind::kText;
  std::set<std::string> codes;
  size_t coded = 0;
  for (const std::string& text : filled) {
    if (!IsoMinorDigits(text).has_value()) continue;
    ++coded;
    codes.insert(text);
  }
  look.currency_codes = coded * 2 >= filled.size();
  if (!look.currency_codes) return look;
  look.odd = filled.size() - coded;
  look.words = absl::StrJoin(codes, ", ");
  return look;
}

}  // namespace bellwether::imports
