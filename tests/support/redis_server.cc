#include "tests/support/redis_server.h"

#include <hiredis/hiredis.h>

#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace bellwether::testing {
namespace {

std::string Print(const redisReply& reply) {
  switch (reply.type) {
    case REDIS_REPLY_INTEGER:
      return absl::StrCat(reply.integer);
    case REDIS_REPLY_NIL:
      return "(nil)";
    case REDIS_REPLY_ARRAY: {
      std::string lines;
      for (size_t i = 0; i < reply.elements; ++i) {
        absl::StrAppend(&lines, i == 0 ? "" : "\n", Print(*reply.element[i]));
      }
      return lines;
    }
    default:
      return std::string(reply.str, reply.len);
  }
}

std::string Ask(int port, const std::vector<std::string>& arguments) {
  const std::unique_ptr<redisContext, void (*)(redisContext*)> context(
      redisConnect("127.0.0.1", port), redisFree);
  if (context == nullptr || context->err != 0) return "(no connection)";
  std::vector<const char*> words;
  std::vector<size_t> lengths;
  for (const std::string& argument : arguments) {
    words.push_back(argument.data());
    lengths.push_back(argument.size());
  }
  const std::unique_ptr<redisReply, void (*)(void*)> reply(
      static_cast<redisReply*>(redisCommandArgv(context.get(), static_cast<int>(words.size()),
                                                words.data(), lengths.data())),
      freeReplyObject);
  return reply == nullptr ? "(no answer)" : Print(*reply);
}

bool Answers(int port) {
  const std::string pong = Ask(port, {"PING"});
  return pong == "PONG" || absl::StartsWith(pong, "NOAUTH");
}

}  // namespace

RedisServer::RedisServer(const std::vector<std::string>& options)
    : ChildServer(
          "redis",
          [options](int port, const std::filesystem::path& folder) {
            std::vector<std::string> words = {"redis-server", BELLWETHER_REDIS_CONF,
                                              "--port",       absl::StrCat(port),
                                              "--dir",        folder.string()};
            words.insert(words.end(), options.begin(), options.end());
            return words;
          },
          Answers) {}

std::string RedisServer::Url(absl::string_view rest) const {
  return absl::StrCat("redis://127.0.0.1:", port(), rest);
}

std::string RedisServer::Command(const std::vector<std::string>& arguments) const {
  return Ask(port(), arguments);
}

}  // namespace bellwether::testing
