#include "log/mutation_log.h"

#include "log/log_fixture.h"
#include "store/keys.h"

namespace tideover::log {
namespace {

using MutationLog = LogFixture;

TEST_F(MutationLog, KeepsOrderAcrossRestart) {
  for (const uint64_t seq : {3, 300, 1, 256, 255, 2}) Add(seq, "a");
  Reopen();
  EXPECT_EQ(Seqs(), (std::vector<uint64_t>{1, 2, 3, 255, 256, 300}));
  EXPECT_EQ(Seqs(3), (std::vector<uint64_t>{3, 255, 256, 300}));
  EXPECT_EQ(Seqs(301), std::vector<uint64_t>{});
}

TEST_F(MutationLog, StopsWhenToldTo) {
  for (const uint64_t seq : {1, 2, 3}) Add(seq, "a");
  int visited = 0;
  const auto txn = Read();
  EXPECT_TRUE(
      ForEach(txn.reader(), 0, [&](uint64_t, const LogEntry&) { return ++visited < 2; }).ok());
  EXPECT_EQ(visited, 2);
}

TEST_F(MutationLog, CountersStayWhenTheLogRunsEmpty) {
  Write([](store::WriteTxn* txn) {
    Counters counters;
    counters.set_last_seq(7);
    counters.set_last_commit(9);
    ASSERT_TRUE(WriteCounters(txn, counters).ok());
  });
  Add(7, "a");
  Settle(7, SettledEntry::CONFIRMED);
  Reopen();
  EXPECT_TRUE(Seqs().empty());
  const auto txn = Read();
  EXPECT_EQ(ReadCounters(txn.reader())->last_seq(), 7u);
  EXPECT_EQ(ReadCounters(txn.reader())->last_commit(), 9u);
}

TEST_F(MutationLog, FindsAndRewritesOneEntry) {
  Add(1, "a", "m");
  Write([](store::WriteTxn* txn) {
    LogEntry entry = *std::move(*Find(txn->reader(), 1));
    entry.mutable_push()->set_attempts(4);
    ASSERT_TRUE(Rewrite(txn, 1, entry).ok());
  });
  const auto txn = Read();
  EXPECT_EQ((*Find(txn.reader(), 1))->push().attempts(), 4u);
  EXPECT_FALSE(Find(txn.reader(), 2)->has_value());
  EXPECT_EQ(Lookup("m"), 1u);
}

TEST_F(MutationLog, FindsMutationsByTheirIds) {
  Add(1, "a", "mine");
  Add(2, "a");
  EXPECT_EQ(Lookup("mine"), 1u);
  EXPECT_EQ(Lookup("dev-2"), 2u);
  EXPECT_EQ(Lookup("dev-1"), 1u) << "the number is another's, the caller compares the ids";
  Settle(2, SettledEntry::CONFIRMED);
  Settle(1, SettledEntry::REJECTED, "mine");
  Reopen();
  EXPECT_EQ(Lookup("mine"), 1u);
  EXPECT_EQ(Lookup("dev-2"), 2u);
}

TEST_F(MutationLog, UnknownIdsLeadNowhere) {
  Add(5, "a");
  for (const char* id : {"dev-4", "dev-6", "dev-05", "dev-5 ", "dev-+5", "dev-", "dev", "dev--5",
                         "other-5", "dev-99999999999999999999", "DEV-5", "dev-0x5", "dev-5-5"}) {
    EXPECT_FALSE(Lookup(id).has_value()) << id;
  }
}

TEST_F(MutationLog, KnowsTheFormOfIdsThatAreMadeHere) {
  EXPECT_TRUE(IsMadeHere("dev-1", "dev"));
  EXPECT_TRUE(IsMadeHere(MadeMutationId("dev", 18446744073709551615u), "dev"));
  EXPECT_FALSE(IsMadeHere("dev-0", "dev"));
  EXPECT_FALSE(IsMadeHere("dev-01", "dev"));
  EXPECT_FALSE(IsMadeHere("dev-1x", "dev"));
  EXPECT_FALSE(IsMadeHere("-1", ""));
}

TEST_F(MutationLog, ForgetsAnId) {
  Add(1, "a", "mine");
  Write([](store::WriteTxn* txn) { ASSERT_TRUE(ForgetMutationId(txn, "mine").ok()); });
  EXPECT_FALSE(Lookup("mine").has_value());
}

TEST_F(MutationLog, TheDeviceIdStays) {
  Reopen();
  const auto txn = Read();
  EXPECT_EQ(*ReadDeviceId(txn.reader()), "dev");
}

TEST_F(MutationLog, WhatDoesNotDecodeIsDataLoss) {
  Write([](store::WriteTxn* txn) {
    ASSERT_TRUE(txn->Put(store::Table::kLog, store::SeqKey(1), "\xff\xff").ok());
    ASSERT_TRUE(txn->Put(store::Table::kMeta, "counters", "\xff\xff").ok());
  });
  const auto txn = Read();
  EXPECT_EQ(Find(txn.reader(), 1).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(ReadCounters(txn.reader()).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(ForEach(txn.reader(), 0, [](uint64_t, const LogEntry&) { return true; }).code(),
            absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace tideover::log
