#include "services/imports/adapters/file_ledger.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/hash.h"
#include "common/base/status.h"
#include "services/imports/application/value.h"
#include "services/imports/domain/row_identity.h"

namespace bellwether::imports {
namespace {

constexpr char kTitle[] = "bellwether import ledger 1";
constexpr char kShape[] = "shape";
constexpr char kEntries[] = "entries";

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

std::string LedgerFolder(const std::string& server) {
  std::string base = Environment("BELLWETHER_LEDGER");
  if (base.empty()) {
    base = Environment("XDG_STATE_HOME");
    if (base.empty()) base = absl::StrCat(Environment("HOME"), "/.local/state");
    absl::StrAppend(&base, "/bellwether/imports");
  }
  return absl::StrCat(base, "/", AsId(server));
}

FileLedger::FileLedger(std::string path, std::string next_path)
    : path_(std::move(path)), next_path_(std::move(next_path)), entry_{} {}

FileLedger::~FileLedger() {
  if (!committed_) std::remove(next_path_.c_str());
}

absl::StatusOr<std::unique_ptr<FileLedger>> FileLedger::Open(const std::string& folder,
                                                             const std::string& mapping_id,
                                                             bool anew) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  const std::string path = absl::StrCat(folder, "/", mapping_id, ".ledger");
  auto ledger = absl::WrapUnique(new FileLedger(path, absl::StrCat(path, ".", getpid())));
  ledger->entries_.open(ledger->next_path_, std::ios::binary | std::ios::trunc);
  if (!ledger->entries_) {
    return Error(absl::StatusCode::kFailedPrecondition, {"LEDGER_NOT_WRITABLE", folder, ""},
                 absl::StrCat("what is imported cannot be noted in ", folder,
                              ": --ledger names another folder"));
  }
  if (anew) return ledger;
  ledger->before_.open(path, std::ios::binary);
  if (ledger->before_.is_open()) RETURN_IF_ERROR(ledger->ReadHead());
  return ledger;
}

absl::Status FileLedger::ReadHead() {
  std::string line;
  bool whole = std::getline(before_, line) && line == kTitle;
  while (whole && std::getline(before_, line) && line != kEntries) {
    const std::vector<std::string> words = absl::StrSplit(line, ' ');
    whole = words.size() == 3 && words[0] == kShape;
    if (whole) shapes_[words[1]] = words[2];
  }
  if (!whole || line != kEntries) {
    return Error(absl::StatusCode::kDataLoss, {"LEDGER_DAMAGED", path_, ""},
                 absl::StrCat(path_, " is no ledger of imports: --new-identity begins it anew"));
  }
  at_end_ = false;
  Advance();
  return absl::OkStatus();
}

void FileLedger::Advance() {
  at_end_ = !before_.read(entry_.data(), static_cast<std::streamsize>(entry_.size()));
}

void FileLedger::Write(const Entry& entry) {
  entries_.write(entry.data(), static_cast<std::streamsize>(entry.size()));
}

std::string FileLedger::ShapeOf(const std::string& file_id) const {
  const auto shape = shapes_.find(file_id);
  return shape == shapes_.end() ? "" : shape->second;
}

void FileLedger::SetShape(const std::string& file_id, const std::string& shape) {
  shapes_[file_id] = shape;
}

bool FileLedger::Claim(imports::v1::RecordKind kind, absl::string_view id, absl::string_view name) {
  std::string bytes(1, static_cast<char>(kind));
  AppendSortable(static_cast<int64_t>(Fingerprint64(id, 0)), bytes);
  AppendSortable(static_cast<int64_t>(Fingerprint64(id, 1)), bytes);
  AppendSortable(static_cast<int64_t>(Fingerprint64(name, 0)), bytes);
  Entry claimed;
  std::copy(bytes.begin(), bytes.end(), claimed.begin());
  int order = -1;
  while (!at_end_ && (order = std::memcmp(entry_.data(), claimed.data(), kKeyBytes)) < 0) {
    Write(entry_);
    Advance();
  }
  if (at_end_ || order > 0) {
    Write(claimed);
    return true;
  }
  const bool same = entry_ == claimed;
  Write(entry_);
  Advance();
  return same;
}

absl::Status FileLedger::Commit() {
  while (!at_end_) {
    Write(entry_);
    Advance();
  }
  entries_.close();
  // The head is known only now; the entries follow it.
  const std::string whole = absl::StrCat(next_path_, ".whole");
  {
    std::ofstream file(whole, std::ios::binary | std::ios::trunc);
    file << kTitle << "\n";
    for (const auto& [file_id, shape] : shapes_) {
      file << kShape << " " << file_id << " " << shape << "\n";
    }
    file << kEntries << "\n";
    std::ifstream entries(next_path_, std::ios::binary);
    if (entries.peek() != std::ifstream::traits_type::eof()) file << entries.rdbuf();
    if (!file.flush() || entries_.fail()) {
      std::remove(whole.c_str());
      return Error(absl::StatusCode::kResourceExhausted, {"LEDGER_NOT_WRITABLE", path_, ""},
                   absl::StrCat("what was imported could not be noted in ", path_));
    }
  }
  std::error_code error;
  std::filesystem::rename(whole, path_, error);
  if (error) {
    return Error(absl::StatusCode::kResourceExhausted, {"LEDGER_NOT_WRITABLE", path_, ""},
                 absl::StrCat("what was imported could not be noted in ", path_));
  }
  std::remove(next_path_.c_str());
  committed_ = true;
  return absl::OkStatus();
}

}  // namespace bellwether::imports
