#include "common/bus/bus.h"

namespace bellwether::bus {

Message ToMessage(const Record& record) {
  Message message;
  message.key = std::string(record.key);
  message.value = std::string(record.value);
  message.headers.reserve(record.headers.size());
  for (const HeaderView& header : record.headers) {
    message.headers.push_back({std::string(header.name), std::string(header.value)});
  }
  return message;
}

}  // namespace bellwether::bus
