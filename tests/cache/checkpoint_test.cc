#include "cache/checkpoint.h"

#include <gtest/gtest.h>

#include "support/store_fixture.h"

namespace tideover::cache {
namespace {

TEST(CheckpointTest, IsKeptPerCollectionAndStartsAtZero) {
  const support::TempDir dir;
  auto env = support::OpenTestEnv(dir.path() + "/env");
  support::WriteTo(env.get(), [](store::WriteTxn* txn) {
    Checkpoint checkpoint;
    checkpoint.set_generation(3);
    checkpoint.set_next_token("page 2");
    ASSERT_TRUE(WriteCheckpoint(txn, 2, checkpoint).ok());
  });
  env.reset();
  env = support::OpenTestEnv(dir.path() + "/env");
  const auto txn = env->BeginRead();
  EXPECT_EQ(ReadCheckpoint(txn->reader(), 2)->generation(), 3u);
  EXPECT_EQ(ReadCheckpoint(txn->reader(), 2)->next_token(), "page 2");
  EXPECT_EQ(ReadCheckpoint(txn->reader(), 1)->generation(), 0u);
}

TEST(CheckpointTest, ADamagedOneIsDataLoss) {
  const support::TempDir dir;
  const auto env = support::OpenTestEnv(dir.path() + "/env");
  support::WriteTo(env.get(), [](store::WriteTxn* txn) {
    ASSERT_TRUE(txn->Put(store::Table::kCheckpoints, store::CollectionKey(1), "\xff\xff\xff").ok());
  });
  const auto txn = env->BeginRead();
  EXPECT_EQ(ReadCheckpoint(txn->reader(), 1).status().code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace tideover::cache
