#include "services/imports/domain/table_guess.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/span.h"
#include "services/imports/domain/cell_text.h"

namespace bellwether::imports {
namespace {

using Words = absl::Span<const absl::string_view>;

// Names as NameOf writes them; of several columns the one whose name stands first is taken.
constexpr absl::string_view kOrderIds[] = {
    "orderid",        "orderno",        "ordernumber",   "orderref",      "salesorder",
    "invoiceid",      "invoiceno",      "invoicenumber", "invoice",       "order",
    "documentno",     "documentnumber", "receiptno",     "transactionid", "auftragsnr",
    "auftragsnummer", "bestellnummer",  "bestellnr",     "rechnungsnr",   "rechnungsnummer",
    "belegnr",        "belegnummer",    "订单号",        "订单编号",      "单号",
    "发票号",         "发票号码"};
constexpr absl::string_view kCustomerIds[] = {
    "customerid", "customerno",   "customernumber", "customercode", "custid",
    "clientid",   "accountid",    "accountno",      "buyerid",      "companyid",
    "kundennr",   "kundennummer", "kundenid",       "debitor",      "debitorennr",
    "客户编号",   "客户号",       "客户id",         "客户代码"};
constexpr absl::string_view kCustomerNames[] = {
    "customername", "customer",   "clientname", "client",    "accountname", "account",
    "companyname",  "company",    "buyer",      "soldto",    "kundenname",  "kunde",
    "firma",        "firmenname", "name",       "legalname", "客户名称",    "客户",
    "公司",         "公司名称",   "客户名"};
constexpr absl::string_view kTimes[] = {"orderdate",
                                        "orderedon",
                                        "orderedat",
                                        "ordertime",
                                        "invoicedate",
                                        "invoicedat",
                                        "date",
                                        "purchasedate",
                                        "transactiondate",
                                        "postingdate",
                                        "bookingdate",
                                        "documentdate",
                                        "salesdate",
                                        "day",
                                        "datetime",
                                        "timestamp",
                                        "time",
                                        "createdat",
                                        "createdon",
                                        "createddate",
                                        "auftragsdatum",
                                        "bestelldatum",
                                        "rechnungsdatum",
                                        "belegdatum",
                                        "buchungsdatum",
                                        "datum",
                                        "下单日期",
                                        "订单日期",
                                        "下单时间",
                                        "开票日期",
                                        "日期",
                                        "时间"};
constexpr absl::string_view kAmounts[] = {
    "amount",      "orderamount",   "totalamount", "ordertotal",   "ordervalue",  "total",
    "grandtotal",  "lineamount",    "linetotal",   "netamount",    "nettotal",    "net",
    "grossamount", "gross",         "subtotal",    "value",        "sales",       "revenue",
    "sum",         "invoiceamount", "betrag",      "gesamtbetrag", "nettobetrag", "bruttobetrag",
    "summe",       "gesamt",        "umsatz",      "netto",        "brutto",      "wert",
    "金额",        "订单金额",      "总金额",      "总额",         "销售额"};
constexpr absl::string_view kUnitPrices[] = {"unitprice",   "price",       "priceperunit", "rate",
                                             "einzelpreis", "stueckpreis", "stückpreis",   "preis",
                                             "单价",        "价格"};
constexpr absl::string_view kQuantities[] = {"quantity", "qty",    "orderquantity", "pieces",
                                             "units",    "count",  "menge",         "anzahl",
                                             "stück",    "stueck", "数量"};
constexpr absl::string_view kCurrencies[] = {"currency", "currencycode", "curr", "ccy",
                                             "waehrung", "währung",      "币种", "货币"};
constexpr absl::string_view kProducts[] = {
    "product", "productname", "productid",   "sku",  "item", "itemname", "article", "stockcode",
    "artikel", "artikelnr",   "description", "产品", "商品", "产品名称", "商品名称"};
constexpr absl::string_view kRegions[] = {"region", "country", "territory", "state", "land",
                                          "city",   "地区",    "国家",      "区域",  "城市"};
constexpr absl::string_view kIndustries[] = {"industry", "sector", "branche", "vertical", "行业"};

struct Wanted {
  ColumnMeaning meaning;
  Words names;
  // What its cells must be; kEmpty: anything that is filled.
  CellKind kind;
};
const auto& AllWanted() {
  static const auto& wanted = *new std::array<Wanted, 11>{{
      {ColumnMeaning::kOrderId, kOrderIds, CellKind::kEmpty},
      {ColumnMeaning::kCustomerId, kCustomerIds, CellKind::kEmpty},
      {ColumnMeaning::kTime, kTimes, CellKind::kTime},
      {ColumnMeaning::kUnitPrice, kUnitPrices, CellKind::kNumber},
      {ColumnMeaning::kQuantity, kQuantities, CellKind::kNumber},
      {ColumnMeaning::kAmount, kAmounts, CellKind::kNumber},
      {ColumnMeaning::kCurrency, kCurrencies, CellKind::kText},
      {ColumnMeaning::kCustomerName, kCustomerNames, CellKind::kEmpty},
      {ColumnMeaning::kProduct, kProducts, CellKind::kEmpty},
      {ColumnMeaning::kRegion, kRegions, CellKind::kText},
      {ColumnMeaning::kIndustry, kIndustries, CellKind::kText},
  }};
  return wanted;
}

const char* KindWord(CellKind kind) {
  switch (kind) {
    case CellKind::kEmpty:
      return "nothing";
    case CellKind::kText:
      return "texts";
    case CellKind::kNumber:
      return "numbers";
    case CellKind::kTime:
      return "times";
  }
  return "";
}

// "Order No." → "orderno"; letters beyond ASCII stay.
std::string NameOf(absl::string_view header) {
  std::string name;
  for (const char c : header) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80 || absl::ascii_isalnum(byte)) name.push_back(absl::ascii_tolower(byte));
  }
  return name;
}

bool NamesTime(absl::string_view name) {
  if (std::find(std::begin(kTimes), std::end(kTimes), name) != std::end(kTimes)) return true;
  return absl::StrContains(name, "date") || absl::StrContains(name, "datum") ||
         absl::StrContains(name, "日期") || absl::EndsWith(name, "time");
}

// The place of a name in a list; its size where it is not there.
size_t RankOf(absl::string_view name, Words names) {
  return static_cast<size_t>(std::find(names.begin(), names.end(), name) - names.begin());
}

void GiveByName(const Wanted& wanted, GuessedTable& table, std::vector<bool>& usable) {
  size_t best_rank = wanted.names.size();
  GuessedColumn* best = nullptr;
  for (size_t i = 0; i < table.columns.size(); ++i) {
    GuessedColumn& column = table.columns[i];
    if (!usable[i] || column.meaning != ColumnMeaning::kNone) continue;
    const size_t rank = RankOf(NameOf(column.name), wanted.names);
    if (rank >= best_rank) continue;
    if (column.look.kind == CellKind::kEmpty) continue;
    if (wanted.kind != CellKind::kEmpty && column.look.kind != wanted.kind) {
      column.reason = absl::StrCat("is called like ", MeaningName(wanted.meaning), ", but holds ",
                                   KindWord(column.look.kind));
      continue;
    }
    if (wanted.meaning == ColumnMeaning::kCurrency && !column.look.currency_codes) {
      column.reason =
          "is called like a currency, but holds hardly a code of ISO 4217: translate says what "
          "each means";
      continue;
    }
    best_rank = rank;
    best = &column;
  }
  if (best == nullptr) return;
  best->meaning = wanted.meaning;
  best->reason = absl::StrCat("is called like ", MeaningName(wanted.meaning), " and holds ",
                              KindWord(best->look.kind));
}

// The only column without a meaning that looks like it, where no name said it.
template <typename Looks>
void GiveByLook(ColumnMeaning meaning, Looks looks, absl::string_view why, GuessedTable& table,
                const std::vector<bool>& usable) {
  if (table.Find(meaning) != nullptr) return;
  GuessedColumn* only = nullptr;
  for (size_t i = 0; i < table.columns.size(); ++i) {
    GuessedColumn& column = table.columns[i];
    if (!usable[i] || column.meaning != ColumnMeaning::kNone || !looks(column.look)) continue;
    if (only != nullptr) return;
    only = &column;
  }
  if (only == nullptr) return;
  only->meaning = meaning;
  only->reason = std::string(why);
}

bool LooksLikeData(const TableHead& head) {
  if (head.layout == HeadLayout::kJsonLines) return false;
  size_t data = 0;
  for (const std::string& name : head.names) {
    const CellLook look = LookAt(absl::MakeConstSpan(&name, 1), false);
    data += look.kind == CellKind::kNumber || look.kind == CellKind::kTime ? 1 : 0;
  }
  return data * 2 >= head.names.size();
}

void GiveMeaning(GuessedTable& table) {
  const GuessedColumn* customer = table.Customer();
  const GuessedColumn* order = table.Find(ColumnMeaning::kOrderId);
  const bool priced = table.Find(ColumnMeaning::kUnitPrice) != nullptr &&
                      table.Find(ColumnMeaning::kQuantity) != nullptr;
  const bool amount = table.Find(ColumnMeaning::kAmount) != nullptr || priced;
  const bool time = table.Find(ColumnMeaning::kTime) != nullptr;
  if (customer != nullptr && amount && time) {
    const bool lines = order != nullptr && order->look.distinct < order->look.filled;
    table.meaning = lines ? TableMeaning::kOrderLines : TableMeaning::kOrders;
    table.reason =
        absl::StrCat("each row has a customer (", customer->name, "), a time and an amount",
                     order == nullptr ? ", and no number of an order: each row was taken for one"
                     : lines          ? absl::StrCat(", and several have the same ", order->name,
                                                     ": their amounts are added up")
                                      : absl::StrCat(", and no ", order->name, " comes twice"));
    return;
  }
  const bool one_each = customer != nullptr && customer->look.distinct == customer->look.filled;
  if (one_each && !amount && order == nullptr) {
    table.meaning = TableMeaning::kAccounts;
    table.reason = absl::StrCat("each row has another ", customer->name, ", and no amount");
    return;
  }
  std::vector<std::string> missing;
  if (customer == nullptr) missing.push_back("whose it is (a customer)");
  if (!time) missing.push_back("when it happened (a time)");
  if (!amount) missing.push_back("what it came to (an amount)");
  table.reason = absl::StrCat("which kind of fact a row is cannot be told: no column says ",
                              absl::StrJoin(missing, ", nor "),
                              ". Only orders, lines of orders and customers "
                              "are recognised");
}

}  // namespace

const char* MeaningName(ColumnMeaning meaning) {
  switch (meaning) {
    case ColumnMeaning::kNone:
      return "nothing";
    case ColumnMeaning::kOrderId:
      return "the number of an order";
    case ColumnMeaning::kCustomerId:
      return "the id of a customer";
    case ColumnMeaning::kCustomerName:
      return "the name of a customer";
    case ColumnMeaning::kTime:
      return "the time of an order";
    case ColumnMeaning::kAmount:
      return "an amount";
    case ColumnMeaning::kUnitPrice:
      return "the price of a piece";
    case ColumnMeaning::kQuantity:
      return "a quantity";
    case ColumnMeaning::kCurrency:
      return "a currency";
    case ColumnMeaning::kProduct:
      return "a product";
    case ColumnMeaning::kRegion:
      return "a region";
    case ColumnMeaning::kIndustry:
      return "an industry";
  }
  return "";
}

const GuessedColumn* GuessedTable::Find(ColumnMeaning meaning) const {
  for (const GuessedColumn& column : columns) {
    if (column.meaning == meaning) return &column;
  }
  return nullptr;
}

const GuessedColumn* GuessedTable::Customer() const {
  const GuessedColumn* id = Find(ColumnMeaning::kCustomerId);
  return id != nullptr ? id : Find(ColumnMeaning::kCustomerName);
}

GuessedTable GuessTable(const TableHead& head) {
  GuessedTable table{.file_name = head.file_name,
                     .layout = head.layout,
                     .latin1 = head.latin1,
                     .rows = head.rows.size()};
  std::map<std::string, int> times_named;
  for (const std::string& name : head.names) ++times_named[Clean(name).text];
  std::vector<bool> usable;
  for (size_t i = 0; i < head.names.size(); ++i) {
    GuessedColumn& column = table.columns.emplace_back();
    column.name = Clean(head.names[i]).text;
    std::vector<std::string> cells;
    for (const std::vector<std::string>& row : head.rows) cells.push_back(row[i]);
    column.look = LookAt(cells, NamesTime(NameOf(column.name)));
    const bool nameable = column.name.find_first_of("{}|") == std::string::npos;
    usable.push_back(!column.name.empty() && nameable && times_named[column.name] == 1);
    column.reason = column.name.empty() ? "has no name"
                    : !nameable         ? "texts of a mapping cannot name it: it has {, } or |"
                    : !usable.back()    ? "another column has the same name"
                    : column.look.kind == CellKind::kEmpty ? "is empty in the rows looked at"
                                                           : "its name says nothing known here";
  }
  if (LooksLikeData(head)) {
    table.reason =
        "the first row looks like data, not like names of columns: write header: false and name "
        "the columns in their order";
    return table;
  }
  if (head.rows.empty()) {
    table.reason = "it has no rows below its header";
    return table;
  }
  for (const Wanted& wanted : AllWanted()) GiveByName(wanted, table, usable);
  GiveByLook(
      ColumnMeaning::kTime, [](const CellLook& look) { return look.kind == CellKind::kTime; },
      "is the only column of times", table, usable);
  GiveByLook(
      ColumnMeaning::kCurrency,
      [](const CellLook& look) { return look.currency_codes && look.odd == 0; },
      "holds codes of ISO 4217 only", table, usable);
  if (table.Find(ColumnMeaning::kUnitPrice) == nullptr) {
    GiveByLook(
        ColumnMeaning::kAmount,
        [](const CellLook& look) { return look.kind == CellKind::kNumber && look.decimals > 0; },
        "is the only column of numbers with decimals", table, usable);
  }
  GiveMeaning(table);
  return table;
}

}  // namespace bellwether::imports
