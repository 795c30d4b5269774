#include "store/record.h"

#include <gtest/gtest.h>

namespace tideover::store {
namespace {

std::string Seal(Table table, std::string_view key, std::string_view payload) {
  std::string record;
  SealRecord(table, key, payload, &record);
  return record;
}

TEST(Record, OpensToWhatWasSealed) {
  for (const std::string& payload : {std::string(), std::string("x"), std::string(100'000, '\0')}) {
    EXPECT_EQ(OpenRecord(Table::kLog, "key", Seal(Table::kLog, "key", payload)), payload);
  }
}

// On disk: these bytes may never change.
TEST(Record, ChecksumIsThisNumber) {
  EXPECT_EQ(Checksum(Table::kMeta, "format", "payload"), 5448658332010216203u);
  EXPECT_EQ(Checksum(Table::kDocuments, "", ""), 5028025989131459591u);
}

TEST(Record, EveryFlippedBitIsFound) {
  const std::string sealed = Seal(Table::kDocuments, "key", "a document");
  for (size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    std::string damaged = sealed;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(OpenRecord(Table::kDocuments, "key", damaged).has_value()) << bit;
  }
}

TEST(Record, EveryCutIsFound) {
  const std::string sealed = Seal(Table::kDocuments, "key", "a document");
  for (size_t size = 0; size < sealed.size(); ++size) {
    EXPECT_FALSE(OpenRecord(Table::kDocuments, "key", sealed.substr(0, size)).has_value()) << size;
  }
  EXPECT_FALSE(OpenRecord(Table::kDocuments, "key", sealed + '\0').has_value());
}

TEST(Record, AValueUnderAnotherKeyOrInAnotherTableIsFound) {
  const std::string sealed = Seal(Table::kDocuments, "key", "a document");
  EXPECT_FALSE(OpenRecord(Table::kDocuments, "kez", sealed).has_value());
  EXPECT_FALSE(OpenRecord(Table::kDocuments, "", sealed).has_value());
  for (size_t table = 0; table < kTableCount; ++table) {
    EXPECT_EQ(OpenRecord(static_cast<Table>(table), "key", sealed).has_value(),
              static_cast<Table>(table) == Table::kDocuments);
  }
}

}  // namespace
}  // namespace tideover::store
