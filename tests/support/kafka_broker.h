// A real Kafka broker for tests: started, killed and started again.
#ifndef BELLWETHER_TESTS_SUPPORT_KAFKA_BROKER_H_
#define BELLWETHER_TESTS_SUPPORT_KAFKA_BROKER_H_

#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace bellwether::testing {

// A child process on free ports of this machine, its data in a folder under the build folder. It
// dies with the thread that started it, so start it on the main thread. Not thread-safe.
class KafkaBroker {
 public:
  // Returns once it serves.
  static absl::StatusOr<std::unique_ptr<KafkaBroker>> Start();
  // Kills it and removes its data.
  ~KafkaBroker();
  KafkaBroker(const KafkaBroker&) = delete;
  KafkaBroker& operator=(const KafkaBroker&) = delete;

  // "kafka://127.0.0.1:port?query"
  std::string Url(absl::string_view query = "") const;
  std::string address() const;

  // kill -9; what it had not written to the file system is gone.
  void Kill();
  // The same data on the same ports; returns once it serves.
  absl::Status Restart();
  // What the topic takes on disk, all partitions.
  size_t BytesOf(absl::string_view topic) const;
  // SIGSTOP and SIGCONT: alive, and silent.
  void Freeze();
  void Thaw();

 private:
  KafkaBroker(std::filesystem::path folder, int port, int controller_port);

  const std::filesystem::path folder_;
  const int port_;
  const int controller_port_;
  pid_t pid_ = -1;
};

}  // namespace bellwether::testing

#endif  // BELLWETHER_TESTS_SUPPORT_KAFKA_BROKER_H_
