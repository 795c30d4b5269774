#include "cache/documents.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/store_fixture.h"

namespace tideover::cache {
namespace {

class Documents : public testing::Test {
 protected:
  Documents() : env_(support::OpenTestEnv(dir_.path() + "/env")) {
    support::WriteTo(env_.get(), [](store::WriteTxn* txn) {
      for (const char* id : {"b", "a", "c"}) {
        ASSERT_TRUE(Put(txn, 2, id, Text(std::string("{\"") + id + "\":1}")).ok());
      }
      ASSERT_TRUE(Put(txn, 1, "z", Text("{}")).ok());
      ASSERT_TRUE(Put(txn, 3, "a", Text("{}")).ok());
    });
  }
  static Document Text(const std::string& view) {
    Document document;
    document.view = view;
    return document;
  }
  std::vector<std::string> IdsFrom(store::CollectionId collection, const std::string& first,
                                   size_t most = 100) {
    std::vector<std::string> ids;
    const auto txn = env_->BeginRead();
    EXPECT_TRUE(
        ForEach(txn->reader(), collection, first, [&](std::string_view id, const DocumentRef&) {
          ids.emplace_back(id);
          return ids.size() < most;
        }).ok());
    return ids;
  }
  support::TempDir dir_;
  std::unique_ptr<store::Env> env_;
};

TEST_F(Documents, AreWalkedInTheOrderOfTheirIdsWithinTheirCollection) {
  EXPECT_THAT(IdsFrom(2, ""), testing::ElementsAre("a", "b", "c"));
  EXPECT_THAT(IdsFrom(2, "b"), testing::ElementsAre("b", "c"));
  EXPECT_THAT(IdsFrom(2, "bb"), testing::ElementsAre("c"));
  EXPECT_THAT(IdsFrom(2, "", 2), testing::ElementsAre("a", "b"));
  EXPECT_THAT(IdsFrom(9, ""), testing::ElementsAre());
}

TEST_F(Documents, AreFoundPutAndRemoved) {
  support::WriteTo(env_.get(), [](store::WriteTxn* txn) {
    ASSERT_TRUE(Put(txn, 2, "a", Text("{\"new\":1}")).ok());
    ASSERT_TRUE(Remove(txn, 2, "b").ok());
    ASSERT_TRUE(Remove(txn, 2, "never").ok());
  });
  const auto txn = env_->BeginRead();
  EXPECT_EQ((*Find(txn->reader(), 2, "a"))->view, "{\"new\":1}");
  EXPECT_FALSE(Find(txn->reader(), 2, "b")->has_value());
  EXPECT_TRUE(Find(txn->reader(), 3, "a")->has_value());
}

TEST_F(Documents, ADamagedOneIsDataLossWhereverItIsMet) {
  support::WriteTo(env_.get(), [](store::WriteTxn* txn) {
    ASSERT_TRUE(txn->Put(store::Table::kDocuments, store::DocumentKey(2, "b"), "no document").ok());
  });
  const auto txn = env_->BeginRead();
  EXPECT_EQ(Find(txn->reader(), 2, "b").status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(ForEach(txn->reader(), 2, "", [](std::string_view, const DocumentRef&) { return true; })
                .code(),
            absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace tideover::cache
