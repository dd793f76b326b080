#include "services/ctl/adapters/import_view.h"

#include <unistd.h>

#include <iostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "common/decimal/decimal.h"
#include "services/ctl/adapters/format.h"
#include "services/ctl/domain/text_table.h"

namespace bellwether::ctl {
namespace {

constexpr absl::Duration kShownEvery = absl::Milliseconds(200);

std::string Rows(const Session& session, int64_t rows) {
  return FormatCount(rows) + session.Label(rows == 1 ? " row" : " rows", " 行");
}

void ShowCreates(Session& session, const char* en, const char* zh,
                 const imports::v1::CreateSummary& creates, bool sent) {
  if (creates.found() == 0) return;
  auto& out = session.out;
  out << absl::StrFormat("%-14s", session.Label(en, zh)) << FormatCount(creates.found())
      << session.Label(" found", " 条");
  if (sent) {
    out << ": " << FormatCount(creates.created()) << session.Label(" new, ", " 新增，")
        << FormatCount(creates.unchanged()) << session.Label(" unchanged", " 未变");
    if (creates.updated() > 0) {
      out << ", " << FormatCount(creates.updated())
          << session.Label(" moved to an earlier first day", " 成为客户日期提前");
    }
    if (creates.differing() > 0) {
      out << ", " << FormatCount(creates.differing())
          << session.Label(" there with other content", " 内容不同");
    }
    if (creates.refused() > 0) {
      out << ", " << FormatCount(creates.refused()) << session.Label(" refused", " 被拒绝");
    }
  }
  out << "\n";
}

void ShowOpportunityStates(Session& session, const imports::v1::ImportSummary& summary) {
  for (const auto& state : summary.opportunity_states()) {
    session.out << absl::StrFormat("%-14s", "") << state.state() << " "
                << FormatCount(state.count());
    for (const auto& amount : state.amounts()) session.out << ", " << session.Money(amount);
    session.out << "\n";
  }
  if (summary.lead_count() > 0) {
    session.out << absl::StrFormat("%-14s", "") << FormatCount(summary.lead_count())
                << session.Label(" without an account: leads", " 条无客户：线索") << "\n";
  }
}

void ShowFacts(Session& session, const imports::v1::FactSummary& facts, bool sent) {
  if (facts.found() == 0) return;
  auto& out = session.out;
  out << absl::StrFormat("%-14s", session.Label("facts", "事实")) << FormatCount(facts.found())
      << session.Label(" found", " 条");
  if (sent) {
    if (facts.withheld() > 0) {
      out << ": " << FormatCount(facts.withheld())
          << session.Label(" withheld with their accounts", " 随客户一并保留未发");
    }
    out << (facts.withheld() > 0 ? ", " : ": ") << FormatCount(facts.accepted())
        << session.Label(" accepted, ", " 已接收，") << FormatCount(facts.rejected())
        << session.Label(" rejected", " 被拒绝") << "\n"
        << absl::StrFormat("%-14s", "");
    if (facts.complete()) {
      out << FormatCount(facts.counted()) << session.Label(" counted, ", " 计入，")
          << FormatCount(facts.late()) << session.Label(" late, ", " 迟到，")
          << FormatCount(facts.duplicates()) << session.Label(" duplicates, ", " 重复，")
          << FormatCount(facts.conflicts()) << session.Label(" conflicts, ", " 冲突，")
          << FormatCount(facts.too_old()) << session.Label(" too old to count", " 过旧未计入");
      if (facts.retracted() > 0) {
        out << ", " << FormatCount(facts.retracted())
            << session.Label(" taken back before", " 先前已撤回");
      }
    } else {
      out << session.Label("what became of them was not known in time", "结果未及时得知");
    }
  }
  out << "\n";
}

std::string PlacesText(const imports::v1::FaultGroup& group) {
  std::string text;
  for (const auto& place : group.places()) {
    absl::StrAppend(&text, text.empty() ? "" : ", ", place.line());
    if (place.position() > 0) absl::StrAppend(&text, ":", place.position());
  }
  return absl::StrCat(text, group.rows() > group.places_size() ? ", …" : "");
}

void ShowFaults(Session& session, const imports::v1::ImportSummary& summary) {
  if (summary.fault_groups_size() > 0) {
    session.out << "\n" << session.Label("rows that were refused", "被拒绝的行") << "\n";
    TextTable table({{session.Label("file", "文件")},
                     {session.Label("column", "列")},
                     {session.Label("reason", "原因")},
                     {session.Label("rows", "行数"), Align::kRight},
                     {session.Label("first at", "首见于")},
                     {session.Label("message", "说明")}});
    for (const auto& group : summary.fault_groups()) {
      table.AddRow({group.path(), group.column(), group.reason(), FormatCount(group.rows()),
                    PlacesText(group), group.message()});
    }
    session.Print(table);
  }
  if (summary.refusals_size() > 0) {
    session.out << "\n" << session.Label("not taken by the server", "服务器未接受") << "\n";
    TextTable table({{session.Label("what", "对象")},
                     {session.Label("at", "位置")},
                     {session.Label("reason", "原因")},
                     {session.Label("field", "字段")},
                     {session.Label("rule", "规则")},
                     {session.Label("message", "说明")}});
    for (const auto& refusal : summary.refusals()) {
      table.AddRow({refusal.what(),
                    refusal.line() > 0 ? absl::StrCat(refusal.path(), ":", refusal.line()) : "",
                    refusal.reason(), refusal.field(), refusal.rule(), refusal.message()});
    }
    session.Print(table);
  }
}

// A line "label   text".
void ShowLine(Session& session, const char* en, const char* zh, const std::string& text) {
  session.out << absl::StrFormat("%-14s", session.Label(en, zh)) << text << "\n";
}

void ShowTable(Session& session, const imports::v1::TableSummary& table) {
  std::string text = absl::StrCat(Printable(table.path()), ": ", Rows(session, table.rows()));
  const auto add = [&](int64_t rows, const char* en, const char* zh) {
    if (rows > 0) absl::StrAppend(&text, ", ", FormatCount(rows), session.Label(en, zh));
  };
  if (table.made() != table.rows()) add(table.made(), " made", " 行采用");
  add(table.refused(), " refused", " 行被拒绝");
  add(table.duplicates(), " duplicates", " 行重复");
  for (const auto& skipped : table.skipped()) {
    absl::StrAppend(&text, ", ", FormatCount(skipped.rows()),
                    session.Label(" skipped by: ", " 行跳过："), Printable(skipped.when()));
  }
  if (table.blank() > 0) {
    absl::StrAppend(&text, "; ", FormatCount(table.blank()),
                    session.Label(" blank rows passed over", " 空行略过"));
  }
  if (!table.encoding().empty()) {
    absl::StrAppend(&text, session.Label("; read as ", "；编码 "), table.encoding());
  }
  ShowLine(session, "table", "表", text);
  for (const auto& sum : table.sums()) {
    ShowLine(session, "  sum", "  合计",
             absl::StrCat(Printable(sum.column()), ": ", sum.sum(),
                          sum.currency_code().empty() ? "" : " ", Printable(sum.currency_code()),
                          " (", FormatCount(sum.cells()),
                          session.Label(sum.cells() == 1 ? " cell)" : " cells)", " 格)")));
  }
}

void ShowNotes(Session& session, const imports::v1::ImportSummary& summary) {
  for (const auto& alias : summary.aliases_used()) {
    ShowLine(session, "alias", "别名",
             absl::StrCat(Printable(alias.text()), ": ", Rows(session, alias.rows())));
  }
  const auto place = [&](const imports::v1::ColumnNote& note) {
    return absl::StrCat(Printable(note.path()), " ", Printable(note.column()), ": ",
                        Rows(session, note.rows()));
  };
  for (const auto& note : summary.cleaned()) {
    ShowLine(session, "cleaned", "整理",
             place(note) + session.Label(" had invisible or double blanks, or accents apart",
                                         "含不可见或重复空格"));
  }
  for (const auto& note : summary.repeated_times()) {
    ShowLine(session, "times", "时间",
             place(note) + session.Label(" of an hour that came twice: the first was taken",
                                         "落在重复的一小时：取第一个"));
  }
}

void ShowAmounts(Session& session, const imports::v1::ImportSummary& summary) {
  for (const auto& sum : summary.amounts()) {
    std::string text = absl::StrCat(sum.field(), " ", session.Money(sum.amount()));
    if (!sum.reporting_currency().empty() &&
        sum.reporting_currency() != sum.amount().currency_code()) {
      type::v1::Money base;
      base.set_amount_minor(sum.amount().base_amount_minor());
      base.set_currency_code(sum.reporting_currency());
      absl::StrAppend(&text, " = ", session.Money(base));
    }
    ShowLine(session, "amounts", "金额",
             absl::StrCat(text, session.Label(" in ", "，"), FormatCount(sum.facts()),
                          session.Label(sum.facts() == 1 ? " fact" : " facts", " 条")));
  }
}

}  // namespace

ImportProgress::ImportProgress(std::ostream& err)
    : err_(err), terminal_(&err == &std::cerr && isatty(STDERR_FILENO) == 1) {}

void ImportProgress::OnStage(absl::string_view stage, int64_t total) {
  EndStage();
  stage_ = std::string(stage);
  total_ = total;
  done_ = 0;
  stage_begin_ = absl::Now();
  last_shown_ = absl::InfinitePast();
}

void ImportProgress::OnDone(int64_t done) {
  done_ = done;
  const absl::Time now = absl::Now();
  if (!terminal_ || now - last_shown_ < kShownEvery) return;
  last_shown_ = now;
  // Back to the beginning of the line, and clear what is left of the line before.
  err_ << "\r" << Line(now) << "\x1B[K" << std::flush;
}

void ImportProgress::EndStage() {
  if (stage_.empty()) return;
  if (total_ > 0)
    err_ << (terminal_ ? "\r" : "") << Line(absl::Now()) << (terminal_ ? "\x1B[K" : "")
         << std::endl;
  stage_.clear();
}

std::string ImportProgress::Line(absl::Time now) const {
  const double seconds = std::max(absl::ToDoubleSeconds(now - stage_begin_), 1e-3);
  const double rate = static_cast<double>(done_) / seconds;
  std::string line = absl::StrFormat("%-14s%s / %s  %s/s", stage_, FormatCount(done_),
                                     FormatCount(total_), FormatCount(static_cast<int64_t>(rate)));
  if (done_ > 0 && done_ < total_ && rate > 0) {
    const auto left = static_cast<int64_t>(static_cast<double>(total_ - done_) / rate);
    absl::StrAppendFormat(&line, "  ETA %d:%02d", left / 60, left % 60);
  }
  return line;
}

void ShowSummary(Session& session, const imports::v1::ImportSummary& summary) {
  const bool sent = !summary.import_run().empty();
  for (const auto& table : summary.tables()) ShowTable(session, table);
  ShowNotes(session, summary);
  if (summary.shifted_days() != 0) {
    ShowLine(session, "shifted", "平移",
             FormatCount(summary.shifted_days()) + session.Label(" days", " 天"));
  }
  ShowCreates(session, "accounts", "客户", summary.accounts(), sent);
  ShowCreates(session, "opportunities", "商机", summary.opportunities(), sent);
  ShowOpportunityStates(session, summary);
  ShowFacts(session, summary.facts(), sent);
  ShowAmounts(session, summary);
  if (sent) ShowLine(session, "run", "批次", summary.import_run());
  for (const std::string& rule : summary.only_server_judges()) {
    ShowLine(session, "unchecked", "未检查", rule);
  }
  ShowFaults(session, summary);
  session.out << summary.conclusion() << "\n";
}

}  // namespace bellwether::ctl
