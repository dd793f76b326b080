#include "common/spill/sorted_spill.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace bellwether::spill {
namespace {

constexpr size_t kPieceBytes = 64 << 10;

absl::Status Failed(absl::string_view what) {
  return Error(absl::StatusCode::kResourceExhausted, {"SPILL_FAILED", "", ""},
               absl::StrCat("the temporary file could not be ", what,
                            "; TMPDIR names a folder with more room"));
}

// A file without a name.
int OpenFile() {
  const char* folder = std::getenv("TMPDIR");
  std::string name = absl::StrCat(folder != nullptr && *folder != '\0' ? folder : "/tmp",
                                  "/bellwether-spill-XXXXXX");
  const int file = mkostemp(name.data(), O_CLOEXEC);
  if (file >= 0) unlink(name.c_str());
  return file;
}

uint64_t HeadOf(absl::string_view key) {
  uint64_t head = 0;
  for (size_t i = 0; i < sizeof(head); ++i) {
    head = head << 8 | (i < key.size() ? static_cast<unsigned char>(key[i]) : 0);
  }
  return head;
}

uint32_t SizeAt(const char* at) {
  uint32_t size = 0;
  std::memcpy(&size, at, sizeof(size));
  return size;
}

}  // namespace

SortedSpill::SortedSpill(size_t memory_max) : memory_max_(memory_max) {}

SortedSpill::~SortedSpill() {
  if (file_ >= 0) close(file_);
}

absl::Status SortedSpill::Add(absl::string_view key, absl::string_view value) {
  RETURN_IF_ERROR(failure_);
  if (key.size() + value.size() > kEntryBytesMax) {
    return failure_ = Error(absl::StatusCode::kResourceExhausted, {"ENTRY_TOO_LARGE", "", ""},
                            absl::StrCat("an entry has at most ", kEntryBytesMax, " bytes"));
  }
  entries_.push_back({HeadOf(key), arena_.size(), static_cast<uint32_t>(key.size()),
                      static_cast<uint32_t>(value.size())});
  arena_.append(key.data(), key.size());
  arena_.append(value.data(), value.size());
  ++size_;
  if (arena_.size() + entries_.size() * sizeof(Entry) >= memory_max_) failure_ = WriteRun();
  return failure_;
}

void SortedSpill::SortEntries() {
  const auto key = [this](const Entry& entry) {
    return absl::string_view(arena_.data() + entry.begin, entry.key_bytes);
  };
  std::sort(entries_.begin(), entries_.end(), [&](const Entry& a, const Entry& b) {
    if (a.head != b.head) return a.head < b.head;
    const int order = key(a).compare(key(b));
    return order != 0 ? order < 0 : a.begin < b.begin;
  });
}

absl::Status SortedSpill::WriteRun() {
  if (file_ < 0 && (file_ = OpenFile()) < 0) return Failed("made");
  SortEntries();
  auto run = std::make_unique<Run>();
  run->begin = run->next = file_end_;
  std::string piece;
  for (const Entry& entry : entries_) {
    piece.append(reinterpret_cast<const char*>(&entry.key_bytes), sizeof(entry.key_bytes));
    piece.append(reinterpret_cast<const char*>(&entry.value_bytes), sizeof(entry.value_bytes));
    piece.append(arena_, entry.begin, size_t{entry.key_bytes} + entry.value_bytes);
    if (piece.size() < kPieceBytes) continue;
    RETURN_IF_ERROR(Write(piece));
    piece.clear();
  }
  RETURN_IF_ERROR(Write(piece));
  run->end = file_end_;
  runs_.push_back(std::move(run));
  arena_.clear();
  entries_.clear();
  return absl::OkStatus();
}

absl::Status SortedSpill::Write(absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written =
        pwrite(file_, bytes.data(), bytes.size(), static_cast<off_t>(file_end_));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return Failed("written");
    file_end_ += static_cast<uint64_t>(written);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

absl::Status SortedSpill::Sort() {
  RETURN_IF_ERROR(failure_);
  if (runs_.empty()) {
    SortEntries();
    return absl::OkStatus();
  }
  if (!entries_.empty()) RETURN_IF_ERROR(failure_ = WriteRun());
  std::string().swap(arena_);
  std::vector<Entry>().swap(entries_);
  StartMerge();
  return failure_;
}

void SortedSpill::Rewind() {
  next_entry_ = 0;
  if (!runs_.empty()) StartMerge();
}

void SortedSpill::StartMerge() {
  heap_.clear();
  started_ = false;
  for (size_t i = 0; i < runs_.size(); ++i) {
    Run& run = *runs_[i];
    run.next = run.begin;
    run.piece.clear();
    run.at = 0;
    if (Advance(run)) heap_.push_back(i);
  }
  std::make_heap(heap_.begin(), heap_.end(),
                 [this](size_t a, size_t b) { return LaterThan(a, b); });
}

bool SortedSpill::LaterThan(size_t a, size_t b) const {
  const int order = runs_[a]->key.compare(runs_[b]->key);
  return order != 0 ? order > 0 : a > b;  // the earlier run was added before
}

bool SortedSpill::Load(Run& run, size_t bytes) {
  if (run.piece.size() - run.at >= bytes) return true;
  run.piece.erase(0, run.at);
  run.at = 0;
  while (run.piece.size() < bytes && run.next < run.end) {
    const size_t before = run.piece.size();
    const size_t wanted =
        std::min<uint64_t>(std::max(kPieceBytes, bytes - before), run.end - run.next);
    run.piece.resize(before + wanted);
    const ssize_t taken =
        pread(file_, run.piece.data() + before, wanted, static_cast<off_t>(run.next));
    run.piece.resize(before + static_cast<size_t>(std::max<ssize_t>(taken, 0)));
    if (taken < 0 && errno == EINTR) continue;
    if (taken <= 0) {
      failure_ = Failed("read");
      return false;
    }
    run.next += static_cast<uint64_t>(taken);
  }
  return run.piece.size() >= bytes;
}

bool SortedSpill::Advance(Run& run) {
  constexpr size_t kHead = 2 * sizeof(uint32_t);
  if (!Load(run, kHead)) return false;
  const uint32_t key_bytes = SizeAt(run.piece.data() + run.at);
  const uint32_t value_bytes = SizeAt(run.piece.data() + run.at + sizeof(uint32_t));
  const size_t whole = kHead + key_bytes + value_bytes;
  if (!Load(run, whole)) return false;
  const char* key = run.piece.data() + run.at + kHead;
  run.key = absl::string_view(key, key_bytes);
  run.value = absl::string_view(key + key_bytes, value_bytes);
  run.at += whole;
  return true;
}

bool SortedSpill::Next(absl::string_view& key, absl::string_view& value) {
  if (runs_.empty()) {
    if (next_entry_ == entries_.size()) return false;
    const Entry& entry = entries_[next_entry_++];
    key = absl::string_view(arena_.data() + entry.begin, entry.key_bytes);
    value = absl::string_view(arena_.data() + entry.begin + entry.key_bytes, entry.value_bytes);
    return true;
  }
  const auto later = [this](size_t a, size_t b) { return LaterThan(a, b); };
  // The run that gave the last entry moves on only now: its views were the caller's until here.
  if (started_ && !heap_.empty()) {
    std::pop_heap(heap_.begin(), heap_.end(), later);
    if (Advance(*runs_[heap_.back()])) {
      std::push_heap(heap_.begin(), heap_.end(), later);
    } else {
      heap_.pop_back();
    }
  }
  started_ = true;
  if (!failure_.ok() || heap_.empty()) return false;
  const Run& run = *runs_[heap_.front()];
  key = run.key;
  value = run.value;
  return true;
}

}  // namespace bellwether::spill
