#include "store/keys.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace tideover::store {
namespace {

std::string Hex(std::string_view bytes) {
  std::string hex;
  for (const char c : bytes) {
    hex += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
    hex += "0123456789abcdef"[static_cast<unsigned char>(c) & 15];
  }
  return hex;
}

// On disk: these bytes may never change.
TEST(Keys, AreTheseBytes) {
  struct Row {
    std::string key;
    const char* hex;
  };
  const Row table[] = {
      {CollectionKey(1), "00000001"},
      {DocumentKey(0x01020304, "a/b"), "01020304612f62"},
      {DocumentKey(7, ""), "00000007"},
      {LanePrefix(2, "id"), "00000002026964"},
      {LaneKey(2, "id", 258), "000000020269640000000000000102"},
      {SeqKey(1), "0000000000000001"},
      {SeqKey(std::numeric_limits<uint64_t>::max()), "ffffffffffffffff"},
      {SettledKey(SettledClass::kHistory, 5), "010000000000000005"},
      {SettledKey(SettledClass::kDeadLetter, 5), "020000000000000005"},
  };
  for (const Row& row : table) EXPECT_EQ(Hex(row.key), row.hex);
}

TEST(Keys, SortAsTheirNumbersDo) {
  const uint64_t numbers[] = {
      0,          1,    127, 128, 255, 256, 65535, 65536, 1ull << 31, 1ull << 32, (1ull << 63) - 1,
      1ull << 63, ~0ull};
  std::string last;
  for (const uint64_t n : numbers) {
    EXPECT_LT(last, SeqKey(n)) << n;
    last = SeqKey(n);
    EXPECT_EQ(ReadU64(last), n);
  }
  EXPECT_LT(DocumentKey(1, "zzz"), DocumentKey(2, ""));
  EXPECT_LT(CollectionKey(255), CollectionKey(256));
}

TEST(Keys, GiveBackWhatWentIn) {
  const std::string id = std::string("a\x01\xff", 3) + std::string(252, 'y');
  EXPECT_EQ(DocumentIdOf(DocumentKey(9, id)), id);
  EXPECT_EQ(LaneSeqOf(LaneKey(9, id, 1234567890123)), 1234567890123u);
  EXPECT_EQ(ReadU32(DocumentKey(0xfffffffe, id)), 0xfffffffeu);
}

TEST(Keys, StayBelowLmdbsLimitForTheLongestId) {
  EXPECT_LE(LaneKey(1, std::string(255, 'x'), 1).size(), 511u);
}

// The length stands before the id, so that no lane is the beginning of another.
TEST(Keys, NoLaneIsThePrefixOfAnother) {
  const std::vector<std::string> ids = {"a",
                                        "ab",
                                        "abc",
                                        std::string(1, '\x01'),
                                        std::string(255, 'a'),
                                        "a" + SeqKey(1),
                                        "\x02"
                                        "a"};
  for (const std::string& a : ids) {
    for (const std::string& b : ids) {
      if (a == b) continue;
      EXPECT_FALSE(LaneKey(1, b, 7).starts_with(LanePrefix(1, a))) << Hex(a) << " " << Hex(b);
    }
  }
}

}  // namespace
}  // namespace tideover::store
