#include "services/imports/domain/mapping_draft.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "services/imports/domain/row_identity.h"

namespace bellwether::imports {
namespace {

// Leaves place for what is put before or behind it.
constexpr size_t kStemBytesMax = 40;

// A YAML text in double quotes.
std::string Quoted(absl::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted.append({'\\', c});
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      absl::StrAppendFormat(&quoted, "\\x%02X", static_cast<unsigned char>(c));
    } else {
      quoted.push_back(c);
    }
  }
  return quoted + "\"";
}

// "orders-2026-11.csv.gz" → "orders"
std::string StemOf(absl::string_view file_name) {
  std::string stem(file_name.substr(0, file_name.find('.')));
  stem.erase(std::remove_if(stem.begin(), stem.end(),
                            [](char c) { return absl::ascii_isdigit(static_cast<uint8_t>(c)); }),
             stem.end());
  std::string id = absl::AsciiStrToLower(AsId(stem));
  while (!id.empty() && absl::StrContains("-_.", id.back())) id.pop_back();
  while (!id.empty() && absl::StrContains("-_.", id.front())) id.erase(0, 1);
  if (id.size() > kStemBytesMax) id.resize(kStemBytesMax);
  return id.empty() ? "tables" : id;
}

const char* YamlLayout(HeadLayout layout) {
  switch (layout) {
    case HeadLayout::kDelimited:
      return "csv";
    case HeadLayout::kWorkbook:
      return "xlsx";
    case HeadLayout::kJsonLines:
      return "json_lines";
  }
  return "";
}

const char* YamlKind(const GuessedColumn& column, bool as_text) {
  if (as_text) return "text";
  return column.look.kind == CellKind::kTime     ? "time"
         : column.look.kind == CellKind::kNumber ? "number"
                                                 : "text";
}

std::string NumberFormatOf(const NumberStyle& style) {
  std::vector<std::string> parts;
  if (style.decimal_mark == ',') parts.push_back("decimal_mark: \",\"");
  if (!style.group_mark.empty()) parts.push_back("group_mark: " + Quoted(style.group_mark));
  if (!style.marks.empty()) {
    std::vector<std::string> marks;
    for (const std::string& mark : style.marks) marks.push_back(Quoted(mark));
    parts.push_back(absl::StrCat("marks: [", absl::StrJoin(marks, ", "), "]"));
  }
  if (style.accounting) parts.push_back("accounting: true");
  if (style.exponent) parts.push_back("exponent: true");
  return parts.empty() ? "" : absl::StrCat(", number_format: {", absl::StrJoin(parts, ", "), "}");
}

// Writes the files entry of one table.
class FileDraft {
 public:
  FileDraft(const GuessedTable& table, std::string file_id, const DraftOptions& options,
            MappingDraft& draft)
      : table_(table), file_id_(std::move(file_id)), options_(options), draft_(draft) {
    for (const GuessedColumn& column : table.columns) taken_.insert(column.name);
    customer_ = table.Customer();
    order_ = table.Find(ColumnMeaning::kOrderId);
    time_ = table.Find(ColumnMeaning::kTime);
    amount_ = table.Find(ColumnMeaning::kAmount);
    quantity_ = table.Find(ColumnMeaning::kQuantity);
    price_ = table.Find(ColumnMeaning::kUnitPrice);
    currency_ = table.Find(ColumnMeaning::kCurrency);
  }

  // `accounts` is the table that makes the accounts of this one's customers, if one does.
  void WriteOrders(const GuessedTable* accounts, const std::string& accounts_id) {
    const bool lines = table_.meaning == TableMeaning::kOrderLines;
    const GuessedColumn* link = accounts == nullptr ? nullptr : LinkTo(*accounts);
    if (link != nullptr) reference_ = absl::StrCat(accounts_id, ".", link->name);
    Head();
    if (!lines && order_ != nullptr) Line(4, "key_columns: [", Quoted(order_->name), "]");
    Line(4, "columns:");
    for (const GuessedColumn* column : {order_, customer_, Name(), time_}) Declare(column);
    if (amount_ == nullptr || quantity_ != nullptr) Declare(quantity_);
    if (amount_ == nullptr) Declare(price_);
    Declare(amount_, lines ? "" : CurrencyPart());
    for (const auto meaning : {ColumnMeaning::kCurrency, ColumnMeaning::kProduct,
                               ColumnMeaning::kRegion, ColumnMeaning::kIndustry}) {
      Declare(table_.Find(meaning));
    }
    std::string value = amount_ == nullptr ? Fresh("line_value") : amount_->name;
    if (amount_ == nullptr) {
      Line(6, "- {name: ", value, ", kind: number, product: {of: [", Quoted(price_->name), ", ",
           Quoted(quantity_->name), "]}", lines ? "" : CurrencyPart(), "}");
    }
    const bool goes_back =
        (amount_ != nullptr && amount_->look.negative) ||
        (amount_ == nullptr && (quantity_->look.negative || price_->look.negative));
    std::string back;
    if (goes_back && !lines) {
      back = Fresh("goes_back");
      Line(6, "- {name: ", back, ", kind: number, negated: ", Quoted(value), CurrencyPart(), "}");
    }
    if (customer_->look.filled < table_.rows) {
      Line(4, "# Rows of no customer are passed over, and counted.");
      Line(4, "when:");
      Line(6, "- {column: ", Quoted(customer_->name), "}");
      Advise("rows without ", customer_->name, " are passed over");
    }
    if (lines) {
      const std::string total = Fresh("total");
      const std::string whole = Fresh("order_value");
      Line(4, "group:");
      Line(6, "by: [", Quoted(order_->name), "]");
      Line(6, "columns:");
      Line(8, "- {name: ", Quoted(customer_->name),
           ", kind: text, only: {of: ", Quoted(customer_->name), "}}");
      for (const GuessedColumn* each :
           {Name(), table_.Find(ColumnMeaning::kRegion), table_.Find(ColumnMeaning::kIndustry)}) {
        if (each == nullptr) continue;
        Line(8, "- {name: ", Quoted(each->name), ", kind: text, first: {of: ", Quoted(each->name),
             "}}");
      }
      Line(8, "- {name: ", Quoted(time_->name), ", kind: time, least: {of: ", Quoted(time_->name),
           "}}");
      if (currency_ != nullptr) {
        Line(8, "- {name: ", Quoted(currency_->name),
             ", kind: text, only: {of: ", Quoted(currency_->name), "}}");
      }
      Line(8, "- {name: ", total, ", kind: number, total: {of: ", Quoted(value), "}}");
      Line(8, "- {name: ", whole, ", kind: number, sum: {of: [", total, ", \"0\"]}", CurrencyPart(),
           "}");
      if (goes_back) {
        back = Fresh("goes_back");
        Line(8, "- {name: ", back, ", kind: number, negated: ", total, CurrencyPart(), "}");
      }
      value = whole;
    }
    Line(4, "records:");
    if (link == nullptr) WriteAccount(/*first_of_id=*/true);
    WriteFact("order_placed", value, goes_back ? "above" : "", value);
    if (goes_back) {
      WriteFact("order_refunded", back, "below", value);
      Advise("amounts below zero in ", table_.file_name,
             " become refunds (order_refunded) and count as no purchase");
    }
    if (link != nullptr) {
      Advise("the customers of ", table_.file_name, " are those of ", accounts->file_name,
             ": a row of another one is refused");
    }
    if (currency_ == nullptr) {
      Advise("no column of ", table_.file_name, " says a currency: ", options_.currency_code,
             " was taken");
    }
    if (order_ == nullptr) {
      Advise("rows of ", table_.file_name,
             " have no number of an order: what a row says is what identifies it, so that a row "
             "changed later is another order");
    }
  }

  void WriteAccounts() {
    Head();
    Line(4, "key_columns: [", Quoted(customer_->name), "]");
    Line(4, "columns:");
    for (const GuessedColumn* column :
         {customer_, Name(), time_, table_.Find(ColumnMeaning::kRegion),
          table_.Find(ColumnMeaning::kIndustry)}) {
      Declare(column);
    }
    Line(4, "records:");
    WriteAccount(/*first_of_id=*/false);
  }

  // What is known of a table that is none of these.
  void WriteUnknown() {
    Head();
    Line(4, "columns:");
    for (const GuessedColumn& column : table_.columns) {
      if (!column.name.empty() && declared_.count(column.name) == 0) Declare(&column, "", false);
    }
    Line(4, "# FILL_IN: what a row is. A fact, for example: kinds and fields are those of");
    Line(4, "# proto/bellwether/events/v1/fact.proto.");
    Line(4, "# records:");
    Line(4, "#   - kind: fact");
    Line(4, "#     account_id: \"{FILL_IN: the customer|id}\"");
    Line(4, "#     time_column: \"FILL_IN: the column that says when\"");
    Line(4, "#     set: {FILL_IN.field: \"{FILL_IN: a column}\"}");
  }

 private:
  // The customer column of `accounts` that says the same as ours.
  const GuessedColumn* LinkTo(const GuessedTable& accounts) const {
    const GuessedColumn* theirs = accounts.Find(customer_->meaning);
    return accounts.Customer() == theirs ? theirs : nullptr;
  }

  template <typename... Parts>
  void Line(int indent, const Parts&... parts) {
    absl::StrAppend(&draft_.text, std::string(indent, ' '), parts..., "\n");
  }
  template <typename... Parts>
  void Advise(const Parts&... parts) {
    draft_.advice.push_back(absl::StrCat(parts...));
  }

  void Head() {
    Line(2, "- file_id: ", file_id_);
    Line(4, "path: ", Quoted(table_.file_name));
    Line(4, "layout: ", YamlLayout(table_.layout));
    Line(4, "header: true");
    if (table_.layout == HeadLayout::kDelimited) Line(4, "delimiter: auto");
    if (table_.latin1) {
      Line(4, "encoding: latin1");
      Advise(table_.file_name, " is not UTF-8: it was taken for Latin-1 (Windows-1252)");
    }
  }

  // The name beside an id.
  const GuessedColumn* Name() const {
    const GuessedColumn* name = table_.Find(ColumnMeaning::kCustomerName);
    return name == customer_ ? nullptr : name;
  }

  void Declare(const GuessedColumn* column, const std::string& more = "", bool advise = true) {
    if (column == nullptr || !declared_.insert(column->name).second) return;
    const CellLook& look = column->look;
    const ColumnMeaning meaning = column->meaning;
    const bool text = meaning == ColumnMeaning::kOrderId || meaning == ColumnMeaning::kCustomerId ||
                      meaning == ColumnMeaning::kCustomerName || meaning == ColumnMeaning::kProduct;
    std::string line =
        absl::StrCat("- {name: ", Quoted(column->name), ", kind: ", YamlKind(*column, text));
    if (!text && look.kind == CellKind::kTime && !look.time_format.empty()) {
      absl::StrAppend(&line, ", time_format: ", Quoted(look.time_format));
    }
    if (!text && look.kind == CellKind::kNumber) {
      absl::StrAppend(&line, NumberFormatOf(look.numbers));
      if (more.empty() && look.decimals > 0) absl::StrAppend(&line, ", decimals: ", look.decimals);
    }
    if (look.filled == table_.rows && meaning != ColumnMeaning::kNone) {
      absl::StrAppend(&line, ", required: true");
    }
    if (column == customer_ && !reference_.empty()) {
      absl::StrAppend(&line, ", references: ", Quoted(reference_));
    }
    Line(6, line, more, "}");
    if (!advise || text) return;
    if (!look.doubt.empty()) Advise(table_.file_name, ", ", column->name, ": ", look.doubt);
    if (look.odd > 0) {
      Advise(table_.file_name, ", ", column->name, ": ", look.odd,
             " cells of those looked at are written otherwise; their rows are refused");
    }
  }

  std::string CurrencyPart() const {
    return absl::StrCat(
        ", currency: ",
        currency_ == nullptr ? options_.currency_code : Quoted(Placeholder(*currency_)),
        ", rounding: half_away");
  }
  std::string CurrencyValue() const {
    return currency_ == nullptr ? options_.currency_code : Quoted(Placeholder(*currency_));
  }
  static std::string Placeholder(const GuessedColumn& column, absl::string_view how = "") {
    return absl::StrCat("{", column.name, how, "}");
  }

  // A name that no column has.
  std::string Fresh(std::string name) {
    while (!taken_.insert(name).second) name.push_back('_');
    return name;
  }

  void WriteAccount(bool first_of_id) {
    const GuessedColumn& name = Name() == nullptr ? *customer_ : *Name();
    Line(6, "- kind: account");
    Line(8, "id: ", Quoted(Placeholder(*customer_, "|id")));
    if (first_of_id) Line(8, "first_of_id: true");
    Line(8, "set:");
    Line(10, "legal_name: ", Quoted(Placeholder(name)));
    for (const auto& [meaning, field] : {std::pair(ColumnMeaning::kRegion, "region"),
                                         std::pair(ColumnMeaning::kIndustry, "industry")}) {
      if (const GuessedColumn* column = table_.Find(meaning)) {
        Line(10, field, ": ", Quoted(Placeholder(*column)));
      }
    }
    if (time_ != nullptr) Line(10, "customer_since: ", Quoted(Placeholder(*time_)));
    Line(10, "external_ids.0.source: import/", file_id_);
    Line(10, "external_ids.0.id: ", Quoted(Placeholder(*customer_)));
  }

  // `bound` of `judged` against zero, unless it is empty.
  void WriteFact(absl::string_view kind, const std::string& value, absl::string_view bound,
                 const std::string& judged) {
    const bool placed = kind == "order_placed";
    Line(6, "- kind: fact");
    if (order_ != nullptr) {
      Line(8, "id: ", Quoted(absl::StrCat(placed ? "order-" : "refund-", Placeholder(*order_))));
    }
    Line(8, "account_id: ", Quoted(Placeholder(*customer_, "|id")));
    Line(8, "time_column: ", Quoted(time_->name));
    if (!bound.empty()) {
      Line(8, "when:");
      Line(10, "- {column: ", Quoted(judged), ", ", bound, ": \"0\"}");
    }
    Line(8, "set:");
    if (order_ != nullptr) Line(10, kind, ".order_id: ", Quoted(Placeholder(*order_)));
    Line(10, kind, ".amount.amount_minor: ", Quoted(absl::StrCat("{", value, "}")));
    Line(10, kind, ".amount.currency_code: ", CurrencyValue());
    if (table_.meaning == TableMeaning::kOrderLines || !placed) return;
    const bool whole_pieces =
        quantity_ != nullptr && quantity_->look.decimals == 0 && !quantity_->look.negative;
    if (whole_pieces) Line(10, kind, ".quantity: ", Quoted(Placeholder(*quantity_)));
    if (const GuessedColumn* product = table_.Find(ColumnMeaning::kProduct)) {
      Line(10, kind, ".product: ", Quoted(Placeholder(*product)));
    }
  }

  const GuessedTable& table_;
  const std::string file_id_;
  const DraftOptions& options_;
  MappingDraft& draft_;
  const GuessedColumn* customer_ = nullptr;
  const GuessedColumn* order_ = nullptr;
  const GuessedColumn* time_ = nullptr;
  const GuessedColumn* amount_ = nullptr;
  const GuessedColumn* quantity_ = nullptr;
  const GuessedColumn* price_ = nullptr;
  const GuessedColumn* currency_ = nullptr;
  std::set<std::string> taken_;
  std::set<std::string> declared_;
  // What the customer is looked up in: "customers.id"; empty where the table makes its accounts.
  std::string reference_;
};

bool IsOrders(const GuessedTable& table) {
  return table.meaning == TableMeaning::kOrders || table.meaning == TableMeaning::kOrderLines;
}

}  // namespace

MappingDraft DraftMapping(absl::Span<const GuessedTable> tables, const DraftOptions& options) {
  MappingDraft draft;
  draft.complete = std::any_of(tables.begin(), tables.end(), [](const GuessedTable& table) {
    return table.meaning != TableMeaning::kUnknown;
  });
  std::set<std::string> file_ids;
  std::vector<const GuessedTable*> ordered;
  for (const GuessedTable& table : tables) {
    if (table.meaning == TableMeaning::kAccounts) ordered.push_back(&table);
  }
  const size_t accounts_count = ordered.size();
  for (const GuessedTable& table : tables) {
    if (IsOrders(table) || (!draft.complete && !table.columns.empty())) ordered.push_back(&table);
    if (draft.complete && table.meaning == TableMeaning::kUnknown) {
      draft.advice.push_back(
          absl::StrCat(table.file_name, " is left out: ", table.reason, ". docs/mapping.md"));
    }
  }
  const std::string id = ordered.empty() ? "tables" : StemOf(ordered.back()->file_name);
  absl::StrAppend(&draft.text,
                  "# A proposal, made of what headers and cells look like: check it.\n",
                  "mapping_id: ", id, "\nsource: import/", id,
                  "\ntime_zone: ", Quoted(options.time_zone), "\nfiles:\n");
  // Orders are of the customers of one table, where there is one and no more.
  const GuessedTable* accounts = accounts_count == 1 ? ordered.front() : nullptr;
  std::string accounts_id;
  for (const GuessedTable* table : ordered) {
    std::string file_id = StemOf(table->file_name);
    for (int next = 2; !file_ids.insert(file_id).second; ++next) {
      file_id = absl::StrCat(StemOf(table->file_name), "-", next);
    }
    FileDraft file(*table, file_id, options, draft);
    if (IsOrders(*table)) {
      file.WriteOrders(accounts, accounts_id);
    } else if (table->meaning == TableMeaning::kAccounts) {
      accounts_id = file_id;
      file.WriteAccounts();
    } else {
      draft.advice.push_back(absl::StrCat(table->file_name, ": ", table->reason));
      file.WriteUnknown();
    }
  }
  if (!draft.complete) {
    draft.advice.push_back(
        "write by hand, in place of FILL_IN, what a row is: the customer as account_id, the column "
        "that "
        "says when, and the kind of fact with its fields; docs/mapping.md shows each part, and a "
        "shipped mapping may serve as a beginning");
  }
  return draft;
}

}  // namespace bellwether::imports
