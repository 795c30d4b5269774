// Files that must not be opened, and that must be left exactly as they were.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "store/env.h"
#include "store/record.h"
#include "support/raw_store.h"
#include "support/store_fixture.h"
#include "tideover/storage/v1/meta.pb.h"

namespace tideover::store {
namespace {

using absl::StatusCode;

class Refusal : public testing::Test {
 protected:
  Refusal() {
    auto env = support::OpenTestEnv(path());
    support::WriteTo(env.get(), [&](WriteTxn* txn) {
      for (int i = 0; i < 200; ++i) {
        ASSERT_TRUE(txn->Put(Table::kDocuments, std::to_string(i), std::string(2000, 'x')).ok());
      }
    });
  }
  std::string path() const { return dir_.path() + "/env"; }
  std::string data() const { return path() + "/data.mdb"; }
  std::string Content() const {
    std::ifstream file(data(), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  absl::Status TryOpen() const { return Env::Open(support::TestEnvOptions(path())).status(); }
  void SetFormat(uint32_t number, uint32_t readable_from) const {
    storage::v1::Format format;
    format.set_number(number);
    format.set_readable_from(readable_from);
    std::string record;
    SealRecord(Table::kMeta, "format", format.SerializeAsString(), &record);
    support::PutRaw(path(), "meta", "format", record);
  }
  support::TempDir dir_;
};

TEST_F(Refusal, ATruncatedFileIsDataLossAndIsLeftAlone) {
  const uint64_t used = support::UsedFileBytes(path());
  for (const uint64_t size : {used - 1, used - 4096, used / 2, uint64_t{8192}, uint64_t{4096},
                              uint64_t{100}, uint64_t{1}}) {
    std::filesystem::resize_file(data(), size);
    const std::string before = Content();
    const absl::Status status = TryOpen();
    EXPECT_EQ(status.code(), StatusCode::kDataLoss) << size << ": " << status;
    EXPECT_TRUE(Content() == before) << size << ": the file was touched";
  }
}

// Behind the last used page is a hole, made so that a sound file is never too short.
TEST_F(Refusal, AFileWithoutTheHoleBehindItIsWhole) {
  std::filesystem::resize_file(data(), support::UsedFileBytes(path()));
  EXPECT_TRUE(TryOpen().ok()) << TryOpen();
}

TEST_F(Refusal, WhatIsNoStoreIsDataLossAndIsLeftAlone) {
  std::ofstream(data(), std::ios::binary | std::ios::trunc) << std::string(50'000, 'z');
  const std::string before = Content();
  EXPECT_EQ(TryOpen().code(), StatusCode::kDataLoss);
  EXPECT_TRUE(Content() == before);
}

TEST_F(Refusal, ANewerFormatIsRefusedAndIsLeftAlone) {
  SetFormat(kFormatNumber + 1, kFormatNumber + 1);
  const std::string before = Content();
  const absl::Status status = TryOpen();
  EXPECT_EQ(status.code(), StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("newer"));
  EXPECT_TRUE(Content() == before);
}

// A later format may know other tables: ours must not be made in it before it is refused.
TEST_F(Refusal, ANewerFormatWithOtherTablesIsLeftAlone) {
  support::DropTable(path(), "indexes");
  SetFormat(kFormatNumber + 1, kFormatNumber + 1);
  const std::string before = Content();
  EXPECT_EQ(TryOpen().code(), StatusCode::kFailedPrecondition);
  EXPECT_TRUE(Content() == before);
}

TEST_F(Refusal, ANewerFormatThatWeCanReadIsOpened) {
  SetFormat(kFormatNumber + 1, kFormatNumber);
  EXPECT_TRUE(TryOpen().ok()) << TryOpen();
}

TEST_F(Refusal, AnOlderFormatGetsTheTablesAndTheNumberOfOurs) {
  support::DropTable(path(), "needs");
  support::DropTable(path(), "open");
  SetFormat(1, 1);
  EXPECT_TRUE(TryOpen().ok()) << TryOpen();
  storage::v1::Format format;
  // Behind the checksum.
  ASSERT_TRUE(format.ParseFromString(support::GetRaw(path(), "meta", "format").substr(8)));
  EXPECT_EQ(format.number(), kFormatNumber);
  EXPECT_EQ(format.readable_from(), kReadableFrom);
}

TEST_F(Refusal, ADamagedFormatRecordIsDataLoss) {
  support::PutRaw(path(), "meta", "format", "nonsense");
  const std::string before = Content();
  EXPECT_EQ(TryOpen().code(), StatusCode::kDataLoss);
  EXPECT_TRUE(Content() == before);
}

TEST_F(Refusal, APathThatCannotBeADirectoryIsAnError) {
  EXPECT_FALSE(Env::Open(support::TestEnvOptions(dir_.path() + "/none/env")).ok());
  std::ofstream(dir_.path() + "/file") << "x";
  EXPECT_FALSE(Env::Open(support::TestEnvOptions(dir_.path() + "/file")).ok());
}

TEST_F(Refusal, AfterARefusalTheSamePathCanBeOpenedWhenItIsRepaired) {
  const std::string good = Content();
  std::filesystem::resize_file(data(), 100);
  EXPECT_FALSE(TryOpen().ok());
  std::ofstream(data(), std::ios::binary | std::ios::trunc) << good;
  EXPECT_TRUE(TryOpen().ok()) << TryOpen();
}

}  // namespace
}  // namespace tideover::store
