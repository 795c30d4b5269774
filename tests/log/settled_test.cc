#include "log/settled.h"

#include "log/log_fixture.h"

namespace tideover::log {
namespace {

using store::SettledClass;

class SettledTest : public LogFixture {
 protected:
  uint64_t DeadLetters() {
    const auto txn = Read();
    return ReadCounters(txn.reader())->dead_letters();
  }
  std::optional<SettledEntry> FindOne(uint64_t seq) {
    const auto txn = Read();
    return *FindSettled(txn.reader(), seq);
  }
};

TEST_F(SettledTest, EachOutcomeHasItsPart) {
  Settle(1, SettledEntry::CONFIRMED);
  Settle(2, SettledEntry::REJECTED);
  Settle(3, SettledEntry::DISCARDED);
  Settle(4, SettledEntry::CANCELLED);
  Settle(5, SettledEntry::REJECTED);
  Reopen();
  EXPECT_EQ(SettledSeqs(SettledClass::kHistory), (std::vector<uint64_t>{1, 3, 4}));
  EXPECT_EQ(SettledSeqs(SettledClass::kDeadLetter), (std::vector<uint64_t>{2, 5}));
  EXPECT_EQ(DeadLetters(), 2u);
  EXPECT_EQ(FindOne(2)->outcome(), SettledEntry::REJECTED);
  EXPECT_EQ(FindOne(4)->outcome(), SettledEntry::CANCELLED);
  EXPECT_FALSE(FindOne(6).has_value());
}

TEST_F(SettledTest, WalksFromANumberOn) {
  for (const uint64_t seq : {1, 2, 300}) Settle(seq, SettledEntry::REJECTED);
  std::vector<uint64_t> seqs;
  const auto txn = Read();
  ASSERT_TRUE(ForEachSettled(txn.reader(), SettledClass::kDeadLetter, 2,
                             [&](uint64_t seq, const SettledEntry&) {
                               seqs.push_back(seq);
                               return true;
                             })
                  .ok());
  EXPECT_EQ(seqs, (std::vector<uint64_t>{2, 300}));
}

TEST_F(SettledTest, TheHistoryForgetsItsOldestAndTheirIds) {
  for (const uint64_t seq : {1, 2, 3}) {
    const std::string name = "m" + std::to_string(seq);
    Add(seq, "a", name);
    Settle(seq, SettledEntry::CONFIRMED, name, 2);
  }
  EXPECT_EQ(SettledSeqs(SettledClass::kHistory), (std::vector<uint64_t>{2, 3}));
  EXPECT_FALSE(Lookup("m1").has_value());
  EXPECT_EQ(Lookup("m2"), 2u);
}

TEST_F(SettledTest, AForgottenIdThatWasMadeHereLeadsNowhere) {
  for (const uint64_t seq : {1, 2}) {
    Add(seq, "a");
    Settle(seq, SettledEntry::CONFIRMED, "", 1);
  }
  EXPECT_FALSE(Lookup("dev-1").has_value());
  EXPECT_EQ(Lookup("dev-2"), 2u);
}

TEST_F(SettledTest, TheDeadLettersForgetNothing) {
  for (uint64_t seq = 1; seq <= 5; ++seq) {
    const std::string name = "m" + std::to_string(seq);
    Add(seq, "a", name);
    Settle(seq, SettledEntry::REJECTED, name, 1);
  }
  for (uint64_t seq = 6; seq <= 9; ++seq) Settle(seq, SettledEntry::CONFIRMED, "", 1);
  EXPECT_EQ(SettledSeqs(SettledClass::kDeadLetter), (std::vector<uint64_t>{1, 2, 3, 4, 5}));
  EXPECT_EQ(SettledSeqs(SettledClass::kHistory), (std::vector<uint64_t>{9}));
  EXPECT_EQ(Lookup("m1"), 1u);
}

// What settled a moment ago is what a caller may ask about, however old its number is.
TEST_F(SettledTest, TheNewestOutcomeIsNotTheFirstToBeForgotten) {
  for (const uint64_t seq : {10, 11, 12}) Settle(seq, SettledEntry::CONFIRMED, "", 3);
  Add(1, "a", "slow");
  Settle(1, SettledEntry::CONFIRMED, "slow", 3);
  EXPECT_EQ(Lookup("slow"), 1u);
  EXPECT_EQ(SettledSeqs(SettledClass::kHistory), (std::vector<uint64_t>{1, 11, 12}));
  Settle(13, SettledEntry::CONFIRMED, "", 3);
  EXPECT_EQ(SettledSeqs(SettledClass::kHistory), (std::vector<uint64_t>{1, 12, 13}));
}

TEST_F(SettledTest, ALoweredLimitIsReachedStepByStep) {
  for (uint64_t seq = 1; seq <= 200; ++seq) Settle(seq, SettledEntry::CONFIRMED);
  Settle(201, SettledEntry::CONFIRMED, "", 10);
  EXPECT_GT(SettledSeqs(SettledClass::kHistory).size(), 100u) << "no long commit";
  for (uint64_t seq = 202; seq <= 205; ++seq) Settle(seq, SettledEntry::CONFIRMED, "", 10);
  EXPECT_EQ(SettledSeqs(SettledClass::kHistory).size(), 10u);
}

TEST_F(SettledTest, ADeadLetterCanBeTakenOut) {
  Settle(1, SettledEntry::REJECTED);
  Settle(2, SettledEntry::REJECTED);
  Write([](store::WriteTxn* txn) {
    Counters counters = *ReadCounters(txn->reader());
    ASSERT_TRUE(RemoveDeadLetter(txn, 1, &counters).ok());
    ASSERT_TRUE(WriteCounters(txn, counters).ok());
  });
  EXPECT_EQ(DeadLetters(), 1u);
  EXPECT_FALSE(FindOne(1).has_value());
  EXPECT_EQ(SettledSeqs(SettledClass::kDeadLetter), (std::vector<uint64_t>{2}));
}

}  // namespace
}  // namespace tideover::log
