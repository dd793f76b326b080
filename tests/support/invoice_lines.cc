#include "tests/support/invoice_lines.h"

#include <algorithm>
#include <cstdlib>
#include <istream>
#include <ostream>
#include <random>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"

namespace bellwether::testing {
namespace {

constexpr int kDays = 364;
constexpr int64_t kFirstCustomer = 12'000;
constexpr int64_t kFirstInvoice = 500'000;

// Draws that are the same with every standard library.
class Dice {
 public:
  explicit Dice(uint64_t seed) : engine_(seed) {}

  int64_t From(int64_t first, int64_t last) {
    return first + static_cast<int64_t>(engine_() % static_cast<uint64_t>(last - first + 1));
  }
  bool OneIn(int64_t n) { return From(1, n) == 1; }

 private:
  std::mt19937_64 engine_;
};

// "2.125" of 2125, with no more decimals than it needs.
std::string Thousandths(int64_t thousandths) {
  const int64_t magnitude = std::abs(thousandths);
  std::string text = absl::StrFormat("%s%d.%03d", thousandths < 0 ? "-" : "", magnitude / 1'000,
                                     magnitude % 1'000);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text;
}

struct Invoice {
  std::string number;
  std::string customer;
  std::string country;
  std::string date;
  int64_t sign = 1;
};

std::string Line(const Invoice& invoice, Dice& dice) {
  // Now and then a figure that needs all three decimals.
  int64_t quantity = dice.OneIn(6) ? dice.From(500, 20'000) : dice.From(1, 48) * 1'000;
  const int64_t price = dice.OneIn(5) ? dice.From(51, 9'999) : dice.From(6, 2'500) * 10;
  // A correction of stock: goods that came back without a credit note.
  if (invoice.sign > 0 && dice.OneIn(90)) quantity = -quantity;
  const int64_t article = dice.From(10'000, 99'999);
  const char* name = dice.OneIn(7) ? "\"BOX, SMALL, \"\"RED\"\"\"" : "PAPER CHAIN";
  return absl::StrCat(invoice.number, ",", article, ",", name, ",",
                      Thousandths(quantity * invoice.sign), ",", invoice.date, ",",
                      Thousandths(price), ",", invoice.customer, ",", invoice.country, "\n");
}

Invoice NextInvoice(int64_t number, int64_t customers, absl::CivilDay last_day, Dice& dice) {
  Invoice invoice;
  invoice.sign = dice.OneIn(12) ? -1 : 1;
  invoice.number = absl::StrCat(invoice.sign < 0 ? "C" : "", kFirstInvoice + number);
  // Few customers order much: the lesser of two draws.
  const int64_t customer = std::min(dice.From(0, customers - 1), dice.From(0, customers - 1));
  if (!dice.OneIn(20)) invoice.customer = absl::StrCat(kFirstCustomer + customer);
  invoice.country = customer % 9 == 0 ? "France" : "United Kingdom";
  const absl::CivilDay day = last_day - dice.From(0, kDays - 1);
  invoice.date = absl::StrFormat("%d-%02d-%02d %02d:%02d", day.year(), day.month(), day.day(),
                                 dice.From(8, 15), dice.From(0, 59));
  return invoice;
}

// The cells of a line; those in quotes without them.
std::vector<std::string> Cells(const std::string& line) {
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      cells.emplace_back();
    } else {
      cells.back() += c;
    }
  }
  return cells;
}

int64_t InThousandths(const std::string& text) {
  const bool negative = text[0] == '-';
  const std::vector<std::string> parts = absl::StrSplit(text.substr(negative ? 1 : 0), '.');
  std::string decimals = parts.size() > 1 ? parts[1] : "";
  decimals.resize(3, '0');
  const int64_t magnitude = std::stoll(parts[0]) * 1'000 + std::stoll(decimals);
  return negative ? -magnitude : magnitude;
}

}  // namespace

void WriteInvoiceLines(const InvoiceLinesOptions& options, std::ostream& out) {
  Dice dice(options.seed);
  const int64_t customers = std::max<int64_t>(1, options.rows / options.lines_per_customer);
  out << "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";
  std::vector<std::string> apart;  // lines that stand far from their invoice's others
  int64_t rows = 0;
  for (int64_t number = 0; rows < options.rows; ++number) {
    const Invoice invoice = NextInvoice(number, customers, options.last_day, dice);
    for (int64_t lines = dice.From(1, 15); lines > 0 && rows < options.rows; --lines) {
      const std::string line = Line(invoice, dice);
      const bool twice = dice.OneIn(40) && rows + 1 < options.rows;
      rows += twice ? 2 : 1;
      if (dice.OneIn(100)) {
        apart.push_back(line);
        if (twice) apart.push_back(line);
        continue;
      }
      out << line;
      if (twice) out << line;
    }
  }
  for (const std::string& line : apart) out << line;
}

InvoiceLinesSaid ReadInvoiceLines(std::istream& table) {
  struct Total {
    std::string customer;
    absl::CivilDay day = absl::CivilDay::max();
    int64_t millionths = 0;
  };
  std::map<std::string, Total> invoices;
  InvoiceLinesSaid said;
  std::string line;
  std::getline(table, line);
  while (std::getline(table, line)) {
    ++said.rows;
    const std::vector<std::string> cells = Cells(line);
    const std::string& number = cells[0];
    const std::string& customer = cells[6];
    const int64_t quantity = InThousandths(cells[3]);
    if (customer.empty()) {
      ++said.lines_without_customer;
      continue;
    }
    const bool credit = number[0] == 'C';
    if (credit ? quantity >= 0 : quantity <= 0) continue;
    ++(credit ? said.refund_lines : said.order_lines);
    Total& total = invoices[number];
    total.customer = "customer-" + customer;
    const std::vector<std::string> date = absl::StrSplit(cells[4].substr(0, 10), '-');
    total.day = std::min(
        total.day, absl::CivilDay(std::stoi(date[0]), std::stoi(date[1]), std::stoi(date[2])));
    total.millionths += quantity * InThousandths(cells[5]);
  }
  for (const auto& [number, total] : invoices) {
    InvoiceLinesSaid::Customer& customer = said.customers[total.customer];
    const int64_t pence = (std::abs(total.millionths) + 5'000) / 10'000;
    if (number[0] == 'C') {
      ++said.refunds;
      customer.refunded += pence;
      continue;
    }
    ++said.orders;
    ++customer.orders;
    customer.ordered += pence;
    customer.first_order = std::min(customer.first_order, total.day);
    customer.last_order = std::max(customer.last_order, total.day);
  }
  return said;
}

}  // namespace bellwether::testing
