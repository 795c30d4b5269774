#include "store/catalog.h"

#include <gtest/gtest.h>

#include "support/store_fixture.h"

namespace tideover::store {
namespace {

class CatalogTest : public testing::Test {
 protected:
  Catalog Load(const std::vector<std::string>& names) {
    auto env = support::OpenTestEnv(dir_.path() + "/env");
    Catalog catalog;
    support::WriteTo(env.get(), [&](WriteTxn* txn) {
      auto loaded = Catalog::Load(txn, names);
      ASSERT_TRUE(loaded.ok()) << loaded.status();
      catalog = *std::move(loaded);
    });
    return catalog;
  }
  support::TempDir dir_;
};

TEST_F(CatalogTest, NumbersStayWhateverTheConfigurationSays) {
  const Catalog first = Load({"todos", "notes"});
  EXPECT_EQ(first.IdOf("todos"), 1u);
  EXPECT_EQ(first.IdOf("notes"), 2u);
  const Catalog without = Load({"alpha", "notes"});
  EXPECT_EQ(without.IdOf("alpha"), 3u);
  EXPECT_EQ(without.IdOf("notes"), 2u);
  EXPECT_EQ(without.IdOf("todos"), 1u) << "its documents are still here";
  EXPECT_EQ(without.NameOf(1), "todos");
  const Catalog back = Load({"todos", "beta"});
  EXPECT_EQ(back.IdOf("todos"), 1u);
  EXPECT_EQ(back.IdOf("beta"), 4u);
  EXPECT_EQ(back.all().size(), 4u);
}

TEST_F(CatalogTest, UnknownNamesAndNumbersHaveNoEntry) {
  const Catalog catalog = Load({"todos"});
  EXPECT_FALSE(catalog.IdOf("todo").has_value());
  EXPECT_FALSE(catalog.IdOf("").has_value());
  EXPECT_EQ(catalog.NameOf(2), "?");
  EXPECT_EQ(catalog.NameOf(0), "?");
}

TEST_F(CatalogTest, ANumberOfTheWrongLengthIsDamage) {
  auto env = support::OpenTestEnv(dir_.path() + "/env");
  auto txn = env->BeginWrite();
  ASSERT_TRUE(txn->Put(Table::kMeta, "collection/odd", "12").ok());
  EXPECT_EQ(Catalog::Load(&*txn, {}).status().code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace tideover::store
