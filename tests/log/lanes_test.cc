#include "log/lanes.h"

#include "log/log_fixture.h"

namespace tideover::log {
namespace {

class Lanes : public LogFixture {
 protected:
  std::vector<uint64_t> Lane(store::CollectionId collection, const std::string& id) {
    const auto txn = Read();
    return *ReadLane(txn.reader(), collection, id);
  }
  std::optional<uint64_t> Front(store::CollectionId collection, const std::string& id) {
    const auto txn = Read();
    return *LaneFront(txn.reader(), collection, id);
  }
};

TEST_F(Lanes, HoldEachDocumentsMutationsInOrder) {
  Write([](store::WriteTxn* txn) {
    for (const uint64_t seq : {300, 2, 256}) ASSERT_TRUE(AddToLane(txn, 1, "a", seq).ok());
    ASSERT_TRUE(AddToLane(txn, 1, "ab", 1).ok());
    ASSERT_TRUE(AddToLane(txn, 2, "a", 5).ok());
    ASSERT_TRUE(AddToLane(txn, 1, std::string(255, 'z'), 9).ok());
  });
  Reopen();
  EXPECT_EQ(Lane(1, "a"), (std::vector<uint64_t>{2, 256, 300}));
  EXPECT_EQ(Lane(1, "ab"), (std::vector<uint64_t>{1}));
  EXPECT_EQ(Lane(2, "a"), (std::vector<uint64_t>{5}));
  EXPECT_EQ(Lane(1, std::string(255, 'z')), (std::vector<uint64_t>{9}));
  EXPECT_TRUE(Lane(1, "").empty());
  EXPECT_TRUE(Lane(3, "a").empty());
  EXPECT_EQ(Front(1, "a"), 2u);
  EXPECT_FALSE(Front(1, "b").has_value());
  EXPECT_FALSE(Front(9, "zzz").has_value()) << "beyond the last key";
}

TEST_F(Lanes, RemovingOneLeavesTheOthers) {
  for (const uint64_t seq : {1, 2, 3}) Add(seq, "a");
  Write([](store::WriteTxn* txn) {
    ASSERT_TRUE(RemoveFromLane(txn, 1, "a", 2).ok());
    ASSERT_TRUE(RemoveFromLane(txn, 1, "a", 77).ok()) << "never there";
  });
  EXPECT_EQ(Lane(1, "a"), (std::vector<uint64_t>{1, 3}));
}

TEST_F(Lanes, AppendAndRemoveOfTheLogKeepThem) {
  Add(1, "a");
  Add(2, "a");
  EXPECT_EQ(Lane(1, "a"), (std::vector<uint64_t>{1, 2}));
  Settle(1, SettledEntry::CONFIRMED);
  EXPECT_EQ(Lane(1, "a"), (std::vector<uint64_t>{2}));
}

}  // namespace
}  // namespace tideover::log
