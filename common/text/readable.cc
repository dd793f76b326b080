#include "common/text/readable.h"

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/text/character.h"

namespace bellwether::text {
namespace {

struct Seen {
  bool malformed = false;
  bool control = false;
  bool bidi = false;
  bool invisible = false;
  bool visible = false;
  bool only_blanks = true;
  bool carried = true;  // every mark and joiner follows a visible character
};

Seen Look(absl::string_view text) {
  Seen seen;
  bool carrier = false;
  while (!text.empty()) {
    const Character c = FirstOf(text);
    text.remove_prefix(c.bytes);
    const CharacterKind kind = KindOf(c.value);
    seen.malformed |= kind == CharacterKind::kMalformed;
    seen.control |= kind == CharacterKind::kControl;
    seen.bidi |= kind == CharacterKind::kBidi;
    seen.invisible |= kind == CharacterKind::kInvisible;
    seen.visible |= kind == CharacterKind::kVisible;
    seen.only_blanks &= kind == CharacterKind::kBlank;
    if (kind == CharacterKind::kCombining || kind == CharacterKind::kJoiner) {
      seen.carried &= carrier;
    } else {
      carrier = kind == CharacterKind::kVisible;
    }
  }
  return seen;
}

}  // namespace

absl::Status CheckReadable(const TextRule& rule, absl::string_view text) {
  const auto refuse = [&](absl::string_view reason, absl::string_view why) {
    return InvalidArgument(reason, rule.field, why, rule.rule);
  };
  if (text.size() > rule.bytes_max) {
    return refuse("TEXT_TOO_LONG", absl::StrCat("at most ", rule.bytes_max, " bytes"));
  }
  const Seen seen = Look(text);
  if (rule.needed && seen.only_blanks) return refuse("FIELD_MISSING", "must not be empty");
  if (text.empty()) return absl::OkStatus();
  if (seen.malformed) return refuse("TEXT_NOT_UTF8", "the text is not UTF-8");
  if (seen.control) {
    return refuse("TEXT_HAS_CONTROL_CHARACTERS", "control characters are not text");
  }
  if (seen.bidi) {
    return refuse("TEXT_HAS_DIRECTION_CONTROLS",
                  "characters that turn the direction of writing make a text read as another");
  }
  if (seen.invisible) {
    return refuse("TEXT_HAS_INVISIBLE_CHARACTERS", "the text has characters that show nothing");
  }
  if (!seen.visible || !seen.carried) {
    return refuse("TEXT_SHOWS_NOTHING", "marks and joiners need a character that carries them");
  }
  return absl::OkStatus();
}

std::string Tidied(absl::string_view text) {
  std::string tidied;
  bool blank = false;
  while (!text.empty()) {
    const Character c = FirstOf(text);
    if (KindOf(c.value) == CharacterKind::kBlank) {
      blank = !tidied.empty();
    } else {
      if (blank) tidied.push_back(' ');
      blank = false;
      absl::StrAppend(&tidied, text.substr(0, c.bytes));
    }
    text.remove_prefix(c.bytes);
  }
  return tidied;
}

std::string Printable(absl::string_view text) {
  std::string printable;
  while (!text.empty()) {
    const Character c = FirstOf(text);
    switch (KindOf(c.value)) {
      case CharacterKind::kControl:
        printable.push_back(' ');
        break;
      case CharacterKind::kBidi:
      case CharacterKind::kMalformed:
        absl::StrAppend(&printable, kReplacement);
        break;
      default:
        absl::StrAppend(&printable, text.substr(0, c.bytes));
    }
    text.remove_prefix(c.bytes);
  }
  return printable;
}

}  // namespace bellwether::text
