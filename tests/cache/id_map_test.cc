#include "cache/id_map.h"

#include <gtest/gtest.h>

#include "support/store_fixture.h"

namespace tideover::cache {
namespace {

class IdMap : public testing::Test {
 protected:
  IdMap() : env_(support::OpenTestEnv(dir_.path() + "/env")) {
    support::WriteTo(
        env_.get(), [](store::WriteTxn* txn) { ASSERT_TRUE(MapId(txn, 1, "local-a", "s1").ok()); });
  }
  std::string Resolve(store::CollectionId collection, const std::string& id) {
    const auto txn = env_->BeginRead();
    return ResolveId(txn->reader(), collection, id).value_or("(error)");
  }
  support::TempDir dir_;
  std::unique_ptr<store::Env> env_;
};

TEST_F(IdMap, KnowsTheServersIdOfAProvisionalOne) {
  env_.reset();
  env_ = support::OpenTestEnv(dir_.path() + "/env");
  EXPECT_EQ(Resolve(1, "local-a"), "s1");
  EXPECT_EQ(Resolve(2, "local-a"), "local-a") << "another collection";
  EXPECT_EQ(Resolve(1, "local-b"), "local-b") << "not replaced yet";
  EXPECT_EQ(Resolve(1, "s1"), "s1");
  EXPECT_EQ(Resolve(1, ""), "");
}

TEST_F(IdMap, TheLatestNameCounts) {
  support::WriteTo(env_.get(),
                   [](store::WriteTxn* txn) { ASSERT_TRUE(MapId(txn, 1, "local-a", "s2").ok()); });
  EXPECT_EQ(Resolve(1, "local-a"), "s2");
}

}  // namespace
}  // namespace tideover::cache
