// Commands to Redis and their answers.
#ifndef BELLWETHER_COMMON_CACHE_REDIS_REQUEST_H_
#define BELLWETHER_COMMON_CACHE_REDIS_REQUEST_H_

#include <hiredis/hiredis.h>

#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace bellwether::cache {

struct FreeRedisReply {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using RedisReply = std::unique_ptr<redisReply, FreeRedisReply>;

inline absl::string_view TextOf(const redisReply& reply) { return {reply.str, reply.len}; }
inline bool IsText(const redisReply& reply) {
  return reply.type == REDIS_REPLY_STRING || reply.type == REDIS_REPLY_STATUS;
}

// Commands that are sent together, as they go over the wire: a value is copied once. One thread.
class RedisRequest {
 public:
  // Begins a command of so many arguments, its name among them, each added afterwards.
  RedisRequest& Command(size_t arguments) {
    ++commands_;
    absl::StrAppend(&bytes_, "*", arguments, "\r\n");
    return *this;
  }
  RedisRequest& Add(absl::string_view argument) {
    absl::StrAppend(&bytes_, "$", argument.size(), "\r\n", argument, "\r\n");
    return *this;
  }
  RedisRequest& Add(int64_t argument) { return Add(absl::AlphaNum(argument).Piece()); }

  const std::string& bytes() const { return bytes_; }
  size_t commands() const { return commands_; }
  void clear() {
    bytes_.clear();
    commands_ = 0;
  }

 private:
  std::string bytes_;
  size_t commands_ = 0;
};

}  // namespace bellwether::cache

#endif  // BELLWETHER_COMMON_CACHE_REDIS_REQUEST_H_
