#include "common/http/router.h"

#include "gtest/gtest.h"

namespace bellwether::http::router_test {
namespace {

std::string Found(const Router& router, absl::string_view path) {
  const auto route = router.Find(path);
  return route == nullptr ? "" : route->path;
}

TEST(Router, PrefersThePathItselfThenTheLongestPrefix) {
  Router router;
  const auto routes = router.Add({{.path = "/*"}, {.path = "/api/*"}, {.path = "/api/one"}});
  EXPECT_EQ(Found(router, "/api/one"), "/api/one");
  EXPECT_EQ(Found(router, "/api/one/more"), "/api/*");
  EXPECT_EQ(Found(router, "/api"), "/*");
}

TEST(Router, ForgetsRoutesWithTheirRegistration) {
  Router router;
  auto first = router.Add({{.path = "/a"}});
  const auto second = router.Add({{.path = "/b"}});
  first.reset();
  EXPECT_EQ(Found(router, "/a"), "");
  EXPECT_EQ(Found(router, "/b"), "/b");
}

}  // namespace
}  // namespace bellwether::http::router_test
