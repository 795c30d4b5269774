#include "appsync/base64url.h"

#include <gtest/gtest.h>

namespace tideover::appsync {
namespace {

// RFC 4648, section 10, without its padding; and the two letters that are this alphabet's own.
constexpr std::pair<std::string_view, std::string_view> kVectors[] = {
    {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
    {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}, {"\xfb\xff", "-_8"}};

TEST(Base64Url, WritesAndReadsTheVectorsOfItsSource) {
  for (const auto& [bytes, text] : kVectors) {
    EXPECT_EQ(EncodeBase64Url(bytes), text);
    EXPECT_EQ(DecodeBase64Url(text), bytes);
  }
}

TEST(Base64Url, ReadsPaddingAndTheOtherAlphabet) {
  EXPECT_EQ(DecodeBase64Url("Zg=="), "f");
  EXPECT_EQ(DecodeBase64Url("+/8="), "\xfb\xff");
}

TEST(Base64Url, RefusesEveryOtherLetter) {
  for (const char* text : {"Zg.", "Z g", "Zg\n", "Z=g"})
    EXPECT_FALSE(DecodeBase64Url(text)) << text;
}

}  // namespace
}  // namespace tideover::appsync
