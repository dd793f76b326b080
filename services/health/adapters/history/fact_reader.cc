#include "services/health/adapters/history/fact_reader.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "bellwether/type/v1/money.pb.h"
#include "common/base/check.h"
#include "common/base/hash.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "services/health/domain/evaluation.h"
#include "services/health/domain/model.h"

namespace bellwether::health {
namespace {

using events::v1::Fact;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using journal::Semantics;

int64_t PromoterBalance(int64_t score_micros) {
  constexpr int64_t kPromoterFrom = 9 * kMicrosPerUnit;
  constexpr int64_t kDetractorUpTo = 6 * kMicrosPerUnit;
  if (score_micros >= kPromoterFrom) return 1;
  return score_micros <= kDetractorUpTo ? -1 : 0;
}

const FieldDescriptor* FieldNamed(const Descriptor& message, absl::string_view name) {
  const FieldDescriptor* field = message.FindFieldByName(std::string(name));
  BELLWETHER_CHECK(field != nullptr && !field->is_repeated(),
                   absl::StrCat(message.full_name(), " has no single field ", name).c_str());
  return field;
}

const Reflection* ReflectionOf(const Descriptor& type) {
  return google::protobuf::MessageFactory::generated_factory()
      ->GetPrototype(&type)
      ->GetReflection();
}

}  // namespace

const FactReader& FactReader::Get() {
  static const auto& reader = *new FactReader();
  return reader;
}

FactReader::FactReader() : fact_(ReflectionOf(*Fact::descriptor())) {
  for (const FactKindDefinition& kind : AllFactKinds()) {
    const FieldDescriptor* field = FieldNamed(*Fact::descriptor(), kind.name);
    const auto number = static_cast<size_t>(field->number());
    if (kinds_.size() <= number) kinds_.resize(number + 1);
    CompiledKind& compiled = kinds_[number];
    compiled.kind = *FactKindByName(kind.name);
    compiled.field = field;
    compiled.case_step = kind.case_step;
    if (!kind.case_field.empty()) {
      compiled.case_field = FieldNamed(*field->message_type(), kind.case_field);
    }
    if (!kind.duration_field.empty()) {
      compiled.duration_field = FieldNamed(*field->message_type(), kind.duration_field);
    }
    for (int i = 0; i < field->message_type()->field_count(); ++i) {
      const FieldDescriptor* each = field->message_type()->field(i);
      if (each->message_type() == type::v1::Money::descriptor()) compiled.amounts.push_back(each);
    }
    for (const Feed& feed : kind.feeds) {
      compiled.feeds.push_back(Compile(*field->message_type(), feed));
    }
    BELLWETHER_CHECK(compiled.feeds.size() <= Observations::kSizeMax,
                     absl::StrCat(kind.name, " feeds too many series").c_str());
  }
}

FactReader::Field FactReader::Compile(const Descriptor& message, absl::string_view path) {
  if (path.empty()) return {};
  Field compiled;
  const Descriptor* holder = &message;
  const size_t dot = path.find('.');
  if (dot != absl::string_view::npos) {
    compiled.within = FieldNamed(message, path.substr(0, dot));
    holder = compiled.within->message_type();
    path.remove_prefix(dot + 1);
  }
  compiled.field = FieldNamed(*holder, path);
  compiled.outer = ReflectionOf(message);
  compiled.inner = ReflectionOf(*holder);
  compiled.is_narrow = compiled.field->cpp_type() == FieldDescriptor::CPPTYPE_INT32;
  compiled.may_be_unset = compiled.within == nullptr && compiled.field->has_presence();
  return compiled;
}

FactReader::CompiledFeed FactReader::Compile(const Descriptor& message, const Feed& feed) {
  CompiledFeed compiled{.series = feed.series,
                        .reading = feed.reading,
                        .field = Compile(message, feed.field),
                        .whole = Compile(message, feed.whole),
                        .least = feed.least,
                        .takes_back = feed.takes_back,
                        .negative_takes_back = feed.negative_takes_back,
                        .unset_was_zero = feed.unset_was_zero};
  for (const Condition& condition : feed.conditions) {
    CompiledCondition& each = compiled.conditions.emplace_back();
    each.field = Compile(message, condition.field);
    for (const absl::string_view name : condition.names) {
      const auto* value = each.field.field->enum_type()->FindValueByName(std::string(name));
      BELLWETHER_CHECK(value != nullptr, absl::StrCat("there is no enum value ", name).c_str());
      each.numbers.push_back(value->number());
    }
  }
  return compiled;
}

std::optional<FactKind> FactReader::KindOf(const Fact& fact) const {
  const auto number = static_cast<size_t>(fact.kind_case());
  if (number >= kinds_.size() || kinds_[number].field == nullptr) return std::nullopt;
  return kinds_[number].kind;
}

void FactReader::Read(const Fact& fact, journal::Semantics semantics,
                      Observations& observations) const {
  observations.clear();
  if (!KindOf(fact).has_value()) return;
  const CompiledKind& kind = kinds_[static_cast<size_t>(fact.kind_case())];
  const Message& message = fact_->GetMessage(fact, kind.field);
  for (const CompiledFeed& feed : kind.feeds) {
    const std::optional<int64_t> value = Take(message, semantics, feed);
    if (!value.has_value()) continue;
    const bool only_sum = feed.takes_back || (feed.negative_takes_back && *value < 0 &&
                                              semantics >= Semantics::kWhatSourcesSaid);
    observations.Add(feed.series, feed.takes_back ? -*value : *value, only_sum);
  }
}

CaseMoment FactReader::CaseMomentOf(const Fact& fact) const {
  const auto number = static_cast<size_t>(fact.kind_case());
  if (number >= kinds_.size() || kinds_[number].case_step == CaseStep::kNone) return {};
  const CompiledKind& kind = kinds_[number];
  const Message& message = fact_->GetMessage(fact, kind.field);
  const Reflection& reflection = *message.GetReflection();
  std::string scratch;
  const std::string& id = reflection.GetStringReference(message, kind.case_field, &scratch);
  return {.step = kind.case_step,
          .case_id = Fingerprint64(id),
          .duration_given =
              kind.duration_field != nullptr && reflection.HasField(message, kind.duration_field)};
}

bool FactReader::ClearConversions(Fact& fact) const {
  const auto number = static_cast<size_t>(fact.kind_case());
  if (number >= kinds_.size()) return false;
  const CompiledKind& kind = kinds_[number];
  if (kind.amounts.empty()) return false;
  Message& message = *fact_->MutableMessage(&fact, kind.field);
  const Reflection& reflection = *message.GetReflection();
  for (const FieldDescriptor* amount : kind.amounts) {
    if (!reflection.HasField(message, amount)) continue;
    static_cast<type::v1::Money*>(reflection.MutableMessage(&message, amount))
        ->clear_base_amount_minor();
  }
  return true;
}

int64_t FactReader::Figure(const Message& fact, const Field& field) {
  const Message& holder =
      field.within == nullptr ? fact : field.outer->GetMessage(fact, field.within);
  return field.is_narrow ? field.inner->GetInt32(holder, field.field)
                         : field.inner->GetInt64(holder, field.field);
}

bool FactReader::Holds(const Message& fact, const CompiledFeed& feed) {
  for (const CompiledCondition& condition : feed.conditions) {
    const Field& field = condition.field;
    if (condition.numbers.empty()) {
      if (!field.inner->GetBool(fact, field.field)) return false;
      continue;
    }
    const int number = field.inner->GetEnumValue(fact, field.field);
    if (std::find(condition.numbers.begin(), condition.numbers.end(), number) ==
        condition.numbers.end()) {
      return false;
    }
  }
  return true;
}

std::optional<int64_t> FactReader::Take(const Message& fact, journal::Semantics semantics,
                                        const CompiledFeed& feed) {
  const bool holds = Holds(fact, feed);
  if (feed.reading == Reading::kFlag) return holds ? 1 : 0;
  if (!holds) return std::nullopt;
  switch (feed.reading) {
    case Reading::kCount:
    case Reading::kFlag:
      return 1;
    case Reading::kValue:
      if (feed.field.may_be_unset && !feed.field.inner->HasField(fact, feed.field.field) &&
          !(feed.unset_was_zero && semantics < Semantics::kWhatSourcesSaid)) {
        return std::nullopt;
      }
      return std::max(Figure(fact, feed.field), feed.least);
    case Reading::kPromoterBalance:
      return PromoterBalance(Figure(fact, feed.field));
    case Reading::kShare:
    case Reading::kChange: {
      const int64_t whole = Figure(fact, feed.whole);
      if (whole <= 0) return std::nullopt;
      const __int128 part = static_cast<__int128>(Figure(fact, feed.field)) -
                            (feed.reading == Reading::kChange ? whole : 0);
      return RoundedQuotient(part * kMicrosPerUnit, whole);
    }
  }
  return std::nullopt;
}

}  // namespace bellwether::health
