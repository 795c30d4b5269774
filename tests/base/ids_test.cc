#include "base/ids.h"

#include <gtest/gtest.h>

namespace tideover::base {
namespace {

TEST(Ids, UuidIsVersionSevenAndOrderedByTime) {
  SeededRandom random(1);
  const std::string early = NewUuid({1'700'000'000'000}, random);
  const std::string late = NewUuid({1'700'000'000'001}, random);
  EXPECT_EQ(early.size(), 36u);
  EXPECT_EQ(early[14], '7');
  EXPECT_LT(early, late);
}

TEST(Ids, ObjectIdHasTwentyFourHexDigitsAndItsSeconds) {
  SeededRandom random(1);
  const std::string id = NewObjectId({0x65a00000LL * 1000}, random);
  EXPECT_EQ(id.size(), 24u);
  EXPECT_EQ(id.substr(0, 8), "65a00000");
}

TEST(Ids, ProvisionalIdsCanBeTold) {
  SeededRandom random(1);
  EXPECT_TRUE(IsProvisionalId(NewProvisionalId({0}, random)));
  EXPECT_FALSE(IsProvisionalId("65a000000000000000000001"));
}

TEST(Time, IsWrittenAsRfc3339) {
  EXPECT_EQ(FormatTime({0}), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(FormatTime({1'795'344'000'123}), "2026-11-22T10:40:00.123Z");
}

}  // namespace
}  // namespace tideover::base
