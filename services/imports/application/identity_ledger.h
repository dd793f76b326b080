// What the imports of a mapping before this one made: which name each id was made of, which account
// each fact is one of, and by which columns rows without a key were told apart (docs/adr/0019).
#ifndef BELLWETHER_SERVICES_IMPORTS_APPLICATION_IDENTITY_LEDGER_H_
#define BELLWETHER_SERVICES_IMPORTS_APPLICATION_IDENTITY_LEDGER_H_

#include <string>

#include "absl/strings/string_view.h"
#include "bellwether/imports/v1/mapping.pb.h"

namespace bellwether::imports {

// Asked in the order of kinds and of the fingerprints of ids, each id once. One thread.
class IdentityLedger {
 public:
  virtual ~IdentityLedger() = default;
  // The shape of that file's identities before; empty where nothing was imported yet.
  virtual std::string ShapeOf(const std::string& file_id) const = 0;
  virtual void SetShape(const std::string& file_id, const std::string& shape) = 0;
  // False where the id was made of another name before. Else the id is remembered with `name`.
  virtual bool Claim(imports::v1::RecordKind kind, absl::string_view id,
                     absl::string_view name) = 0;
};

// Remembers nothing: for tests, and where only one import is ever made.
class NoLedger : public IdentityLedger {
 public:
  std::string ShapeOf(const std::string&) const override { return ""; }
  void SetShape(const std::string&, const std::string&) override {}
  bool Claim(imports::v1::RecordKind, absl::string_view, absl::string_view) override {
    return true;
  }
};

}  // namespace bellwether::imports

#endif  // BELLWETHER_SERVICES_IMPORTS_APPLICATION_IDENTITY_LEDGER_H_
