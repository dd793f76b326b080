// A year of invoice lines as a wholesaler's system exports them, faults included.
#ifndef BELLWETHER_TESTS_SUPPORT_INVOICE_LINES_H_
#define BELLWETHER_TESTS_SUPPORT_INVOICE_LINES_H_

#include <cstdint>
#include <iosfwd>
#include <map>
#include <string>

#include "absl/time/civil_time.h"

namespace bellwether::testing {

struct InvoiceLinesOptions {
  uint64_t seed = 1;
  int64_t rows = 20'000;
  // Of as many customers as have so many lines each.
  int64_t lines_per_customer = 40;
  // The lines lie on this day and the 363 before it.
  absl::CivilDay last_day;
};

// Writes a table for the shipped mapping `invoice-lines`. The same options make the same bytes.
// Among its lines are credit notes, returns, corrections of stock, lines without a customer, lines
// that are there twice, and quantities and prices with up to three decimals. Of an invoice's lines
// some stand elsewhere in the table.
void WriteInvoiceLines(const InvoiceLinesOptions& options, std::ostream& out);

// What such a table says, worked out from its text without any of the import's code.
struct InvoiceLinesSaid {
  struct Customer {
    int64_t orders = 0;
    // In pence; each invoice and credit note rounded half away from zero.
    int64_t ordered = 0;
    int64_t refunded = 0;
    absl::CivilDay first_order = absl::CivilDay::max();
    absl::CivilDay last_order = absl::CivilDay::min();
  };
  std::map<std::string, Customer> customers;  // by account id
  int64_t rows = 0;
  int64_t orders = 0;
  int64_t refunds = 0;
  // Lines that are part of an order, or of a refund.
  int64_t order_lines = 0;
  int64_t refund_lines = 0;
  int64_t lines_without_customer = 0;
};
InvoiceLinesSaid ReadInvoiceLines(std::istream& table);

}  // namespace bellwether::testing

#endif  // BELLWETHER_TESTS_SUPPORT_INVOICE_LINES_H_
