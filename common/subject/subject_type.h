// The names of subject types, read from the proto: a new type needs no line here.
#ifndef BELLWETHER_COMMON_SUBJECT_SUBJECT_TYPE_H_
#define BELLWETHER_COMMON_SUBJECT_SUBJECT_TYPE_H_

#include "absl/strings/string_view.h"
#include "bellwether/events/v1/subject.pb.h"

namespace bellwether {

inline constexpr char kAccountType[] = "account";

// "opportunity". Empty for UNSPECIFIED and for a type newer than this program.
absl::string_view SubjectTypeName(events::v1::SubjectType type);
// UNSPECIFIED for a name that is none.
events::v1::SubjectType SubjectTypeOf(absl::string_view name);

}  // namespace bellwether

#endif  // BELLWETHER_COMMON_SUBJECT_SUBJECT_TYPE_H_
