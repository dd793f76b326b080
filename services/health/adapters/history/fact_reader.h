// Reads the fields of facts on the wire, as domain/fact_kinds.h says, into the daily series.
#ifndef BELLWETHER_SERVICES_HEALTH_ADAPTERS_HISTORY_FACT_READER_H_
#define BELLWETHER_SERVICES_HEALTH_ADAPTERS_HISTORY_FACT_READER_H_

#include <optional>
#include <vector>

#include "bellwether/events/v1/fact.pb.h"
#include "common/journal/semantics.h"
#include "services/health/domain/fact_kinds.h"

namespace bellwether::health {

// The kinds compiled to fields of the message. Immutable, thread-safe.
class FactReader {
 public:
  static const FactReader& Get();

  // None for a fact of no kind, or of one that nothing here knows.
  std::optional<FactKind> KindOf(const events::v1::Fact& fact) const;
  // Replaces `observations` by those of the fact.
  void Read(const events::v1::Fact& fact, journal::Semantics semantics,
            Observations& observations) const;
  // The step of a service case that the fact is.
  CaseMoment CaseMomentOf(const events::v1::Fact& fact) const;

  // Forgets what amounts are in the reporting currency. False where there are none.
  bool ClearConversions(events::v1::Fact& fact) const;

 private:
  using FieldDescriptor = google::protobuf::FieldDescriptor;

  // A field of the kind's message, or of a message in it, with what reading it takes: asking the
  // descriptors again for every fact would cost more than the reading.
  struct Field {
    const FieldDescriptor* within = nullptr;
    const FieldDescriptor* field = nullptr;
    const google::protobuf::Reflection* outer = nullptr;  // of the kind's message
    const google::protobuf::Reflection* inner = nullptr;  // of the message that has the field
    bool is_narrow = false;                               // 32 bits
    bool may_be_unset = false;
  };
  struct CompiledCondition {
    Field field;
    std::vector<int> numbers;  // of the enum's values; empty for a truth
  };
  struct CompiledFeed {
    SeriesId series{};
    Reading reading{};
    Field field;
    Field whole;
    int64_t least = 0;
    std::vector<CompiledCondition> conditions;
    bool takes_back = false;
    bool negative_takes_back = false;
    bool unset_was_zero = false;
  };
  struct CompiledKind {
    FactKind kind{};
    const FieldDescriptor* field = nullptr;  // of events.v1.Fact
    std::vector<CompiledFeed> feeds;
    std::vector<const FieldDescriptor*> amounts;
    CaseStep case_step = CaseStep::kNone;
    const FieldDescriptor* case_field = nullptr;
    const FieldDescriptor* duration_field = nullptr;  // of a step that takes time
  };

  FactReader();
  static Field Compile(const google::protobuf::Descriptor& message, absl::string_view path);
  static CompiledFeed Compile(const google::protobuf::Descriptor& message, const Feed& feed);
  static int64_t Figure(const google::protobuf::Message& fact, const Field& field);
  static bool Holds(const google::protobuf::Message& fact, const CompiledFeed& feed);
  static std::optional<int64_t> Take(const google::protobuf::Message& fact,
                                     journal::Semantics semantics, const CompiledFeed& feed);

  const google::protobuf::Reflection* const fact_;
  std::vector<CompiledKind> kinds_;  // by field number; without a field where there is none
};

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_ADAPTERS_HISTORY_FACT_READER_H_
