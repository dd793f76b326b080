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
    out << ": " << FormatCount(facts.accepted()) << session.Label(" accepted, ", " 已接收，")
        << FormatCount(facts.rejected()) << session.Label(" rejected", " 被拒绝") << "\n"
        << absl::StrFormat("%-14s", "");
    if (facts.complete()) {
      out << FormatCount(facts.counted()) << session.Label(" counted, ", " 计入，")
          << FormatCount(facts.late()) << session.Label(" late, ", " 迟到，")
          << FormatCount(facts.duplicates()) << session.Label(" duplicates, ", " 重复，")
          << FormatCount(facts.conflicts()) << session.Label(" conflicts, ", " 冲突，")
          << FormatCount(facts.too_old()) << session.Label(" too old to count", " 过旧未计入");
    } else {
      out << session.Label("what became of them was not known in time", "结果未及时得知");
    }
  }
  out << "\n";
}

void ShowFaults(Session& session, const imports::v1::ImportSummary& summary) {
  if (summary.problems_size() > 0) {
    session.out << "\n" << session.Label("rows that could not be read", "无法读取的行") << "\n";
    TextTable table({{session.Label("file", "文件")},
                     {session.Label("line", "行"), Align::kRight},
                     {session.Label("column", "列")},
                     {session.Label("at", "位置"), Align::kRight},
                     {session.Label("reason", "原因")},
                     {session.Label("message", "说明")}});
    for (const auto& problem : summary.problems()) {
      table.AddRow({problem.path(), absl::StrCat(problem.line()), problem.column(),
                    problem.position() > 0 ? absl::StrCat(problem.position()) : "",
                    problem.reason(), problem.message()});
    }
    session.Print(table);
  }
  if (summary.refusals_size() > 0) {
    session.out << "\n" << session.Label("not taken by the server", "服务器未接受") << "\n";
    TextTable table({{session.Label("what", "对象")},
                     {session.Label("reason", "原因")},
                     {session.Label("field", "字段")},
                     {session.Label("rule", "规则")},
                     {session.Label("message", "说明")}});
    for (const auto& refusal : summary.refusals()) {
      table.AddRow(
          {refusal.what(), refusal.reason(), refusal.field(), refusal.rule(), refusal.message()});
    }
    session.Print(table);
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
  auto& out = session.out;
  for (const auto& table : summary.tables()) {
    out << absl::StrFormat("%-14s", session.Label("table", "表")) << Printable(table.path()) << ": "
        << Rows(session, table.rows());
    if (table.refused() > 0) {
      out << ", " << FormatCount(table.refused())
          << session.Label(" could not be read", " 行无法读取");
    }
    out << "\n";
  }
  for (const auto& alias : summary.aliases_used()) {
    out << absl::StrFormat("%-14s", session.Label("alias", "别名")) << Printable(alias.text())
        << ": " << Rows(session, alias.rows()) << "\n";
  }
  if (summary.shifted_days() != 0) {
    out << absl::StrFormat("%-14s", session.Label("shifted", "平移"))
        << FormatCount(summary.shifted_days()) << session.Label(" days", " 天") << "\n";
  }
  ShowCreates(session, "accounts", "客户", summary.accounts(), sent);
  ShowCreates(session, "opportunities", "商机", summary.opportunities(), sent);
  ShowOpportunityStates(session, summary);
  ShowFacts(session, summary.facts(), sent);
  if (sent) {
    out << absl::StrFormat("%-14s", session.Label("run", "批次")) << summary.import_run() << "\n";
    const bool changed = summary.accounts().created() > 0 ||
                         summary.opportunities().created() > 0 || summary.facts().counted() > 0 ||
                         summary.facts().late() > 0;
    if (!changed && summary.facts().complete()) {
      out << session.Label("Nothing has changed: all of it was there already.",
                           "没有变化：全部已存在。")
          << "\n";
    }
  }
  ShowFaults(session, summary);
}

}  // namespace bellwether::ctl
