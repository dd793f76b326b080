#include "common/http/testing/raw_client.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include "absl/strings/str_cat.h"

namespace bellwether::http {

namespace asio = boost::asio;
using tcp = boost::asio::ip::tcp;

tcp::socket RawClient::Open() {
  tcp::socket socket(context_);
  socket.connect({asio::ip::make_address("127.0.0.1"), static_cast<uint16_t>(port_)});
  return socket;
}

void RawClient::Send(tcp::socket& socket, const std::string& text) {
  boost::system::error_code ignored;  // the server may close before it has read all
  asio::write(socket, asio::buffer(text), ignored);
}

std::string RawClient::ReadUntil(tcp::socket& socket, const std::string& end) {
  std::string answer;
  boost::system::error_code closed;
  char byte = 0;
  while (answer.find(end) == std::string::npos && !closed) {
    if (asio::read(socket, asio::buffer(&byte, 1), closed) == 1) answer.push_back(byte);
  }
  return answer;
}

std::string RawClient::ReadAll(tcp::socket& socket) {
  std::string answer;
  boost::system::error_code closed;
  asio::read(socket, asio::dynamic_buffer(answer), closed);
  return answer;
}

std::string RawClient::Exchange(const std::string& text) {
  tcp::socket socket = Open();
  Send(socket, text);
  return ReadAll(socket);
}

std::string RawClient::Get(const std::string& path) {
  return Exchange(
      absl::StrCat("GET ", path, " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
}

}  // namespace bellwether::http
