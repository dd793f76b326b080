#include "services/gateway/adapters/feeds_file.h"

#include "absl/strings/str_cat.h"
#include "bellwether/events/v1/fact.pb.h"
#include "bellwether/ingest/v1/feeds.pb.h"
#include "common/base/status.h"
#include "common/config/document.h"
#include "common/config/yaml_message.h"
#include "common/text/readable.h"
#include "services/gateway/domain/event_rules.h"

namespace bellwether::gateway {
namespace {

constexpr size_t kDisplayNameBytesMax = 512;

}  // namespace

absl::StatusOr<DeclaredRhythms> ReadDeclaredFeeds(absl::string_view text, absl::string_view file) {
  ASSIGN_OR_RETURN(const auto document,
                   config::ParseDocument<ingest::v1::DeclaredFeeds>(text, file));
  config::Problems problems;
  const auto add = [&](const std::string& field, absl::string_view message) {
    problems.Add({document.lines.PlaceOf(field), field, std::string(message)});
  };
  const auto take = [&](const std::string& field, const absl::Status& status) {
    if (!status.ok()) add(field, status.message());
  };
  const auto& feeds = document.message.feeds();
  if (feeds.size() > kDeclaredFeedsMax) {
    add("feeds", absl::StrCat("at most ", kDeclaredFeedsMax, " feeds"));
  }
  const auto* kinds = events::v1::Fact::descriptor()->FindOneofByName("kind");
  DeclaredRhythms rhythms;
  for (int i = 0; i < feeds.size(); ++i) {
    const ingest::v1::DeclaredFeed& feed = feeds[i];
    const std::string field = absl::StrCat("feeds[", i, "]");
    take(field + ".source", CheckSource(feed.source()));
    int kind = kEveryKind;
    if (!feed.kind().empty()) {
      const auto* found = events::v1::Fact::descriptor()->FindFieldByName(feed.kind());
      if (found == nullptr || found->containing_oneof() != kinds) {
        add(field + ".kind", absl::StrCat("\"", feed.kind(), "\" is no kind of fact"));
      } else {
        kind = found->number();
      }
    }
    const absl::Duration every =
        absl::Seconds(feed.every().seconds()) + absl::Nanoseconds(feed.every().nanos());
    if (every < kDeclaredRhythmLeast || every > kDeclaredRhythmMost) {
      add(field + ".every", "every must be 1m to 366d");
    }
    take(field + ".display_name", text::CheckReadable({.field = "display_name",
                                                       .rule = "X1",
                                                       .bytes_max = kDisplayNameBytesMax,
                                                       .needed = false},
                                                      feed.display_name()));
    if (!rhythms.try_emplace({feed.source(), kind}, DeclaredRhythm{every, feed.display_name()})
             .second) {
      add(field, "another entry declares that feed");
    }
  }
  if (const absl::Status status = problems.ToStatus(); !status.ok()) return status;
  return rhythms;
}

absl::StatusOr<DeclaredRhythms> LoadDeclaredFeeds(const std::string& path) {
  if (path.empty()) return DeclaredRhythms();
  ASSIGN_OR_RETURN(const std::string text, config::ReadFile(path));
  return ReadDeclaredFeeds(text, path);
}

}  // namespace bellwether::gateway
