// A real Kafka broker for tests: started, killed and started again.
#ifndef BELLWETHER_TESTS_SUPPORT_KAFKA_BROKER_H_
#define BELLWETHER_TESTS_SUPPORT_KAFKA_BROKER_H_

#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>

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
  // Also serves SASL_SSL (PLAIN, a certificate of its own) to `user`, who may do nothing until
  // somebody on the plain port, who may do everything, says so.
  static absl::StatusOr<std::unique_ptr<KafkaBroker>> StartSecured(const std::string& user,
                                                                   const std::string& password);
  // Kills it and removes its data.
  ~KafkaBroker();
  KafkaBroker(const KafkaBroker&) = delete;
  KafkaBroker& operator=(const KafkaBroker&) = delete;

  // "kafka://127.0.0.1:port?query"
  std::string Url(absl::string_view query = "") const;
  std::string address() const;
  // Of the secured port, and the file of the authority that vouches for it.
  std::string SecuredUrl(absl::string_view query) const;
  std::string certificate() const { return (folder_ / "certificate.pem").string(); }

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
  static absl::StatusOr<std::unique_ptr<KafkaBroker>> Make();
  explicit KafkaBroker(std::filesystem::path folder) : folder_(std::move(folder)) {}
  absl::Status Secure(const std::string& user, const std::string& password);

  const std::filesystem::path folder_;
  int port_ = 0;
  int controller_port_ = 0;
  int secured_port_ = 0;
  pid_t pid_ = -1;
};

}  // namespace bellwether::testing

#endif  // BELLWETHER_TESTS_SUPPORT_KAFKA_BROKER_H_
