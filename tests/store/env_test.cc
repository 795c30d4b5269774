#include "store/env.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "support/store_fixture.h"

namespace tideover::store {
namespace {

using absl::StatusCode;

class EnvTest : public testing::Test {
 protected:
  std::string path() const { return dir_.path() + "/env"; }
  std::unique_ptr<Env> Open() { return support::OpenTestEnv(path()); }
  static std::string Read(Env* env, std::string_view key) {
    const auto txn = env->BeginRead();
    const auto got = txn->reader().Get(Table::kLog, key);
    EXPECT_TRUE(got.ok()) << got.status();
    return std::string(got->value_or("-"));
  }
  static void Write(Env* env, std::string_view key, std::string_view value) {
    support::WriteTo(env,
                     [&](WriteTxn* txn) { ASSERT_TRUE(txn->Put(Table::kLog, key, value).ok()); });
  }
  support::TempDir dir_;
};

TEST_F(EnvTest, KeepsWhatWasCommittedAndNothingElse) {
  {
    const auto env = Open();
    Write(env.get(), "kept", "1");
    {
      auto txn = env->BeginWrite();
      ASSERT_TRUE(txn->Put(Table::kLog, "dropped", "2").ok());
      ASSERT_TRUE(txn->Delete(Table::kLog, "kept").ok());
      EXPECT_FALSE(txn->reader().Get(Table::kLog, "kept")->has_value()) << "it sees its own";
    }
    EXPECT_EQ(Read(env.get(), "kept"), "1");
  }
  const auto env = Open();
  EXPECT_EQ(Read(env.get(), "kept"), "1");
  EXPECT_EQ(Read(env.get(), "dropped"), "-");
}

TEST_F(EnvTest, SyncedCommitsWorkToo) {
  EnvOptions options = support::TestEnvOptions(path());
  options.unsafe_no_sync = false;
  const auto env = Env::Open(options);
  ASSERT_TRUE(env.ok()) << env.status();
  Write(env->get(), "a", "1");
  EXPECT_EQ(Read(env->get(), "a"), "1");
}

TEST_F(EnvTest, IsForItsOwnerOnly) {
  const auto env = Open();
  struct stat dir {};
  struct stat file {};
  ASSERT_EQ(::stat(path().c_str(), &dir), 0);
  ASSERT_EQ(::stat((path() + "/data.mdb").c_str(), &file), 0);
  EXPECT_EQ(dir.st_mode & 0777, 0700u);
  EXPECT_EQ(file.st_mode & 0777, 0600u);
}

TEST_F(EnvTest, ASnapshotStaysAsItWas) {
  const auto env = Open();
  Write(env.get(), "a", "1");
  const auto before = env->BeginRead();
  Write(env.get(), "a", "2");
  EXPECT_EQ(*before->reader().Get(Table::kLog, "a"), "1");
  EXPECT_EQ(Read(env.get(), "a"), "2");
}

TEST_F(EnvTest, ReusedReadTransactionsSeeTheLatestCommit) {
  const auto env = Open();
  for (int i = 0; i < 300; ++i) {
    Write(env.get(), "a", std::to_string(i));
    EXPECT_EQ(Read(env.get(), "a"), std::to_string(i));
  }
}

// LMDB has 126 places for readers; transactions that ended must give theirs back.
TEST_F(EnvTest, ManyReadersAtOnceAndAgain) {
  const auto env = Open();
  Write(env.get(), "a", "1");
  for (int round = 0; round < 3; ++round) {
    std::vector<ReadTxn> txns;
    for (int i = 0; i < 100; ++i) {
      auto txn = env->BeginRead();
      ASSERT_TRUE(txn.ok()) << txn.status();
      txns.push_back(*std::move(txn));
    }
    for (const ReadTxn& txn : txns) EXPECT_EQ(*txn.reader().Get(Table::kLog, "a"), "1");
  }
}

TEST_F(EnvTest, TooManyReadersIsAnErrorAndNoMore) {
  const auto env = Open();
  std::vector<ReadTxn> txns;
  absl::Status status;
  while (status.ok() && txns.size() < 1000) {
    auto txn = env->BeginRead();
    status = txn.status();
    if (txn.ok()) txns.push_back(*std::move(txn));
  }
  EXPECT_FALSE(status.ok());
  txns.pop_back();
  EXPECT_TRUE(env->BeginRead().ok());
}

TEST_F(EnvTest, IsOpenedOncePerProcessHoweverItsPathIsSpelled) {
  auto env = Open();
  std::filesystem::create_symlink(path(), dir_.path() + "/link");
  for (const std::string& spelling :
       {path(), path() + "/", dir_.path() + "/./env", path() + "/../env", dir_.path() + "/link"}) {
    EXPECT_EQ(Env::Open(support::TestEnvOptions(spelling)).status().code(),
              StatusCode::kFailedPrecondition)
        << spelling;
  }
  env.reset();
  EXPECT_TRUE(Env::Open(support::TestEnvOptions(path())).ok()) << "it was closed";
}

TEST_F(EnvTest, AFullMapIsResourceExhaustedAndTheStoreStaysAsItWas) {
  EnvOptions options = support::TestEnvOptions(path());
  options.map_bytes = 1 << 20;
  const auto env = Env::Open(options);
  ASSERT_TRUE(env.ok()) << env.status();
  Write(env->get(), "first", "1");
  {
    auto txn = (*env)->BeginWrite();
    absl::Status status;
    for (int i = 0; i < 1000 && status.ok(); ++i) {
      status = txn->Put(Table::kLog, std::to_string(i), std::string(10'000, 'x'));
    }
    EXPECT_EQ(status.code(), StatusCode::kResourceExhausted) << status;
  }
  EXPECT_EQ(Read(env->get(), "first"), "1");
  EXPECT_EQ(Read(env->get(), "0"), "-");
  Write(env->get(), "second", "2");
}

TEST_F(EnvTest, UsedBytesCountsPagesInUseOnceTheQuotaIsPassed) {
  EnvOptions options = support::TestEnvOptions(path());
  options.quota_bytes = 256 << 10;
  const auto env = Env::Open(options);
  ASSERT_TRUE(env.ok()) << env.status();
  EXPECT_LT((*env)->UsedBytes(), options.quota_bytes);
  for (int i = 0; i < 40; ++i)
    Write(env->get(), "big" + std::to_string(i), std::string(20'000, 'x'));
  EXPECT_GT((*env)->UsedBytes(), options.quota_bytes);
  for (int i = 0; i < 40; ++i) {
    support::WriteTo(env->get(), [&](WriteTxn* txn) {
      ASSERT_TRUE(txn->Delete(Table::kLog, "big" + std::to_string(i)).ok());
    });
  }
  EXPECT_LT((*env)->UsedBytes(), options.quota_bytes) << "deleting makes room again";
}

// Pages that one commit takes at the end of the file and gives back are never written: the file is
// then shorter than LMDB's own count, and nothing is wrong with it.
TEST_F(EnvTest, OpensAFileWhoseLastPagesWereNeverWritten) {
  const auto fill_and_empty = [&](int records, size_t bytes) {
    auto env = Open();
    support::WriteTo(env.get(), [&](WriteTxn* txn) {
      for (int i = 0; i < records; ++i) {
        ASSERT_TRUE(txn->Put(Table::kLog, std::to_string(i), std::string(bytes, 'x')).ok());
      }
      for (int i = 0; i < records; ++i) {
        ASSERT_TRUE(txn->Delete(Table::kLog, std::to_string(i)).ok());
      }
    });
  };
  for (const int records : {1, 3, 10, 100, 1000}) {
    for (const size_t bytes : {100, 1000, 3000, 9000}) {
      fill_and_empty(records, bytes);
      const auto reopened = Env::Open(support::TestEnvOptions(path()));
      EXPECT_TRUE(reopened.ok()) << records << " of " << bytes << ": " << reopened.status();
    }
  }
}

}  // namespace
}  // namespace tideover::store
