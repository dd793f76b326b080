#include "services/gateway/application/fact_validation.h"

#include <functional>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/status.h"
#include "common/journal/timestamps.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/gateway/testing/sample_facts.h"

namespace bellwether::gateway::fact_validation_test {
namespace {

using bounds::FieldKind;
using bounds::FieldRule;
using events::v1::Fact;
using events::v1::FactEvent;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

absl::Status Admit(FactEvent& event) {
  static const auto* const calendar = new Calendar(*Calendar::Create({}));
  static const auto* const currencies = new CurrencySource(SampleCurrencies());
  static const auto* const validator = new FactValidator(*currencies, *calendar, absl::Minutes(5));
  return validator->Admit(event, "", kSampleTime);
}

std::string Verdict(FactEvent event) {
  const absl::Status status = Admit(event);
  if (status.ok()) return "OK";
  const auto detail = DetailOf(status);
  return detail.has_value() ? detail->reason + "@" + detail->field : status.ToString();
}

FactEvent Event(const Fact& fact) {
  FactEvent event = SampleEvent("1", "acme");
  *event.mutable_fact() = fact;
  return event;
}

// A valid event of the kind with `change` made to it.
template <typename Change>
std::string VerdictOf(const char* kind, Change change) {
  for (const Fact& fact : SampleFacts()) {
    if (fact.GetReflection()
            ->GetOneofFieldDescriptor(fact, Fact::descriptor()->FindOneofByName("kind"))
            ->name() != kind) {
      continue;
    }
    FactEvent event = Event(fact);
    change(*event.mutable_fact());
    return Verdict(event);
  }
  return "no such kind";
}

Message& KindOf(Fact& fact) {
  const auto* field = fact.GetReflection()->GetOneofFieldDescriptor(
      fact, Fact::descriptor()->FindOneofByName("kind"));
  return *fact.GetReflection()->MutableMessage(&fact, field);
}

void SetInteger(Message& message, const FieldDescriptor* field, int64_t value) {
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_INT32) {
    message.GetReflection()->SetInt32(&message, field, static_cast<int32_t>(value));
  } else {
    message.GetReflection()->SetInt64(&message, field, value);
  }
}

// Calls `look(fact, message of its kind, field, rule)` for every field of every kind.
void ForEveryField(
    const std::function<void(Fact&, Message&, const FieldDescriptor*, const FieldRule&)>& look) {
  for (const Fact& sample : SampleFacts()) {
    const auto* kind = sample.GetReflection()->GetOneofFieldDescriptor(
        sample, Fact::descriptor()->FindOneofByName("kind"));
    const bounds::MessageRules rules(*kind->message_type(), absl::StrCat("fact.", kind->name()),
                                     "H1");
    for (const auto& field : rules.fields()) {
      Fact fact = sample;
      look(fact, KindOf(fact), field.descriptor, field.rule);
    }
  }
}

TEST(FactValidation, TakesEveryKindOfFact) {
  absl::flat_hash_set<int> kinds;
  for (const Fact& fact : SampleFacts()) {
    EXPECT_EQ(Verdict(Event(fact)), "OK") << fact.ShortDebugString();
    kinds.insert(fact.kind_case());
  }
  EXPECT_EQ(static_cast<int>(kinds.size()),
            Fact::descriptor()->FindOneofByName("kind")->field_count());
}

TEST(FactValidation, TakesIntegersUpToTheirBoundsAndNoFurther) {
  int checked = 0;
  ForEveryField(
      [&](Fact& fact, Message& message, const FieldDescriptor* field, const FieldRule& rule) {
        if (rule.kind != FieldKind::kInteger) return;
        ++checked;
        if (fact.has_strategic_meeting_held()) {
          fact.mutable_strategic_meeting_held()->set_invited(static_cast<int32_t>(rule.most));
        }
        for (const int64_t inside : {rule.least, rule.most}) {
          SetInteger(message, field, inside);
          EXPECT_EQ(Verdict(Event(fact)), "OK") << rule.path << " = " << inside;
        }
        for (const int64_t outside : {rule.least - 1, rule.most + 1}) {
          SetInteger(message, field, outside);
          EXPECT_EQ(Verdict(Event(fact)), "OUT_OF_RANGE@" + rule.path) << outside;
        }
      });
  EXPECT_GT(checked, 20);
}

TEST(FactValidation, TakesTextsUpToTheirLength) {
  int checked = 0;
  ForEveryField(
      [&](Fact& fact, Message& message, const FieldDescriptor* field, const FieldRule& rule) {
        if (rule.kind != FieldKind::kText) return;
        ++checked;
        std::string longest;
        for (int64_t i = 0; i < rule.most; ++i) longest += "\u4e2d";
        const auto set = [&](const std::string& text) {
          message.GetReflection()->SetString(&message, field, text);
        };
        set(longest);
        EXPECT_EQ(Verdict(Event(fact)), "OK") << rule.path;
        set(longest + "x");
        EXPECT_EQ(Verdict(Event(fact)), "TEXT_TOO_LONG@" + rule.path);
        set(std::string("a\0b", 3));
        EXPECT_EQ(Verdict(Event(fact)), "TEXT_INVALID@" + rule.path);
        set("");
        EXPECT_EQ(Verdict(Event(fact)), rule.required ? "MISSING_FIELD@" + rule.path : "OK");
      });
  EXPECT_GT(checked, 15);
}

TEST(FactValidation, KnowsEveryEnumValueAndNoOther) {
  int checked = 0;
  ForEveryField(
      [&](Fact& fact, Message& message, const FieldDescriptor* field, const FieldRule& rule) {
        if (rule.kind != FieldKind::kEnum) return;
        ++checked;
        const auto* type = field->enum_type();
        for (int v = 0; v < type->value_count(); ++v) {
          message.GetReflection()->SetEnum(&message, field, type->value(v));
          const bool missing = rule.required && type->value(v)->number() == 0;
          EXPECT_EQ(Verdict(Event(fact)), missing ? "MISSING_FIELD@" + rule.path : "OK");
        }
        for (const int unknown : {-1, type->value_count(), 1'000'000}) {
          message.GetReflection()->SetEnumValue(&message, field, unknown);
          EXPECT_EQ(Verdict(Event(fact)), "UNKNOWN_ENUM_VALUE@" + rule.path);
        }
      });
  EXPECT_EQ(checked, 6);
}

TEST(FactValidation, JudgesEveryAmount) {
  int checked = 0;
  ForEveryField(
      [&](Fact& fact, Message& message, const FieldDescriptor* field, const FieldRule& rule) {
        if (rule.kind != FieldKind::kMoney) return;
        ++checked;
        auto* money =
            static_cast<type::v1::Money*>(message.GetReflection()->MutableMessage(&message, field));
        money->set_currency_code("USD");
        EXPECT_EQ(Verdict(Event(fact)), "OK") << rule.path;
        money->set_amount_minor(-1);
        EXPECT_EQ(Verdict(Event(fact)),
                  rule.least < 0 ? "OK" : "AMOUNT_OUT_OF_RANGE@" + rule.path + ".amount_minor");
        money->set_amount_minor(kAmountMinorMax);
        EXPECT_EQ(Verdict(Event(fact)), "AMOUNT_OUT_OF_RANGE@" + rule.path + ".amount_minor")
            << "in the reporting currency it is more than the limit";
        money->set_amount_minor(1);
        money->set_currency_code("XXX");
        EXPECT_EQ(Verdict(Event(fact)), "UNKNOWN_CURRENCY@" + rule.path + ".currency_code");
        message.GetReflection()->ClearField(&message, field);
        EXPECT_EQ(Verdict(Event(fact)), rule.required ? "MISSING_AMOUNT@" + rule.path : "OK");
      });
  EXPECT_EQ(checked, 8);
}

TEST(FactValidation, RefusesANegativeOrderAndNamesTheKindToUse) {  // H1
  FactEvent event = SampleEvent("1", "acme");
  event.mutable_fact()->mutable_order_placed()->mutable_amount()->set_amount_minor(-1);
  const absl::Status refused = Admit(event);
  EXPECT_EQ(Verdict(event), "AMOUNT_OUT_OF_RANGE@fact.order_placed.amount.amount_minor");
  EXPECT_EQ(DetailOf(refused)->rule, "H1");
  EXPECT_THAT(std::string(refused.message()), ::testing::HasSubstr("order_refunded"));
  event.mutable_fact()->mutable_order_placed()->mutable_amount()->set_amount_minor(0);
  EXPECT_EQ(Verdict(event), "OK") << "a gift";
}

TEST(FactValidation, WantsARetractionToSayOfWhat) {
  EXPECT_EQ(
      VerdictOf("fact_retracted", [](Fact& fact) { fact.mutable_fact_retracted()->clear_id(); }),
      "MISSING_FIELD@fact.fact_retracted.id");
  EXPECT_EQ(
      VerdictOf("fact_retracted", [](Fact& fact) { fact.mutable_fact_retracted()->set_id("42"); }),
      "OK");
}

TEST(FactValidation, BoundsWhatAFactSaysBesideItsKind) {
  FactEvent event = SampleEvent("1", "acme");
  event.mutable_fact()->set_revision(INT64_MAX - 1);
  EXPECT_EQ(Verdict(event), "OK");
  for (const int64_t revision : {int64_t{-1}, INT64_MAX}) {
    event.mutable_fact()->set_revision(revision);
    EXPECT_EQ(Verdict(event), "OUT_OF_RANGE@fact.revision");
  }
  event.mutable_fact()->set_revision(0);
  event.mutable_fact()->set_stated(std::string(128, 'x'));
  EXPECT_EQ(Verdict(event), "OK");
  event.mutable_fact()->set_stated(std::string(129, 'x'));
  EXPECT_EQ(Verdict(event), "TEXT_TOO_LONG@fact.stated");
}

TEST(FactValidation, LimitsPeople) {
  const std::string path = "fact.interaction_held.person_ids";
  const auto with = [&](int people, const std::string& last) {
    return VerdictOf("interaction_held", [&](Fact& fact) {
      for (int i = 1; i < people; ++i) fact.mutable_interaction_held()->add_person_ids("p");
      fact.mutable_interaction_held()->add_person_ids(last);
    });
  };
  EXPECT_EQ(with(100, "p"), "OK");
  EXPECT_EQ(with(101, "p"), "TOO_MANY_VALUES@" + path);
  EXPECT_EQ(with(1, ""), "MISSING_FIELD@" + path);
  EXPECT_EQ(with(1, std::string(128, 'p')), "OK");
  EXPECT_EQ(with(1, std::string(129, 'p')), "TEXT_TOO_LONG@" + path);
}

TEST(FactValidation, WantsEveryKindOfFactToHaveHappened) {  // X1: o01
  for (const Fact& fact : SampleFacts()) {
    FactEvent event = Event(fact);
    const auto at = [&](absl::Time time) {
      *event.mutable_time() = journal::ToTimestamp(time);
      return Verdict(event);
    };
    EXPECT_EQ(at(kSampleTime + absl::Minutes(5)), "OK") << fact.ShortDebugString();
    EXPECT_EQ(at(kSampleTime + absl::Minutes(5) + absl::Microseconds(1)), "TIME_AHEAD@time");
    EXPECT_EQ(at(absl::FromCivil(absl::CivilDay(2099, 1, 1), absl::UTCTimeZone())),
              "TIME_AHEAD@time");
  }
}

TEST(FactValidation, WantsDueTimesThatCanBeMeant) {
  const auto with = [&](int64_t seconds, int32_t nanos) {
    return VerdictOf("payment_due", [&](Fact& fact) {
      fact.mutable_payment_due()->mutable_due_time()->set_seconds(seconds);
      fact.mutable_payment_due()->mutable_due_time()->set_nanos(nanos);
    });
  };
  EXPECT_EQ(with(0, 0), "OK");
  EXPECT_EQ(with(bounds::kInstantLatestSeconds - 1, 999'999'999), "OK");
  for (const auto& [seconds, nanos] :
       std::vector<std::pair<int64_t, int32_t>>{{-1, 0},
                                                {bounds::kInstantLatestSeconds, 0},
                                                {0, -1},
                                                {0, 1'000'000'000},
                                                {INT64_MAX, 0}}) {
    EXPECT_EQ(with(seconds, nanos), "TIME_INVALID@fact.payment_due.due_time");
  }
}

TEST(FactValidation, MeasuresSurveysOnTheirOwnScale) {
  const auto score = [](events::v1::SurveyKind kind, int64_t micros) {
    return VerdictOf("survey_answered", [&](Fact& fact) {
      fact.mutable_survey_answered()->set_kind(kind);
      fact.mutable_survey_answered()->set_score_micros(micros);
    });
  };
  EXPECT_EQ(score(events::v1::SURVEY_KIND_NPS, 10'000'000), "OK");
  EXPECT_EQ(score(events::v1::SURVEY_KIND_NPS, 10'000'001),
            "OUT_OF_RANGE@fact.survey_answered.score_micros");
  EXPECT_EQ(score(events::v1::SURVEY_KIND_CSAT, 100'000'000), "OK");
}

TEST(FactValidation, RefusesWhatContradictsItself) {
  const auto usage = [](int used, int available) {
    return VerdictOf("usage_reported", [&](Fact& fact) {
      fact.mutable_usage_reported()->set_features_used(used);
      fact.mutable_usage_reported()->set_features_available(available);
    });
  };
  EXPECT_EQ(usage(5, 5), "OK");
  EXPECT_EQ(usage(5, 0), "OK") << "0 = unknown";
  EXPECT_EQ(usage(6, 5), "INCONSISTENT@fact.usage_reported.features_used");
  const auto meeting = [](int invited, int attended) {
    return VerdictOf("strategic_meeting_held", [&](Fact& fact) {
      fact.mutable_strategic_meeting_held()->set_invited(invited);
      fact.mutable_strategic_meeting_held()->set_attended(attended);
    });
  };
  EXPECT_EQ(meeting(3, 3), "OK");
  EXPECT_EQ(meeting(3, 4), "INCONSISTENT@fact.strategic_meeting_held.attended");
  EXPECT_EQ(
      VerdictOf("business_value_measured",
                [](Fact& fact) { fact.mutable_business_value_measured()->clear_roi_micros(); }),
      "MISSING_FIELD@fact.business_value_measured");
}

TEST(FactValidation, RefusesAnEventWithoutAKnownFact) {
  FactEvent event = SampleEvent("1", "acme");
  event.clear_fact();
  EXPECT_EQ(Verdict(event), "UNKNOWN_FACT_KIND@fact");
  // A kind of a later version is an unknown field to this one.
  Fact later;
  ASSERT_TRUE(later.ParseFromString(std::string("\xf2\x07\x00", 3)));
  *event.mutable_fact() = later;
  EXPECT_EQ(Verdict(event), "UNKNOWN_FACT_KIND@fact");
}

TEST(FactValidation, RefusesAnEventOfAnySizeBeyondTheLimit) {
  FactEvent event = SampleEvent("1", "acme");
  event.mutable_fact()->mutable_order_placed()->set_product(std::string(10 << 20, 'x'));
  EXPECT_EQ(Verdict(event), "TOO_LARGE@");
}

TEST(FactValidation, SetsAmountsInTheReportingCurrencyWhateverItWasGiven) {
  FactEvent event = SampleEvent("1", "acme");
  auto* amount = event.mutable_fact()->mutable_order_placed()->mutable_amount();
  amount->set_currency_code("USD");
  amount->set_amount_minor(100);
  amount->set_base_amount_minor(999);
  EXPECT_TRUE(Admit(event).ok());
  EXPECT_EQ(amount->base_amount_minor(), 712);
  EXPECT_EQ(amount->currency_code(), "USD");
  amount->clear_currency_code();
  EXPECT_TRUE(Admit(event).ok());
  EXPECT_EQ(amount->base_amount_minor(), 100);
  EXPECT_EQ(amount->currency_code(), "CNY");
  FactEvent without = Event(Fact());
  without.mutable_fact()->mutable_resource_spent()->set_resource_kind("technical");
  EXPECT_TRUE(Admit(without).ok());
  EXPECT_FALSE(without.fact().resource_spent().has_cost());
}

TEST(FactValidation, LeavesARefusedEventAsItCame) {
  FactEvent event = SampleEvent("1", "acme");
  auto& changed = *event.mutable_fact()->mutable_budget_changed();
  changed.mutable_previous()->set_amount_minor(1);
  changed.mutable_current()->set_amount_minor(1);
  changed.mutable_current()->set_currency_code("XXX");
  const std::string came = event.SerializeAsString();
  EXPECT_FALSE(Admit(event).ok());
  EXPECT_EQ(event.SerializeAsString(), came);
}

TEST(FactValidation, ConvertsByTheRateOfTheLocalDayOnWhichAFactHappened) {
  const Calendar calendar = *Calendar::Create({.time_zone = "Asia/Shanghai"});
  const CurrencySource currencies(
      *CurrencyTable::Create("CNY", {{"CNY", 2, 1'000'000, 1},
                                     {"USD", 2, 7'000'000, 1, absl::CivilDay(2025, 11, 1)},
                                     {"USD", 2, 8'000'000, 1, absl::CivilDay(2025, 11, 3)}}));
  const FactValidator validator(currencies, calendar, absl::Minutes(5));
  const auto base_at = [&](const char* time) -> std::string {
    FactEvent event = SampleEvent("1", "acme");
    auto* amount = event.mutable_fact()->mutable_order_placed()->mutable_amount();
    amount->set_currency_code("USD");
    amount->set_amount_minor(100);
    absl::Time at;
    EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, time, &at, nullptr));
    *event.mutable_time() = journal::ToTimestamp(at);
    const absl::Status status = validator.Admit(event, "", kSampleTime);
    return status.ok() ? absl::StrCat(amount->base_amount_minor())
                       : DetailOf(status)->reason + "@" + DetailOf(status)->field;
  };
  EXPECT_EQ(base_at("2025-10-31T23:59:59+08:00"),
            "NO_RATE_YET@fact.order_placed.amount.currency_code");
  EXPECT_EQ(base_at("2025-11-01T00:00:00+08:00"), "700");
  EXPECT_EQ(base_at("2025-11-02T23:59:59+08:00"), "700");
  EXPECT_EQ(base_at("2025-11-03T00:00:00+08:00"), "800");
}

}  // namespace
}  // namespace bellwether::gateway::fact_validation_test
