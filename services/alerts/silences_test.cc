// Silences from end to end: preview, list, what is held back and what is told afterwards (L3).
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/http/testing/http_receiver.h"
#include "common/journal/timestamps.h"
#include "common/testing/await.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/alerts/testing/alerts_deployment.h"

namespace bellwether::alerts::silences_test {
namespace {

using bellwether::testing::Await;
using http::testing::HttpReceiver;
using http::testing::ReceivedRequest;
using testing::AlertsDeployment;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Stub = v1::AlertsService::Stub;

std::string ReasonOf(const absl::Status& status) {
  return DetailOf(status).value_or(ErrorDetail{status.ToString(), "", ""}).reason;
}

class Silences : public ::testing::Test {
 protected:
  Silences() { alerts_.Start(); }

  v1::CreateSilenceRequest Wanted(const std::string& account, absl::Duration lasts) {
    v1::CreateSilenceRequest request;
    request.mutable_silence()->mutable_matchers()->add_account_ids(account);
    request.mutable_silence()->set_reason("migration");
    *request.mutable_silence()->mutable_end_time() =
        journal::ToTimestamp(alerts_.clock().Now() + lasts);
    return request;
  }
  v1::Silence Create(const v1::CreateSilenceRequest& request) {
    const auto silence = alerts_.Call(&Stub::CreateSilence, request, "wang");
    EXPECT_TRUE(silence.ok()) << silence.status();
    return silence.value_or(v1::Silence());
  }
  std::vector<std::string> Preview(const v1::SilenceMatchers& matchers) {
    v1::PreviewSilenceRequest request;
    *request.mutable_matchers() = matchers;
    const auto preview = alerts_.Call(&Stub::PreviewSilence, request);
    EXPECT_TRUE(preview.ok()) << preview.status();
    std::vector<std::string> subjects;
    if (preview.ok()) {
      for (const v1::Alert& alert : preview->alerts()) subjects.push_back(alert.subject());
      EXPECT_EQ(preview->total_size(), static_cast<int64_t>(subjects.size()));
    }
    return subjects;
  }
  // "migration 1": reason and how many it matches.
  std::vector<std::string> Listed(bool include_ended = false) {
    v1::ListSilencesRequest request;
    request.set_include_ended(include_ended);
    request.set_page_size(1);
    std::vector<std::string> silences;
    do {
      const auto page = alerts_.Call(&Stub::ListSilences, request);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) break;
      for (const v1::Silence& silence : page->silences()) {
        silences.push_back(absl::StrCat(silence.reason(), " ", silence.match_count(),
                                        silence.active() ? "" : " not in force"));
      }
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return silences;
  }
  void Fire(const std::string& subject) {
    alerts_.PublishSignal(subject, ++version_, 55);
    ASSERT_TRUE(alerts_.AwaitState(absl::StrCat("R13.", subject, ".1"), v1::ALERT_STATE_FIRING));
  }

  AlertsDeployment alerts_;
  int64_t version_ = 0;
};

TEST_F(Silences, APreviewNamesTheOpenAlertsThatASilenceWouldCoverL3) {
  Fire("acme");
  Fire("bell");
  v1::SilenceMatchers matchers;
  matchers.add_account_ids("acme");
  EXPECT_THAT(Preview(matchers), ElementsAre("acme"));
  matchers.add_account_ids("bell");
  matchers.add_rule_ids("R13");
  EXPECT_THAT(Preview(matchers), ElementsAre("acme", "bell"));
  matchers.set_maximum_level(v1::LEVEL_ORANGE);
  EXPECT_THAT(Preview(matchers), IsEmpty()) << "both are red";
  v1::PreviewSilenceRequest empty;
  EXPECT_EQ(ReasonOf(alerts_.Call(&Stub::PreviewSilence, empty).status()), "MATCHERS_MISSING");
}

TEST_F(Silences, AreListedWithWhatTheyMatchThoseToEndFirstInFrontL3) {
  Fire("acme");
  v1::CreateSilenceRequest later = Wanted("nobody", absl::Hours(3));
  later.mutable_silence()->set_reason("holiday");
  *later.mutable_silence()->mutable_start_time() =
      journal::ToTimestamp(alerts_.clock().Now() + absl::Hours(1));
  Create(later);
  const v1::Silence silence = Create(Wanted("acme", absl::Hours(2)));
  EXPECT_EQ(silence.author(), "wang");
  EXPECT_EQ(silence.match_count(), 1);
  EXPECT_TRUE(silence.active());
  EXPECT_THAT(Listed(), ElementsAre("migration 1", "holiday 0 not in force"));

  v1::EndSilenceRequest end;
  end.set_name(silence.name());
  end.set_etag("0");
  EXPECT_EQ(ReasonOf(alerts_.Call(&Stub::EndSilence, end, "zhao").status()), "ETAG_MISMATCH");
  end.set_etag(silence.etag());
  const auto ended = alerts_.Call(&Stub::EndSilence, end, "zhao");
  ASSERT_TRUE(ended.ok()) << ended.status();
  EXPECT_EQ(ended->ended_by(), "zhao");
  EXPECT_FALSE(ended->active());
  end.clear_etag();
  EXPECT_EQ(ReasonOf(alerts_.Call(&Stub::EndSilence, end, "zhao").status()), "SILENCE_ENDED");
  end.set_name("silences/none");
  EXPECT_EQ(ReasonOf(alerts_.Call(&Stub::EndSilence, end, "zhao").status()), "SILENCE_NOT_FOUND");
  EXPECT_THAT(Listed(), ElementsAre("holiday 0 not in force"));
  EXPECT_THAT(Listed(/*include_ended=*/true),
              ElementsAre("migration 1 not in force", "holiday 0 not in force"));
}

TEST_F(Silences, ARequestThatComesAgainMakesNoSecondOne) {
  v1::CreateSilenceRequest request = Wanted("acme", absl::Hours(2));
  request.set_request_id("silence-1");
  EXPECT_EQ(Create(request).name(), Create(request).name());
  EXPECT_THAT(Listed(), ElementsAre("migration 0"));
  request.set_request_id(std::string(129, 'x'));
  EXPECT_EQ(ReasonOf(alerts_.Call(&Stub::CreateSilence, request, "wang").status()),
            "REQUEST_ID_INVALID");
  request.set_request_id("");
  request.mutable_silence()->clear_reason();
  EXPECT_EQ(ReasonOf(alerts_.Call(&Stub::CreateSilence, request, "wang").status()),
            "REASON_MISSING");
  EXPECT_EQ(ReasonOf(alerts_.Call(&Stub::CreateSilence, request).status()), "PRINCIPAL_REQUIRED");
}

TEST_F(Silences, HoldBackNotificationsUntilTheyEndAndTheTimelineSaysSoL3) {
  HttpReceiver receiver;
  alerts_.Stop();
  alerts_.SetWebhook(receiver.url());
  alerts_.Start();
  const v1::Silence silence = Create(Wanted("acme", absl::Hours(2)));
  Fire("acme");
  EXPECT_EQ(alerts_.Get("R13.acme.1")->timeline(0).silenced_by(), silence.name());
  Fire("bell");
  const auto bodies = [&] {
    std::vector<std::string> bodies;
    for (const ReceivedRequest& request : receiver.received()) bodies.push_back(request.body);
    return bodies;
  };
  ASSERT_TRUE(Await([&] { return bodies().size() == 1; }));
  EXPECT_THAT(bodies(), ElementsAre(HasSubstr("R13.bell.1"))) << "of acme nobody is told";

  alerts_.clock().Advance(absl::Hours(2));
  ASSERT_TRUE(Await([&] { return bodies().size() == 2; }));
  EXPECT_THAT(bodies()[1], HasSubstr("R13.acme.1"));
  EXPECT_THAT(bodies()[1], HasSubstr("TIMELINE_KIND_SILENCE_ENDED"));
}

}  // namespace
}  // namespace bellwether::alerts::silences_test
