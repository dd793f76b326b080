// The classes of a scheme's subjects: present, past, and why.
#ifndef BELLWETHER_COMMON_SCHEME_CLASSES_H_
#define BELLWETHER_COMMON_SCHEME_CLASSES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/scheme/scheme.h"
#include "common/store/store.h"

namespace bellwether::scheme {

// Makes the tables in a service's own store, or brings them up to date.
absl::Status CreateTables(store::Store& store);

// One of the values that a class follows from.
struct Input {
  std::string name;
  int64_t value_micros = 0;

  friend bool operator==(const Input&, const Input&) = default;
};

// What a scheme's function made of a subject.
struct Assignment {
  std::string subject_id;
  std::string class_name;
  std::vector<Input> inputs;
};

// One event: a subject has another class than before.
struct Change {
  std::string subject_id;
  absl::Time at;
  std::optional<std::string> previous;  // none: its first
  std::string class_name;
  std::string reason;
  std::vector<Input> inputs;

  friend bool operator==(const Change&, const Change&) = default;
};

struct Standing {
  std::string subject_id;
  std::string class_name;
  absl::Time since;

  friend bool operator==(const Standing&, const Standing&) = default;
};

// In the tables of the classifying service; whatever follows from a change (its event, its effects)
// is written by the caller in the same transaction. Thread-safe; the scheme outlives it.
class Classes {
 public:
  explicit Classes(const Scheme& scheme) : scheme_(scheme) {}

  // Classifies everybody as of `at`: the subjects of `assignments`, and with the scheme's
  // `otherwise` those that have a class or stand among `others` but are not assigned any. The
  // changes, in the order of subject ids. INVALID_ARGUMENT / CLASS_UNKNOWN;
  // FAILED_PRECONDITION / SCHEME_OUT_OF_ORDER where a subject got its class later than `at`.
  absl::StatusOr<std::vector<Change>> AssignAll(store::Transaction& transaction, absl::Time at,
                                                absl::string_view reason,
                                                std::vector<Assignment> assignments,
                                                absl::Span<const std::string> others) const;
  // The same for one subject; nothing where its class stays.
  absl::StatusOr<std::optional<Change>> Assign(store::Transaction& transaction, absl::Time at,
                                               absl::string_view reason,
                                               Assignment assignment) const;

  absl::StatusOr<std::optional<Standing>> Of(store::Transaction& transaction,
                                             const std::string& subject_id) const;
  absl::StatusOr<std::vector<Standing>> All(store::Transaction& transaction) const;
  // The change that gave the subject the class it had at `as_of`.
  absl::StatusOr<std::optional<Change>> AsOf(store::Transaction& transaction,
                                             const std::string& subject_id, absl::Time as_of) const;
  // Newest first, before `before`.
  absl::StatusOr<std::vector<Change>> History(store::Transaction& transaction,
                                              const std::string& subject_id, absl::Time before,
                                              size_t count_max) const;

 private:
  absl::Status Check(const Assignment& assignment) const;
  absl::StatusOr<std::vector<Change>> Read(store::Transaction& transaction,
                                           const std::string& subject_id, absl::Time until,
                                           size_t count_max) const;
  absl::Status Save(store::Transaction& transaction, absl::Span<const Change> changes) const;

  const Scheme& scheme_;
};

}  // namespace bellwether::scheme

#endif  // BELLWETHER_COMMON_SCHEME_CLASSES_H_
