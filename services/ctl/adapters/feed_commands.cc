// Feeds: whether what should come does come.
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "bellwether/ingest/v1/feeds_service.grpc.pb.h"
#include "common/base/status.h"
#include "common/decimal/decimal.h"
#include "services/ctl/adapters/commands.h"
#include "services/ctl/adapters/format.h"
#include "services/ctl/adapters/listing.h"

namespace bellwether::ctl {
namespace {

using ingest::v1::Feed;
using ingest::v1::FeedsService;

constexpr int64_t kHourSeconds = 3'600;
constexpr int64_t kDaySeconds = 24 * kHourSeconds;

// "3 d", "36 h", "90 s"; with "~" where it was learned.
std::string RhythmText(const Feed& feed) {
  if (!feed.has_rhythm()) return "";
  const int64_t seconds = feed.rhythm().seconds();
  const char* mark = feed.rhythm_origin() == ingest::v1::RHYTHM_ORIGIN_LEARNED ? "~" : "";
  if (seconds % kDaySeconds == 0) return absl::StrCat(mark, seconds / kDaySeconds, " d");
  if (seconds % kHourSeconds == 0) return absl::StrCat(mark, seconds / kHourSeconds, " h");
  return absl::StrCat(mark, seconds, " s");
}

struct FeedListOptions {
  bool silent = false;
  int limit = kListDefault;
};

absl::Status ListFeeds(Session& session, const FeedListOptions& options) {
  ingest::v1::ListFeedsRequest request;
  if (options.silent) request.set_state(ingest::v1::FEED_STATE_SILENT);
  TextTable table({{session.Label("source", "来源")},
                   {session.Label("kind", "类型")},
                   {session.Label("name", "名称")},
                   {session.Label("facts", "事实"), Align::kRight},
                   {session.Label("last received", "最近收到")},
                   {session.Label("expected within", "预期间隔"), Align::kRight},
                   {session.Label("state", "状态")},
                   {session.Label("silent from", "静默起始")}});
  RETURN_IF_ERROR((ReadPages<FeedsService>(
      session, &FeedsService::Stub::ListFeeds, request, options.limit,
      [&](const ingest::v1::ListFeedsResponse& page) {
        for (const Feed& feed : page.feeds()) {
          if (session.options.json) {
            session.PrintJson(feed);
            continue;
          }
          table.AddRow({feed.source(), feed.kind().empty() ? "*" : feed.kind(), feed.display_name(),
                        FormatCount(feed.received_count()),
                        session.Instant(feed.last_received_time()), RhythmText(feed),
                        EnumText(feed.state()), session.Instant(feed.silent_from_time())});
        }
        return page.feeds_size();
      })));
  if (!session.options.json) session.Print(table);
  return absl::OkStatus();
}

}  // namespace

void AddFeedCommands(cli::Command app, Session& session, Action& action) {
  cli::Command feeds =
      app.AddCommand("feeds", "Sources of facts: when they last sent, and which are silent");
  feeds.RequireCommand();
  cli::Command command =
      feeds.AddCommand("list", "Every feed with its last fact and expected rhythm (~: learned)");
  auto options = std::make_shared<FeedListOptions>();
  command.AddFlag("--silent", options->silent, "Only those that are silent");
  command.AddOption("--limit", options->limit, "How many").Between(1, 1'000'000);
  command.OnChosen([&session, &action, options] {
    action = [&session, options] { return ListFeeds(session, *options); };
  });
}

}  // namespace bellwether::ctl
