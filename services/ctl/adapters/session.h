// What every command shares: the options before it, the connection, and the way out.
#ifndef BELLWETHER_SERVICES_CTL_ADAPTERS_SESSION_H_
#define BELLWETHER_SERVICES_CTL_ADAPTERS_SESSION_H_

#include <google/protobuf/message.h>
#include <grpcpp/grpcpp.h>

#include <functional>
#include <istream>
#include <memory>
#include <optional>
#include <ostream>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "bellwether/accounts/v1/accounts_service.grpc.pb.h"
#include "bellwether/alerts/v1/alerts_service.grpc.pb.h"
#include "bellwether/health/v1/health_service.grpc.pb.h"
#include "bellwether/ingest/v1/ingest_service.grpc.pb.h"
#include "bellwether/opportunities/v1/opportunities_service.grpc.pb.h"
#include "common/rpc/client.h"
#include "common/rpc/status.h"
#include "services/ctl/adapters/format.h"
#include "services/ctl/domain/text_table.h"

namespace bellwether::ctl {

inline constexpr int kExitDone = 0;
inline constexpr int kExitRefused = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitUnreachable = 3;

// A call that replays history may take its time.
inline constexpr absl::Duration kReplayTimeout = absl::Minutes(10);
// Streams without an end of their own are left after so long unless --for says otherwise.
inline constexpr absl::Duration kWatchTimeoutDefault = absl::Hours(12);

// The name of the user who runs this; empty for one without a name.
std::string SystemUser();

struct GlobalOptions {
  std::string server = "127.0.0.1:9090";
  // Who acts; the user of this machine unless given.
  std::string principal = SystemUser();
  bool json = false;
  // "en" or "zh".
  std::string lang = "en";
  int timeout_seconds = 10;
  // Times in UTC instead of the zone of the server's calendar.
  bool utc = false;
};

// One run of the program; one thread.
class Session {
 public:
  Session(std::istream& in, std::ostream& out, std::ostream& err) : in(in), out(out), err(err) {}

  GlobalOptions options;
  std::istream& in;
  std::ostream& out;
  std::ostream& err;

  // Connects on first use, waiting for the server at most the timeout.
  // UNAVAILABLE / UNREACHABLE.
  absl::StatusOr<std::shared_ptr<grpc::Channel>> Channel();

  template <typename Service>
  absl::StatusOr<std::unique_ptr<typename Service::Stub>> Stub() {
    auto channel = Channel();
    if (!channel.ok()) return channel.status();
    return Service::NewStub(*channel);
  }

  // One unary call; `timeout` zero means the session's.
  template <typename Service, typename StubType, typename Request, typename Response>
  absl::StatusOr<Response> Call(grpc::Status (StubType::*method)(grpc::ClientContext*,
                                                                 const Request&, Response*),
                                const Request& request,
                                absl::Duration timeout = absl::ZeroDuration()) {
    auto stub = Stub<Service>();
    if (!stub.ok()) return stub.status();
    grpc::ClientContext context;
    rpc::Prepare(context, timeout == absl::ZeroDuration() ? Timeout() : timeout);
    Response response;
    const grpc::Status status = (**stub.*method)(&context, request, &response);
    if (!status.ok()) return rpc::FromGrpcStatus(status);
    return response;
  }

  absl::Duration Timeout() const { return absl::Seconds(options.timeout_seconds); }

  // The text in the language asked for; English where there is no Chinese one.
  const std::string& Text(const std::string& en, const std::string& zh) const {
    return options.lang == "zh" && !zh.empty() ? zh : en;
  }
  std::string Label(const char* en, const char* zh) const { return Text(en, zh); }

  // The zone in which people give and read times: that of the server's calendar, which is asked
  // once, or UTC.
  absl::StatusOr<absl::TimeZone> Zone();
  // In that zone, "–" when not set. In UTC for a server that does not answer its zone, which is
  // said on the error stream.
  std::string Instant(const google::protobuf::Timestamp& time);
  std::string Instant(absl::Time time);
  // Digits after the point of the deployment's reporting currency, which is asked for once; those
  // of most currencies when the server does not say.
  int ReportingDigits();
  std::string Money(const type::v1::Money& money);

  // A time on the command line (format.h). What is none is wrong usage, found before any server is
  // asked.
  absl::StatusOr<absl::Time> When(absl::string_view text, WholeDay day = WholeDay::kItsBegin);
  // The same of something that is asked for as it stood then: a day means its end.
  absl::StatusOr<absl::Time> AsOf(absl::string_view text) { return When(text, WholeDay::kItsEnd); }

  // One line of proto JSON.
  void PrintJson(const google::protobuf::Message& message);
  void Print(const TextTable& table) { out << table.Render(); }
  // Marks what is wrong with the command line or a file it names, found before any server was
  // asked.
  absl::Status WrongUsage(absl::Status status) {
    wrong_usage_ = wrong_usage_ || !status.ok();
    return status;
  }
  template <typename T>
  absl::StatusOr<T> WrongUsage(absl::StatusOr<T> value) {
    wrong_usage_ = wrong_usage_ || !value.ok();
    return value;
  }
  // To the error stream, with reason, field and rule; the exit code it means.
  int PrintError(const absl::Status& status);

 private:
  absl::TimeZone ShownZone();
  absl::StatusOr<absl::TimeZone> AskZone();

  std::shared_ptr<grpc::Channel> channel_;
  std::optional<absl::StatusOr<absl::TimeZone>> zone_;
  std::optional<int> reporting_digits_;
  bool warned_of_utc_ = false;
  bool wrong_usage_ = false;
};

// What a command does once the command line is understood.
using Action = std::function<absl::Status()>;

}  // namespace bellwether::ctl

#endif  // BELLWETHER_SERVICES_CTL_ADAPTERS_SESSION_H_
