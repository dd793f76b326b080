// The streams a latency benchmark sends facts by and sees their outcome on.
#ifndef BELLWETHER_TESTS_BENCH_FACT_STREAMS_H_
#define BELLWETHER_TESTS_BENCH_FACT_STREAMS_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <thread>
#include <utility>

#include "bellwether/ingest/v1/ingest_service.grpc.pb.h"
#include "common/base/check.h"
#include "tests/bench/stopwatch.h"

namespace bellwether {

// A server stream read by a thread of its own until it goes.
template <typename Response>
class Watch {
 public:
  using Reader = std::unique_ptr<grpc::ClientReader<Response>>;

  Watch(const std::function<Reader(grpc::ClientContext*)>& open,
        std::function<void(const Response&)> sink)
      : reader_(open(&context_)) {
    // The server sends it once the watcher misses nothing more; not allowed beside a Read.
    reader_->WaitForInitialMetadata();
    thread_ = std::thread([this, sink = std::move(sink)] {
      Response response;
      while (reader_->Read(&response)) sink(response);
      const grpc::Status ended = reader_->Finish();
      BELLWETHER_CHECK(ended.error_code() == grpc::StatusCode::CANCELLED,
                       ended.error_message().c_str());
    });
  }
  ~Watch() {
    context_.TryCancel();
    thread_.join();
  }

 private:
  grpc::ClientContext context_;
  const Reader reader_;
  std::thread thread_;
};

// The stream facts go in by; its answers stop `answered`.
class FactStream {
 public:
  FactStream(ingest::v1::IngestService::Stub& stub, Stopwatch& answered)
      : stream_(stub.StreamFacts(&context_)), answers_([this, &answered] {
          ingest::v1::StreamFactsResponse answer;
          while (stream_->Read(&answer)) {
            BELLWETHER_CHECK(answer.state() == ingest::v1::ANSWER_STATE_ACCEPTED,
                             answer.rejection().message().c_str());
            answered.Stop(answer.sequence());
          }
        }) {}
  ~FactStream() {
    stream_->WritesDone();
    answers_.join();
    const grpc::Status ended = stream_->Finish();
    BELLWETHER_CHECK(ended.ok(), ended.error_message().c_str());
  }

  void Send(int64_t number, events::v1::FactEvent event) {
    ingest::v1::StreamFactsRequest request;
    request.set_sequence(number);
    *request.mutable_fact() = std::move(event);
    BELLWETHER_CHECK(stream_->Write(request), "the stream of facts has ended");
  }

 private:
  grpc::ClientContext context_;
  const std::unique_ptr<
      grpc::ClientReaderWriter<ingest::v1::StreamFactsRequest, ingest::v1::StreamFactsResponse>>
      stream_;
  std::thread answers_;
};

}  // namespace bellwether

#endif  // BELLWETHER_TESTS_BENCH_FACT_STREAMS_H_
