#include "services/accounts/adapters/account_update.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "google/protobuf/util/field_mask_util.h"

namespace bellwether::accounts {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::FieldMask;
using google::protobuf::util::FieldMaskUtil;

// Identity and output-only fields.
bool IsChangeable(const FieldDescriptor& field) {
  static constexpr const char* kFixed[] = {"name", "create_time", "update_time", "etag"};
  return std::none_of(std::begin(kFixed), std::end(kFixed),
                      [&](const char* name) { return field.name() == name; });
}

std::vector<const FieldDescriptor*> ChangeableFields() {
  std::vector<const FieldDescriptor*> fields;
  const auto* account = v1::Account::descriptor();
  for (int i = 0; i < account->field_count(); ++i) {
    if (IsChangeable(*account->field(i))) fields.push_back(account->field(i));
  }
  return fields;
}

bool IsSet(const v1::Account& account, const FieldDescriptor& field) {
  const auto* reflection = account.GetReflection();
  return field.is_repeated() ? reflection->FieldSize(account, &field) > 0
                             : reflection->HasField(account, &field);
}

absl::StatusOr<FieldMask> Expanded(const v1::Account& wanted, const FieldMask& mask) {
  const bool all = mask.paths_size() == 1 && mask.paths(0) == "*";
  FieldMask expanded;
  if (all || mask.paths().empty()) {
    for (const FieldDescriptor* field : ChangeableFields()) {
      if (all || IsSet(wanted, *field)) expanded.add_paths(field->name());
    }
    return expanded;
  }
  for (const std::string& path : mask.paths()) {
    const FieldDescriptor* field = v1::Account::descriptor()->FindFieldByName(path);
    if (field == nullptr || !IsChangeable(*field)) {
      return InvalidArgument("UPDATE_MASK_INVALID", "update_mask",
                             absl::StrCat("\"", path, "\" is no field that may be changed"));
    }
    expanded.add_paths(path);
  }
  return expanded;
}

}  // namespace

absl::StatusOr<v1::Account> Merge(const v1::Account& present, const v1::Account& wanted,
                                  const FieldMask& mask) {
  ASSIGN_OR_RETURN(const FieldMask expanded, Expanded(wanted, mask));
  FieldMaskUtil::MergeOptions options;
  options.set_replace_message_fields(true);
  options.set_replace_repeated_fields(true);
  v1::Account merged = present;
  FieldMaskUtil::MergeMessageTo(wanted, expanded, options, &merged);
  return merged;
}

}  // namespace bellwether::accounts
