#include "common/subject/subject_messages.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "common/base/ids.h"
#include "common/base/status.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"

namespace bellwether {
namespace {

using events::v1::NamedValue;
using events::v1::SubjectAttributes;
using events::v1::SubjectChanged;

constexpr int64_t kMicros = 1'000'000;

// The attributes that have a field of their own.
struct OwnField {
  absl::string_view name;
  const std::string& (SubjectAttributes::*get)() const;
  std::string* (SubjectAttributes::*mutable_field)();
};
constexpr OwnField kOwnFields[] = {
    {"display_name", &SubjectAttributes::display_name, &SubjectAttributes::mutable_display_name},
    {"owner", &SubjectAttributes::owner, &SubjectAttributes::mutable_owner},
    {"industry", &SubjectAttributes::industry, &SubjectAttributes::mutable_industry},
    {"tier", &SubjectAttributes::tier, &SubjectAttributes::mutable_tier},
    {"region", &SubjectAttributes::region, &SubjectAttributes::mutable_region},
};

absl::Status Refuse(absl::string_view reason, absl::string_view field, absl::string_view message) {
  return InvalidArgument(reason, field, message);
}

NamedValue& AddValue(SubjectChanged& changed, absl::string_view name) {
  NamedValue& value = *changed.add_values();
  value.set_name(name.data(), name.size());
  return value;
}

absl::Status CheckAttributes(const google::protobuf::Map<std::string, std::string>& attributes) {
  if (attributes.size() > kAttributesMax) {
    return Refuse("ATTRIBUTES_TOO_MANY", "attributes", "a subject has at most 64 attributes");
  }
  for (const auto& [name, value] : attributes) {
    const std::string field = absl::StrCat("attributes.", name);
    if (!IsValueName(name)) {
      return Refuse("ATTRIBUTE_NAME_INVALID", field, "1–128 characters of a-z 0-9 . _ -");
    }
    if (value.size() > kAttributeValueBytesMax) {
      return Refuse("ATTRIBUTE_TOO_LONG", field, "at most 1 024 bytes");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckValues(const google::protobuf::RepeatedPtrField<NamedValue>& values) {
  if (values.size() > static_cast<int>(kSubjectValuesMax)) {
    return Refuse("VALUES_TOO_MANY", "values", "a subject has at most 64 values");
  }
  absl::flat_hash_set<absl::string_view> names;
  for (const NamedValue& value : values) {
    const std::string field = absl::StrCat("values.", value.name());
    if (!IsValueName(value.name())) {
      return Refuse("VALUE_NAME_INVALID", field, "1–128 characters of a-z 0-9 . _ -");
    }
    if (!names.insert(value.name()).second) {
      return Refuse("VALUE_TWICE", field, "a value stands once");
    }
    if (value.label().size() > kLabelBytesMax) {
      return Refuse("LABEL_TOO_LONG", field, "at most 1 024 bytes");
    }
  }
  return absl::OkStatus();
}

}  // namespace

Attributes AttributesOf(const SubjectAttributes& message) {
  std::vector<Attributes::Entry> entries;
  for (const auto& [name, value] : message.others()) entries.emplace_back(name, value);
  for (const OwnField& field : kOwnFields) entries.emplace_back(field.name, (message.*field.get)());
  return Attributes(std::move(entries));
}

Attributes AttributesOf(const google::protobuf::Map<std::string, std::string>& attributes) {
  std::vector<Attributes::Entry> entries;
  for (const auto& [name, value] : attributes) entries.emplace_back(name, value);
  return Attributes(std::move(entries));
}

void SetAttributes(const Attributes& attributes, SubjectAttributes& message) {
  message.Clear();
  attributes.ForEach([&](absl::string_view name, absl::string_view value) {
    const auto* own = std::find_if(std::begin(kOwnFields), std::end(kOwnFields),
                                   [&](const OwnField& field) { return field.name == name; });
    std::string& to = own != std::end(kOwnFields) ? *(message.*own->mutable_field)()
                                                  : (*message.mutable_others())[std::string(name)];
    to.assign(value.data(), value.size());
  });
}

void AddFigure(SubjectChanged& changed, absl::string_view name, int64_t whole_units) {
  if (whole_units > std::numeric_limits<int64_t>::max() / kMicros ||
      whole_units < std::numeric_limits<int64_t>::min() / kMicros) {
    return;
  }
  AddValue(changed, name).set_value(whole_units * kMicros);
}

void AddInstant(SubjectChanged& changed, absl::string_view name, absl::Time instant) {
  AddValue(changed, name).set_instant_micros(absl::ToUnixMicros(instant));
}

void AddLabel(SubjectChanged& changed, absl::string_view name, absl::string_view label) {
  if (label.empty()) return;
  AddValue(changed, name).set_label(label.data(), label.size());
}

void SetSnapshot(SubjectChanged& changed, const google::protobuf::Message& snapshot) {
  changed.mutable_snapshot()->set_type(snapshot.GetTypeName());
  changed.mutable_snapshot()->set_content(SerializedInOrder(snapshot));
}

absl::Status CheckSubject(const SubjectChanged& changed) {
  if (changed.subject_type() == events::v1::SUBJECT_TYPE_UNSPECIFIED) {
    return Refuse("SUBJECT_TYPE_MISSING", "subject_type", "a subject has a type");
  }
  if (!IsValidId(changed.subject_id())) {
    return Refuse("SUBJECT_ID_INVALID", "subject_id", "1–64 characters of A-Z a-z 0-9 . _ -");
  }
  if (!changed.account_id().empty() && !IsValidId(changed.account_id())) {
    return Refuse("ACCOUNT_ID_INVALID", "account_id", "1–64 characters of A-Z a-z 0-9 . _ -");
  }
  if (!changed.moved_to().empty() && !IsValidId(changed.moved_to())) {
    return Refuse("ACCOUNT_ID_INVALID", "moved_to", "1–64 characters of A-Z a-z 0-9 . _ -");
  }
  if (changed.entity_version() <= 0) {
    return Refuse("ENTITY_VERSION_INVALID", "entity_version", "versions rise from 1");
  }
  RETURN_IF_ERROR(CheckAttributes(changed.attributes()));
  return CheckValues(changed.values());
}

bool IsValueName(absl::string_view name) {
  if (name.empty() || name.size() > kValueNameBytesMax) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
  });
}

std::string SerializedInOrder(const google::protobuf::Message& message) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream out(&stream);
  out.SetSerializationDeterministic(true);
  message.SerializeToCodedStream(&out);
  out.Trim();
  return bytes;
}

}  // namespace bellwether
