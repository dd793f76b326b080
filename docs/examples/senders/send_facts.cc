// Sends facts to Bellwether, one CloudEvent per line of standard input, and counts the answers.
//
// A fact is known by its account, source and id: sent again it counts once, so that after a broken
// stream everything without an answer is simply sent again. Exit code 0 only when every event was
// accepted; what was rejected is printed with its reason, the rest went on.
//
// docs/senders.md says how it is built.
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <iostream>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "bellwether/ingest/v1/ingest_service.grpc.pb.h"

namespace {

using bellwether::ingest::v1::ANSWER_STATE_ACCEPTED;
using bellwether::ingest::v1::IngestService;
using bellwether::ingest::v1::StreamFactsRequest;
using bellwether::ingest::v1::StreamFactsResponse;

constexpr int kAttempts = 5;
constexpr std::chrono::seconds kStreamMax(60);

using Events = std::map<int64_t, std::string>;  // by line number

// One stream; the answers that came before it ended, however it did.
std::vector<StreamFactsResponse> Send(IngestService::Stub& ingest, const Events& events) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kStreamMax);
  const auto stream = ingest.StreamFacts(&context);
  // Answers are read meanwhile: the server waits for its readers.
  std::vector<StreamFactsResponse> answers;
  std::thread reader([&] {
    for (StreamFactsResponse answer; stream->Read(&answer);) answers.push_back(answer);
  });
  for (const auto& [line, event] : events) {
    StreamFactsRequest request;
    request.set_sequence(line);
    request.set_cloud_event_json(event);
    if (!stream->Write(request)) break;
  }
  stream->WritesDone();
  reader.join();
  if (const grpc::Status status = stream->Finish(); !status.ok()) {
    std::cerr << "the stream broke: " << status.error_code() << ": " << status.error_message()
              << "\n";
  }
  return answers;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string target = argc > 1 ? argv[1] : "127.0.0.1:9090";
  IngestService::Stub ingest(grpc::CreateChannel(target, grpc::InsecureChannelCredentials()));
  Events unanswered;
  int64_t number = 0;
  for (std::string line; std::getline(std::cin, line);) {
    ++number;
    if (!line.empty()) unanswered[number] = line;
  }
  int accepted = 0;
  int rejected = 0;
  for (int attempt = 0; attempt < kAttempts && !unanswered.empty(); ++attempt) {
    if (attempt > 0) std::this_thread::sleep_for(std::chrono::seconds(1 << attempt));
    for (const StreamFactsResponse& answer : Send(ingest, unanswered)) {
      unanswered.erase(answer.sequence());
      if (answer.state() == ANSWER_STATE_ACCEPTED) {
        ++accepted;
        continue;
      }
      ++rejected;
      const auto& why = answer.rejection();
      std::cerr << "line " << answer.sequence() << ": " << why.reason() << " " << why.field()
                << ": " << why.message() << "\n";
    }
  }
  std::cout << accepted << " accepted, " << rejected << " rejected, " << unanswered.size()
            << " unanswered\n";
  return rejected == 0 && unanswered.empty() ? 0 : 1;
}
