#include "common/http/static_files.h"

#include <filesystem>
#include <fstream>

#include "common/base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::http::static_files_test {
namespace {

using ::testing::Contains;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;

class StaticFilesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = ::testing::TempDir() + "static_files";
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_ + "/assets");
    Write("index.html", "<html>");
    Write("assets/app-1a2b.js", "plain");
    Write("assets/app-1a2b.js.gz", "zipped");
    Write("assets/app-1a2b.js.br", "brotli");
  }
  void Write(const std::string& name, const std::string& content) {
    std::ofstream(folder_ + "/" + name) << content;
  }
  ServerResponse Get(const std::string& path, Headers headers = {},
                     const std::string& method = "GET") {
    const auto files = StaticFiles::Load(folder_);
    EXPECT_TRUE(files.ok()) << files.status();
    return files->Answer({.method = method, .path = path, .headers = std::move(headers)},
                         {{"x-extra", "1"}});
  }

  std::string folder_;
};

TEST_F(StaticFilesTest, AnswersWithTheFileAndWhatIsAddedToEach) {
  const ServerResponse script = Get("/assets/app-1a2b.js");
  EXPECT_EQ(script.body, "plain");
  EXPECT_THAT(script.headers, Contains(Pair("content-type", "text/javascript; charset=utf-8")));
  EXPECT_THAT(script.headers,
              Contains(Pair("cache-control", "public, max-age=31536000, immutable")));
  EXPECT_THAT(script.headers, Contains(Pair("x-extra", "1")));
  EXPECT_THAT(Get("/").headers, Contains(Pair("cache-control", "no-cache")));
}

TEST_F(StaticFilesTest, SendsWhatIsCompressedToThoseWhoTakeIt) {
  EXPECT_EQ(Get("/assets/app-1a2b.js", {{"accept-encoding", "gzip, deflate, br"}}).body, "brotli");
  EXPECT_EQ(Get("/assets/app-1a2b.js", {{"accept-encoding", "gzip, br;q=0"}}).body, "zipped");
  EXPECT_EQ(Get("/assets/app-1a2b.js", {{"accept-encoding", "deflate"}}).body, "plain");
  EXPECT_EQ(Get("/assets/app-1a2b.js.gz").status, 404) << "no file of its own";
}

TEST_F(StaticFilesTest, AnswersPathsOfTheApplicationWithItsIndex) {
  EXPECT_EQ(Get("/account/ACC-1.5/history").body, "<html>");
  EXPECT_EQ(Get("/account").body, "<html>");
  EXPECT_EQ(Get("/missing.js").status, 404);
}

TEST_F(StaticFilesTest, SaysThatAFileHasNotChanged) {
  const ServerResponse first = Get("/");
  const auto etag = FindHeader(first.headers, "etag");
  ASSERT_TRUE(etag.has_value());
  const ServerResponse again = Get("/", {{"if-none-match", std::string(*etag)}});
  EXPECT_EQ(again.status, 304);
  EXPECT_EQ(Get("/", {{"if-none-match", "\"other\", W/" + std::string(*etag)}}).status, 304);
  EXPECT_EQ(again.body, "");
  EXPECT_THAT(again.headers, Not(Contains(Key("content-type"))));
  Write("index.html", "<HTML>");
  EXPECT_EQ(Get("/", {{"if-none-match", std::string(*etag)}}).status, 200);
}

TEST_F(StaticFilesTest, RefusesOtherMethodsAndFoldersWithoutAnIndex) {
  EXPECT_EQ(Get("/", {}, "POST").status, 405);
  EXPECT_THAT(Get("/", {}, "POST").headers, Contains(Pair("allow", "GET, HEAD")));
  std::filesystem::remove(folder_ + "/index.html");
  EXPECT_EQ(DetailOf(StaticFiles::Load(folder_).status())->reason, "STATIC_FILES");
  EXPECT_EQ(DetailOf(StaticFiles::Load(folder_ + "/none").status())->reason, "STATIC_FILES");
}

}  // namespace
}  // namespace bellwether::http::static_files_test
