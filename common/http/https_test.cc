// HTTPS: whom we talk to is checked before anything is said.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/read_until.hpp"
#include "boost/asio/ssl.hpp"
#include "boost/asio/write.hpp"
#include "common/base/ids.h"
#include "common/base/status.h"
#include "common/http/client.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "openssl/evp.h"
#include "openssl/pem.h"
#include "openssl/x509v3.h"

namespace bellwether::http::https_test {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

const std::string kHeaderEnd = "\r\n\r\n";
const std::string kBody = "{}";

struct Pem {
  std::string key;
  std::string certificate;
};

template <typename Write>
std::string Written(Write write) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
  write(bio.get());
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &bytes);
  return std::string(bytes, static_cast<size_t>(size));
}

// A certificate for `host` that vouches for itself.
Pem SelfSigned(const std::string& host) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), X509_free);
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_NAME* name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("receiver"), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  X509_set_pubkey(certificate.get(), key.get());
  const std::string names = absl::StrCat("DNS:", host);
  X509_EXTENSION* extension =
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str());
  X509_add_ext(certificate.get(), extension, -1);
  X509_EXTENSION_free(extension);
  X509_sign(certificate.get(), key.get(), EVP_sha256());
  return {.key = Written([&](BIO* bio) {
            PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
          }),
          .certificate = Written([&](BIO* bio) { PEM_write_bio_X509(bio, certificate.get()); })};
}

// Answers one connection with 204, if it gets as far as a request.
class TlsReceiver {
 public:
  explicit TlsReceiver(const Pem& pem)
      : tls_(asio::ssl::context::tls_server),
        acceptor_(io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
    tls_.use_private_key(asio::buffer(pem.key), asio::ssl::context::pem);
    tls_.use_certificate(asio::buffer(pem.certificate), asio::ssl::context::pem);
    thread_ = std::thread([this] { Serve(); });
  }
  ~TlsReceiver() { thread_.join(); }

  std::string url() const {
    return absl::StrCat("https://localhost:", acceptor_.local_endpoint().port(), "/hook");
  }
  // Once its connection has ended.
  std::string Body() {
    thread_.join();
    thread_ = std::thread([] {});
    return body_;
  }

 private:
  void Serve() {
    boost::system::error_code error;
    asio::ssl::stream<tcp::socket> stream(io_, tls_);
    acceptor_.accept(stream.next_layer(), error);
    stream.handshake(asio::ssl::stream_base::server, error);
    if (error) return;
    std::string request;
    const size_t size =
        asio::read_until(stream, asio::dynamic_buffer(request), kHeaderEnd + kBody, error);
    if (error) return;
    body_ = request.substr(size - kBody.size());
    asio::write(stream, asio::buffer("HTTP/1.1 204 No Content" + kHeaderEnd), error);
  }

  asio::io_context io_;
  asio::ssl::context tls_;
  tcp::acceptor acceptor_;
  std::string body_;
  std::thread thread_;
};

// `SSL_CERT_FILE` is where the system's authorities are looked for.
class HttpsPostTest : public ::testing::Test {
 protected:
  void TearDown() override {
    unsetenv("SSL_CERT_FILE");
    std::filesystem::remove(file_);
  }
  void Trust(const Pem& pem) {
    std::ofstream(file_) << pem.certificate;
    setenv("SSL_CERT_FILE", file_.c_str(), 1);
  }
  static absl::StatusOr<Response> Post(const TlsReceiver& receiver) {
    return Client().Post({.url = *ParseUrl(receiver.url()), .body = kBody});
  }

  const std::string file_ =
      std::filesystem::temp_directory_path() / ("authorities-" + NewUuid() + ".pem");
};

TEST_F(HttpsPostTest, SendsToAReceiverThatAnAuthorityVouchesFor) {
  const Pem pem = SelfSigned("localhost");
  Trust(pem);
  TlsReceiver receiver(pem);
  const absl::StatusOr<Response> answer = Post(receiver);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->status, 204);
  EXPECT_EQ(receiver.Body(), kBody);
}

TEST_F(HttpsPostTest, SendsNothingToOneThatNobodyVouchesFor) {
  TlsReceiver receiver(SelfSigned("localhost"));
  const absl::Status failed = Post(receiver).status();
  EXPECT_EQ(DetailOf(failed)->reason, kNotSent);
  EXPECT_THAT(std::string(failed.message()), ::testing::StartsWith("TLS"));
  EXPECT_EQ(receiver.Body(), "");
}

TEST_F(HttpsPostTest, SendsNothingToOneOfAnotherName) {
  const Pem pem = SelfSigned("elsewhere.example.com");
  Trust(pem);
  TlsReceiver receiver(pem);
  EXPECT_EQ(DetailOf(Post(receiver).status())->reason, kNotSent);
  EXPECT_EQ(receiver.Body(), "");
}

}  // namespace
}  // namespace bellwether::http::https_test
