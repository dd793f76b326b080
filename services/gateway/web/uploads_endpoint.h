// Tables over HTTP: PUT /v1/uploads/{id}/{file_name} and GET /v1/table-imports/{id}/refused.csv.
#ifndef BELLWETHER_SERVICES_GATEWAY_WEB_UPLOADS_ENDPOINT_H_
#define BELLWETHER_SERVICES_GATEWAY_WEB_UPLOADS_ENDPOINT_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bellwether/imports/v1/imports_service.pb.h"
#include "common/connect/open_calls.h"
#include "common/http/exchange.h"

namespace grpc {
class Channel;
}

namespace bellwether::gateway {

// The longest piece of a file that a request may hold.
inline constexpr size_t kPieceBytesMax = 8 << 20;

// The call that a PUT stands for. INVALID_ARGUMENT / FILE_NAME_INVALID, OFFSET_INVALID,
// COMPLETE_INVALID, UNSUPPORTED_ENCODING, and those of http::CheckQuery.
absl::StatusOr<imports::v1::WriteUploadFileRequest> PieceOf(const http::ServerRequest& request);

// The refused rows of an import, as CSV of imports.v1.RowProblem. Where it has more than its
// summary lists, a last row of the reason NOT_LISTED says how many. Errors: those of CsvRow.
absl::StatusOr<std::string> RefusedCsv(const imports::v1::TableImport& import);

// Passes pieces on to WriteUploadFile, and answers with the UploadFile in JSON; makes a file of
// what GetTableImport says. Errors are those of the Connect protocol. Thread-safe; its end waits
// for what it has begun.
class UploadsEndpoint {
 public:
  UploadsEndpoint(std::function<std::shared_ptr<grpc::Channel>()> channel,
                  std::function<absl::Status(const http::ServerRequest&)> admit);
  UploadsEndpoint(const UploadsEndpoint&) = delete;
  UploadsEndpoint& operator=(const UploadsEndpoint&) = delete;

  void HandleUpload(std::unique_ptr<http::Exchange> exchange);
  void HandleRefused(std::unique_ptr<http::Exchange> exchange);

 private:
  template <typename Request, typename Response>
  struct UploadsCall;

  // Ready to be called: admitted, with a channel and metadata; else answered, and null.
  template <typename Request, typename Response>
  std::shared_ptr<UploadsCall<Request, Response>> Begin(std::unique_ptr<http::Exchange> exchange,
                                                        absl::StatusOr<Request> request);

  const std::function<std::shared_ptr<grpc::Channel>()> channel_;
  const std::function<absl::Status(const http::ServerRequest&)> admit_;
  connect::OpenCalls calls_;
};

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_WEB_UPLOADS_ENDPOINT_H_
