// A client that sends what it is told, well-formed or not.
#ifndef BELLWETHER_COMMON_HTTP_TESTING_RAW_CLIENT_H_
#define BELLWETHER_COMMON_HTTP_TESTING_RAW_CLIENT_H_

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <string>

namespace bellwether::http {

// Of a server on the loopback interface. One thread.
class RawClient {
 public:
  explicit RawClient(int port) : port_(port) {}

  boost::asio::ip::tcp::socket Open();
  // On a connection of its own: sends the text and reads until the server closes.
  std::string Exchange(const std::string& text);
  // "GET path", with "Connection: close".
  std::string Get(const std::string& path);

  static void Send(boost::asio::ip::tcp::socket& socket, const std::string& text);
  // Reads until `end` has been received, or the server closes.
  static std::string ReadUntil(boost::asio::ip::tcp::socket& socket, const std::string& end);
  static std::string ReadAll(boost::asio::ip::tcp::socket& socket);

 private:
  const int port_;
  boost::asio::io_context context_;
};

}  // namespace bellwether::http

#endif  // BELLWETHER_COMMON_HTTP_TESTING_RAW_CLIENT_H_
