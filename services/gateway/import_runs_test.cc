// Import runs: started, renewed and ended over gRPC, announced in every partition of the journal.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/journal/entry.h"
#include "common/stream/testing/records.h"
#include "gmock/gmock.h"
#include "services/gateway/testing/app_fixture.h"

namespace bellwether::gateway::import_runs_test {
namespace {

using ingest::v1::IngestService;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ImportRunsTest : public GatewayTest {
 protected:
  ImportRunsTest() { config_.import_lease = absl::Minutes(3); }

  template <typename Request>
  std::string Ask(grpc::Status (IngestService::Stub::*method)(grpc::ClientContext*, const Request&,
                                                              ingest::v1::ImportRun*),
                  const Request& request, absl::Duration timeout = absl::Seconds(30)) {
    grpc::ClientContext context;
    rpc::Prepare(context, timeout);
    rpc::SetPrincipal(context, "li");
    run_.Clear();
    return ReasonOf((stub().*method)(&context, request, &run_));
  }
  std::string Begin(const std::string& id, const std::string& source = "orders",
                    absl::Duration timeout = absl::Seconds(30)) {
    ingest::v1::StartImportRunRequest request;
    request.set_import_run(id);
    request.set_source(source);
    return Ask(&IngestService::Stub::StartImportRun, request, timeout);
  }
  std::string Renew(const std::string& id) {
    ingest::v1::RenewImportRunRequest request;
    request.set_import_run(id);
    return Ask(&IngestService::Stub::RenewImportRun, request);
  }
  std::string End(const std::string& id) {
    ingest::v1::EndImportRunRequest request;
    request.set_import_run(id);
    return Ask(&IngestService::Stub::EndImportRun, request);
  }

  // What a partition of the journal holds beside ticks: "<partition> started r1 orders li 180s".
  std::vector<std::string> Announced() {
    std::vector<std::string> lines;
    for (const KeptRecord& kept : Facts()) {
      const stream::testing::RecordsOf records(kept.position.partition, kept.position.offset,
                                               {kept.message});
      journal::Envelope envelope;
      events::v1::JournalEntry entry;
      const absl::Status read = journal::DecodeEntry(records.records()[0], envelope, entry);
      EXPECT_TRUE(read.ok()) << read;
      EXPECT_TRUE(journal::CheckPartition(records.records()[0], envelope.type, kPartitions).ok());
      EXPECT_EQ(envelope.recorded_at, clock_.Now());
      std::string what;
      if (entry.has_import_run_started()) {
        const auto& started = entry.import_run_started();
        what = absl::StrCat("started ", started.import_run(), " ", started.source(), " ",
                            started.principal(), " ", started.lease_micros() / 1'000'000, "s");
      } else if (entry.has_import_run_renewed()) {
        const auto& renewed = entry.import_run_renewed();
        what = absl::StrCat("renewed ", renewed.import_run(), " ",
                            renewed.lease_micros() / 1'000'000, "s");
      } else {
        what = absl::StrCat("ended ", entry.import_run_ended().import_run());
      }
      lines.push_back(absl::StrCat(kept.position.partition, " ", what));
    }
    return lines;
  }
  static std::vector<std::string> InEveryPartition(const std::vector<std::string>& what) {
    std::vector<std::string> lines;
    for (int32_t partition = 0; partition < kPartitions; ++partition) {
      for (const std::string& each : what) lines.push_back(absl::StrCat(partition, " ", each));
    }
    return lines;
  }
  int64_t LeaseEnd() const { return run_.lease_end_time().seconds(); }

  ingest::v1::ImportRun run_;  // of the last answer
};

TEST_F(ImportRunsTest, ARunStandsInEveryPartitionWithItsLeaseAndWhoBeganIt) {
  Start();
  ASSERT_EQ(Begin("r1"), "OK");
  EXPECT_EQ(run_.import_run(), "r1");
  EXPECT_EQ(run_.principal(), "li");
  EXPECT_EQ(run_.lease().seconds(), 180);
  EXPECT_EQ(LeaseEnd(), absl::ToUnixSeconds(clock_.Now()) + 180);
  EXPECT_FALSE(run_.has_end_time());
  ASSERT_EQ(Renew("r1"), "OK");
  ASSERT_EQ(End("r1"), "OK");
  EXPECT_TRUE(run_.has_end_time());
  EXPECT_EQ(Announced(),
            InEveryPartition({"started r1 orders li 180s", "renewed r1 180s", "ended r1"}));
}

TEST_F(ImportRunsTest, ARenewalMovesTheEndOfTheLeaseAlsoAfterItRanOut) {
  Start();
  ASSERT_EQ(Begin("r1"), "OK");
  clock_.Advance(absl::Minutes(10));
  ASSERT_EQ(Renew("r1"), "OK");
  EXPECT_EQ(LeaseEnd(), absl::ToUnixSeconds(clock_.Now()) + 180);
}

TEST_F(ImportRunsTest, SayingItAgainIsSafeAndSayingSomethingElseIsRefused) {
  Start();
  EXPECT_EQ(Begin("r1"), "OK");
  EXPECT_EQ(Begin("r1"), "OK");
  EXPECT_EQ(Begin("r1", "cdnow"), "IMPORT_RUN_DIFFERS@source");
  EXPECT_EQ(End("r1"), "OK");
  const auto ended = run_.end_time().seconds();
  EXPECT_EQ(End("r1"), "OK");
  EXPECT_EQ(run_.end_time().seconds(), ended);
  EXPECT_EQ(Begin("r1"), "IMPORT_RUN_ENDED@import_run");
  EXPECT_EQ(Renew("r1"), "IMPORT_RUN_ENDED@import_run");
  EXPECT_EQ(Announced(), InEveryPartition({"started r1 orders li 180s", "started r1 orders li 180s",
                                           "ended r1"}));
}

TEST_F(ImportRunsTest, WhatNeverBeganIsNotFoundAndWhatIsNoIdIsRefused) {
  Start();
  EXPECT_EQ(Renew("r1"), "IMPORT_RUN_NOT_FOUND@import_run");
  EXPECT_EQ(End("r1"), "IMPORT_RUN_NOT_FOUND@import_run");
  EXPECT_EQ(Begin(""), "IMPORT_RUN_INVALID@import_run");
  EXPECT_EQ(Begin("a b"), "IMPORT_RUN_INVALID@import_run");
  EXPECT_EQ(Begin(std::string(65, 'r')), "IMPORT_RUN_INVALID@import_run");
  EXPECT_EQ(Begin("r1", ""), "MISSING_SOURCE@source");
  EXPECT_EQ(Begin("r1", std::string(129, 's')), "SOURCE_INVALID@source");
  EXPECT_EQ(Begin(std::string(64, 'r'), std::string(128, 's')), "OK");
}

TEST_F(ImportRunsTest, AJournalThatDoesNotAnswerIsAFailureAndTheRunMayBeBegunAgain) {
  Start();
  bus_.FailWith(absl::UnavailableError("no broker"));
  EXPECT_EQ(Begin("r1"), "JOURNAL_UNAVAILABLE");
  bus_.FailWith(absl::OkStatus());
  EXPECT_EQ(Begin("r1"), "OK");
  bus_.Hold();
  EXPECT_NE(Begin("r2", "orders", absl::Milliseconds(200)), "OK") << "nobody knows yet";
  bus_.Release();
  EXPECT_EQ(Begin("r2"), "OK");
}

TEST_F(ImportRunsTest, ARunMakesAnEmptyJournalLive) {
  StartNotLive();
  EXPECT_EQ(Begin("r1"), "OK");
  EXPECT_TRUE(gateway_->app().IsLive());
}

TEST_F(ImportRunsTest, ARunDoesNotBreakIntoAPast) {
  StartNotLive();
  SqlJournalRow row(*store_);
  ASSERT_TRUE(row.MoveTo(JournalPhase::kBackfilling, JournalPhase::kEmpty).ok());
  EXPECT_EQ(Begin("r1"), "BACKFILL_RUNNING");
  EXPECT_THAT(Announced(), IsEmpty());
}

TEST_F(ImportRunsTest, SoManyRunsAreUnderWayAtATime) {
  Start();
  for (int64_t i = 0; i < kImportRunsMax; ++i) ASSERT_EQ(Begin(absl::StrCat("r", i)), "OK");
  EXPECT_EQ(Begin("more"), "TOO_MANY_IMPORT_RUNS");
  EXPECT_EQ(Begin("r0"), "OK") << "it is one of them";
  EXPECT_EQ(End("r0"), "OK");
  EXPECT_EQ(Begin("more"), "OK");
  clock_.Advance(config_.import_lease);
  EXPECT_EQ(Begin("after"), "OK") << "leases have run out";
}

TEST_F(ImportRunsTest, AReplicaKnowsTheRunsOfTheOthers) {
  Start();
  HostedGateway other(config_, bus_, *store_, clock_, calendar_);
  ASSERT_EQ(Begin("r1"), "OK");
  ingest::v1::EndImportRunRequest request;
  request.set_import_run("r1");
  grpc::ClientContext context;
  EXPECT_EQ(ReasonOf(other.stub().EndImportRun(&context, request, &run_)), "OK");
  EXPECT_EQ(Renew("r1"), "IMPORT_RUN_ENDED@import_run");
}

}  // namespace
}  // namespace bellwether::gateway::import_runs_test
