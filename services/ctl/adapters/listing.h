// Reads lists page by page and streams message by message.
#ifndef BELLWETHER_SERVICES_CTL_ADAPTERS_LISTING_H_
#define BELLWETHER_SERVICES_CTL_ADAPTERS_LISTING_H_

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <memory>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "services/ctl/adapters/session.h"

namespace bellwether::ctl {

inline constexpr int kPageSizeMax = 1'000;
inline constexpr int kListDefault = 50;

// Pages until `limit` elements were seen or there are no more. `page(response)` handles one
// response and returns how many elements it held; the page size asked for never exceeds what is
// left.
template <typename Service, typename StubType, typename Request, typename Response, typename Page>
absl::Status ReadPages(Session& session,
                       grpc::Status (StubType::*method)(grpc::ClientContext*, const Request&,
                                                        Response*),
                       Request request, int limit, Page page) {
  while (limit > 0) {
    request.set_page_size(std::min(limit, kPageSizeMax));
    auto response = session.Call<Service>(method, request);
    if (!response.ok()) return response.status();
    limit -= page(*response);
    if (response->next_page_token().empty()) break;
    request.set_page_token(response->next_page_token());
  }
  return absl::OkStatus();
}

// Reads until the stream ends, `limit` messages that count were read (0: no limit) or `timeout` has
// passed, which is an end like any other. `read` says whether a message counts.
template <typename Response>
absl::Status ReadStream(
    absl::Duration timeout, int limit,
    absl::FunctionRef<std::unique_ptr<grpc::ClientReaderInterface<Response>>(grpc::ClientContext*)>
        open,
    absl::FunctionRef<bool(const Response&)> read) {
  grpc::ClientContext context;
  rpc::Prepare(context, timeout);
  auto reader = open(&context);
  Response response;
  int seen = 0;
  while ((limit == 0 || seen < limit) && reader->Read(&response)) {
    if (read(response)) ++seen;
  }
  if (limit > 0 && seen == limit) context.TryCancel();
  const grpc::Status status = reader->Finish();
  const bool ended_by_us =
      (limit > 0 && seen == limit) || status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED;
  return status.ok() || ended_by_us ? absl::OkStatus() : rpc::FromGrpcStatus(status);
}

}  // namespace bellwether::ctl

#endif  // BELLWETHER_SERVICES_CTL_ADAPTERS_LISTING_H_
