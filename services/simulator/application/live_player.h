// Plays a portfolio on from today, for people to watch: days are not waited for. Accounts that are
// about to fall ill live theirs fastest, so that alerts come within minutes.
#ifndef BELLWETHER_SERVICES_SIMULATOR_APPLICATION_LIVE_PLAYER_H_
#define BELLWETHER_SERVICES_SIMULATOR_APPLICATION_LIVE_PLAYER_H_

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "bellwether/events/v1/fact.pb.h"
#include "services/simulator/application/portfolio.h"
#include "services/simulator/domain/random.h"

namespace bellwether::simulator {

// The sequence of facts follows from the portfolio and the run; only their times are the clock's.
// One thread.
class LivePlayer {
 public:
  // `run` keeps the fact ids of different runs apart. `portfolio` outlives the player.
  LivePlayer(const Portfolio& portfolio, std::string run);

  // The next thing that happens, at `now`.
  events::v1::FactEvent Next(absl::Time now);

 private:
  struct Life {
    // The next day to live.
    int64_t day = 0;
    std::deque<events::v1::FactEvent> waiting;
  };

  // True while the account's fall is still to be watched.
  bool Falling(int64_t number) const;
  int64_t PickAccount();
  // What a fact of the portfolio is called in this run.
  std::string LiveId(absl::string_view id) const;
  // Lives on, day by day, until something happens; false for an account that has fallen silent.
  bool LiveOn(int64_t number);

  const Portfolio& portfolio_;
  const std::string run_;
  Random random_;
  std::vector<Life> lives_;
  std::vector<int64_t> sickening_;
};

}  // namespace bellwether::simulator

#endif  // BELLWETHER_SERVICES_SIMULATOR_APPLICATION_LIVE_PLAYER_H_
