// What a service stands on.
#ifndef BELLWETHER_COMMON_HOSTING_PORTS_H_
#define BELLWETHER_COMMON_HOSTING_PORTS_H_

namespace bellwether {
class Calendar;
class CalendarSource;
class Clock;
namespace bus {
class Bus;
}
namespace cache {
class Cache;
}
namespace http {
class Server;
}
namespace metrics {
class Registry;
}
namespace rpc {
class CallPool;
}
namespace store {
class Store;
}
}  // namespace bellwether

namespace bellwether::hosting {

// The same for every service and every process that hosts one. All of it outlives the service's
// App, whose Stop comes after the server's.
struct Ports {
  bus::Bus& bus;
  store::Store& store;
  const Clock& clock;
  // Local days, whose zone never changes. Workdays and business hours are as at the start.
  const Calendar& calendar;
  metrics::Registry& metrics;
  rpc::CallPool& pool;
  // Null where the process opened none: only the health service keeps anything in it.
  cache::Cache* cache = nullptr;
  // Null where the process serves none.
  http::Server* http = nullptr;
  // The calendar as its file has it now; null where nobody looks at one.
  const CalendarSource* calendars = nullptr;
};

}  // namespace bellwether::hosting

#endif  // BELLWETHER_COMMON_HOSTING_PORTS_H_
