#include "common/rpc/status.h"

#include "common/base/status.h"
#include "gmock/gmock.h"
#include "grpcpp/support/status.h"
#include "gtest/gtest.h"

namespace bellwether::rpc::status_test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(RpcStatus, CarriesReasonFieldAndRuleThereAndBack) {
  const absl::Status status =
      FailedPrecondition("FLOAT_EXCEEDED", "quote.discount", "15 % is the most for grade A", "A13");
  const absl::Status back = FromGrpcStatus(ToGrpcStatus(status));
  EXPECT_EQ(back.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(back.message(), "15 % is the most for grade A");
  ASSERT_TRUE(DetailOf(back).has_value());
  EXPECT_EQ(DetailOf(back)->reason, "FLOAT_EXCEEDED");
  EXPECT_EQ(DetailOf(back)->field, "quote.discount");
  EXPECT_EQ(DetailOf(back)->rule, "A13");
}

TEST(RpcStatus, NeverShowsTheTextOfAnErrorThatIsNotOurs) {
  for (const absl::StatusCode code :
       {absl::StatusCode::kInternal, absl::StatusCode::kUnknown, absl::StatusCode::kNotFound,
        absl::StatusCode::kInvalidArgument, absl::StatusCode::kUnavailable}) {
    const grpc::Status status =
        ToGrpcStatus(absl::Status(code, "near \"SELECT\": password=hunter2"));
    EXPECT_EQ(static_cast<int>(status.error_code()), static_cast<int>(code));
    EXPECT_THAT(status.error_message(), Not(HasSubstr("hunter2")));
    EXPECT_THAT(status.error_details(), Not(HasSubstr("hunter2")));
    EXPECT_EQ(DetailOf(FromGrpcStatus(status))->reason, CodeName(code));
  }
}

TEST(RpcStatus, CutsTextsThatWouldNotFitMetadata) {
  const grpc::Status status =
      ToGrpcStatus(InvalidArgument("X", std::string(5'000, 'f'), std::string(5'000, 'm')));
  EXPECT_EQ(status.error_message().size(), kErrorTextMax);
  EXPECT_LT(status.error_details().size(), 3 * kErrorTextMax);
}

TEST(RpcStatus, KeepsAnErrorFromElsewhere) {
  const absl::Status status =
      FromGrpcStatus(grpc::Status(grpc::StatusCode::UNAVAILABLE, "connection refused"));
  EXPECT_EQ(status, absl::UnavailableError("connection refused"));
}

TEST(RpcStatus, IsOkForOk) {
  EXPECT_TRUE(ToGrpcStatus(absl::OkStatus()).ok());
  EXPECT_TRUE(FromGrpcStatus(grpc::Status::OK).ok());
}

}  // namespace
}  // namespace bellwether::rpc::status_test
