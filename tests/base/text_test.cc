#include "base/text.h"

#include <gtest/gtest.h>

namespace tideover::base {
namespace {

TEST(Text, TakesAndRefusesUtf8AsRfc3629Says) {
  EXPECT_TRUE(IsValidUtf8("plain \xc3\xa9 \xe2\x82\xac \xf0\x9f\x8c\x8a"));
  for (const char* bad : {"\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xed\xbf\xbf",
                          "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\x80", "\xe2\x82", "\xc3\x28"}) {
    EXPECT_FALSE(IsValidUtf8(bad)) << bad;
  }
}

TEST(Text, DocumentIdsAreBoundedAndValid) {
  EXPECT_TRUE(CheckDocumentId(std::string(kDocumentIdBytesMax, 'i')).ok());
  EXPECT_FALSE(CheckDocumentId(std::string(kDocumentIdBytesMax + 1, 'i')).ok());
  EXPECT_FALSE(CheckDocumentId("").ok());
  EXPECT_FALSE(CheckDocumentId("\xff").ok());
  EXPECT_FALSE(CheckDocumentId(std::string_view("a\0b", 3)).ok());
  EXPECT_TRUE(CheckDocumentId("../../etc/passwd").ok());
}

TEST(Text, MutationIdsAreBounded) {
  EXPECT_TRUE(CheckMutationId(std::string(kMutationIdBytesMax, 'm')).ok());
  EXPECT_FALSE(CheckMutationId(std::string(kMutationIdBytesMax + 1, 'm')).ok());
}

TEST(Text, CollectionNamesAreIdentifiers) {
  EXPECT_TRUE(CheckCollectionName("todos_2").ok());
  EXPECT_TRUE(CheckCollectionName(std::string(kCollectionNameBytesMax, 'c')).ok());
  EXPECT_FALSE(CheckCollectionName(std::string(kCollectionNameBytesMax + 1, 'c')).ok());
  for (const char* bad : {"", "2do", "a-b", "a b", "../x"}) {
    EXPECT_FALSE(CheckCollectionName(bad).ok()) << bad;
  }
}

TEST(Text, NamesTheNearestKnownWordOrNone) {
  const std::string words[] = {"collections", "backend", "state_dir"};
  EXPECT_EQ(NearestWord("colections", words), "collections");
  EXPECT_EQ(NearestWord("statedir", words), "state_dir");
  EXPECT_EQ(NearestWord("zzz", words), "");
}

}  // namespace
}  // namespace tideover::base
