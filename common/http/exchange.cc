#include "common/http/exchange.h"

#include <utility>

namespace bellwether::http {

Exchange::Exchange(ServerRequest request, std::shared_ptr<ExchangeConnection> connection,
                   BodyShare share)
    : share_(std::move(share)), request_(std::move(request)), connection_(std::move(connection)) {}

Exchange::~Exchange() {
  if (!answered_) {
    connection_->Respond(TextResponse(500, "the request was dropped\n"));
  } else if (streaming_) {
    connection_->Finish("");
  }
}

void Exchange::Respond(ServerResponse response) {
  answered_ = true;
  connection_->Respond(std::move(response));
}

void Exchange::BeginStream(ServerResponse head) {
  answered_ = true;
  streaming_ = true;
  connection_->BeginStream(std::move(head));
}

void Exchange::Write(std::string bytes, absl::AnyInvocable<void(bool)> written) {
  connection_->Write(std::move(bytes), std::move(written));
}

void Exchange::Finish(std::string last) {
  streaming_ = false;
  connection_->Finish(std::move(last));
}

void Exchange::Abort() {
  streaming_ = false;
  connection_->Abort();
}

void Exchange::OnAbandoned(absl::AnyInvocable<void()> abandoned) {
  connection_->OnAbandoned(std::move(abandoned));
}

}  // namespace bellwether::http
