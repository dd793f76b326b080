// The ledger of a mapping's imports as a file (docs/adr/0019).
#ifndef BELLWETHER_SERVICES_IMPORTS_ADAPTERS_FILE_LEDGER_H_
#define BELLWETHER_SERVICES_IMPORTS_ADAPTERS_FILE_LEDGER_H_

#include <array>
#include <fstream>
#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/imports/application/identity_ledger.h"

namespace bellwether::imports {

// Reads what imports before this one left, and writes beside it what they and this one leave. One
// entry after another in the order of ids: the memory of one, however many there are. One thread.
class FileLedger : public IdentityLedger {
 public:
  // The file of a mapping in `folder`, which is made; what is not there is an empty ledger. With
  // `anew` what was there is forgotten. DATA_LOSS / LEDGER_DAMAGED, LEDGER_NOT_WRITABLE.
  static absl::StatusOr<std::unique_ptr<FileLedger>> Open(const std::string& folder,
                                                          const std::string& mapping_id, bool anew);
  ~FileLedger() override;

  std::string ShapeOf(const std::string& file_id) const override;
  void SetShape(const std::string& file_id, const std::string& shape) override;
  bool Claim(imports::v1::RecordKind kind, absl::string_view id, absl::string_view name) override;

  // What was claimed holds from now on. Without it nothing changes.
  absl::Status Commit();

 private:
  // Kind, fingerprint of the id, fingerprint of the name.
  static constexpr size_t kKeyBytes = 1 + 16;
  static constexpr size_t kEntryBytes = kKeyBytes + 8;
  using Entry = std::array<char, kEntryBytes>;

  FileLedger(std::string path, std::string next_path);
  absl::Status ReadHead();
  void Advance();
  void Write(const Entry& entry);

  const std::string path_;
  const std::string next_path_;
  std::ifstream before_;
  std::ofstream entries_;
  bool at_end_ = true;
  Entry entry_;  // the one of before that comes next
  std::map<std::string, std::string> shapes_;
  bool committed_ = false;
};

// $BELLWETHER_LEDGER, else bellwether/imports in $XDG_STATE_HOME, else in ~/.local/state; below it
// a folder of its own for each server.
std::string LedgerFolder(const std::string& server);

}  // namespace bellwether::imports

#endif  // BELLWETHER_SERVICES_IMPORTS_ADAPTERS_FILE_LEDGER_H_
