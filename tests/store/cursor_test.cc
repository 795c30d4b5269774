// Walking a table, and damage met on the way.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/txn.h"
#include "support/raw_store.h"
#include "support/store_fixture.h"

namespace tideover::store {
namespace {

class CursorTest : public testing::Test {
 protected:
  CursorTest() : env_(support::OpenTestEnv(dir_.path() + "/env")) {
    support::WriteTo(env_.get(), [&](WriteTxn* txn) {
      for (const char* key : {"b", "a", "d", "c"}) {
        ASSERT_TRUE(txn->Put(Table::kIndexes, key, std::string("of ") + key).ok());
      }
      ASSERT_TRUE(txn->Put(Table::kIdMap, "a", "another table").ok());
    });
  }
  static std::vector<std::string> KeysFrom(Cursor* cursor) {
    std::vector<std::string> keys;
    for (; cursor->Valid(); cursor->Next()) {
      EXPECT_EQ(cursor->value(), "of " + std::string(cursor->key()));
      keys.emplace_back(cursor->key());
    }
    return keys;
  }
  support::TempDir dir_;
  std::unique_ptr<Env> env_;
};

TEST_F(CursorTest, WalksInKeyOrder) {
  const auto txn = env_->BeginRead();
  Cursor cursor(txn->reader(), Table::kIndexes);
  EXPECT_FALSE(cursor.Valid()) << "nowhere before it is told where";
  cursor.Seek("");
  EXPECT_THAT(KeysFrom(&cursor), testing::ElementsAre("a", "b", "c", "d"));
  cursor.Seek("bb");
  EXPECT_THAT(KeysFrom(&cursor), testing::ElementsAre("c", "d"));
  cursor.Seek("e");
  EXPECT_FALSE(cursor.Valid());
  EXPECT_TRUE(cursor.status().ok());
  cursor.SeekToLast();
  EXPECT_EQ(cursor.key(), "d");
  cursor.Prev();
  EXPECT_EQ(cursor.key(), "c");
}

TEST_F(CursorTest, AnEmptyTableHasNoFirstAndNoLast) {
  const auto txn = env_->BeginRead();
  Cursor cursor(txn->reader(), Table::kLog);
  cursor.Seek("");
  EXPECT_FALSE(cursor.Valid());
  cursor.SeekToLast();
  EXPECT_FALSE(cursor.Valid());
  EXPECT_TRUE(cursor.status().ok());
}

TEST_F(CursorTest, DamageEndsTheWalkWithDataLossThatNamesThePlace) {
  env_.reset();
  support::PutRaw(dir_.path() + "/env", "indexes", "c", "12345678of c");
  env_ = support::OpenTestEnv(dir_.path() + "/env");
  const auto txn = env_->BeginRead();
  Cursor cursor(txn->reader(), Table::kIndexes);
  cursor.Seek("");
  EXPECT_THAT(KeysFrom(&cursor), testing::ElementsAre("a", "b"));
  EXPECT_EQ(cursor.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(cursor.status().message()), testing::HasSubstr("table indexes key 63"));
  EXPECT_EQ(txn->reader().Get(Table::kIndexes, "c").status().code(), absl::StatusCode::kDataLoss);
  EXPECT_TRUE(txn->reader().Get(Table::kIndexes, "d").ok());
}

TEST_F(CursorTest, ARecordInTheWrongPlaceIsDamage) {
  env_.reset();
  const std::string path = dir_.path() + "/env";
  const std::string of_a = support::GetRaw(path, "indexes", "a");
  support::PutRaw(path, "indexes", "b", of_a);
  support::PutRaw(path, "idmap", "a", of_a);
  env_ = support::OpenTestEnv(path);
  const auto txn = env_->BeginRead();
  EXPECT_TRUE(txn->reader().Get(Table::kIndexes, "a").ok());
  EXPECT_EQ(txn->reader().Get(Table::kIndexes, "b").status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(txn->reader().Get(Table::kIdMap, "a").status().code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace tideover::store
