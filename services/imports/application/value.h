// What a cell says, after it was read: nothing, a text, a number or a time.
#ifndef BELLWETHER_SERVICES_IMPORTS_APPLICATION_VALUE_H_
#define BELLWETHER_SERVICES_IMPORTS_APPLICATION_VALUE_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "services/imports/domain/exact_number.h"

namespace bellwether::imports {

struct Value {
  enum class Kind : unsigned char { kEmpty, kText, kNumber, kTime };

  Kind kind = Kind::kEmpty;
  // Of a text; of a time as it was written: a day, or the local time.
  std::string text;
  ExactNumber number;
  absl::Time time;
  // TIME: the cell says a day and no time of it.
  bool date_only = false;

  static Value OfText(std::string text) {
    Value value;
    value.kind = text.empty() ? Kind::kEmpty : Kind::kText;
    value.text = std::move(text);
    return value;
  }
  static Value OfNumber(const ExactNumber& number) {
    Value value;
    value.kind = Kind::kNumber;
    value.number = number;
    return value;
  }

  bool empty() const { return kind == Kind::kEmpty; }
  // What stands for it in texts and conditions, and what identifies it: equal values have equal
  // texts, however they were written.
  std::string Text() const { return kind == Kind::kNumber ? FormatExact(number) : text; }
};

// To put rows into a file and take them out again.
void AppendValue(const Value& value, std::string& bytes);
Value TakeValue(absl::string_view& bytes);
void AppendInteger(int64_t value, std::string& bytes);
int64_t TakeInteger(absl::string_view& bytes);
void AppendText(absl::string_view text, std::string& bytes);
absl::string_view TakeText(absl::string_view& bytes);
// In eight bytes that sort as the integers do.
void AppendSortable(int64_t value, std::string& bytes);

}  // namespace bellwether::imports

#endif  // BELLWETHER_SERVICES_IMPORTS_APPLICATION_VALUE_H_
