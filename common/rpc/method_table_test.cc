#include "common/rpc/method_table.h"

#include "bellwether/alerts/v1/alerts_service.pb.h"
#include "common/base/status.h"
#include "common/metrics/metrics.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::rpc::method_table_test {
namespace {

namespace v1 = ::bellwether::alerts::v1;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kAlerts[] = "bellwether.alerts.v1.AlertsService";

class MethodTableTest : public ::testing::Test {
 protected:
  // Links the service in.
  const google::protobuf::Descriptor* const linked_ = v1::GetAlertRequest::descriptor();
  metrics::Registry metrics_;
  CallPool pool_{{.threads = 1}, metrics_};
  MethodTable table_{kAlerts, pool_};

  std::string Problems() const {
    const absl::Status status = table_.Check();
    EXPECT_EQ(DetailOf(status)->reason, "METHOD_TABLE_INVALID");
    return std::string(status.message());
  }
};

TEST_F(MethodTableTest, NamesEveryMethodWithoutALine) {
  table_.Query("GetAlert",
               [](const v1::GetAlertRequest&) -> absl::StatusOr<v1::Alert> { return v1::Alert(); });
  EXPECT_THAT(Problems(), AllOf(HasSubstr("ListAlerts: has no line"),
                                HasSubstr("WatchAlerts: has no line"), Not(HasSubstr("GetAlert"))));
}

TEST_F(MethodTableTest, RefusesALineOfAnotherTypeThanTheMethod) {
  table_.Query("GetAlert", [](const v1::ListAlertsRequest&) -> absl::StatusOr<v1::Alert> {
    return v1::Alert();
  });
  table_.Query("ListAlerts", [](const v1::ListAlertsRequest&) -> absl::StatusOr<v1::Alert> {
    return v1::Alert();
  });
  table_.Query("WatchAlerts",
               [](const v1::WatchAlertsRequest&) -> absl::StatusOr<v1::WatchAlertsResponse> {
                 return v1::WatchAlertsResponse();
               });
  EXPECT_THAT(Problems(),
              AllOf(HasSubstr("GetAlert: takes GetAlertRequest, its handler ListAlertsRequest"),
                    HasSubstr("ListAlerts: returns ListAlertsResponse, its handler Alert"),
                    HasSubstr("WatchAlerts: streams otherwise than its line")));
}

TEST_F(MethodTableTest, RefusesAMethodThatTheServiceHasNotOrHasTwice) {
  const auto get = [](const v1::GetAlertRequest&) -> absl::StatusOr<v1::Alert> {
    return v1::Alert();
  };
  table_.Query("GetAlert", get);
  table_.Query("GetAlert", get);
  table_.Query("FetchAlert", get);
  EXPECT_THAT(Problems(), AllOf(HasSubstr("GetAlert: has two lines"),
                                HasSubstr("FetchAlert: is no method of the service")));
}

TEST_F(MethodTableTest, HoldsQueriesAndCommandsToWhatTheirMethodsDeclare) {
  table_.Command("GetAlert", [](const v1::GetAlertRequest&) -> absl::StatusOr<v1::Alert> {
    return v1::Alert();
  });
  table_.Query("ResolveAlert", [](const v1::ResolveAlertRequest&) -> absl::StatusOr<v1::Alert> {
    return v1::Alert();
  });
  EXPECT_THAT(Problems(),
              AllOf(HasSubstr("GetAlert: is a command here and NO_SIDE_EFFECTS"),
                    HasSubstr("ResolveAlert: is a query here and not NO_SIDE_EFFECTS")));
}

TEST_F(MethodTableTest, RefusesAServiceThatIsNotLinkedIn) {
  const MethodTable table("bellwether.absent.v1.AbsentService", pool_);
  EXPECT_THAT(std::string(table.Check().message()),
              HasSubstr("AbsentService: is no service of this program"));
}

}  // namespace
}  // namespace bellwether::rpc::method_table_test
