#include "services/gateway/table_imports/upload_folder.h"

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/ids.h"
#include "common/base/status.h"
#include "common/testing/fake_clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::gateway::upload_folder_test {
namespace {

using imports::v1::Upload;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class UploadFolderTest : public ::testing::Test {
 protected:
  UploadFolderTest() : path_(absl::StrCat(::testing::TempDir(), "/uploads-", NewUuid())) {
    limits_.chunk_bytes_max = 10;
    limits_.file_bytes_max = 20;
    limits_.upload_bytes_max = 30;
    limits_.all_bytes_max = 40;
    limits_.files_max = 3;
    limits_.uploads_max = 3;
    Reopen();
  }
  ~UploadFolderTest() override {
    folder_.reset();
    std::filesystem::remove_all(path_);
  }

  void Reopen() {
    folder_.reset();
    auto folder = UploadFolder::Open(path_, limits_, clock_);
    ASSERT_TRUE(folder.ok()) << folder.status();
    folder_ = *std::move(folder);
  }
  std::string Create(const std::string& request_id) {
    imports::v1::CreateUploadRequest request;
    request.set_request_id(request_id);
    request.set_display_name(request_id);
    const auto upload = folder_->Create(request, "li");
    return upload.ok() ? upload->name() : DetailOf(upload.status())->reason;
  }
  // "size" or "size complete", or the reason.
  std::string Write(const std::string& name, const std::string& file, int64_t offset,
                    const std::string& piece, bool complete = false) {
    imports::v1::WriteUploadFileRequest request;
    request.set_name(name);
    request.set_file_name(file);
    request.set_offset(offset);
    request.set_piece(piece);
    request.set_complete(complete);
    const auto written = folder_->Write(request);
    if (!written.ok()) return DetailOf(written.status())->reason;
    return absl::StrCat(written->bytes(), written->complete() ? " complete" : "");
  }
  std::string Content(const std::string& name, const std::string& file) {
    std::ifstream stream(*folder_->TablesOf(name) + "/" + file, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(stream), {});
  }
  static std::string ReasonOf(const absl::Status& status) {
    return status.ok() ? "OK" : DetailOf(status)->reason;
  }

  const std::string path_;
  testing::FakeClock clock_{absl::FromUnixSeconds(1'800'000'000)};
  UploadLimits limits_;
  std::unique_ptr<UploadFolder> folder_;
};

TEST_F(UploadFolderTest, PutsPiecesTogetherInTheirOrder) {
  const std::string name = Create("r1");
  EXPECT_EQ(Write(name, "a.csv", 0, "x,y\n"), "4");
  EXPECT_EQ(Write(name, "a.csv", 4, "1,2\n"), "8");
  EXPECT_EQ(Write(name, "a.csv", 8, "", true), "8 complete");
  EXPECT_EQ(Content(name, "a.csv"), "x,y\n1,2\n");
  EXPECT_EQ(Write(name, "b.csv", 0, "z\n", true), "2 complete") << "one call for a small one";
}

TEST_F(UploadFolderTest, BearsPiecesThatComeAgain) {
  const std::string name = Create("r1");
  EXPECT_EQ(Write(name, "a.csv", 0, "abcd"), "4");
  EXPECT_EQ(Write(name, "a.csv", 0, "abcd"), "4");
  EXPECT_EQ(Write(name, "a.csv", 2, "cdef"), "6") << "the end of it is new";
  EXPECT_EQ(Write(name, "a.csv", 1, "bX"), "CHUNK_DIFFERS");
  EXPECT_EQ(Write(name, "a.csv", 7, "h"), "OFFSET_AHEAD");
  EXPECT_EQ(Write(name, "a.csv", -1, "a"), "OFFSET_INVALID");
  EXPECT_EQ(Write(name, "a.csv", 4, "ef", true), "6 complete");
  EXPECT_EQ(Write(name, "a.csv", 4, "ef", true), "6 complete");
  EXPECT_EQ(Write(name, "a.csv", 6, "g"), "FILE_COMPLETE");
  EXPECT_EQ(Content(name, "a.csv"), "abcdef");
}

TEST_F(UploadFolderTest, GivesNoShorterFileTheEndOfAnother) {
  const std::string name = Create("r1");
  EXPECT_EQ(Write(name, "a.csv", 0, "1\n2\n3\n"), "6");
  EXPECT_EQ(Write(name, "a.csv", 0, "1\n2\n", true), "CHUNK_DIFFERS");
  EXPECT_FALSE(folder_->Get(name)->files(0).complete());
  EXPECT_EQ(Write(name, "a.csv", 0, "1\n2\n3\n", true), "6 complete");
  EXPECT_EQ(Write(name, "a.csv", 0, "1\n2\n", true), "CHUNK_DIFFERS") << "also when it is whole";
  EXPECT_EQ(Write(name, "a.csv", 0, "1\n2\n"), "6 complete") << "one piece of several";
  EXPECT_EQ(Content(name, "a.csv"), "1\n2\n3\n");
}

TEST_F(UploadFolderTest, CompletesAFileOnceForAllWhoSendItAtOnce) {
  const std::string name = Create("r1");
  std::vector<std::string> answers(8);
  {
    std::vector<std::jthread> senders;
    for (std::string& answer : answers) {
      senders.emplace_back([&] { answer = Write(name, "a.csv", 0, "1\n2\n", true); });
    }
  }
  EXPECT_THAT(answers, Each("4 complete"));
  EXPECT_EQ(Content(name, "a.csv"), "1\n2\n");
}

TEST_F(UploadFolderTest, GoesOnAfterARestart) {
  const std::string name = Create("r1");
  EXPECT_EQ(Write(name, "a.csv", 0, "abcd"), "4");
  const std::string id = folder_->id();
  Reopen();
  EXPECT_EQ(folder_->id(), id);
  const Upload upload = folder_->Get(name).value();
  EXPECT_EQ(upload.files(0).bytes(), 4);
  EXPECT_FALSE(upload.files(0).complete());
  EXPECT_EQ(upload.principal(), "li");
  EXPECT_EQ(Write(name, "a.csv", 4, "ef", true), "6 complete");
}

TEST_F(UploadFolderTest, HasALimitForEverything) {
  const std::string name = Create("r1");
  EXPECT_EQ(Write(name, "a.csv", 0, std::string(11, 'x')), "CHUNK_TOO_LARGE");
  EXPECT_EQ(Write(name, "a.csv", 0, std::string(10, 'x')), "10");
  EXPECT_EQ(Write(name, "a.csv", 10, std::string(10, 'x')), "20");
  EXPECT_EQ(Write(name, "a.csv", 20, "x"), "FILE_TOO_LARGE");
  EXPECT_EQ(Write(name, "b.csv", 0, std::string(10, 'x')), "10");
  EXPECT_EQ(Write(name, "b.csv", 10, "x"), "UPLOAD_TOO_LARGE");
  EXPECT_EQ(Write(name, "c.csv", 0, ""), "0");
  EXPECT_EQ(Write(name, "d.csv", 0, ""), "TOO_MANY_FILES");
  const std::string second = Create("r2");
  EXPECT_EQ(Write(second, "a.csv", 0, std::string(10, 'x')), "10");
  EXPECT_EQ(Write(second, "a.csv", 10, "x"), "UPLOADS_FULL");
  Reopen();
  EXPECT_EQ(Write(second, "a.csv", 10, "x"), "UPLOADS_FULL") << "it counts what is there";
  EXPECT_TRUE(folder_->DeleteFile(name, "b.csv").ok());
  EXPECT_EQ(Write(second, "a.csv", 10, "x"), "11");
  EXPECT_EQ(Create("r3").substr(0, 8), "uploads/");
  EXPECT_EQ(Create("r4"), "TOO_MANY_UPLOADS");
  EXPECT_EQ(Create("r3").substr(0, 8), "uploads/") << "a repeat is no other";
}

TEST_F(UploadFolderTest, NamesNothingOutside) {
  const std::string name = Create("r1");
  EXPECT_EQ(Write(name, "../../x.csv", 0, "x"), "FILE_NAME_INVALID");
  EXPECT_EQ(Write("uploads/../" + name, "x.csv", 0, "x"), "UPLOAD_NOT_FOUND");
  EXPECT_EQ(ReasonOf(folder_->DeleteFile(name, "../upload").status()), "FILE_NAME_INVALID");
  EXPECT_EQ(ReasonOf(folder_->TablesOf("uploads/..").status()), "UPLOAD_NOT_FOUND");
  EXPECT_EQ(ReasonOf(folder_->Get("uploads/" + std::string(32, 'f')).status()), "UPLOAD_NOT_FOUND");
  EXPECT_TRUE(folder_->Delete("uploads/..").ok());
  EXPECT_TRUE(folder_->Get(name).ok());
}

TEST_F(UploadFolderTest, KeepsWhatAnImportHolds) {
  const std::string name = Create("r1");
  EXPECT_EQ(Write(name, "a.csv", 0, "x\n", true), "2 complete");
  auto hold = folder_->HoldUpload(name);
  ASSERT_TRUE(hold.ok());
  EXPECT_EQ(Write(name, "b.csv", 0, "x"), "UPLOAD_IN_USE");
  EXPECT_EQ(ReasonOf(folder_->Delete(name)), "UPLOAD_IN_USE");
  EXPECT_EQ(ReasonOf(folder_->DeleteFile(name, "a.csv").status()), "UPLOAD_IN_USE");
  clock_.Advance(limits_.kept * 2);
  EXPECT_TRUE(folder_->DeleteExpired().ok());
  EXPECT_TRUE(folder_->Get(name).ok());
  hold->reset();
  EXPECT_TRUE(folder_->Delete(name).ok());
  EXPECT_EQ(ReasonOf(folder_->Get(name).status()), "UPLOAD_NOT_FOUND");
  EXPECT_TRUE(folder_->Delete(name).ok()) << "once more";
}

TEST_F(UploadFolderTest, ForgetsWhatNobodyUses) {
  const std::string old = Create("r1");
  const std::string used = Create("r2");
  clock_.Advance(limits_.kept - absl::Hours(1));
  EXPECT_EQ(Write(used, "a.csv", 0, "x"), "1");
  clock_.Advance(absl::Hours(1));
  ASSERT_TRUE(folder_->DeleteExpired().ok());
  const auto uploads = folder_->List().value();
  ASSERT_THAT(uploads, SizeIs(1));
  EXPECT_EQ(uploads[0].name(), used);
}

// Somebody uses the upload the moment the time has been looked at.
class UsingClock : public Clock {
 public:
  absl::Time Now() const override {
    const absl::Time now = clock.Now();
    if (auto use = std::exchange(then, nullptr); use != nullptr) use();
    return now;
  }
  testing::FakeClock clock{absl::FromUnixSeconds(1'800'000'000)};
  mutable std::function<void()> then;
};

TEST_F(UploadFolderTest, KeepsWhatIsUsedInTheLastMoment) {
  UsingClock clock;
  const std::string path = path_ + "/of-its-own";
  const auto folder = UploadFolder::Open(path, limits_, clock).value();
  imports::v1::CreateUploadRequest request;
  request.set_request_id("r1");
  const std::string name = folder->Create(request, "li")->name();
  clock.clock.Advance(limits_.kept);
  clock.then = [&] { EXPECT_TRUE(folder->TablesOf(name).ok()); };
  ASSERT_TRUE(folder->DeleteExpired().ok());
  EXPECT_TRUE(folder->Get(name).ok());
  clock.clock.Advance(limits_.kept);
  ASSERT_TRUE(folder->DeleteExpired().ok());
  EXPECT_EQ(ReasonOf(folder->Get(name).status()), "UPLOAD_NOT_FOUND");
}

TEST_F(UploadFolderTest, ClearsAwayWhatAnInterruptedDeletionLeft) {
  const auto left_half = [&](const std::string& name) {
    const std::string folder = std::filesystem::path(*folder_->TablesOf(name)).parent_path();
    std::filesystem::remove(folder + "/upload");
    return folder;
  };
  const std::string first = Create("r1");
  EXPECT_EQ(Write(first, "a.csv", 0, "x\n", true), "2 complete");
  const std::string first_folder = left_half(first);
  EXPECT_TRUE(folder_->Delete(first).ok());
  EXPECT_FALSE(std::filesystem::exists(first_folder)) << "by deleting it again";
  const std::string second_folder = left_half(Create("r2"));
  Reopen();
  EXPECT_FALSE(std::filesystem::exists(second_folder)) << "by the next start";
  for (const char* each : {"r3", "r4", "r5"}) EXPECT_EQ(Create(each).substr(0, 8), "uploads/");
}

TEST_F(UploadFolderTest, ListsTheNewestFirst) {
  const std::string first = Create("r1");
  clock_.Advance(absl::Seconds(1));
  const std::string second = Create("r2");
  std::vector<std::string> names;
  const auto uploads = folder_->List().value();
  for (const Upload& upload : uploads) names.push_back(upload.name());
  EXPECT_THAT(names, ElementsAre(second, first));
}

TEST_F(UploadFolderTest, BelongsToOneProcess) {
  EXPECT_EQ(ReasonOf(UploadFolder::Open(path_, limits_, clock_).status()), "UPLOADS_IN_USE");
  EXPECT_EQ(ReasonOf(UploadFolder::Open("/proc/nowhere", limits_, clock_).status()),
            "UPLOADS_NOT_WRITABLE");
}

}  // namespace
}  // namespace bellwether::gateway::upload_folder_test
