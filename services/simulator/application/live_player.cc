#include "services/simulator/application/live_player.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace bellwether::simulator {
namespace {

constexpr uint64_t kPlayerStream = 50;
// Every second thing that happens, happens to an account that is falling ill.
constexpr int64_t kFallingShare = 500'000;
// The fall is watched a little past its end.
constexpr int64_t kDaysAfterFall = 10;
// An account without facts for so long has fallen silent.
constexpr int64_t kSilentDaysMax = 60;

}  // namespace

LivePlayer::LivePlayer(const Portfolio& portfolio, std::string run)
    : portfolio_(portfolio),
      run_(std::move(run)),
      random_({portfolio.options().seed, kPlayerStream}),
      lives_(portfolio.profiles().size()) {
  for (const Profile& profile : portfolio.profiles()) {
    if (profile.trajectory.course == Course::kSickening) sickening_.push_back(profile.number);
  }
}

bool LivePlayer::Falling(int64_t number) const {
  const Trajectory& t = portfolio_.profiles()[number].trajectory;
  return lives_[number].day < t.turn_day + t.fall_days + kDaysAfterFall;
}

int64_t LivePlayer::PickAccount() {
  if (!sickening_.empty() && random_.Chance(kFallingShare)) {
    const int64_t number = random_.Pick(absl::MakeConstSpan(sickening_));
    if (Falling(number)) return number;
  }
  return random_.Between(0, static_cast<int64_t>(lives_.size()) - 1);
}

std::string LivePlayer::LiveId(absl::string_view id) const {
  return absl::StrCat("live-", run_, "-", id);
}

bool LivePlayer::LiveOn(int64_t number) {
  Life& life = lives_[number];
  for (int64_t silent = 0; silent < kSilentDaysMax && life.waiting.empty(); ++silent) {
    const int64_t day = life.day++;
    for (auto& fact : portfolio_.FactsOfDay(number, day)) {
      fact.set_id(LiveId(fact.id()));
      // What is taken back on the first day was said in the past.
      if (day > 0 && fact.fact().has_fact_retracted()) {
        auto& retracted = *fact.mutable_fact()->mutable_fact_retracted();
        retracted.set_id(LiveId(retracted.id()));
      }
      life.waiting.push_back(std::move(fact));
    }
  }
  return !life.waiting.empty();
}

events::v1::FactEvent LivePlayer::Next(absl::Time now) {
  // Lost accounts are picked in vain; there are always others.
  int64_t number = PickAccount();
  while (!LiveOn(number)) number = PickAccount();
  events::v1::FactEvent event = std::move(lives_[number].waiting.front());
  lives_[number].waiting.pop_front();
  const int64_t seconds = absl::ToUnixSeconds(now);
  if (event.fact().has_payment_due()) {
    auto& due = *event.mutable_fact()->mutable_payment_due()->mutable_due_time();
    due.set_seconds(due.seconds() + seconds - event.time().seconds());
  }
  event.mutable_time()->set_seconds(seconds);
  return event;
}

}  // namespace bellwether::simulator
