// The incremental fold against the definition: whatever arrives, in whatever order and however
// often, an account is worth what its counted facts come to, evaluated from scratch.
#include <algorithm>
#include <random>
#include <vector>

#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"
#include "services/health/domain/account.h"
#include "services/health/domain/account_codec.h"
#include "services/health/testing/models.h"

namespace bellwether::health::account_property_test {
namespace {

constexpr Day kFirstDay = 20'000;

const SeriesId kSeriesUsed[] = {
    SeriesNamed("order_value"),     SeriesNamed("case_response"),       SeriesNamed("survey_csat"),
    SeriesNamed("payment_overdue"), SeriesNamed("payment_due"),         SeriesNamed("usage_logins"),
    SeriesNamed("revenue_growth"),  SeriesNamed("decision_chain_move"),
};

FactKind KindFeeding(SeriesId series) {
  for (const FactKindDefinition& kind : AllFactKinds()) {
    for (const Feed& feed : kind.feeds) {
      if (feed.series == series) return *FactKindByName(kind.name);
    }
  }
  return *FactKindByName("order_placed");
}

// A random life of an account: facts of today, of tomorrow and late ones, duplicates, midnights.
class Life {
 public:
  explicit Life(uint64_t seed) : random_(seed) {}

  uint64_t Draw(uint64_t below) { return random_() % below; }

  FactRecord NextFact(Day today) {
    if (!sent_.empty() && Draw(5) == 0) {
      FactRecord again = sent_[Draw(sent_.size())];
      if (Draw(3) == 0) again.identity = FactIdentity::Of(again.identity.bits, Draw(60'000));
      return again;
    }
    const SeriesId series = kSeriesUsed[Draw(std::size(kSeriesUsed))];
    Day day = today;
    if (Draw(3) == 0) day -= static_cast<Day>(Draw(Draw(2) == 0 ? 5 : 160));
    if (Draw(10) == 0) day = today + 1;
    FactRecord fact{.kind = KindFeeding(series),
                    .identity = FactIdentity::Of(random_(), Draw(60'000)),
                    .time_micros = day * kMicrosPerDay + static_cast<int64_t>(Draw(4)),
                    .day = day};
    fact.observations.Add(series, static_cast<int64_t>(Draw(2'000)) - 200);
    if (Draw(4) == 0) fact.observations.Add(SeriesNamed("usage_logins"), 1);
    sent_.push_back(fact);
    return fact;
  }

 private:
  std::mt19937_64 random_;
  std::vector<FactRecord> sent_;
};

SeriesSet FromScratch(const std::vector<FactRecord>& counted) {
  SeriesSet series;
  for (const FactRecord& fact : counted) {
    for (const Observation& observation : fact.observations) {
      series.FindOrAdd(observation.series).Add(fact.day, observation.value, fact.time_micros);
    }
  }
  return series;
}

bool WithinMateriality(const ActiveModel& model, const Account& account) {
  for (int value = 0; value < model.value_count(); ++value) {
    const int64_t live = account.live()[static_cast<size_t>(value)];
    const int64_t emitted = account.emitted()[static_cast<size_t>(value)];
    if (live == emitted) continue;
    if (live == kAbsent || emitted == kAbsent) return false;
    if (std::abs(live - emitted) > model.MaterialityOf(value)) return false;
  }
  return true;
}

Account Reload(const Account& account, const ActiveModel* model, Day today) {
  std::string blob;
  AccountCodec::Encode(account, {.activation_offset = 0}, blob);
  return AccountCodec::Decode(blob, model, 0, FoldDay::At(today)).value().account;
}

void CheckSame(const Account& a, const Account& b) {
  RC_ASSERT(a.series() == b.series());
  RC_ASSERT(a.seen() == b.seen());
  RC_ASSERT(a.live() == b.live());
  RC_ASSERT(a.emitted() == b.emitted());
  RC_ASSERT(a.HasRestated() == b.HasRestated());
}

RC_GTEST_PROP(AccountProperty, TheIncrementalFoldEqualsEvaluatingFromScratch, (uint64_t seed)) {
  static const auto model = SmallActiveModel();
  Life life(seed);
  Account account;
  Changes changes;
  std::vector<FactRecord> counted;
  std::vector<int64_t> emitted(static_cast<size_t>(model->value_count()), kAbsent);
  Day today = kFirstDay;

  for (int step = 0; step < 150; ++step) {
    changes.clear();
    if (life.Draw(4) == 0) {
      // Sometimes a long silence: midnights fire one by one.
      for (uint64_t days = life.Draw(10) == 0 ? 1 + life.Draw(150) : 1; days > 0; --days) {
        ++today;
        if (!account.Decays()) continue;
        changes.clear();
        account.CloseDay(model.get(), FoldDay::At(today), changes);
        for (const ValueChange& change : changes.values) {
          emitted[static_cast<size_t>(change.value)] = change.now;
        }
      }
      if (!account.live().empty()) RC_ASSERT(emitted == account.emitted());
      continue;
    }
    const FactRecord fact = life.NextFact(today);
    const FactOutcome outcome = account.ApplyFact(model.get(), fact, FoldDay::At(today), changes);
    if (outcome == FactOutcome::kCounted || outcome == FactOutcome::kLate) {
      RC_ASSERT((outcome == FactOutcome::kLate) == (fact.day < today));
      counted.push_back(fact);
    } else {
      RC_ASSERT(changes.values.empty());
    }
    if (account.live().empty()) continue;
    for (const ValueChange& change : changes.values) {
      emitted[static_cast<size_t>(change.value)] = change.now;
    }
    RC_ASSERT(emitted == account.emitted());
    RC_ASSERT(WithinMateriality(*model, account));

    const std::vector<int64_t> expected = Evaluate(*model, FromScratch(counted), account.day());
    RC_ASSERT(account.live() == expected);

    if (life.Draw(8) == 0) {
      const Account reloaded = Reload(account, model.get(), today);
      CheckSame(account, reloaded);
      account = reloaded;
    }
  }
}

RC_GTEST_PROP(AccountProperty, TheOrderOfArrivalDoesNotMatter, (uint64_t seed)) {
  static const auto model = SmallActiveModel();
  Life life(seed);
  std::vector<FactRecord> facts;
  for (int i = 0; i < 60; ++i) {
    FactRecord fact = life.NextFact(kFirstDay);
    const bool known = std::any_of(facts.begin(), facts.end(), [&](const FactRecord& other) {
      return other.identity.id() == fact.identity.id();
    });
    if (!known) facts.push_back(fact);
  }
  Account one, two;
  Changes changes;
  for (const FactRecord& fact : facts) {
    one.ApplyFact(model.get(), fact, FoldDay::At(kFirstDay), changes);
  }
  std::shuffle(facts.begin(), facts.end(), std::mt19937_64(seed));
  for (const FactRecord& fact : facts) {
    two.ApplyFact(model.get(), fact, FoldDay::At(kFirstDay), changes);
  }
  RC_ASSERT(one.series() == two.series());
  RC_ASSERT(one.seen() == two.seen());
  RC_ASSERT(one.live() == two.live());
}

// Whatever arrives between two restatements, before or after a reload: what is restated is the
// difference that the late facts alone make.
RC_GTEST_PROP(AccountProperty, WhatIsRestatedIsTheDifferenceTheLateFactsMake, (uint64_t seed)) {
  static const auto model = SmallActiveModel();
  Life life(seed);
  Account account;
  Changes changes;
  std::vector<FactRecord> counted;
  std::vector<FactRecord> shown;  // `counted` as of the last restatement
  Day today = kFirstDay;
  for (int step = 0; step < 60; ++step) {
    if (life.Draw(6) == 0 && account.HasRestated()) {
      RestatedSpans expected(*model);
      std::vector<FactRecord> before = shown;
      for (const FactRecord& fact : counted) {
        if (fact.day >= today) before.push_back(fact);
      }
      const SeriesSet series_before = FromScratch(before), series = FromScratch(counted);
      for (Day day = today - kTestRestateDays; day < today; ++day) {
        expected.Add(day, Evaluate(*model, series_before, day), Evaluate(*model, series, day));
      }
      RC_ASSERT(account.TakeRestated(model.get(), today).spans == std::move(expected).Take());
      if (life.Draw(2) == 0 && account.Decays()) {
        account.CloseDay(model.get(), FoldDay::At(++today), changes);
      }
      shown.clear();
      for (const FactRecord& fact : counted) {
        if (fact.day < today) shown.push_back(fact);
      }
      continue;
    }
    const FactRecord fact = life.NextFact(today);
    const FactOutcome outcome = account.ApplyFact(model.get(), fact, FoldDay::At(today), changes);
    if (outcome == FactOutcome::kCounted || outcome == FactOutcome::kLate) counted.push_back(fact);
    if (life.Draw(8) == 0) account = Reload(account, model.get(), today);
  }
}

// Idle state is not stored again at midnight: what a midnight does must follow from what was stored
// before it.
RC_GTEST_PROP(AccountProperty, AStateStoredBeforeMidnightsLoadsAsIfItHadLivedThroughThem,
              (uint64_t seed)) {
  static const auto model = SmallActiveModel();
  Life life(seed);
  Account account;
  Changes changes;
  Day today = kFirstDay;
  for (int i = 0; i < 40; ++i) {
    account.ApplyFact(model.get(), life.NextFact(today), FoldDay::At(today), changes);
    if (life.Draw(3) == 0 && account.Decays()) {
      account.CloseDay(model.get(), FoldDay::At(++today), changes);
    }
  }
  std::string blob;
  AccountCodec::Encode(account, {.activation_offset = 0}, blob);
  for (uint64_t days = 1 + life.Draw(200); days > 0; --days) {
    ++today;
    if (account.Decays()) account.CloseDay(model.get(), FoldDay::At(today), changes);
  }
  const Account loaded =
      AccountCodec::Decode(blob, model.get(), 0, FoldDay::At(today)).value().account;
  RC_ASSERT(loaded.series() == account.series());
  RC_ASSERT(loaded.seen() == account.seen());
  RC_ASSERT(loaded.live() == account.live());
  RC_ASSERT(loaded.emitted() == account.emitted());
}

// A re-fold that is asked about an earlier day keeps what that day reads.
RC_GTEST_PROP(AccountProperty, StateHeldAtAnEarlierDayAnswersForItExactly, (uint64_t seed)) {
  static const auto model = SmallActiveModel();
  Life life(seed);
  Account account;
  Changes changes;
  std::vector<FactRecord> counted;
  Day today = kFirstDay;
  const Day asked = kFirstDay + static_cast<Day>(life.Draw(30));
  for (int i = 0; i < 80; ++i) {
    const FoldDay now{today, std::min(today, asked)};
    const FactRecord fact = life.NextFact(today);
    const FactOutcome outcome = account.ApplyFact(model.get(), fact, now, changes);
    if (outcome == FactOutcome::kCounted || outcome == FactOutcome::kLate) counted.push_back(fact);
    if (life.Draw(2) == 0) {
      today += 1 + static_cast<Day>(life.Draw(8));
      account.CloseDay(model.get(), {today, std::min(today, asked)}, changes);
    }
  }
  RC_ASSERT(Evaluate(*model, account.series(), asked) ==
            Evaluate(*model, FromScratch(counted), asked));
}

RC_GTEST_PROP(AccountCodecProperty, NoticesEveryFlippedByteAndEveryCut, (uint64_t seed)) {
  static const auto model = SmallActiveModel();
  Life life(seed);
  Account account;
  Changes changes;
  account.ChangeAttributes(model.get(),
                           {{"display_name", "Acme"},
                            {"owner", "li"},
                            {"industry", "retail"},
                            {"tier", "core"},
                            {"region", "east"}},
                           false, 3, FoldDay::At(kFirstDay), changes);
  for (int i = 0; i < 20; ++i) {
    account.ApplyFact(model.get(), life.NextFact(kFirstDay), FoldDay::At(kFirstDay), changes);
  }
  const AccountPosition position{.activation_offset = 7,
                                 .version = int64_t{1} << 41,
                                 .changed_micros = 1'700'000'000'000'000,
                                 .segment = 3,
                                 .segment_before = -1};
  std::string blob;
  AccountCodec::Encode(account, position, blob);
  const auto decoded = AccountCodec::Decode(blob, model.get(), 7, FoldDay::At(kFirstDay));
  RC_ASSERT(decoded.ok());
  RC_ASSERT(decoded->position == position);
  RC_ASSERT(decoded->account.attributes() == account.attributes());
  RC_ASSERT(decoded->account.entity_version() == 3);

  std::string flipped = blob;
  const auto at = *rc::gen::inRange<size_t>(0, blob.size());
  flipped[at] = static_cast<char>(flipped[at] ^ (1 << *rc::gen::inRange(0, 8)));
  const auto broken = AccountCodec::Decode(flipped, model.get(), 7, FoldDay::At(kFirstDay));
  RC_ASSERT(broken.status().code() == absl::StatusCode::kDataLoss);
  const auto cut = AccountCodec::Decode(absl::string_view(blob).substr(0, at), model.get(), 7,
                                        FoldDay::At(kFirstDay));
  RC_ASSERT(cut.status().code() == absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace bellwether::health::account_property_test
