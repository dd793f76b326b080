// Orders, what is paid for them, what comes back, and what was entered wrongly.
#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "services/simulator/application/account_day.h"
#include "services/simulator/domain/names.h"

namespace bellwether::simulator {
namespace {

constexpr uint64_t kOrderStream = 10;
constexpr uint64_t kPaymentStream = 11;
constexpr uint64_t kCycleStream = 12;
constexpr uint64_t kReturnStream = 13;
constexpr uint64_t kMistakeStream = 14;
constexpr int64_t kDaysPerYear = 365;
constexpr int64_t kPaymentDays = 30;
constexpr int64_t kOverdueNoticeDays = 5;
constexpr int64_t kPaymentDelayMax = 45;
constexpr int64_t kReturnDaysMin = 9;
constexpr int64_t kReturnDaysMax = 15;
constexpr char kOrderName[] = "order";
constexpr char kSecondOrderName[] = "order-again";
// Below this vitality an account no longer orders.
constexpr int64_t kOrderingVitality = 120;

struct Order {
  std::string id;
  int64_t amount_minor = 0;
  int64_t second_of_day = 0;
};

// The day of a cycle, 0 to interval − 1, on which the account orders.
int64_t OrderingDay(const AccountDay& at, int64_t cycle) {
  Random random({at.options.seed, kCycleStream, static_cast<uint64_t>(at.profile.number),
                 static_cast<uint64_t>(cycle)});
  const int64_t interval = at.profile.habits->days_between_orders;
  return random.Between(0, interval / 3);
}

// Accounts order once in a cycle of their tier's length, on a day that varies a little. A lively
// one hardly ever leaves a cycle out.
std::optional<Order> OrderOn(const AccountDay& at) {
  const int64_t vitality = at.vitality();
  if (vitality < kOrderingVitality) return std::nullopt;
  const int64_t interval = at.profile.habits->days_between_orders;
  const int64_t days = at.date() - absl::CivilDay(1970, 1, 1) + at.profile.number;
  if (days % interval != OrderingDay(at, days / interval)) return std::nullopt;
  Random random = at.RandomFor(kOrderStream);
  if (!random.Chance(kMillion * std::min(kMille, 200 + vitality) / kMille)) return std::nullopt;
  const absl::CivilDay date = at.date();
  const int64_t usual = at.profile.yearly_value_minor * interval / kDaysPerYear;
  return Order{.id = absl::StrFormat("SO-%03d-%04d%02d%02d", at.profile.number + 1, date.year(),
                                     date.month(), date.day()),
               .amount_minor =
                   usual / kMille * random.Between(850, 1150) * (300 + vitality * 4 / 5) / kMille,
               .second_of_day = random.Between(9 * 3600, 18 * 3600 - 1)};
}

// Days after the due date the money comes: negative is early, nothing is never.
std::optional<int64_t> PaymentDelay(const AccountDay& ordered) {
  Random random = ordered.RandomFor(kPaymentStream);
  const int64_t trouble = kMille - ordered.Earlier(-kPaymentDays).vitality();
  if (!random.Chance(trouble * 800)) return random.Between(-6, 2);
  if (random.Chance(trouble * 300)) return std::nullopt;
  return random.Between(kOverdueNoticeDays + 3, kPaymentDelayMax);
}

events::v1::OrderPlaced Placed(const AccountDay& at, const Order& order) {
  Random random = at.RandomFor(kPaymentStream);
  events::v1::OrderPlaced placed;
  placed.set_order_id(order.id);
  SetMoney(*placed.mutable_amount(), at, order.amount_minor);
  placed.set_quantity(random.Between(1, 40));
  const auto products = Products();
  placed.set_product(std::string(random.Pick(products)));
  placed.set_product_line(placed.product() == products[0] ? "core" : "added-services");
  placed.set_cross_sell(random.Chance(at.vitality() * 90));
  placed.set_new_business(random.Chance(at.vitality() * 40));
  return placed;
}

// What goes wrong when an order is entered.
enum class Mistake { kNone, kEnteredTwice, kMistyped };

Mistake MistakeOf(const AccountDay& ordered) {
  Random random = ordered.RandomFor(kMistakeStream);
  if (random.Chance(10'000)) return Mistake::kEnteredTwice;
  return random.Chance(10'000) ? Mistake::kMistyped : Mistake::kNone;
}

void AddOrder(const AccountDay& at, const Order& order, DayFacts& facts) {
  const events::v1::OrderPlaced placed = Placed(at, order);
  const Mistake mistake = MistakeOf(at);
  events::v1::Fact& said = facts.Add(order.second_of_day, kOrderName);
  *said.mutable_order_placed() = placed;
  if (mistake == Mistake::kMistyped) {
    // A nought too many, put right within the hour.
    auto& amount = *said.mutable_order_placed()->mutable_amount();
    amount.set_amount_minor(amount.amount_minor() * 10);
    events::v1::Fact& anew = facts.Add(order.second_of_day + 3600, kOrderName);
    anew.set_revision(1);
    *anew.mutable_order_placed() = placed;
  }
  if (mistake == Mistake::kEnteredTwice) {
    *facts.Add(order.second_of_day + 1200, kSecondOrderName).mutable_order_placed() = placed;
  }

  events::v1::PaymentDue& due = *facts.Add(order.second_of_day + 600).mutable_payment_due();
  due.set_invoice_id(absl::StrCat("INV-", order.id));
  SetMoney(*due.mutable_amount(), at, order.amount_minor);
  due.mutable_due_time()->set_seconds(absl::ToUnixSeconds(
      absl::FromCivil(absl::CivilSecond(at.date() + kPaymentDays), at.options.zone)));
}

// The second entry of yesterday's order is found in the morning.
void AddRetraction(const AccountDay& at, DayFacts& facts) {
  const AccountDay yesterday = at.Earlier(1);
  if (!OrderOn(yesterday).has_value() || MistakeOf(yesterday) != Mistake::kEnteredTwice) return;
  auto& retracted = *facts.Add(9 * 3600).mutable_fact_retracted();
  retracted.set_id(FactId(yesterday, kSecondOrderName));
  retracted.set_reason("entered twice");
}

// Now and then an order comes back, whole or in part; the worse an account fares, the oftener.
void AddReturns(const AccountDay& at, DayFacts& facts) {
  for (int64_t ago = kReturnDaysMin; ago <= kReturnDaysMax; ++ago) {
    const AccountDay ordered = at.Earlier(ago);
    const auto order = OrderOn(ordered);
    if (!order.has_value()) continue;
    Random random = ordered.RandomFor(kReturnStream);
    if (!random.Chance(20'000 + (kMille - ordered.vitality()) * 100)) continue;
    if (random.Between(kReturnDaysMin, kReturnDaysMax) != ago) continue;
    const events::v1::OrderPlaced placed = Placed(ordered, *order);
    const int64_t percent = random.Chance(250'000) ? 100 : random.Between(10, 60);
    auto& refunded = *facts.Add(11 * 3600).mutable_order_refunded();
    refunded.set_order_id(placed.order_id());
    SetMoney(*refunded.mutable_amount(), at, order->amount_minor * percent / 100);
    refunded.set_quantity(std::max<int64_t>(1, placed.quantity() * percent / 100));
    refunded.set_product(placed.product());
    refunded.set_product_line(placed.product_line());
    refunded.set_reason(percent == 100 ? events::v1::REFUND_REASON_CANCELLATION
                                       : events::v1::REFUND_REASON_RETURN);
  }
}

}  // namespace

void AddCommerce(const AccountDay& at, DayFacts& facts) {
  if (const auto order = OrderOn(at)) AddOrder(at, *order, facts);
  AddRetraction(at, facts);
  AddReturns(at, facts);
  for (int64_t ago = kPaymentDays - 6; ago <= kPaymentDays + kPaymentDelayMax; ++ago) {
    const AccountDay ordered = at.Earlier(ago);
    const auto order = OrderOn(ordered);
    if (!order.has_value()) continue;
    const auto delay = PaymentDelay(ordered);
    const std::string invoice = absl::StrCat("INV-", order->id);
    const bool late = !delay.has_value() || *delay > kOverdueNoticeDays;
    if (late && ago == kPaymentDays + kOverdueNoticeDays) {
      auto& overdue = *facts.Add(10 * 3600).mutable_payment_overdue();
      overdue.set_invoice_id(invoice);
      SetMoney(*overdue.mutable_amount(), at, order->amount_minor);
    }
    if (delay.has_value() && ago == kPaymentDays + *delay) {
      auto& received = *facts.Add(14 * 3600).mutable_payment_received();
      received.set_invoice_id(invoice);
      SetMoney(*received.mutable_amount(), at, order->amount_minor);
    }
  }
}

}  // namespace bellwether::simulator
